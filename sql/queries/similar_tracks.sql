-- Which tracks are most similar to a track?
-- :track_id = NULL  NULL: the first track of the latest run
-- :emotion = NULL   a label that the tracks must have, by the served predictions; NULL: any track
-- :genre = NULL     NULL: any genre
-- :rows = 10
--
-- distance: cosine distance of the vectors, 0 for a copy. mer.similar takes several labels.
SELECT place, title, artist, track_id, genre, distance, positives
FROM mer.similar(
  coalesce(
    :track_id, (SELECT track_id FROM mer.splits WHERE run_id = (SELECT run_id FROM mer.latest_run) ORDER BY track_id LIMIT 1)
  ),
  :rows, emotions => CASE WHEN :emotion IS NOT NULL THEN ARRAY[:emotion] END, genre => :genre
)
ORDER BY place
