-- Metrics of models, agreement of listeners, and what the optional stages found.

CREATE TABLE mer.metric (
  run_no integer NOT NULL REFERENCES mer.run ON DELETE CASCADE,
  part mer.part NOT NULL,
  level text NOT NULL CHECK (level IN ('track', 'segment', 'uncalibrated')),
  metric text NOT NULL,
  label_no smallint REFERENCES mer.label,
  value double precision,
  low double precision,
  high double precision,
  baseline double precision,
  split_half double precision,
  split_half_low double precision,
  split_half_high double precision,
  panel double precision,
  panel_low double precision,
  panel_high double precision,
  support integer NOT NULL,
  CHECK (low <= high),
  CHECK (split_half_low <= split_half_high),
  CHECK (panel_low <= panel_high)
);
CREATE UNIQUE INDEX metric_overall ON mer.metric (run_no, part, level, metric) WHERE label_no IS NULL;
CREATE UNIQUE INDEX metric_per_label ON mer.metric (run_no, part, level, metric, label_no) WHERE label_no IS NOT NULL;
COMMENT ON TABLE mer.metric IS 'Metrics of the model of each run.';
COMMENT ON COLUMN mer.metric.run_no IS 'Run.';
COMMENT ON COLUMN mer.metric.part IS 'Part on which the metric was computed. Only the test part is used neither to fit the model nor to choose thresholds.';
COMMENT ON COLUMN mer.metric.level IS 'track: one decision per track. segment: one decision per segment. uncalibrated: tracks, with the model''s probabilities before calibration.';
COMMENT ON COLUMN mer.metric.metric IS 'Name of the metric, such as roc_auc_macro (over all labels) or roc_auc (of one label).';
COMMENT ON COLUMN mer.metric.label_no IS 'Label of the metric; null if the metric is over all labels.';
COMMENT ON COLUMN mer.metric.value IS 'Value of the metric; null where the metric is not defined, such as the ROC-AUC of a label without positive tracks.';
COMMENT ON COLUMN mer.metric.low IS 'Lower end of the 95 % bootstrap interval of value; groups of tracks are resampled. Null where the metric is not defined, or if there is only one group.';
COMMENT ON COLUMN mer.metric.high IS 'Upper end of the 95 % bootstrap interval of value; groups of tracks are resampled.';
COMMENT ON COLUMN mer.metric.baseline IS 'The same metric of the baseline: a model that only knows how common each label is.';
COMMENT ON COLUMN mer.metric.split_half IS 'The same metric if half of a track''s listeners take the place of the model and the other half gives the labels; mean over random drawings. Null for segments, for calibration metrics, and where it is not defined.';
COMMENT ON COLUMN mer.metric.split_half_low IS 'Lower end of the range of split_half that contains 95 % of the random drawings.';
COMMENT ON COLUMN mer.metric.split_half_high IS 'Upper end of the range of split_half that contains 95 % of the random drawings.';
COMMENT ON COLUMN mer.metric.panel IS 'The same metric if all listeners of a track take the place of the model, with their share of votes as the probability. As many new listeners, drawn with this share, give the labels; mean over random drawings. Null for segments, for calibration metrics, and where it is not defined.';
COMMENT ON COLUMN mer.metric.panel_low IS 'Lower end of the range of panel that contains 95 % of the random drawings.';
COMMENT ON COLUMN mer.metric.panel_high IS 'Upper end of the range of panel that contains 95 % of the random drawings.';
COMMENT ON COLUMN mer.metric.support IS 'Number of tracks or segments that were evaluated; for a metric of one label, number of positive ones.';

CREATE TABLE mer.agreement (
  run_no integer NOT NULL REFERENCES mer.run ON DELETE CASCADE,
  metric text NOT NULL,
  label_no smallint REFERENCES mer.label,
  tracks integer NOT NULL,
  split_half double precision,
  split_half_low double precision,
  split_half_high double precision,
  panel double precision,
  panel_low double precision,
  panel_high double precision,
  CHECK (split_half_low <= split_half_high),
  CHECK (panel_low <= panel_high)
);
CREATE UNIQUE INDEX agreement_overall ON mer.agreement (run_no, metric) WHERE label_no IS NULL;
CREATE UNIQUE INDEX agreement_per_label ON mer.agreement (run_no, metric, label_no) WHERE label_no IS NOT NULL;
COMMENT ON TABLE mer.agreement IS 'How well the listeners of a run predict each other''s labels, on all its annotated tracks. This is about the best that a model can reach on them. For the test tracks alone, see metric.';
COMMENT ON COLUMN mer.agreement.run_no IS 'Run.';
COMMENT ON COLUMN mer.agreement.metric IS 'Name of the metric, as in table metric.';
COMMENT ON COLUMN mer.agreement.label_no IS 'Label of the metric; null if the metric is over all labels.';
COMMENT ON COLUMN mer.agreement.tracks IS 'Number of annotated tracks with two or more listeners.';
COMMENT ON COLUMN mer.agreement.split_half IS 'The same metric if half of a track''s listeners take the place of the model and the other half gives the labels; mean over random drawings.';
COMMENT ON COLUMN mer.agreement.split_half_low IS 'Lower end of the range of split_half that contains 95 % of the random drawings.';
COMMENT ON COLUMN mer.agreement.split_half_high IS 'Upper end of the range of split_half that contains 95 % of the random drawings.';
COMMENT ON COLUMN mer.agreement.panel IS 'The same metric if all listeners of a track take the place of the model, with their share of votes as the probability. As many new listeners, drawn with this share, give the labels; mean over random drawings.';
COMMENT ON COLUMN mer.agreement.panel_low IS 'Lower end of the range of panel that contains 95 % of the random drawings.';
COMMENT ON COLUMN mer.agreement.panel_high IS 'Upper end of the range of panel that contains 95 % of the random drawings.';

