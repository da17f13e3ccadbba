-- How good is the model of a run for each label, compared with the baseline and with the listeners?
-- :run_id = NULL       NULL: the latest run
-- :level = 'track'     track or segment
-- :metric = 'roc_auc'  f1, precision, recall, roc_auc, pr_auc, brier or ece; of the last two, lower is better
--
-- low, high: 95 % interval of value.
-- split_half: the metric if half of a track's listeners predict the labels that the other half gives.
-- panel: the metric if the votes of all listeners predict the labels of as many simulated new listeners.
SELECT emotion, value, low, high, baseline, value - baseline AS gain, split_half, panel, support
FROM mer.metrics
WHERE
  run_id = coalesce(:run_id, (SELECT run_id FROM mer.latest_run))
  AND part = 'test' AND level = :level AND metric = :metric AND emotion IS NOT NULL
ORDER BY label_no
