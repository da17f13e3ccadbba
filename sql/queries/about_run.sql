-- When was a run published, with which code, parameters and landing zone, and which model did it use?
-- :run_id = NULL  NULL: the newest run of mode train or eval
--
-- by_champion: whether the model of the run is the champion now.
-- provisional: whether its model is not shown to be better than guessing.
-- label_set: name and version of the label set when the run was published.
SELECT
  run_id, mode, published_at, try_number, tracks, rejected, device, model_run_id,
  EXISTS (
    SELECT FROM mer.champions
    WHERE is_current AND (champions.model_run_id, champions.model_sha256) = (runs.model_run_id, runs.model_sha256)
  ) AS by_champion,
  (SELECT provisional FROM mer.listed_runs WHERE listed_runs.run_id = runs.run_id) AS provisional,
  model_uri, model_sha256, code_version, code_digest, config, config_digest, label_set_digest,
  (
    SELECT name || ' version ' || version FROM mer.label_sets
    WHERE digest = label_set_digest AND adopted_at <= published_at ORDER BY adopted_at DESC LIMIT 1
  ) AS label_set,
  landing_url, listed_at, store_url, encoder_space, encoder_name, encoder_version, encoder_licence, encoder_commercial_use,
  encoder_trained_on
FROM mer.runs
WHERE CASE WHEN :run_id IS NULL THEN is_latest ELSE run_id = :run_id END