CREATE TABLE mer.comparison (
  run_no integer NOT NULL REFERENCES mer.run ON DELETE CASCADE,
  balance text NOT NULL,
  metric text NOT NULL,
  label_no smallint REFERENCES mer.label,
  value double precision,
  low double precision,
  high double precision,
  difference double precision,
  difference_low double precision,
  difference_high double precision,
  CHECK (low <= high),
  CHECK (difference_low <= difference_high)
);
CREATE UNIQUE INDEX comparison_overall ON mer.comparison (run_no, balance, metric) WHERE label_no IS NULL;
CREATE UNIQUE INDEX comparison_per_label ON mer.comparison (run_no, balance, metric, label_no) WHERE label_no IS NOT NULL;
COMMENT ON TABLE mer.comparison IS 'Metrics of each way of balancing the train part, on the validation part of a run. Runs without compare_balance have no rows.';
COMMENT ON COLUMN mer.comparison.run_no IS 'Run.';
COMMENT ON COLUMN mer.comparison.balance IS 'Way of balancing: a value of the parameter balance.';
COMMENT ON COLUMN mer.comparison.metric IS 'Name of the metric, as in table metric; computed on tracks.';
COMMENT ON COLUMN mer.comparison.label_no IS 'Label of the metric; null if the metric is over all labels.';
COMMENT ON COLUMN mer.comparison.value IS 'Value of the metric on the validation part, on which thresholds and calibration are chosen too; null where the metric is not defined.';
COMMENT ON COLUMN mer.comparison.low IS 'Lower end of the 95 % bootstrap interval of value; groups of tracks are resampled.';
COMMENT ON COLUMN mer.comparison.high IS 'Upper end of the 95 % bootstrap interval of value; groups of tracks are resampled.';
COMMENT ON COLUMN mer.comparison.difference IS 'Value of this way minus the value of the run''s own way; null for the run''s own way.';
COMMENT ON COLUMN mer.comparison.difference_low IS 'Lower end of the 95 % bootstrap interval of difference; groups of tracks are resampled. Both ways are evaluated on the same resamples.';
COMMENT ON COLUMN mer.comparison.difference_high IS 'Upper end of the 95 % bootstrap interval of difference; groups of tracks are resampled.';

CREATE TABLE mer.canary (
  run_no integer NOT NULL REFERENCES mer.run ON DELETE CASCADE,
  permutation integer NOT NULL CHECK (permutation >= 1),
  level text NOT NULL,
  metric text NOT NULL,
  label_no smallint REFERENCES mer.label,
  value double precision NOT NULL,
  low double precision NOT NULL,
  high double precision NOT NULL,
  inside boolean NOT NULL
);
CREATE UNIQUE INDEX canary_overall ON mer.canary (run_no, permutation, level, metric) WHERE label_no IS NULL;
CREATE UNIQUE INDEX canary_per_label ON mer.canary (run_no, permutation, level, metric, label_no) WHERE label_no IS NOT NULL;
COMMENT ON TABLE mer.canary IS 'Test metrics of models that were trained on permuted labels, with their intervals under chance. Runs without a canary have no rows.';
COMMENT ON COLUMN mer.canary.run_no IS 'Run.';
COMMENT ON COLUMN mer.canary.permutation IS 'Number of the permutation, from 1.';
COMMENT ON COLUMN mer.canary.level IS 'track: one decision per track. segment: one decision per segment. uncalibrated: tracks, with the model''s probabilities before calibration.';
COMMENT ON COLUMN mer.canary.metric IS 'Name of the metric, such as roc_auc_macro (over all labels) or roc_auc (of one label).';
COMMENT ON COLUMN mer.canary.label_no IS 'Label of the metric; null if the metric is over all labels.';
COMMENT ON COLUMN mer.canary.value IS 'Value of the metric on the test part, by the permuted labels.';
COMMENT ON COLUMN mer.canary.low IS 'Lower end of the interval of the metric under chance. If nothing was learnt, the risk is 1 % that any metric of any permutation of the run is outside its interval.';
COMMENT ON COLUMN mer.canary.high IS 'Upper end of the interval of the metric under chance. If nothing was learnt, the risk is 1 % that any metric of any permutation of the run is outside its interval.';
COMMENT ON COLUMN mer.canary.inside IS 'Whether the value is within the interval from low to high. A run with a value outside its interval is not published.';

