-- Tables of what runs publish. Readers use the views of the next migration.
--
-- A run and a track have a number besides their name: with 1,000,000 tracks a run writes 9,000,000 predictions, and two numbers
-- take 8 bytes in each where the two names would take about 60, in the table and again in its indexes.
-- Keys of the tables that grow with every run begin with run_no, and rows are inserted in the order of the key: indexes grow at
-- their end, and reading one run reads one stretch. That is what partitions by run would give, without a table made per run.
--
-- The two tables with nine rows a track, annotation and prediction, have no foreign key: their rows are made by a join with track,
-- after a check against split, and with keys benchmarks/publish.py took 15 s for a million predictions instead of 10.

CREATE TYPE mer.emotion AS ENUM (
  'amazement', 'solemnity', 'tenderness', 'nostalgia', 'calmness', 'power', 'joyful_activation', 'tension', 'sadness'
);
COMMENT ON TYPE mer.emotion IS 'The nine emotions of the Geneva Emotional Music Scale as Emotify uses them; sorts in their fixed order.';

CREATE TYPE mer.part AS ENUM ('train', 'validation', 'test', 'unlabelled');
COMMENT ON TYPE mer.part IS 'What a track was used for: fitting, choosing thresholds, the final metrics, or nothing but scoring.';

CREATE TABLE mer.run (
  run_no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id text NOT NULL UNIQUE,
  mode text NOT NULL CHECK (mode IN ('train', 'eval')),
  try_number integer NOT NULL CHECK (try_number >= 1),
  published_at timestamptz NOT NULL,
  code_version text NOT NULL,
  config jsonb NOT NULL,
  config_digest text NOT NULL,
  store_url text NOT NULL,
  model_run_id text NOT NULL,
  model_key text NOT NULL,
  model_sha256 text NOT NULL,
  device text,
  tracks integer NOT NULL,
  rejected integer NOT NULL
);
COMMENT ON TABLE mer.run IS 'Published runs, one row each.';
COMMENT ON COLUMN mer.run.run_no IS 'Number in the order of first publication; the greatest is the latest run.';
COMMENT ON COLUMN mer.run.run_id IS 'Name of the run, as in Airflow and below runs/ in the object store.';
COMMENT ON COLUMN mer.run.mode IS 'train: fitted a model. eval: judged a stored one.';
COMMENT ON COLUMN mer.run.try_number IS 'Try of the task that published; an older try cannot replace it.';
COMMENT ON COLUMN mer.run.published_at IS 'When these rows were written.';
COMMENT ON COLUMN mer.run.code_version IS 'Version of the platform that published.';
COMMENT ON COLUMN mer.run.config IS 'Every parameter that decides the numbers.';
COMMENT ON COLUMN mer.run.config_digest IS 'sha256 of config, in hex: equal where two runs had equal parameters.';
COMMENT ON COLUMN mer.run.store_url IS 'Object store of the run''s outputs.';
COMMENT ON COLUMN mer.run.model_run_id IS 'Run that fitted the model; of a training run its own id.';
COMMENT ON COLUMN mer.run.model_key IS 'Key of the model in the object store.';
COMMENT ON COLUMN mer.run.model_sha256 IS 'sha256 of the model file, in hex; the model is loaded only if its bytes match.';
COMMENT ON COLUMN mer.run.device IS 'What the model ran on, as the stage that ran it said; null if it did not.';
COMMENT ON COLUMN mer.run.tracks IS 'Usable tracks of the corpus.';
COMMENT ON COLUMN mer.run.rejected IS 'Files that were left out: see rejected_audio.';

CREATE TABLE mer.track (
  track_no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  track_id text NOT NULL UNIQUE,
  genre text NOT NULL,
  key text NOT NULL,
  sha256 text NOT NULL,
  pcm_sha256 text NOT NULL,
  duration_seconds double precision NOT NULL,
  sample_rate integer NOT NULL,
  channels integer NOT NULL,
  segments integer NOT NULL,
  last_run_no integer NOT NULL REFERENCES mer.run
);
COMMENT ON TABLE mer.track IS 'Tracks as the latest run that had them found them, one row each. What a run made of a track is in the tables with run_no.';
COMMENT ON COLUMN mer.track.track_no IS 'Number of the track.';
COMMENT ON COLUMN mer.track.track_id IS 'Name of the track: its file''s name without the ending.';
COMMENT ON COLUMN mer.track.genre IS 'Folder of the landing zone.';
COMMENT ON COLUMN mer.track.key IS 'Key of the audio file in the landing zone.';
COMMENT ON COLUMN mer.track.sha256 IS 'sha256 of the audio file, in hex.';
COMMENT ON COLUMN mer.track.pcm_sha256 IS 'sha256 of the decoded samples, in hex: equal where two files sound the same to the last bit.';
COMMENT ON COLUMN mer.track.duration_seconds IS 'Length of the audio in seconds.';
COMMENT ON COLUMN mer.track.sample_rate IS 'Samples per second of the landed file.';
COMMENT ON COLUMN mer.track.channels IS 'Channels of the landed file.';
COMMENT ON COLUMN mer.track.segments IS 'Segments that the track gave to the model.';
COMMENT ON COLUMN mer.track.last_run_no IS 'Latest run that had the track; these facts are that run''s.';

