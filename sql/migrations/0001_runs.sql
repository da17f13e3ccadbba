-- Runs: what was published, by which code and model, and what each stage did. Readers use the views.
--
-- Runs and tracks have a number besides their name: with a million tracks a run writes millions of predictions, and two numbers
-- take 8 bytes in each, where two names would take about 60, in the table and again in its indexes.
-- Keys of the tables that grow with every run begin with run_no, and rows are inserted in the order of the key: indexes grow at
-- their ends, and reading one run reads one stretch. A partition for each run would give the same, with a new table for each run.

CREATE TYPE mer.part AS ENUM ('train', 'validation', 'test', 'unlabelled');
COMMENT ON TYPE mer.part IS 'Use of a track: fit the model (train), choose thresholds and calibration (validation), compute the final metrics (test), or only score it (unlabelled).';

CREATE TABLE mer.run (
  run_no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id text NOT NULL UNIQUE,
  mode text NOT NULL CHECK (mode IN ('train', 'eval', 'predict')),
  try_number integer NOT NULL CHECK (try_number >= 1),
  published_at timestamptz NOT NULL,
  code_version text NOT NULL,
  code_digest text,
  config jsonb NOT NULL,
  config_digest text NOT NULL,
  label_set_digest text NOT NULL,
  labels_digest text,
  artists_digest text,
  features_digest text,
  store_url text NOT NULL,
  landing_url text,
  listed_at timestamptz,
  model_run_id text NOT NULL,
  model_key text NOT NULL,
  model_sha256 text NOT NULL,
  device text,
  tracks integer NOT NULL,
  rejected integer NOT NULL
);
COMMENT ON TABLE mer.run IS 'Published runs, one row each. A run is never deleted: some tables that refer to it have no foreign key, so their rows would stay.';
COMMENT ON COLUMN mer.run.run_no IS 'Number in the order of first publication; the greatest is the latest run.';
COMMENT ON COLUMN mer.run.run_id IS 'Name of the run, as in Airflow and below runs/ in the object store.';
COMMENT ON COLUMN mer.run.mode IS 'train: the run fitted a model. eval: it evaluated a stored model. predict: it scored tracks with the champion.';
COMMENT ON COLUMN mer.run.try_number IS 'Try of the task that published; an older try cannot replace it.';
COMMENT ON COLUMN mer.run.published_at IS 'Time at which the rows of this run were written.';
COMMENT ON COLUMN mer.run.code_version IS 'Version of the platform that published the run.';
COMMENT ON COLUMN mer.run.code_digest IS 'sha256 of the source files of the platform that published the run, in hex.';
COMMENT ON COLUMN mer.run.config IS 'Every parameter that influences the results.';
COMMENT ON COLUMN mer.run.config_digest IS 'sha256 of config, in hex. Two runs with equal parameters have the same digest.';
COMMENT ON COLUMN mer.run.label_set_digest IS 'Digest of the label set of the run: see label_set.';
COMMENT ON COLUMN mer.run.labels_digest IS 'sha256 of the annotated audio content and its votes, in hex. Two runs with the same training data have the same digest. Null for runs without labels.';
COMMENT ON COLUMN mer.run.artists_digest IS 'sha256 of the artists that metadata files name for the annotated tracks, in hex. A training is due when it changes. Null if they name none.';
COMMENT ON COLUMN mer.run.features_digest IS 'Digest of everything except the audio that determines the features. The features of a file are stored as blobs/features/<digest>/<first two digits of sha256>/<sha256>.npy. Null for runs without tracks and for runs whose tracks have different digests.';
COMMENT ON COLUMN mer.run.store_url IS 'Object store of the run''s outputs.';
COMMENT ON COLUMN mer.run.landing_url IS 'Landing zone that the run listed.';
COMMENT ON COLUMN mer.run.listed_at IS 'Time at which the run began to list the landing zone. Only the run with the latest time decides which tracks are gone.';
COMMENT ON COLUMN mer.run.model_run_id IS 'Run that fitted the model. For a training run, this is its own run_id.';
COMMENT ON COLUMN mer.run.model_key IS 'Key of the model in the object store.';
COMMENT ON COLUMN mer.run.model_sha256 IS 'sha256 of the model file, in hex; the model is loaded only if its bytes match.';
COMMENT ON COLUMN mer.run.device IS 'Device that the model ran on; null if the run does not name it.';
COMMENT ON COLUMN mer.run.tracks IS 'Number of usable tracks of the corpus; in mode predict, number of tracks that the run scored.';
COMMENT ON COLUMN mer.run.rejected IS 'Number of rejected files: see rejected_audio.';

