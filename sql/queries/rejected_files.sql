-- Which files did a run reject, and why?
-- :run_id = NULL  NULL: the newest run of any mode
-- :reason = NULL  NULL: any reason
SELECT genre, stage, reason, key, detail
FROM mer.rejected_files
WHERE
  run_id = coalesce(:run_id, (SELECT run_id FROM mer.runs ORDER BY published_at DESC LIMIT 1))
  AND (:reason IS NULL OR reason = :reason)
ORDER BY genre, reason, key
