-- How sure each metric is, and how well listeners know each other's labels.

ALTER TABLE mer.metric
  ADD COLUMN low double precision,
  ADD COLUMN high double precision,
  ADD COLUMN split_half double precision,
  ADD COLUMN split_half_low double precision,
  ADD COLUMN split_half_high double precision,
  ADD COLUMN panel double precision,
  ADD COLUMN panel_low double precision,
  ADD COLUMN panel_high double precision,
  ADD CHECK (low <= high),
  ADD CHECK (split_half_low <= split_half_high),
  ADD CHECK (panel_low <= panel_high);
COMMENT ON COLUMN mer.metric.low IS 'Lower end of the 95 % interval of value, were other groups of tracks drawn; null where nothing is known of others.';
COMMENT ON COLUMN mer.metric.high IS 'Upper end of that interval.';
COMMENT ON COLUMN mer.metric.split_half IS 'The same metric where half of each track''s listeners are the model and the other half gives the labels: mean over drawings; null for segments.';
COMMENT ON COLUMN mer.metric.split_half_low IS 'Lower end of the range in which 95 % of the drawings lie.';
COMMENT ON COLUMN mer.metric.split_half_high IS 'Upper end of that range.';
COMMENT ON COLUMN mer.metric.panel IS 'The same metric where the share of all listeners is the model and a new panel of their number, drawn by that share, gives the labels.';
COMMENT ON COLUMN mer.metric.panel_low IS 'Lower end of the range in which 95 % of the drawings lie.';
COMMENT ON COLUMN mer.metric.panel_high IS 'Upper end of that range.';

CREATE TABLE mer.agreement (
  run_no integer NOT NULL REFERENCES mer.run ON DELETE CASCADE,
  metric text NOT NULL,
  emotion mer.emotion,
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
CREATE UNIQUE INDEX agreement_overall ON mer.agreement (run_no, metric) WHERE emotion IS NULL;
CREATE UNIQUE INDEX agreement_per_emotion ON mer.agreement (run_no, metric, emotion) WHERE emotion IS NOT NULL;
COMMENT ON TABLE mer.agreement IS 'How well listeners know each other''s labels on all annotated tracks of a run: what a model could reach there. For the test tracks alone: metric.';
COMMENT ON COLUMN mer.agreement.run_no IS 'Run.';
COMMENT ON COLUMN mer.agreement.metric IS 'Name, as in metric.';
COMMENT ON COLUMN mer.agreement.emotion IS 'Emotion that the metric is of; null: all nine together.';
COMMENT ON COLUMN mer.agreement.tracks IS 'Annotated tracks with two listeners or more.';
COMMENT ON COLUMN mer.agreement.split_half IS 'The metric where half of each track''s listeners are the model and the other half gives the labels: mean over drawings.';
COMMENT ON COLUMN mer.agreement.split_half_low IS 'Lower end of the range in which 95 % of the drawings lie.';
COMMENT ON COLUMN mer.agreement.split_half_high IS 'Upper end of that range.';
COMMENT ON COLUMN mer.agreement.panel IS 'The metric where the share of all listeners is the model and a new panel of their number, drawn by that share, gives the labels.';
COMMENT ON COLUMN mer.agreement.panel_low IS 'Lower end of the range in which 95 % of the drawings lie.';
COMMENT ON COLUMN mer.agreement.panel_high IS 'Upper end of that range.';

CREATE OR REPLACE VIEW mer.metrics AS
SELECT
  run_id, part, level, metric, emotion, value, baseline, support, low, high, split_half, split_half_low, split_half_high, panel,
  panel_low, panel_high
FROM mer.metric
JOIN mer.run USING (run_no);
COMMENT ON COLUMN mer.metrics.low IS 'Lower end of the 95 % interval of value, were other groups of tracks drawn; null where nothing is known of others.';
COMMENT ON COLUMN mer.metrics.high IS 'Upper end of that interval.';
COMMENT ON COLUMN mer.metrics.split_half IS 'The same metric where half of each track''s listeners are the model and the other half gives the labels; null for segments.';
COMMENT ON COLUMN mer.metrics.split_half_low IS 'Lower end of the range in which 95 % of the drawings of halves lie.';
COMMENT ON COLUMN mer.metrics.split_half_high IS 'Upper end of that range.';
COMMENT ON COLUMN mer.metrics.panel IS 'The same metric where the share of all listeners is the model and a new panel of their number, drawn by that share, gives the labels.';
COMMENT ON COLUMN mer.metrics.panel_low IS 'Lower end of the range in which 95 % of the drawings of panels lie.';
COMMENT ON COLUMN mer.metrics.panel_high IS 'Upper end of that range.';

CREATE VIEW mer.agreements AS
SELECT
  run_id, metric, emotion, agreement.tracks, split_half, split_half_low, split_half_high, panel, panel_low, panel_high
FROM mer.agreement
JOIN mer.run USING (run_no);
COMMENT ON VIEW mer.agreements IS 'How well listeners know each other''s labels on all annotated tracks of each run: one row a metric.';
COMMENT ON COLUMN mer.agreements.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.agreements.metric IS 'Name, as in metrics.';
COMMENT ON COLUMN mer.agreements.emotion IS 'Emotion that the metric is of; null: all nine together.';
COMMENT ON COLUMN mer.agreements.tracks IS 'Annotated tracks with two listeners or more.';
COMMENT ON COLUMN mer.agreements.split_half IS 'The metric where half of each track''s listeners are the model and the other half gives the labels: mean over drawings.';
COMMENT ON COLUMN mer.agreements.split_half_low IS 'Lower end of the range in which 95 % of the drawings of halves lie.';
COMMENT ON COLUMN mer.agreements.split_half_high IS 'Upper end of that range.';
COMMENT ON COLUMN mer.agreements.panel IS 'The metric where the share of all listeners is the model and a new panel of their number, drawn by that share, gives the labels.';
COMMENT ON COLUMN mer.agreements.panel_low IS 'Lower end of the range in which 95 % of the drawings of panels lie.';
COMMENT ON COLUMN mer.agreements.panel_high IS 'Upper end of that range.';

CREATE OR REPLACE VIEW mer.metrics_by_run AS
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
  max(value) FILTER (WHERE metric = 'ece_macro') AS ece_macro
FROM mer.run
LEFT JOIN mer.metric ON metric.run_no = run.run_no AND part = 'test' AND level = 'track' AND emotion IS NULL
GROUP BY run.run_no
ORDER BY run.run_no DESC;
COMMENT ON COLUMN mer.metrics_by_run.f1_macro_low IS 'Lower end of the 95 % interval of f1_macro.';
COMMENT ON COLUMN mer.metrics_by_run.f1_macro_high IS 'Upper end of that interval.';
COMMENT ON COLUMN mer.metrics_by_run.roc_auc_macro_low IS 'Lower end of the 95 % interval of roc_auc_macro.';
COMMENT ON COLUMN mer.metrics_by_run.roc_auc_macro_high IS 'Upper end of that interval.';
COMMENT ON COLUMN mer.metrics_by_run.brier_macro IS 'Mean over emotions of the mean squared distance between probability and label; less is better.';
COMMENT ON COLUMN mer.metrics_by_run.ece_macro IS 'Mean over emotions of the calibration error: how far probabilities are from how often they come true; less is better.';

GRANT SELECT ON mer.agreements TO mer_reader, mer_writer;
GRANT SELECT, INSERT, DELETE ON mer.agreement TO mer_writer;
