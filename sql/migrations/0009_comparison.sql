-- Whether the way in which a run balances its training part is a good one.

CREATE TABLE mer.comparison (
  run_no integer NOT NULL REFERENCES mer.run ON DELETE CASCADE,
  balance text NOT NULL,
  metric text NOT NULL,
  emotion mer.emotion,
  value double precision,
  low double precision,
  high double precision,
  difference double precision,
  difference_low double precision,
  difference_high double precision,
  CHECK (low <= high),
  CHECK (difference_low <= difference_high)
);
CREATE UNIQUE INDEX comparison_overall ON mer.comparison (run_no, balance, metric) WHERE emotion IS NULL;
CREATE UNIQUE INDEX comparison_per_emotion ON mer.comparison (run_no, balance, metric, emotion) WHERE emotion IS NOT NULL;
COMMENT ON TABLE mer.comparison IS 'What each way of balancing the train part is worth on the validation part of a run. A run without compare_balance has none.';
COMMENT ON COLUMN mer.comparison.run_no IS 'Run.';
COMMENT ON COLUMN mer.comparison.balance IS 'Way of balancing, as in the param of this name.';
COMMENT ON COLUMN mer.comparison.metric IS 'Name, as in metric; of tracks.';
COMMENT ON COLUMN mer.comparison.emotion IS 'Emotion that the metric is of; null: all nine together.';
COMMENT ON COLUMN mer.comparison.value IS 'Value on the validation part, from which thresholds and calibration come too; null where it is not defined.';
COMMENT ON COLUMN mer.comparison.low IS 'Lower end of the 95 % interval of value, were other groups of tracks drawn.';
COMMENT ON COLUMN mer.comparison.high IS 'Upper end of that interval.';
COMMENT ON COLUMN mer.comparison.difference IS 'By how much value is above that of the run''s own way; null for that way itself.';
COMMENT ON COLUMN mer.comparison.difference_low IS 'Lower end of the 95 % interval of difference, both ways being judged on the same tracks.';
COMMENT ON COLUMN mer.comparison.difference_high IS 'Upper end of that interval.';

CREATE VIEW mer.comparisons AS
SELECT run_id, balance, metric, emotion, value, low, high, difference, difference_low, difference_high
FROM mer.comparison
JOIN mer.run USING (run_no);
COMMENT ON VIEW mer.comparisons IS 'What each way of balancing the train part is worth on the validation part of each run: one row a way, metric and emotion.';
COMMENT ON COLUMN mer.comparisons.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.comparisons.balance IS 'Way of balancing, as in the param of this name.';
COMMENT ON COLUMN mer.comparisons.metric IS 'Name, such as roc_auc_macro over all emotions, or roc_auc of one.';
COMMENT ON COLUMN mer.comparisons.emotion IS 'Emotion that the metric is of; null: all nine together.';
COMMENT ON COLUMN mer.comparisons.value IS 'Value on the validation part, from which thresholds and calibration come too; null where it is not defined.';
COMMENT ON COLUMN mer.comparisons.low IS 'Lower end of the 95 % interval of value, were other groups of tracks drawn.';
COMMENT ON COLUMN mer.comparisons.high IS 'Upper end of that interval.';
COMMENT ON COLUMN mer.comparisons.difference IS 'By how much value is above that of the run''s own way; null for that way itself.';
COMMENT ON COLUMN mer.comparisons.difference_low IS 'Lower end of the 95 % interval of difference, both ways being judged on the same tracks.';
COMMENT ON COLUMN mer.comparisons.difference_high IS 'Upper end of that interval.';

GRANT SELECT ON mer.comparisons TO mer_reader, mer_writer;
GRANT SELECT, INSERT, DELETE ON mer.comparison TO mer_writer;
