-- How good is a run against the baseline and the listeners, emotion by emotion?
-- :run_id = NULL       NULL: the latest
-- :level = 'track'     track or segment
-- :metric = 'roc_auc'  f1, precision, recall, roc_auc or pr_auc; of brier and ece less is better
--
-- low, high: 95 % interval of value. split_half: half of a track's listeners against the labels of the other half.
-- panel: the share of all its listeners against the labels of as many new ones.
SELECT emotion, value, low, high, baseline, value - baseline AS gain, split_half, panel, support
FROM mer.metrics
WHERE
  run_id = coalesce(:run_id, (SELECT run_id FROM mer.latest_run))
  AND part = 'test' AND level = :level AND metric = :metric AND emotion IS NOT NULL
ORDER BY emotion
