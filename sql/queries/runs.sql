-- Which runs are there, how good is each, and what became of its model?
-- :rows = 20
--
-- low, high: 95 % interval. By roc_auc_macro it is decided which model is better; a model that guesses has 0.5. Runs of mode predict
-- that had nothing to score are left out. champion: whether the model that this run fitted is the champion. outcome: of its own challenge; what
-- was made champion by hand is in decisions and champions.
SELECT
  run_id, mode, published_at, tracks, roc_auc_macro, roc_auc_macro_low, roc_auc_macro_high, f1_macro, f1_macro_low, f1_macro_high,
  f1_macro_baseline, is_champion AS champion, outcome
FROM mer.listed_runs
WHERE mode <> 'predict' OR tracks > 0
ORDER BY run_no DESC
LIMIT :rows
