-- Which runs are there, how good is each, and what became of its model?
-- :rows = 20
--
-- low, high: 95 % interval. champion: whether the model that this run fitted is the champion. outcome: of the last decision on it.
SELECT
  runs.run_id, mode, published_at, tracks, f1_macro, f1_macro_low, f1_macro_high, f1_macro_baseline,
  EXISTS (SELECT FROM mer.champions WHERE is_current AND champions.model_run_id = runs.run_id) AS champion,
  (SELECT outcome FROM mer.promotions WHERE promotions.run_id = runs.run_id ORDER BY promotion_no DESC LIMIT 1) AS outcome
FROM mer.runs
LEFT JOIN (
  SELECT run_id, value AS f1_macro, low AS f1_macro_low, high AS f1_macro_high, baseline AS f1_macro_baseline
  FROM mer.metrics
  WHERE part = 'test' AND level = 'track' AND metric = 'f1_macro'
) AS judged USING (run_id)
ORDER BY published_at DESC, run_id
LIMIT :rows
