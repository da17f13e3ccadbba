-- Which tracks lead from one track to another in small steps?
-- :from_track = NULL  NULL: the first track of the latest run
-- :to_track = NULL    NULL: the last track of the latest run
-- :rows = 10
--
-- distance: cosine distance to the track before.
SELECT place, title, artist, track_id, genre, distance, positives
FROM mer.path(
  coalesce(
    :from_track, (SELECT track_id FROM mer.splits WHERE run_id = (SELECT run_id FROM mer.latest_run) ORDER BY track_id LIMIT 1)
  ),
  coalesce(
    :to_track, (SELECT track_id FROM mer.splits WHERE run_id = (SELECT run_id FROM mer.latest_run) ORDER BY track_id DESC LIMIT 1)
  ),
  :rows
)
ORDER BY place
