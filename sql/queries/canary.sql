-- Do models score above chance after training on permuted labels, from which nothing can be learned?
-- :run_id = NULL  NULL: the latest run with a canary
-- :level = 'track'  track or segment
SELECT
  metric,
  count(*) AS permutations,
  min(value) AS lowest,
  max(value) AS highest,
  min(low) AS chance_from,
  max(high) AS chance_to,
  bool_and(inside) AS within_chance
FROM mer.canaries
WHERE
  run_id = coalesce(
    :run_id, (SELECT run_id FROM mer.runs WHERE run_id IN (SELECT run_id FROM mer.canaries) ORDER BY published_at DESC LIMIT 1)
  )
  AND level = :level AND emotion IS NULL
GROUP BY metric
ORDER BY metric