CREATE TABLE mer.stage_counter (
  run_no integer NOT NULL REFERENCES mer.run ON DELETE CASCADE,
  stage text NOT NULL,
  counter text NOT NULL,
  value double precision NOT NULL,
  PRIMARY KEY (run_no, stage, counter)
);
COMMENT ON TABLE mer.stage_counter IS 'Counters and times of each stage of a run, summed over its shards.';
COMMENT ON COLUMN mer.stage_counter.run_no IS 'Run.';
COMMENT ON COLUMN mer.stage_counter.stage IS 'Stage.';
COMMENT ON COLUMN mer.stage_counter.counter IS 'Name of the counter: seconds, cpu_seconds, or a number of things such as decoded, reused or rejected.';
COMMENT ON COLUMN mer.stage_counter.value IS 'Value.';

CREATE TABLE mer.rejected_audio (
  run_no integer NOT NULL REFERENCES mer.run ON DELETE CASCADE,
  key text NOT NULL,
  stage text NOT NULL,
  track_id text,
  genre text,
  sha256 text,
  reason text NOT NULL,
  detail text NOT NULL,
  PRIMARY KEY (run_no, key, stage)
);
COMMENT ON TABLE mer.rejected_audio IS 'Files that a run rejected, with the reason.';
COMMENT ON COLUMN mer.rejected_audio.run_no IS 'Run.';
COMMENT ON COLUMN mer.rejected_audio.key IS 'Key of the file in the landing zone.';
COMMENT ON COLUMN mer.rejected_audio.stage IS 'Stage that rejected the file.';
COMMENT ON COLUMN mer.rejected_audio.track_id IS 'Track id, if the key of the file contains one.';
COMMENT ON COLUMN mer.rejected_audio.genre IS 'Genre, if the key of the file contains one.';
COMMENT ON COLUMN mer.rejected_audio.sha256 IS 'sha256 of the file in hex, if it could be read.';
COMMENT ON COLUMN mer.rejected_audio.reason IS 'Category of the reason in one word, such as not_audio or too_short.';
COMMENT ON COLUMN mer.rejected_audio.detail IS 'One line for people: the value that was met and what was expected.';

CREATE TABLE mer.training_epoch (
  run_no integer NOT NULL REFERENCES mer.run ON DELETE CASCADE,
  epoch integer NOT NULL CHECK (epoch >= 1),
  measure text NOT NULL,
  value double precision,
  PRIMARY KEY (run_no, epoch, measure)
);
COMMENT ON TABLE mer.training_epoch IS 'Training history: one row per training run, epoch and measure.';
COMMENT ON COLUMN mer.training_epoch.run_no IS 'Training run.';
COMMENT ON COLUMN mer.training_epoch.epoch IS 'Number of the epoch, from 1. An epoch is one pass over the training segments.';
COMMENT ON COLUMN mer.training_epoch.measure IS 'Name of the measure, as in Music_emotion_history.json. Names of measures on the validation part begin with val_.';
COMMENT ON COLUMN mer.training_epoch.value IS 'Value at the end of the epoch; null if the value is not a finite number.';

CREATE VIEW mer.runs AS
SELECT
  run_id, run_no = max(run_no) FILTER (WHERE mode <> 'predict') OVER () AS is_latest, mode, published_at, try_number,
  code_version, tracks, rejected, device, model_run_id, store_url || '/' || model_key AS model_uri, model_sha256, store_url,
  config, config_digest, code_digest, features_digest, labels_digest, landing_url, listed_at, label_set_digest
