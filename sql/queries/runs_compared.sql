-- Do runs get better?
-- :rows = 20
SELECT run_id, mode, published_at, test_tracks, f1_macro, f1_macro_baseline, roc_auc_macro, pr_auc_macro, hamming_loss
FROM mer.metrics_by_run
ORDER BY published_at DESC
LIMIT :rows