CREATE TABLE mer.split (
  run_no integer NOT NULL REFERENCES mer.run ON DELETE CASCADE,
  track_no integer NOT NULL REFERENCES mer.track,
  part mer.part NOT NULL,
  group_id text NOT NULL,
  sha256 text NOT NULL,
  PRIMARY KEY (run_no, track_no)
);
COMMENT ON TABLE mer.split IS 'The corpus of each run: one row a track, with its part.';
COMMENT ON COLUMN mer.split.run_no IS 'Run.';
COMMENT ON COLUMN mer.split.track_no IS 'Track.';
COMMENT ON COLUMN mer.split.part IS 'Part of the track in this run.';
COMMENT ON COLUMN mer.split.group_id IS 'Group of tracks that are never divided between parts.';
COMMENT ON COLUMN mer.split.sha256 IS 'sha256 of the audio file in this run, in hex.';

CREATE TABLE mer.content_part (
  sha256 text PRIMARY KEY,
  part mer.part NOT NULL CHECK (part <> 'unlabelled'),
  run_no integer NOT NULL REFERENCES mer.run
);
COMMENT ON TABLE mer.content_part IS 'The part that audio keeps from run to run, so that no model is judged on what it or an earlier one was fitted on.';
COMMENT ON COLUMN mer.content_part.sha256 IS 'sha256 of the audio file or of its decoded samples, in hex: a new tag does not make it new audio.';
COMMENT ON COLUMN mer.content_part.part IS 'train if any run since the split was last drawn afresh has trained on it, else its part in the latest of them.';
COMMENT ON COLUMN mer.content_part.run_no IS 'Run that decided.';

CREATE TABLE mer.annotation (
  run_no integer NOT NULL,
  track_no integer NOT NULL,
  emotion mer.emotion NOT NULL,
  votes integer NOT NULL,
  annotators integer NOT NULL,
  label boolean NOT NULL,
  PRIMARY KEY (run_no, track_no, emotion),
  CHECK (annotators > 0 AND votes BETWEEN 0 AND annotators)
);
COMMENT ON TABLE mer.annotation IS 'What listeners said in each run: votes per annotated track and emotion.';
COMMENT ON COLUMN mer.annotation.run_no IS 'Run.';
COMMENT ON COLUMN mer.annotation.track_no IS 'Track.';
COMMENT ON COLUMN mer.annotation.emotion IS 'Emotion.';
COMMENT ON COLUMN mer.annotation.votes IS 'Listeners who chose the emotion.';
COMMENT ON COLUMN mer.annotation.annotators IS 'Listeners of the track.';
COMMENT ON COLUMN mer.annotation.label IS 'Whether the track carries the emotion under the run''s label rule.';

CREATE TABLE mer.prediction (
  run_no integer NOT NULL,
  track_no integer NOT NULL,
  emotion mer.emotion NOT NULL,
  part mer.part NOT NULL,
  probability double precision NOT NULL CHECK (probability >= 0 AND probability <= 1),
  positive boolean NOT NULL,
  PRIMARY KEY (run_no, track_no, emotion)
);
CREATE INDEX prediction_best ON mer.prediction (run_no, emotion, probability DESC);
COMMENT ON TABLE mer.prediction IS 'What the model says in each run: one row for every track of the corpus and emotion.';
COMMENT ON COLUMN mer.prediction.run_no IS 'Run.';
COMMENT ON COLUMN mer.prediction.track_no IS 'Track.';
COMMENT ON COLUMN mer.prediction.emotion IS 'Emotion.';
COMMENT ON COLUMN mer.prediction.part IS 'Part of the track: what the model says of a train track, it was taught.';
COMMENT ON COLUMN mer.prediction.probability IS 'Mean over the track''s segments of the model''s probability.';
COMMENT ON COLUMN mer.prediction.positive IS 'Whether the probability reaches the emotion''s threshold.';