FROM mer.run;
COMMENT ON VIEW mer.runs IS 'Every published run, one row each.';
COMMENT ON COLUMN mer.runs.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.runs.is_latest IS 'Whether it is the latest published run of mode train or eval.';
COMMENT ON COLUMN mer.runs.mode IS 'train: the run fitted a model. eval: it evaluated a stored model. predict: it scored tracks with the champion.';
COMMENT ON COLUMN mer.runs.published_at IS 'When the run was published.';
COMMENT ON COLUMN mer.runs.try_number IS 'Try of the task that published the run.';
COMMENT ON COLUMN mer.runs.code_version IS 'Version of the platform that published the run.';
COMMENT ON COLUMN mer.runs.tracks IS 'Number of usable tracks of the corpus; in mode predict, number of tracks that the run scored.';
COMMENT ON COLUMN mer.runs.rejected IS 'Number of rejected files: see rejected_files.';
COMMENT ON COLUMN mer.runs.device IS 'Device that the model ran on; null if the run does not name it.';
COMMENT ON COLUMN mer.runs.model_run_id IS 'Run that fitted the model.';
COMMENT ON COLUMN mer.runs.model_uri IS 'Address of the model file in the object store.';
COMMENT ON COLUMN mer.runs.model_sha256 IS 'sha256 of the model file, in hex.';
COMMENT ON COLUMN mer.runs.store_url IS 'Object store of the run''s outputs.';
COMMENT ON COLUMN mer.runs.config IS 'Every parameter that influences the results.';
COMMENT ON COLUMN mer.runs.config_digest IS 'sha256 of config, in hex. Two runs with equal parameters have the same digest.';
COMMENT ON COLUMN mer.runs.code_digest IS 'sha256 of the source files of the platform that published the run, in hex.';
COMMENT ON COLUMN mer.runs.features_digest IS 'Digest of everything except the audio that determines the features. Null for runs without tracks and for runs whose tracks have different digests.';
COMMENT ON COLUMN mer.runs.labels_digest IS 'sha256 of the annotated audio content and its votes, in hex. Two runs with the same training data have the same digest. Null for runs without labels.';
COMMENT ON COLUMN mer.runs.landing_url IS 'Landing zone that the run listed.';
COMMENT ON COLUMN mer.runs.listed_at IS 'Time at which the run began to list the landing zone.';
COMMENT ON COLUMN mer.runs.label_set_digest IS 'Digest of the label set of the run: see label_sets.';

CREATE VIEW mer.latest_run AS
SELECT * FROM mer.runs WHERE is_latest;
COMMENT ON VIEW mer.latest_run IS 'The latest published run of mode train or eval, one row. A run that is published again keeps its number, so it does not become the latest run.';
COMMENT ON COLUMN mer.latest_run.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.latest_run.is_latest IS 'Whether it is the latest published run of mode train or eval.';
COMMENT ON COLUMN mer.latest_run.mode IS 'train: the run fitted a model. eval: it evaluated a stored model. predict: it scored tracks with the champion.';
COMMENT ON COLUMN mer.latest_run.published_at IS 'When the run was published.';
COMMENT ON COLUMN mer.latest_run.try_number IS 'Try of the task that published the run.';
COMMENT ON COLUMN mer.latest_run.code_version IS 'Version of the platform that published the run.';
COMMENT ON COLUMN mer.latest_run.tracks IS 'Number of usable tracks of the corpus; in mode predict, number of tracks that the run scored.';
COMMENT ON COLUMN mer.latest_run.rejected IS 'Number of rejected files: see rejected_files.';
COMMENT ON COLUMN mer.latest_run.device IS 'Device that the model ran on; null if the run does not name it.';
COMMENT ON COLUMN mer.latest_run.model_run_id IS 'Run that fitted the model.';
COMMENT ON COLUMN mer.latest_run.model_uri IS 'Address of the model file in the object store.';
COMMENT ON COLUMN mer.latest_run.model_sha256 IS 'sha256 of the model file, in hex.';
COMMENT ON COLUMN mer.latest_run.store_url IS 'Object store of the run''s outputs.';
COMMENT ON COLUMN mer.latest_run.config IS 'Every parameter that influences the results.';
COMMENT ON COLUMN mer.latest_run.config_digest IS 'sha256 of config, in hex. Two runs with equal parameters have the same digest.';
COMMENT ON COLUMN mer.latest_run.code_digest IS 'sha256 of the source files of the platform that published the run, in hex.';
COMMENT ON COLUMN mer.latest_run.features_digest IS 'Digest of everything except the audio that determines the features. Null for runs without tracks and for runs whose tracks have different digests.';
COMMENT ON COLUMN mer.latest_run.labels_digest IS 'sha256 of the annotated audio content and its votes, in hex. Two runs with the same training data have the same digest. Null for runs without labels.';
COMMENT ON COLUMN mer.latest_run.landing_url IS 'Landing zone that the run listed.';
COMMENT ON COLUMN mer.latest_run.listed_at IS 'Time at which the run began to list the landing zone.';
COMMENT ON COLUMN mer.latest_run.label_set_digest IS 'Digest of the label set of the run: see label_sets.';

