-- What the chain reached on permuted labels, where there is nothing to learn.

CREATE TABLE mer.canary (
  run_no integer NOT NULL REFERENCES mer.run ON DELETE CASCADE,
  permutation integer NOT NULL CHECK (permutation >= 1),
  level text NOT NULL,
  metric text NOT NULL,
  emotion mer.emotion,
  value double precision NOT NULL,
  low double precision NOT NULL,
  high double precision NOT NULL,
  inside boolean NOT NULL
);
CREATE UNIQUE INDEX canary_overall ON mer.canary (run_no, permutation, level, metric) WHERE emotion IS NULL;
CREATE UNIQUE INDEX canary_per_emotion ON mer.canary (run_no, permutation, level, metric, emotion) WHERE emotion IS NOT NULL;
COMMENT ON TABLE mer.canary IS 'Test metrics of models that were trained on permuted labels, beside what chance gives. A run without a canary has none.';
COMMENT ON COLUMN mer.canary.run_no IS 'Run.';
COMMENT ON COLUMN mer.canary.permutation IS 'Number of the permutation, from 1.';
COMMENT ON COLUMN mer.canary.level IS 'track: one decision a track. segment: one for each of its segments. uncalibrated: tracks, by what the model itself says.';
COMMENT ON COLUMN mer.canary.metric IS 'Name, such as f1_macro over all emotions, or roc_auc of one.';
COMMENT ON COLUMN mer.canary.emotion IS 'Emotion that the metric is of; null: all nine together.';
COMMENT ON COLUMN mer.canary.value IS 'Value on the test part of the permuted labels.';
COMMENT ON COLUMN mer.canary.low IS 'Lower end of the interval of chance, which one metric of all in all permutations leaves with a chance of 1 %.';
COMMENT ON COLUMN mer.canary.high IS 'Upper end of it.';
COMMENT ON COLUMN mer.canary.inside IS 'Whether the value is within the interval; a run with a value outside is not published.';

CREATE VIEW mer.canaries AS
SELECT run_id, permutation, level, metric, emotion, value, low, high, inside
FROM mer.canary
JOIN mer.run USING (run_no);
COMMENT ON VIEW mer.canaries IS 'What the chain of each run reached on permuted labels, where there is nothing to learn: one row a permutation and metric.';
COMMENT ON COLUMN mer.canaries.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.canaries.permutation IS 'Number of the permutation, from 1.';
COMMENT ON COLUMN mer.canaries.level IS 'track: one decision a track. segment: one for each of its segments. uncalibrated: tracks, by what the model itself says.';
COMMENT ON COLUMN mer.canaries.metric IS 'Name, such as f1_macro over all emotions, or roc_auc of one.';
COMMENT ON COLUMN mer.canaries.emotion IS 'Emotion that the metric is of; null: all nine together.';
COMMENT ON COLUMN mer.canaries.value IS 'Value on the test part of the permuted labels.';
COMMENT ON COLUMN mer.canaries.low IS 'Lower end of the interval of chance, which one metric of all in all permutations leaves with a chance of 1 %.';
COMMENT ON COLUMN mer.canaries.high IS 'Upper end of it.';
COMMENT ON COLUMN mer.canaries.inside IS 'Whether the value is within the interval.';

GRANT SELECT ON mer.canaries TO mer_reader, mer_writer;
GRANT SELECT, INSERT, DELETE ON mer.canary TO mer_writer;
