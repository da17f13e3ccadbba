-- Do models get better if rare labels are balanced by SMOTE, by oversampling or by weights?
-- :run_id = NULL             NULL: the latest run that compared them
-- :metric = 'roc_auc_macro'  or pr_auc_macro, f1_macro, brier_macro, ece_macro
SELECT balance, value, low, high, difference, difference_low, difference_high
FROM mer.comparisons
WHERE
  run_id = coalesce(
    :run_id, (SELECT run_id FROM mer.runs WHERE run_id IN (SELECT run_id FROM mer.comparisons) ORDER BY published_at DESC LIMIT 1)
  )
  AND metric = :metric AND emotion IS NULL
ORDER BY difference IS NOT NULL, value DESC
