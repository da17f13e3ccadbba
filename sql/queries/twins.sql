-- Which files are one recording, and how differently did listeners judge them?
-- :run_id = NULL  NULL: the latest
--
-- difference: mean over the nine emotions of the difference between the two files' shares of votes; listeners of one recording
-- differ by chance only.
SELECT
  groups.track_id, groups.other_track_id, groups.part, groups.reason, groups.share AS common_peaks,
  avg(abs(one.share - other.share)) AS difference
FROM mer.groups
LEFT JOIN mer.annotations AS one ON one.run_id = groups.run_id AND one.track_id = groups.track_id
LEFT JOIN mer.annotations AS other ON
  other.run_id = groups.run_id AND other.track_id = groups.other_track_id AND other.emotion = one.emotion
WHERE
  groups.run_id = coalesce(:run_id, (SELECT run_id FROM mer.latest_run)) AND groups.track_id < groups.other_track_id
GROUP BY groups.track_id, groups.other_track_id, groups.part, groups.reason, groups.share
ORDER BY difference DESC NULLS LAST, groups.track_id, groups.other_track_id
