-- Which candidate of a cross-validation is best on tracks that it was not trained on, and by how much?
-- :run_id = NULL            a cross-validation; NULL: the latest
-- :metric = 'roc_auc_macro' for example f1_macro, pr_auc_macro or brier_macro; with a label for example roc_auc
-- :emotion = NULL           a label; NULL: the mean over all labels
SELECT candidate, value, low, high, difference, difference_low, difference_high, deviation, folds, repeats, tracks, groups
FROM mer.crossvals
WHERE
  CASE WHEN :run_id IS NULL THEN is_latest ELSE run_id = :run_id END
  AND metric = :metric AND emotion IS NOT DISTINCT FROM CAST(:emotion AS text)
ORDER BY place