CREATE TABLE mer.drift (
  run_no integer NOT NULL REFERENCES mer.run ON DELETE CASCADE,
  champion_run_no integer NOT NULL REFERENCES mer.run,
  genre text,
  measure text NOT NULL CHECK (measure IN ('features', 'predictions')),
  label_no smallint REFERENCES mer.label,
  statistic text,
  psi double precision NOT NULL CHECK (psi >= 0),
  mean_psi double precision,
  chance double precision NOT NULL,
  threshold double precision NOT NULL,
  tracks integer NOT NULL,
  reference_tracks integer NOT NULL,
  same_genre boolean NOT NULL,
  drifted boolean NOT NULL,
  CHECK ((measure = 'features') = (label_no IS NULL)),
  CHECK ((measure = 'features') = (statistic IS NOT NULL AND mean_psi IS NOT NULL))
);
CREATE UNIQUE INDEX drift_once ON mer.drift (run_no, coalesce(genre, ''), label_no) WHERE label_no IS NOT NULL;
CREATE UNIQUE INDEX drift_features_once ON mer.drift (run_no, coalesce(genre, '')) WHERE label_no IS NULL;
COMMENT ON TABLE mer.drift IS 'Drift of the features and the predictions of each run, measured against the champion''s training run. Runs before the first promotion have no rows.';
COMMENT ON COLUMN mer.drift.run_no IS 'Run.';
COMMENT ON COLUMN mer.drift.champion_run_no IS 'Training run of the model that was champion when the drift was measured.';
COMMENT ON COLUMN mer.drift.genre IS 'Genre; null for all genres together.';
COMMENT ON COLUMN mer.drift.measure IS 'features: summary statistics of the audio. predictions: probabilities of one label.';
COMMENT ON COLUMN mer.drift.label_no IS 'Label whose probabilities were compared; null for features.';
COMMENT ON COLUMN mer.drift.statistic IS 'Summary statistic with the largest population stability index: the mean or the standard deviation, over a track, of an MFCC or of a band of spectral contrast; null for predictions.';
COMMENT ON COLUMN mer.drift.psi IS 'Population stability index (PSI): 0 for equal distributions; as a rule of thumb, 0.25 is a large change. For features, this is the index of the column statistic.';
COMMENT ON COLUMN mer.drift.mean_psi IS 'Mean population stability index over all summary statistics; null for predictions.';
COMMENT ON COLUMN mer.drift.chance IS 'Level of chance of the index. If nothing has changed, the risk is 1 % that any index of the run is above its level.';
COMMENT ON COLUMN mer.drift.threshold IS 'Population stability index above which a change counts as large: the parameter drift_threshold.';
COMMENT ON COLUMN mer.drift.tracks IS 'Number of tracks of the run that were compared. For features, these are the tracks that the champion was not trained on; for predictions, those that the run''s model was not trained on.';
COMMENT ON COLUMN mer.drift.reference_tracks IS 'Number of tracks of the champion''s training run that are the reference. For features, these are in its train part; for predictions, in its validation and test parts.';
COMMENT ON COLUMN mer.drift.same_genre IS 'Whether the reference tracks have the same genre. False if the champion was not trained on this genre; then the reference tracks are of all genres.';
COMMENT ON COLUMN mer.drift.drifted IS 'Whether psi is above both threshold and chance.';

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
COMMENT ON COLUMN mer.crossval.crossval_no IS 'Number in the order of first publication; the greatest number is the latest cross-validation.';
COMMENT ON COLUMN mer.crossval.run_id IS 'Name of the run, as in Airflow and below runs/ in the object store.';
COMMENT ON COLUMN mer.crossval.published_at IS 'Time at which the rows of this cross-validation were written.';
COMMENT ON COLUMN mer.crossval.try_number IS 'Try of the task that published; an older try cannot replace it.';
COMMENT ON COLUMN mer.crossval.code_version IS 'Version of the platform that published the cross-validation.';
COMMENT ON COLUMN mer.crossval.config IS 'Every parameter that influences the results.';
COMMENT ON COLUMN mer.crossval.store_url IS 'Object store of the outputs.';
COMMENT ON COLUMN mer.crossval.folds IS 'Number of folds. Each track is a test track in one of them.';
COMMENT ON COLUMN mer.crossval.repeats IS 'Number of times that the tracks were divided into folds.';
COMMENT ON COLUMN mer.crossval.tracks IS 'Number of labelled tracks.';
COMMENT ON COLUMN mer.crossval.groups IS 'Number of groups of tracks; a group is never divided between folds.';

