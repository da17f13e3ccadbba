-- Why does a track have this prediction: which model made it, was the track in its training, and how did listeners vote?
-- :track_id = NULL  NULL: the first track of the latest run
-- :emotion = NULL   a label; NULL: all labels
-- :runs = 1         number of runs that scored the track; first the one whose prediction is served, then the newest
--
-- part: part of the split that the track had for the model; the model was fitted to tracks of part train.
-- certainty: unclear if the probability lies from unclear_from to unclear_to; otherwise the clear answer.
-- provisional: whether the model is not shown to be better than guessing.
-- encoder_space and the columns after it: the pretrained encoder of the model; null without one.
-- threshold: null if a track has exactly one label. The function mer.explain has more columns.
SELECT
  title, artist, track_id, emotion, probability, threshold, unclear_from, unclear_to, positive, certainty, is_served, genre, gone_at, scored_by, scored_at, model_run_id, champion_now, provisional, part, votes,
  annotators, features_uri, model_uri, model_sha256, label_set_digest,
  (
    SELECT name || ' version ' || version FROM mer.label_sets
    WHERE digest = label_set_digest AND adopted_at <= scored_at ORDER BY adopted_at DESC LIMIT 1
  ) AS label_set,
  encoder_space, encoder_name, encoder_version, encoder_licence, encoder_commercial_use, encoder_trained_on,
  store_url || '/blobs/embed/' || embeddings_digest || '/' || left(content_sha256, 2) || '/' || content_sha256 || '.npy' AS embeddings_uri
FROM (
  SELECT *, dense_rank() OVER (ORDER BY is_served DESC, scored_at DESC, scored_by) AS place
  FROM mer.explain(
    coalesce(
      :track_id, (SELECT track_id FROM mer.splits WHERE run_id = (SELECT run_id FROM mer.latest_run) ORDER BY track_id LIMIT 1)
    )
  )
) AS explained
LEFT JOIN (
  SELECT
    run_id, store_url, embeddings_digest, encoder_space, encoder_name, encoder_version, encoder_licence, encoder_commercial_use,
    encoder_trained_on
  FROM mer.runs
) AS encoded ON run_id = scored_by
WHERE place <= :runs AND (:emotion IS NULL OR emotion = :emotion)
ORDER BY place, label_no