CREATE VIEW mer.stage_counters AS
SELECT run_id, stage, counter, value
FROM mer.stage_counter
JOIN mer.run USING (run_no);
COMMENT ON VIEW mer.stage_counters IS 'Counters and times of each stage of each run, summed over its shards: one row per run, stage and counter.';
COMMENT ON COLUMN mer.stage_counters.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.stage_counters.stage IS 'Stage.';
COMMENT ON COLUMN mer.stage_counters.counter IS 'Name of the counter: seconds, cpu_seconds, or a number of things such as decoded, reused or rejected.';
COMMENT ON COLUMN mer.stage_counters.value IS 'Value.';

CREATE VIEW mer.rejected_files AS
SELECT
  run_id, run_no = (SELECT max(run_no) FROM mer.run WHERE mode <> 'predict') AS in_latest_run, key, track_id, genre, stage, reason,
  detail, sha256
FROM mer.rejected_audio
JOIN mer.run USING (run_no);
COMMENT ON VIEW mer.rejected_files IS 'Files that runs rejected, with the reason: one row per run and file.';
COMMENT ON COLUMN mer.rejected_files.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.rejected_files.in_latest_run IS 'Whether the run is the latest published run of mode train or eval.';
COMMENT ON COLUMN mer.rejected_files.key IS 'Key of the file in the landing zone.';
COMMENT ON COLUMN mer.rejected_files.track_id IS 'Track id, if the key of the file contains one.';
COMMENT ON COLUMN mer.rejected_files.genre IS 'Genre, if the key of the file contains one.';
COMMENT ON COLUMN mer.rejected_files.stage IS 'Stage that rejected the file.';
COMMENT ON COLUMN mer.rejected_files.reason IS 'Category of the reason in one word, such as not_audio or too_short.';
COMMENT ON COLUMN mer.rejected_files.detail IS 'One line for people: the value that was met and what was expected.';
COMMENT ON COLUMN mer.rejected_files.sha256 IS 'sha256 of the file in hex, if it could be read.';

CREATE VIEW mer.training_curves AS
SELECT
  run_id, epoch, regexp_replace(measure, '^val_', '') AS measure,
  max(value) FILTER (WHERE NOT starts_with(measure, 'val_')) AS training,
  max(value) FILTER (WHERE starts_with(measure, 'val_')) AS validation
FROM mer.training_epoch
JOIN mer.run USING (run_no)
GROUP BY run.run_no, epoch, regexp_replace(measure, '^val_', '');
COMMENT ON VIEW mer.training_curves IS 'Training history with the train part and the validation part side by side: one row per training run, epoch and measure.';
COMMENT ON COLUMN mer.training_curves.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.training_curves.epoch IS 'Number of the epoch, from 1. An epoch is one pass over the training segments.';
COMMENT ON COLUMN mer.training_curves.measure IS 'Name of the measure, such as loss.';
COMMENT ON COLUMN mer.training_curves.training IS 'Value of the measure on the train part.';
COMMENT ON COLUMN mer.training_curves.validation IS 'Value of the measure on the validation part; null for measures that only the training has, such as learning_rate.';

CREATE VIEW mer.migrations AS
SELECT number, name, applied_at FROM mer.migration;
COMMENT ON VIEW mer.migrations IS 'Files of sql/migrations that have been applied, one row each; the greatest number is the schema''s version.';
COMMENT ON COLUMN mer.migrations.number IS 'Number that the file''s name begins with.';
COMMENT ON COLUMN mer.migrations.name IS 'Name of the file.';
COMMENT ON COLUMN mer.migrations.applied_at IS 'When it was applied.';