CREATE TABLE mer.threshold (
  run_no integer NOT NULL REFERENCES mer.run ON DELETE CASCADE,
  emotion mer.emotion NOT NULL,
  threshold double precision NOT NULL,
  PRIMARY KEY (run_no, emotion)
);
COMMENT ON TABLE mer.threshold IS 'From which probability on a track counts as positive, per run and emotion.';
COMMENT ON COLUMN mer.threshold.run_no IS 'Run.';
COMMENT ON COLUMN mer.threshold.emotion IS 'Emotion.';
COMMENT ON COLUMN mer.threshold.threshold IS 'Least probability of a positive, chosen on the validation part.';

CREATE TABLE mer.metric (
  run_no integer NOT NULL REFERENCES mer.run ON DELETE CASCADE,
  part mer.part NOT NULL,
  level text NOT NULL CHECK (level IN ('track', 'segment')),
  metric text NOT NULL,
  emotion mer.emotion,
  value double precision,
  baseline double precision,
  support integer NOT NULL
);
CREATE UNIQUE INDEX metric_overall ON mer.metric (run_no, part, level, metric) WHERE emotion IS NULL;
CREATE UNIQUE INDEX metric_per_emotion ON mer.metric (run_no, part, level, metric, emotion) WHERE emotion IS NOT NULL;
COMMENT ON TABLE mer.metric IS 'How good the model of a run is.';
COMMENT ON COLUMN mer.metric.run_no IS 'Run.';
COMMENT ON COLUMN mer.metric.part IS 'Part that was judged; only test is unseen by model and thresholds.';
COMMENT ON COLUMN mer.metric.level IS 'track: one decision a track. segment: one for each of its segments.';
COMMENT ON COLUMN mer.metric.metric IS 'Name, such as f1_macro over all emotions, or roc_auc of one.';
COMMENT ON COLUMN mer.metric.emotion IS 'Emotion that the metric is of; null: all nine together.';
COMMENT ON COLUMN mer.metric.value IS 'Value; null where it is not defined, such as the ROC-AUC of an emotion without a positive track.';
COMMENT ON COLUMN mer.metric.baseline IS 'The same metric of a model that only knows how common each emotion is.';
COMMENT ON COLUMN mer.metric.support IS 'Number of tracks or segments that were judged, or of positives where the metric is of one emotion.';

CREATE TABLE mer.training_epoch (
  run_no integer NOT NULL REFERENCES mer.run ON DELETE CASCADE,
  epoch integer NOT NULL CHECK (epoch >= 1),
  measure text NOT NULL,
  value double precision,
  PRIMARY KEY (run_no, epoch, measure)
);
COMMENT ON TABLE mer.training_epoch IS 'The course of training: one row for each epoch and measure.';
COMMENT ON COLUMN mer.training_epoch.run_no IS 'Training run.';
COMMENT ON COLUMN mer.training_epoch.epoch IS 'Pass over the training segments, from 1.';
COMMENT ON COLUMN mer.training_epoch.measure IS 'What was measured, as in Music_emotion_history.json; val_ stands before what is of the validation part.';
COMMENT ON COLUMN mer.training_epoch.value IS 'Value at the end of the epoch; null if it was no finite number.';

CREATE TABLE mer.stage_counter (
  run_no integer NOT NULL REFERENCES mer.run ON DELETE CASCADE,
  stage text NOT NULL,
  counter text NOT NULL,
  value double precision NOT NULL,
  PRIMARY KEY (run_no, stage, counter)
);
COMMENT ON TABLE mer.stage_counter IS 'What each stage of a run did and took, summed over its shards.';
COMMENT ON COLUMN mer.stage_counter.run_no IS 'Run.';
COMMENT ON COLUMN mer.stage_counter.stage IS 'Stage.';
COMMENT ON COLUMN mer.stage_counter.counter IS 'seconds, cpu_seconds, or what was counted, such as decoded, reused, rejected.';
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
COMMENT ON TABLE mer.rejected_audio IS 'Files that a run left out, and why.';
COMMENT ON COLUMN mer.rejected_audio.run_no IS 'Run.';
COMMENT ON COLUMN mer.rejected_audio.key IS 'Key of the file in the landing zone.';
COMMENT ON COLUMN mer.rejected_audio.stage IS 'Stage that rejected the file.';
COMMENT ON COLUMN mer.rejected_audio.track_id IS 'Track id, if the key gave one.';
COMMENT ON COLUMN mer.rejected_audio.genre IS 'Genre, if the key gave one.';
COMMENT ON COLUMN mer.rejected_audio.sha256 IS 'sha256 of the file in hex, if it could be read.';
COMMENT ON COLUMN mer.rejected_audio.reason IS 'One word to count by, such as not_audio or too_short.';
COMMENT ON COLUMN mer.rejected_audio.detail IS 'One line for people: the value met and what was expected.';
