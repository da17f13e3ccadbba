-- How well do a run's probabilities agree with the labels, before and after calibration?
-- :run_id = NULL     NULL: the latest run
-- :metric = 'brier'  brier: mean squared error. ece: expected calibration error. Lower is better.
--
-- baseline: the metric if every track gets the share of train tracks with the label as its probability.
-- The last row is the mean over labels.
SELECT
  calibrated.emotion, uncalibrated.value AS uncalibrated, calibrated.value AS calibrated, calibrated.low, calibrated.high,
  calibrated.baseline, temperature, logit_offset
FROM mer.metrics AS calibrated
JOIN mer.metrics AS uncalibrated
  ON uncalibrated.run_id = calibrated.run_id AND uncalibrated.part = calibrated.part AND uncalibrated.metric = calibrated.metric
  AND uncalibrated.emotion IS NOT DISTINCT FROM calibrated.emotion AND uncalibrated.level = 'uncalibrated'
LEFT JOIN mer.thresholds ON thresholds.run_id = calibrated.run_id AND thresholds.emotion = calibrated.emotion
WHERE
  calibrated.run_id = coalesce(:run_id, (SELECT run_id FROM mer.latest_run))
  AND calibrated.part = 'test' AND calibrated.level = 'track' AND calibrated.metric IN (:metric, :metric || '_macro')
ORDER BY calibrated.label_no