CREATE TABLE mer.crossval_metric (
  crossval_no integer NOT NULL REFERENCES mer.crossval ON DELETE CASCADE,
  place integer NOT NULL CHECK (place >= 1),
  candidate text NOT NULL,
  metric text NOT NULL,
  label_no smallint REFERENCES mer.label,
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
CREATE UNIQUE INDEX crossval_metric_overall ON mer.crossval_metric (crossval_no, place, metric) WHERE label_no IS NULL;
CREATE UNIQUE INDEX crossval_metric_per_label ON mer.crossval_metric (crossval_no, place, metric, label_no) WHERE label_no IS NOT NULL;
COMMENT ON TABLE mer.crossval_metric IS 'Metrics of each candidate of a cross-validation, on tracks that the candidate was not fitted to.';
COMMENT ON COLUMN mer.crossval_metric.crossval_no IS 'Cross-validation.';
COMMENT ON COLUMN mer.crossval_metric.place IS 'Position of the candidate in the list, from 1. Differences are to the first candidate.';
COMMENT ON COLUMN mer.crossval_metric.candidate IS 'Name of the candidate: a preset of network parameters, possibly with changes, or a baseline.';
COMMENT ON COLUMN mer.crossval_metric.metric IS 'Name of the metric, as in table metric; computed on tracks.';
COMMENT ON COLUMN mer.crossval_metric.label_no IS 'Label of the metric; null if the metric is over all labels.';
COMMENT ON COLUMN mer.crossval_metric.value IS 'Value of the metric: by_fold for ROC-AUC, because scores of different models have no common scale, and pooled for all other metrics. Null where the metric is not defined.';
COMMENT ON COLUMN mer.crossval_metric.low IS 'Lower end of the 95 % bootstrap interval of value; groups of tracks are resampled.';
COMMENT ON COLUMN mer.crossval_metric.high IS 'Upper end of the 95 % bootstrap interval of value; groups of tracks are resampled.';
COMMENT ON COLUMN mer.crossval_metric.difference IS 'Value of this candidate minus the value of the first candidate; null for the first candidate.';
COMMENT ON COLUMN mer.crossval_metric.difference_low IS 'Lower end of the 95 % bootstrap interval of difference; groups of tracks are resampled. Both candidates are evaluated on the same resamples.';
COMMENT ON COLUMN mer.crossval_metric.difference_high IS 'Upper end of the 95 % bootstrap interval of difference; groups of tracks are resampled.';
COMMENT ON COLUMN mer.crossval_metric.pooled IS 'Mean over the repeats of the metric on all tracks together.';
COMMENT ON COLUMN mer.crossval_metric.by_fold IS 'Mean over the repeats and folds of the metric on the test tracks of one fold.';
COMMENT ON COLUMN mer.crossval_metric.deviation IS 'Standard deviation of the value over the repeats; null if there is only one repeat.';

CREATE VIEW mer.metrics AS
SELECT
  run_id, part, level, metric, label_id AS emotion, value, baseline, support, low, high, split_half, split_half_low,
  split_half_high, panel, panel_low, panel_high, label_no
FROM mer.metric
JOIN mer.run USING (run_no)
LEFT JOIN mer.label USING (label_no);
COMMENT ON VIEW mer.metrics IS 'Metrics of the model of each run: one row per run, part, level, metric and label.';
COMMENT ON COLUMN mer.metrics.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.metrics.part IS 'Part on which the metric was computed. Only the test part is used neither to fit the model nor to choose thresholds.';
COMMENT ON COLUMN mer.metrics.level IS 'track: one decision per track. segment: one decision per segment. uncalibrated: tracks, with the model''s probabilities before calibration.';
COMMENT ON COLUMN mer.metrics.metric IS 'Name of the metric, such as roc_auc_macro (over all labels) or roc_auc (of one label).';
COMMENT ON COLUMN mer.metrics.emotion IS 'Label of the metric; null if the metric is over all labels.';
COMMENT ON COLUMN mer.metrics.value IS 'Value of the metric; null where the metric is not defined, such as the ROC-AUC of a label without positive tracks.';
COMMENT ON COLUMN mer.metrics.baseline IS 'The same metric of the baseline: a model that only knows how common each label is.';
COMMENT ON COLUMN mer.metrics.support IS 'Number of tracks or segments that were evaluated; for a metric of one label, number of positive ones.';
COMMENT ON COLUMN mer.metrics.low IS 'Lower end of the 95 % bootstrap interval of value; groups of tracks are resampled. Null where the metric is not defined, or if there is only one group.';
COMMENT ON COLUMN mer.metrics.high IS 'Upper end of the 95 % bootstrap interval of value; groups of tracks are resampled.';
COMMENT ON COLUMN mer.metrics.split_half IS 'The same metric if half of a track''s listeners take the place of the model and the other half gives the labels; mean over random drawings. Null for segments, for calibration metrics, and where it is not defined.';
COMMENT ON COLUMN mer.metrics.split_half_low IS 'Lower end of the range of split_half that contains 95 % of the random drawings.';
COMMENT ON COLUMN mer.metrics.split_half_high IS 'Upper end of the range of split_half that contains 95 % of the random drawings.';
COMMENT ON COLUMN mer.metrics.panel IS 'The same metric if all listeners of a track take the place of the model, with their share of votes as the probability. As many new listeners, drawn with this share, give the labels; mean over random drawings. Null for segments, for calibration metrics, and where it is not defined.';
COMMENT ON COLUMN mer.metrics.panel_low IS 'Lower end of the range of panel that contains 95 % of the random drawings.';
COMMENT ON COLUMN mer.metrics.panel_high IS 'Upper end of the range of panel that contains 95 % of the random drawings.';
COMMENT ON COLUMN mer.metrics.label_no IS 'Number of the label: see labels.';

CREATE VIEW mer.metrics_by_run AS
SELECT
  run_id, mode, published_at, max(support) AS test_tracks,
  max(value) FILTER (WHERE metric = 'hamming_loss') AS hamming_loss,
  max(value) FILTER (WHERE metric = 'f1_micro') AS f1_micro,
  max(value) FILTER (WHERE metric = 'f1_macro') AS f1_macro,
  max(value) FILTER (WHERE metric = 'f1_samples') AS f1_samples,
  max(value) FILTER (WHERE metric = 'precision_macro') AS precision_macro,
  max(value) FILTER (WHERE metric = 'recall_macro') AS recall_macro,
  max(value) FILTER (WHERE metric = 'roc_auc_macro') AS roc_auc_macro,
  max(value) FILTER (WHERE metric = 'pr_auc_macro') AS pr_auc_macro,
  max(baseline) FILTER (WHERE metric = 'f1_macro') AS f1_macro_baseline,
  max(baseline) FILTER (WHERE metric = 'pr_auc_macro') AS pr_auc_macro_baseline,
  max(low) FILTER (WHERE metric = 'f1_macro') AS f1_macro_low,
  max(high) FILTER (WHERE metric = 'f1_macro') AS f1_macro_high,
  max(low) FILTER (WHERE metric = 'roc_auc_macro') AS roc_auc_macro_low,
  max(high) FILTER (WHERE metric = 'roc_auc_macro') AS roc_auc_macro_high,
  max(value) FILTER (WHERE metric = 'brier_macro') AS brier_macro,
  max(value) FILTER (WHERE metric = 'ece_macro') AS ece_macro,
  max(value) FILTER (WHERE metric = 'accuracy') AS accuracy
FROM mer.run
LEFT JOIN mer.metric ON metric.run_no = run.run_no AND part = 'test' AND level = 'track' AND label_no IS NULL
WHERE mode <> 'predict'
GROUP BY run.run_no
ORDER BY run.run_no DESC;
COMMENT ON VIEW mer.metrics_by_run IS 'Main metrics of every run of mode train or eval on its test tracks: one row per run, latest run first.';
COMMENT ON COLUMN mer.metrics_by_run.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.metrics_by_run.mode IS 'train or eval.';
COMMENT ON COLUMN mer.metrics_by_run.published_at IS 'When the run was published.';
COMMENT ON COLUMN mer.metrics_by_run.test_tracks IS 'Number of test tracks.';
COMMENT ON COLUMN mer.metrics_by_run.hamming_loss IS 'Share of wrong decisions; less is better.';
COMMENT ON COLUMN mer.metrics_by_run.f1_micro IS 'F1 over the decisions of all tracks and labels together.';
COMMENT ON COLUMN mer.metrics_by_run.f1_macro IS 'Mean F1 over the labels.';
COMMENT ON COLUMN mer.metrics_by_run.f1_samples IS 'Mean F1 over the tracks.';
COMMENT ON COLUMN mer.metrics_by_run.precision_macro IS 'Mean precision over the labels.';
COMMENT ON COLUMN mer.metrics_by_run.recall_macro IS 'Mean recall over the labels.';
COMMENT ON COLUMN mer.metrics_by_run.roc_auc_macro IS 'Mean ROC-AUC (area under the ROC curve) over the labels; 0.5 is chance.';
COMMENT ON COLUMN mer.metrics_by_run.pr_auc_macro IS 'Mean PR-AUC (area under the precision-recall curve) over the labels.';
COMMENT ON COLUMN mer.metrics_by_run.f1_macro_baseline IS 'f1_macro of the baseline: a model that only knows how common each label is.';
COMMENT ON COLUMN mer.metrics_by_run.pr_auc_macro_baseline IS 'pr_auc_macro of the baseline: a model that only knows how common each label is.';
COMMENT ON COLUMN mer.metrics_by_run.f1_macro_low IS 'Lower end of the 95 % interval of f1_macro.';
COMMENT ON COLUMN mer.metrics_by_run.f1_macro_high IS 'Upper end of the 95 % interval of f1_macro.';
COMMENT ON COLUMN mer.metrics_by_run.roc_auc_macro_low IS 'Lower end of the 95 % interval of roc_auc_macro.';
COMMENT ON COLUMN mer.metrics_by_run.roc_auc_macro_high IS 'Upper end of the 95 % interval of roc_auc_macro.';
COMMENT ON COLUMN mer.metrics_by_run.brier_macro IS 'Mean Brier score over the labels: the mean squared difference between probability and label; less is better.';
COMMENT ON COLUMN mer.metrics_by_run.ece_macro IS 'Mean expected calibration error over the labels: the difference between probabilities and the frequency of positive labels; less is better.';
COMMENT ON COLUMN mer.metrics_by_run.accuracy IS 'Share of tracks whose label the model predicts; null for a label set of kind multi.';

CREATE VIEW mer.agreements AS
SELECT
  run_id, metric, label_id AS emotion, agreement.tracks, split_half, split_half_low, split_half_high, panel, panel_low, panel_high,
  label_no
FROM mer.agreement
JOIN mer.run USING (run_no)
LEFT JOIN mer.label USING (label_no);
COMMENT ON VIEW mer.agreements IS 'How well the listeners of each run predict each other''s labels, on all its annotated tracks: one row per run, metric and label.';
COMMENT ON COLUMN mer.agreements.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.agreements.metric IS 'Name of the metric, as in view metrics.';
COMMENT ON COLUMN mer.agreements.emotion IS 'Label of the metric; null if the metric is over all labels.';
COMMENT ON COLUMN mer.agreements.tracks IS 'Number of annotated tracks with two or more listeners.';
COMMENT ON COLUMN mer.agreements.split_half IS 'The same metric if half of a track''s listeners take the place of the model and the other half gives the labels; mean over random drawings.';
COMMENT ON COLUMN mer.agreements.split_half_low IS 'Lower end of the range of split_half that contains 95 % of the random drawings.';
COMMENT ON COLUMN mer.agreements.split_half_high IS 'Upper end of the range of split_half that contains 95 % of the random drawings.';
COMMENT ON COLUMN mer.agreements.panel IS 'The same metric if all listeners of a track take the place of the model, with their share of votes as the probability. As many new listeners, drawn with this share, give the labels; mean over random drawings.';
COMMENT ON COLUMN mer.agreements.panel_low IS 'Lower end of the range of panel that contains 95 % of the random drawings.';
COMMENT ON COLUMN mer.agreements.panel_high IS 'Upper end of the range of panel that contains 95 % of the random drawings.';
COMMENT ON COLUMN mer.agreements.label_no IS 'Number of the label: see labels.';

CREATE VIEW mer.comparisons AS
SELECT
  run_id, balance, metric, label_id AS emotion, value, low, high, difference, difference_low, difference_high, label_no
FROM mer.comparison
JOIN mer.run USING (run_no)
LEFT JOIN mer.label USING (label_no);
COMMENT ON VIEW mer.comparisons IS 'Metrics of each way of balancing the train part, on the validation part of each run: one row per run, way, metric and label.';
COMMENT ON COLUMN mer.comparisons.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.comparisons.balance IS 'Way of balancing: a value of the parameter balance.';
COMMENT ON COLUMN mer.comparisons.metric IS 'Name of the metric, such as roc_auc_macro (over all labels) or roc_auc (of one label).';
COMMENT ON COLUMN mer.comparisons.emotion IS 'Label of the metric; null if the metric is over all labels.';
COMMENT ON COLUMN mer.comparisons.value IS 'Value of the metric on the validation part, on which thresholds and calibration are chosen too; null where the metric is not defined.';
COMMENT ON COLUMN mer.comparisons.low IS 'Lower end of the 95 % bootstrap interval of value; groups of tracks are resampled.';
COMMENT ON COLUMN mer.comparisons.high IS 'Upper end of the 95 % bootstrap interval of value; groups of tracks are resampled.';
COMMENT ON COLUMN mer.comparisons.difference IS 'Value of this way minus the value of the run''s own way; null for the run''s own way.';
COMMENT ON COLUMN mer.comparisons.difference_low IS 'Lower end of the 95 % bootstrap interval of difference; groups of tracks are resampled. Both ways are evaluated on the same resamples.';
COMMENT ON COLUMN mer.comparisons.difference_high IS 'Upper end of the 95 % bootstrap interval of difference; groups of tracks are resampled.';
COMMENT ON COLUMN mer.comparisons.label_no IS 'Number of the label: see labels.';

CREATE VIEW mer.canaries AS
SELECT run_id, permutation, level, metric, label_id AS emotion, value, low, high, inside, label_no
FROM mer.canary
JOIN mer.run USING (run_no)
LEFT JOIN mer.label USING (label_no);
COMMENT ON VIEW mer.canaries IS 'Test metrics of models that were trained on permuted labels, from which nothing can be learnt: one row per run, permutation, level, metric and label.';
COMMENT ON COLUMN mer.canaries.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.canaries.permutation IS 'Number of the permutation, from 1.';
COMMENT ON COLUMN mer.canaries.level IS 'track: one decision per track. segment: one decision per segment. uncalibrated: tracks, with the model''s probabilities before calibration.';
COMMENT ON COLUMN mer.canaries.metric IS 'Name of the metric, such as roc_auc_macro (over all labels) or roc_auc (of one label).';
COMMENT ON COLUMN mer.canaries.emotion IS 'Label of the metric; null if the metric is over all labels.';
COMMENT ON COLUMN mer.canaries.value IS 'Value of the metric on the test part, by the permuted labels.';
COMMENT ON COLUMN mer.canaries.low IS 'Lower end of the interval of the metric under chance. If nothing was learnt, the risk is 1 % that any metric of any permutation of the run is outside its interval.';
COMMENT ON COLUMN mer.canaries.high IS 'Upper end of the interval of the metric under chance. If nothing was learnt, the risk is 1 % that any metric of any permutation of the run is outside its interval.';
COMMENT ON COLUMN mer.canaries.inside IS 'Whether the value is within the interval from low to high. A run with a value outside its interval is not published.';
COMMENT ON COLUMN mer.canaries.label_no IS 'Number of the label: see labels.';

CREATE VIEW mer.drifts AS
SELECT
  run.run_id, run.mode, run.published_at, trained.run_id AS champion_run_id, genre, measure, label_id AS emotion, statistic, psi,
  mean_psi, chance, threshold, drift.tracks, reference_tracks, same_genre, drifted, label_no
FROM mer.drift
JOIN mer.run USING (run_no)
JOIN mer.run AS trained ON trained.run_no = champion_run_no
LEFT JOIN mer.label USING (label_no);
COMMENT ON VIEW mer.drifts IS 'Drift of the features and the predictions of each run, measured against the champion''s training run: one row per run, genre, measure and label.';
COMMENT ON COLUMN mer.drifts.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.drifts.mode IS 'Mode of the run. train: the predictions are those of the run''s own model. predict: they are those of the champion.';
COMMENT ON COLUMN mer.drifts.published_at IS 'When the run was published.';
COMMENT ON COLUMN mer.drifts.champion_run_id IS 'Training run of the model that was champion when the drift was measured.';
COMMENT ON COLUMN mer.drifts.genre IS 'Genre; null for all genres together.';
COMMENT ON COLUMN mer.drifts.measure IS 'features: summary statistics of the audio. predictions: probabilities of one label.';
COMMENT ON COLUMN mer.drifts.emotion IS 'Label whose probabilities were compared; null for features.';
COMMENT ON COLUMN mer.drifts.statistic IS 'Summary statistic with the largest population stability index: the mean or the standard deviation, over a track, of an MFCC or of a band of spectral contrast; null for predictions.';
COMMENT ON COLUMN mer.drifts.psi IS 'Population stability index (PSI): 0 for equal distributions; as a rule of thumb, 0.25 is a large change. For features, this is the index of the column statistic.';
COMMENT ON COLUMN mer.drifts.mean_psi IS 'Mean population stability index over all summary statistics; null for predictions.';
COMMENT ON COLUMN mer.drifts.chance IS 'Level of chance of the index. If nothing has changed, the risk is 1 % that any index of the run is above its level.';
COMMENT ON COLUMN mer.drifts.threshold IS 'Population stability index above which a change counts as large: the parameter drift_threshold.';
COMMENT ON COLUMN mer.drifts.tracks IS 'Number of tracks of the run that were compared. For features, these are the tracks that the champion was not trained on; for predictions, those that the run''s model was not trained on.';
COMMENT ON COLUMN mer.drifts.reference_tracks IS 'Number of tracks of the champion''s training run that are the reference. For features, these are in its train part; for predictions, in its validation and test parts.';
COMMENT ON COLUMN mer.drifts.same_genre IS 'Whether the reference tracks have the same genre. False if the champion was not trained on this genre; then the reference tracks are of all genres.';
COMMENT ON COLUMN mer.drifts.drifted IS 'Whether psi is above both threshold and chance.';
COMMENT ON COLUMN mer.drifts.label_no IS 'Number of the label: see labels.';

CREATE VIEW mer.drifted_runs AS
SELECT
  run_id, mode, published_at, count(*) AS measures, count(DISTINCT genre) AS genres, max(psi) AS greatest_psi
FROM mer.drifts
WHERE drifted
GROUP BY run_id, mode, published_at;
COMMENT ON VIEW mer.drifted_runs IS 'Runs with drift: one row per run that has at least one drifted row in drifts.';
COMMENT ON COLUMN mer.drifted_runs.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.drifted_runs.mode IS 'Mode of the run. train: the predictions are those of the run''s own model. predict: they are those of the champion.';
COMMENT ON COLUMN mer.drifted_runs.published_at IS 'When the run was published.';
COMMENT ON COLUMN mer.drifted_runs.measures IS 'Number of drifted rows that the run has in drifts.';
COMMENT ON COLUMN mer.drifted_runs.genres IS 'Number of genres that have drifted; 0 if only all genres together have drifted.';
COMMENT ON COLUMN mer.drifted_runs.greatest_psi IS 'Greatest population stability index of the drifted rows.';

CREATE VIEW mer.crossvals AS
SELECT
  run_id, crossval_no = (SELECT max(crossval_no) FROM mer.crossval) AS is_latest, published_at, folds, repeats, tracks, groups,
  place, candidate, metric, label_id AS emotion, value, low, high, difference, difference_low, difference_high, pooled, by_fold,
  deviation, label_no
FROM mer.crossval
JOIN mer.crossval_metric USING (crossval_no)
LEFT JOIN mer.label USING (label_no);
COMMENT ON VIEW mer.crossvals IS 'Metrics of the candidates of each cross-validation: one row per cross-validation, candidate, metric and label.';
COMMENT ON COLUMN mer.crossvals.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.crossvals.is_latest IS 'Whether the row belongs to the latest cross-validation.';
COMMENT ON COLUMN mer.crossvals.published_at IS 'Time at which the cross-validation was published.';
COMMENT ON COLUMN mer.crossvals.folds IS 'Number of folds. Each track is a test track in one of them.';
COMMENT ON COLUMN mer.crossvals.repeats IS 'Number of times that the tracks were divided into folds.';
COMMENT ON COLUMN mer.crossvals.tracks IS 'Number of labelled tracks.';
COMMENT ON COLUMN mer.crossvals.groups IS 'Number of groups of tracks; a group is never divided between folds.';
COMMENT ON COLUMN mer.crossvals.place IS 'Position of the candidate in the list, from 1. Differences are to the first candidate.';
COMMENT ON COLUMN mer.crossvals.candidate IS 'Name of the candidate: a preset of network parameters, possibly with changes, or a baseline.';
COMMENT ON COLUMN mer.crossvals.metric IS 'Name of the metric, such as roc_auc_macro (over all labels) or roc_auc (of one label).';
COMMENT ON COLUMN mer.crossvals.emotion IS 'Label of the metric; null if the metric is over all labels.';
COMMENT ON COLUMN mer.crossvals.value IS 'Value of the metric: by_fold for ROC-AUC, because scores of different models have no common scale, and pooled for all other metrics. Null where the metric is not defined.';
COMMENT ON COLUMN mer.crossvals.low IS 'Lower end of the 95 % bootstrap interval of value; groups of tracks are resampled.';
COMMENT ON COLUMN mer.crossvals.high IS 'Upper end of the 95 % bootstrap interval of value; groups of tracks are resampled.';
COMMENT ON COLUMN mer.crossvals.difference IS 'Value of this candidate minus the value of the first candidate; null for the first candidate.';
COMMENT ON COLUMN mer.crossvals.difference_low IS 'Lower end of the 95 % bootstrap interval of difference; groups of tracks are resampled. Both candidates are evaluated on the same resamples.';
COMMENT ON COLUMN mer.crossvals.difference_high IS 'Upper end of the 95 % bootstrap interval of difference; groups of tracks are resampled.';
COMMENT ON COLUMN mer.crossvals.pooled IS 'Mean over the repeats of the metric on all tracks together.';
COMMENT ON COLUMN mer.crossvals.by_fold IS 'Mean over the repeats and folds of the metric on the test tracks of one fold.';
COMMENT ON COLUMN mer.crossvals.deviation IS 'Standard deviation of the value over the repeats; null if there is only one repeat.';
COMMENT ON COLUMN mer.crossvals.label_no IS 'Number of the label: see labels.';
