-- Which of the models that were compared is best, and by how much, on tracks that they have not seen?
-- :run_id = NULL            of a crossval; NULL: the latest
-- :metric = 'roc_auc_macro' such as f1_macro, pr_auc_macro, brier_macro, or of one emotion roc_auc
-- :emotion = NULL           NULL: all nine together
SELECT candidate, value, low, high, difference, difference_low, difference_high, deviation, folds, repeats, tracks, groups
FROM mer.crossvals
WHERE
  CASE WHEN :run_id IS NULL THEN is_latest ELSE run_id = :run_id END
  AND metric = :metric AND emotion IS NOT DISTINCT FROM CAST(:emotion AS mer.emotion)
ORDER BY place
