-- Which tracks are similar to a track but have more of one label, or less of another?
-- :track_id = NULL  NULL: the first track of the latest run
-- :more = NULL      a label; NULL: the first one in use, unless :less is given
-- :less = NULL      a label; NULL: none
-- :genre = NULL     NULL: any genre
-- :rows = 10
--
-- more: the track's probability covers at least a quarter of the way to 1. less: at least a quarter of it is gone.
SELECT place, title, artist, track_id, genre, distance, positives
FROM mer.like(
  coalesce(
    :track_id, (SELECT track_id FROM mer.splits WHERE run_id = (SELECT run_id FROM mer.latest_run) ORDER BY track_id LIMIT 1)
  ),
  more => CASE
    WHEN :more IS NOT NULL THEN ARRAY[:more]
    WHEN :less IS NULL THEN ARRAY(SELECT label FROM mer.labels WHERE NOT retired ORDER BY label_no LIMIT 1)
  END,
  less => CASE WHEN :less IS NOT NULL THEN ARRAY[:less] END,
  n => :rows, genre => :genre
)
ORDER BY place
