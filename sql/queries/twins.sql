-- Which pairs of files contain the same recording, and how much do their listeners' votes differ?
-- :run_id = NULL  NULL: the latest run
--
-- difference: absolute difference between the two files' shares of votes, as a mean over the labels. Because both files
-- have the same recording, the votes differ only by chance.
SELECT
  groups.track_id, title, groups.other_track_id, other_title, groups.part, groups.reason, groups.share AS common_peaks,
  avg(abs(one.share - other.share)) AS difference
FROM mer.groups
LEFT JOIN mer.annotations AS one ON one.run_id = groups.run_id AND one.track_id = groups.track_id
LEFT JOIN mer.annotations AS other ON
  other.run_id = groups.run_id AND other.track_id = groups.other_track_id AND other.label_no = one.label_no
WHERE
  groups.run_id = coalesce(:run_id, (SELECT run_id FROM mer.latest_run)) AND groups.track_id < groups.other_track_id
GROUP BY groups.track_id, title, groups.other_track_id, other_title, groups.part, groups.reason, groups.share
ORDER BY difference DESC NULLS LAST, groups.track_id, groups.other_track_id
