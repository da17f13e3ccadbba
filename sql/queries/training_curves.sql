-- How did the loss or another metric change during training, epoch by epoch?
-- :run_id = NULL     NULL: the latest run of mode train
-- :measure = 'loss'  a name in Music_emotion_history.json, without val_
SELECT run_id, epoch, training, validation
FROM mer.training_curves
WHERE
  measure = :measure
  AND run_id = coalesce(:run_id, (SELECT run_id FROM mer.runs WHERE mode = 'train' ORDER BY published_at DESC LIMIT 1))
ORDER BY epoch
