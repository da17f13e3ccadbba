-- How many tracks did each run decode and compute features for, and how many results did it reuse?
-- :rows = 20
SELECT
  run_id, mode, published_at, tracks,
  coalesce(sum(value) FILTER (WHERE stage = 'reformat' AND counter = 'decoded'), 0) AS decoded,
  coalesce(sum(value) FILTER (WHERE stage = 'reformat' AND counter = 'reused'), 0) AS decoded_before,
  coalesce(sum(value) FILTER (WHERE stage = 'features' AND counter = 'computed'), 0) AS computed,
  coalesce(sum(value) FILTER (WHERE stage = 'features' AND counter = 'reused'), 0) AS computed_before,
  rejected
FROM mer.runs
LEFT JOIN mer.stage_counters USING (run_id)
GROUP BY run_id, mode, published_at, tracks, rejected
ORDER BY published_at DESC
LIMIT :rows
