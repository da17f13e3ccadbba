-- Models side by side: what crossval found. Its runs are no rows of mer.run: they publish no model and predict no track for good.

CREATE TABLE mer.crossval (
  crossval_no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id text NOT NULL UNIQUE,
  published_at timestamptz NOT NULL,
  try_number integer NOT NULL CHECK (try_number >= 1),
  code_version text NOT NULL,
  config jsonb NOT NULL,
  store_url text NOT NULL,
  folds integer NOT NULL CHECK (folds >= 2),
  repeats integer NOT NULL CHECK (repeats >= 1),
  tracks integer NOT NULL,
  groups integer NOT NULL
);
COMMENT ON TABLE mer.crossval IS 'Published cross-validations, one row each.';
COMMENT ON COLUMN mer.crossval.crossval_no IS 'Number in the order of publication; the greatest is the latest one.';
COMMENT ON COLUMN mer.crossval.run_id IS 'Name of the run, as in Airflow and below runs/ in the object store.';
COMMENT ON COLUMN mer.crossval.published_at IS 'When these rows were written.';
COMMENT ON COLUMN mer.crossval.try_number IS 'Try of the task that published; an older try cannot replace it.';
COMMENT ON COLUMN mer.crossval.code_version IS 'Version of the platform that published.';
COMMENT ON COLUMN mer.crossval.config IS 'Every parameter that decides the numbers.';
COMMENT ON COLUMN mer.crossval.store_url IS 'Object store of the outputs.';
COMMENT ON COLUMN mer.crossval.folds IS 'Folds; each track is a test track in one of them.';
COMMENT ON COLUMN mer.crossval.repeats IS 'How often the folds were drawn.';
COMMENT ON COLUMN mer.crossval.tracks IS 'Labelled tracks.';
COMMENT ON COLUMN mer.crossval.groups IS 'Groups of tracks that no fold divides.';

CREATE TABLE mer.crossval_metric (
  crossval_no integer NOT NULL REFERENCES mer.crossval ON DELETE CASCADE,
  place integer NOT NULL CHECK (place >= 1),
  candidate text NOT NULL,
  metric text NOT NULL,
  emotion mer.emotion,
  value double precision,
  low double precision,
  high double precision,
  difference double precision,
  difference_low double precision,
  difference_high double precision,
  pooled double precision,
  by_fold double precision,
  deviation double precision,
  CHECK (low <= high),
  CHECK (difference_low <= difference_high)
);
CREATE UNIQUE INDEX crossval_metric_overall ON mer.crossval_metric (crossval_no, place, metric) WHERE emotion IS NULL;
CREATE UNIQUE INDEX crossval_metric_per_emotion ON mer.crossval_metric (crossval_no, place, metric, emotion) WHERE emotion IS NOT NULL;
COMMENT ON TABLE mer.crossval_metric IS 'How good each candidate of a cross-validation is on tracks that it has not seen.';
COMMENT ON COLUMN mer.crossval_metric.crossval_no IS 'Cross-validation.';
COMMENT ON COLUMN mer.crossval_metric.place IS 'Place of the candidate in the list, from 1; differences are to the first.';
COMMENT ON COLUMN mer.crossval_metric.candidate IS 'Name of the candidate: a preset of networks, perhaps with changes, or a baseline.';
COMMENT ON COLUMN mer.crossval_metric.metric IS 'Name, as in metric; of tracks.';
COMMENT ON COLUMN mer.crossval_metric.emotion IS 'Emotion that the metric is of; null: all nine together.';
COMMENT ON COLUMN mer.crossval_metric.value IS 'Of ROC-AUC by_fold, since different models have no common ranking; of all other metrics pooled. Null where it is not defined.';
COMMENT ON COLUMN mer.crossval_metric.low IS 'Lower end of the 95 % interval of value, were other groups of tracks drawn.';
COMMENT ON COLUMN mer.crossval_metric.high IS 'Upper end of that interval.';
COMMENT ON COLUMN mer.crossval_metric.difference IS 'By how much value is above that of the first candidate; null for the first one.';
COMMENT ON COLUMN mer.crossval_metric.difference_low IS 'Lower end of the 95 % interval of difference, both candidates being judged on the same tracks.';
COMMENT ON COLUMN mer.crossval_metric.difference_high IS 'Upper end of that interval.';
COMMENT ON COLUMN mer.crossval_metric.pooled IS 'Mean over repeats of the metric on all tracks at once.';
COMMENT ON COLUMN mer.crossval_metric.by_fold IS 'Mean over repeats and folds of the metric within a fold.';
COMMENT ON COLUMN mer.crossval_metric.deviation IS 'Standard deviation over repeats; null if there is one only.';

CREATE VIEW mer.crossvals AS
SELECT
  run_id, crossval_no = (SELECT max(crossval_no) FROM mer.crossval) AS is_latest, published_at, folds, repeats, tracks, groups,
  place, candidate, metric, emotion, value, low, high, difference, difference_low, difference_high, pooled, by_fold,
  deviation
FROM mer.crossval
JOIN mer.crossval_metric USING (crossval_no);
COMMENT ON VIEW mer.crossvals IS 'What cross-validations found: one row a candidate, metric and emotion.';
COMMENT ON COLUMN mer.crossvals.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.crossvals.is_latest IS 'Whether it is the cross-validation that was published last.';
COMMENT ON COLUMN mer.crossvals.published_at IS 'When it was published.';
COMMENT ON COLUMN mer.crossvals.folds IS 'Folds; each track is a test track in one of them.';
COMMENT ON COLUMN mer.crossvals.repeats IS 'How often the folds were drawn.';
COMMENT ON COLUMN mer.crossvals.tracks IS 'Labelled tracks.';
COMMENT ON COLUMN mer.crossvals.groups IS 'Groups of tracks that no fold divides.';
COMMENT ON COLUMN mer.crossvals.place IS 'Place of the candidate in the list, from 1; differences are to the first.';
COMMENT ON COLUMN mer.crossvals.candidate IS 'Name of the candidate: a preset of networks, perhaps with changes, or a baseline.';
COMMENT ON COLUMN mer.crossvals.metric IS 'Name, such as roc_auc_macro over all emotions, or roc_auc of one.';
COMMENT ON COLUMN mer.crossvals.emotion IS 'Emotion that the metric is of; null: all nine together.';
COMMENT ON COLUMN mer.crossvals.value IS 'Of ROC-AUC by_fold, since different models have no common ranking; of all other metrics pooled. Null where it is not defined.';
COMMENT ON COLUMN mer.crossvals.low IS 'Lower end of the 95 % interval of value, were other groups of tracks drawn.';
COMMENT ON COLUMN mer.crossvals.high IS 'Upper end of that interval.';
COMMENT ON COLUMN mer.crossvals.difference IS 'By how much value is above that of the first candidate; null for the first one.';
COMMENT ON COLUMN mer.crossvals.difference_low IS 'Lower end of the 95 % interval of difference, both candidates being judged on the same tracks.';
COMMENT ON COLUMN mer.crossvals.difference_high IS 'Upper end of that interval.';
COMMENT ON COLUMN mer.crossvals.pooled IS 'Mean over repeats of the metric on all tracks at once.';
COMMENT ON COLUMN mer.crossvals.by_fold IS 'Mean over repeats and folds of the metric within a fold.';
COMMENT ON COLUMN mer.crossvals.deviation IS 'Standard deviation over repeats; null if there is one only.';

GRANT SELECT ON mer.crossvals TO mer_reader, mer_writer;
GRANT SELECT, INSERT, DELETE ON mer.crossval, mer.crossval_metric TO mer_writer;
