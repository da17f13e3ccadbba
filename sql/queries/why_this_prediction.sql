-- Why does a track have this prediction: by which model, on what evidence, and who has heard it before?
-- :track_id = NULL  NULL: the first track of the latest run
-- :emotion = NULL   NULL: all nine
-- :rows = 9
--
-- part: what the track was to the model: one of train, it was taught. mer.explain has all columns and every run.
SELECT
  emotion, probability, threshold, positive, is_served, genre, gone_at, scored_by, scored_at, model_run_id, champion_now, part, votes,
  annotators, features_uri, model_uri, model_sha256
FROM mer.explain(
  coalesce(
    :track_id, (SELECT track_id FROM mer.splits WHERE run_id = (SELECT run_id FROM mer.latest_run) ORDER BY track_id LIMIT 1)
  )
)
WHERE :emotion IS NULL OR emotion = CAST(:emotion AS mer.emotion)
LIMIT :rows
