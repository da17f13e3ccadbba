-- How did the predictions of a track change from run to run?
-- :track_id = NULL  NULL: the first track of the latest run
-- :emotion = NULL   a label; NULL: all labels
SELECT track_id, emotion, published_at, run_id, part, probability, positive
FROM mer.predictions
JOIN mer.runs USING (run_id)
WHERE
  (:emotion IS NULL OR emotion = :emotion)
  AND track_id = coalesce(
    :track_id, (SELECT track_id FROM mer.splits WHERE run_id = (SELECT run_id FROM mer.latest_run) ORDER BY track_id LIMIT 1)
  )
ORDER BY label_no, published_at
