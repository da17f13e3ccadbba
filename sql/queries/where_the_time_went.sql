-- How much time did each stage of a run take?
-- :run_id = NULL  NULL: the latest run
SELECT
  stage,
  sum(value) FILTER (WHERE counter = 'seconds') AS seconds,
  sum(value) FILTER (WHERE counter = 'cpu_seconds') AS cpu_seconds
FROM mer.stage_counters
WHERE run_id = coalesce(:run_id, (SELECT run_id FROM mer.latest_run)) AND counter IN ('seconds', 'cpu_seconds')
GROUP BY stage
ORDER BY seconds DESC, stage
