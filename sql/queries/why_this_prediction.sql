-- Why does a track have this prediction: which model made it, was the track in its training, and how did listeners vote?
-- :track_id = NULL  NULL: the first track of the latest run
-- :emotion = NULL   a label; NULL: all labels
-- :runs = 1         number of runs that scored the track; first the one whose prediction is served, then the newest
--
-- part: part of the split that the track had for the model; the model was fitted to tracks of part train.
-- threshold: null if a track has exactly one label. The function mer.explain has more columns.
SELECT
  title, artist, track_id, emotion, probability, threshold, positive, is_served, genre, gone_at, scored_by, scored_at, model_run_id, champion_now, part, votes,
  annotators, features_uri, model_uri, model_sha256, label_set_digest,
  (
    SELECT name || ' version ' || version FROM mer.label_sets
    WHERE digest = label_set_digest AND adopted_at <= scored_at ORDER BY adopted_at DESC LIMIT 1
  ) AS label_set
FROM (
  SELECT *, dense_rank() OVER (ORDER BY is_served DESC, scored_at DESC, scored_by) AS place
  FROM mer.explain(
    coalesce(
      :track_id, (SELECT track_id FROM mer.splits WHERE run_id = (SELECT run_id FROM mer.latest_run) ORDER BY track_id LIMIT 1)
    )
  )
) AS explained
WHERE place <= :runs AND (:emotion IS NULL OR emotion = :emotion)
ORDER BY place, label_no
