-- Which runs are published, how good is each, and was its model promoted?
-- :rows = 20
--
-- roc_auc_macro decides which model is better; a model that guesses has 0.5. low, high: 95 % intervals.
-- champion: whether the model that this run fitted is the champion now.
-- provisional: whether its model is not shown to be better than guessing.
-- outcome: the decision after the comparison with the champion. The queries decisions and champions show manual changes too.
-- Runs of mode predict that had nothing to score are left out.
SELECT
  run_id, mode, published_at, tracks, roc_auc_macro, roc_auc_macro_low, roc_auc_macro_high, f1_macro, f1_macro_low, f1_macro_high,
  f1_macro_baseline, is_champion AS champion, provisional, outcome
FROM mer.listed_runs
WHERE mode <> 'predict' OR tracks > 0
ORDER BY run_no DESC
LIMIT :rows
