-- Why does a track have this prediction: which model made it, was the track in its training, and how did listeners vote?
-- :track_id = NULL  NULL: the first track of the latest run
-- :emotion = NULL   NULL: all nine emotions
-- :rows = 9
--
-- part: part of the split that the track had for the model; the model was fitted to tracks of part train.
-- The function mer.explain has more columns, and the rows of every run.
SELECT
  title, artist, track_id, emotion, probability, threshold, positive, is_served, genre, gone_at, scored_by, scored_at, model_run_id, champion_now, part, votes,
  annotators, features_uri, model_uri, model_sha256
FROM mer.explain(
  coalesce(
    :track_id, (SELECT track_id FROM mer.splits WHERE run_id = (SELECT run_id FROM mer.latest_run) ORDER BY track_id LIMIT 1)
  )
)
WHERE :emotion IS NULL OR emotion = CAST(:emotion AS mer.emotion)
LIMIT :rows
