-- Encoders: which pretrained encoder made the embeddings of a run, and under which licence.

ALTER TABLE mer.run
  ADD COLUMN encoder_space text,
  ADD COLUMN encoder_name text,
  ADD COLUMN encoder_version text,
  ADD COLUMN encoder_licence text,
  ADD COLUMN encoder_commercial_use boolean,
  ADD COLUMN encoder_trained_on text,
  ADD COLUMN embeddings_digest text,
  ADD CHECK (num_nulls(encoder_space, encoder_name, encoder_version, encoder_licence, encoder_commercial_use, encoder_trained_on) IN (0, 6));
COMMENT ON COLUMN mer.run.encoder_space IS 'Space of the run''s pretrained encoder: sha256, in hex, of everything that decides its vectors. Vectors of two spaces are never compared. Null for a run without an encoder.';
COMMENT ON COLUMN mer.run.encoder_name IS 'Name of the encoder; null as for encoder_space.';
COMMENT ON COLUMN mer.run.encoder_version IS 'Version of the encoder; null as for encoder_space.';
COMMENT ON COLUMN mer.run.encoder_licence IS 'Licence of the encoder''s weights (SPDX); null as for encoder_space.';
COMMENT ON COLUMN mer.run.encoder_commercial_use IS 'Whether that licence allows commercial use; null as for encoder_space.';
COMMENT ON COLUMN mer.run.encoder_trained_on IS 'Music that the encoder was trained on; null as for encoder_space.';
COMMENT ON COLUMN mer.run.embeddings_digest IS 'Digest of everything except the audio that determines the embeddings. Those of a file are stored as blobs/embed/<digest>/<first two digits of sha256>/<sha256>.npy. Null for runs without an encoder, without tracks, or whose tracks have different digests.';

CREATE OR REPLACE VIEW mer.runs AS
SELECT
  run_id, run_no = max(run_no) FILTER (WHERE mode <> 'predict') OVER () AS is_latest, mode, published_at, try_number,
  code_version, tracks, rejected, device, model_run_id, store_url || '/' || model_key AS model_uri, model_sha256, store_url,
  config, config_digest, code_digest, features_digest, labels_digest, landing_url, listed_at, label_set_digest,
  encoder_space, encoder_name, encoder_version, encoder_licence, encoder_commercial_use, encoder_trained_on, embeddings_digest
FROM mer.run;
COMMENT ON COLUMN mer.runs.encoder_space IS 'Space of the run''s pretrained encoder: sha256, in hex, of everything that decides its vectors. Vectors of two spaces are never compared. Null for a run without an encoder.';
COMMENT ON COLUMN mer.runs.encoder_name IS 'Name of the encoder; null as for encoder_space.';
COMMENT ON COLUMN mer.runs.encoder_version IS 'Version of the encoder; null as for encoder_space.';
COMMENT ON COLUMN mer.runs.encoder_licence IS 'Licence of the encoder''s weights (SPDX); null as for encoder_space.';
COMMENT ON COLUMN mer.runs.encoder_commercial_use IS 'Whether that licence allows commercial use; null as for encoder_space.';
COMMENT ON COLUMN mer.runs.encoder_trained_on IS 'Music that the encoder was trained on; null as for encoder_space.';
COMMENT ON COLUMN mer.runs.embeddings_digest IS 'Digest of everything except the audio that determines the embeddings. Null for runs without an encoder, without tracks, or whose tracks have different digests.';

CREATE OR REPLACE VIEW mer.latest_run AS
SELECT * FROM mer.runs WHERE is_latest;
COMMENT ON COLUMN mer.latest_run.encoder_space IS 'Space of the run''s pretrained encoder: sha256, in hex, of everything that decides its vectors. Vectors of two spaces are never compared. Null for a run without an encoder.';
COMMENT ON COLUMN mer.latest_run.encoder_name IS 'Name of the encoder; null as for encoder_space.';
COMMENT ON COLUMN mer.latest_run.encoder_version IS 'Version of the encoder; null as for encoder_space.';
COMMENT ON COLUMN mer.latest_run.encoder_licence IS 'Licence of the encoder''s weights (SPDX); null as for encoder_space.';
COMMENT ON COLUMN mer.latest_run.encoder_commercial_use IS 'Whether that licence allows commercial use; null as for encoder_space.';
COMMENT ON COLUMN mer.latest_run.encoder_trained_on IS 'Music that the encoder was trained on; null as for encoder_space.';
COMMENT ON COLUMN mer.latest_run.embeddings_digest IS 'Digest of everything except the audio that determines the embeddings. Null for runs without an encoder, without tracks, or whose tracks have different digests.';
