-- What is a run: when was it, by what code and with which params, on what, and whose model did it use?
-- :run_id = NULL  NULL: the newest of any mode
--
-- by_champion: whether that model is the champion now.
SELECT
  run_id, mode, published_at, try_number, tracks, rejected, device, model_run_id,
  EXISTS (
    SELECT FROM mer.champions
    WHERE is_current AND (champions.model_run_id, champions.model_sha256) = (runs.model_run_id, runs.model_sha256)
  ) AS by_champion,
  model_uri, model_sha256, code_version, code_digest, config, config_digest, landing_url, listed_at, store_url
FROM mer.runs
WHERE run_id = coalesce(:run_id, (SELECT run_id FROM mer.listed_runs ORDER BY run_no DESC LIMIT 1))
