-- Which runs are there, how good is each, and what became of its model?
-- :rows = 20
--
-- low, high: 95 % interval. champion: whether the model that this run fitted is the champion. outcome: of its own challenge; what
-- was made champion by hand is in decisions and champions.
SELECT
  run_id, mode, published_at, tracks, f1_macro, f1_macro_low, f1_macro_high, f1_macro_baseline, is_champion AS champion, outcome
FROM mer.listed_runs
ORDER BY run_no DESC
LIMIT :rows
