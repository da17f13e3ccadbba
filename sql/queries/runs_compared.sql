-- Do the metrics improve from run to run?
-- :rows = 20
--
-- low, high: ends of the 95 % interval.
SELECT
  run_id, mode, published_at, test_tracks, f1_macro, f1_macro_low, f1_macro_high, f1_macro_baseline, roc_auc_macro,
  roc_auc_macro_low, roc_auc_macro_high, pr_auc_macro, hamming_loss
FROM mer.metrics_by_run
ORDER BY published_at DESC
LIMIT :rows
