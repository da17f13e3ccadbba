-- How good is a run against the baseline, emotion by emotion?
-- :run_id = NULL       NULL: the latest
-- :level = 'track'     track or segment
-- :metric = 'roc_auc'  f1, precision, recall, roc_auc or pr_auc
SELECT emotion, value, baseline, value - baseline AS gain, support
FROM mer.metrics
WHERE
  run_id = coalesce(:run_id, (SELECT run_id FROM mer.latest_run))
  AND part = 'test' AND level = :level AND metric = :metric AND emotion IS NOT NULL
ORDER BY emotion
