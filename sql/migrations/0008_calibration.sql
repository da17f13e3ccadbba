-- Probabilities are calibrated on the validation part; what the model itself said is judged beside them.

ALTER TABLE mer.threshold
  ADD COLUMN temperature double precision NOT NULL DEFAULT 1 CHECK (temperature > 0),
  ADD COLUMN logit_offset double precision NOT NULL DEFAULT 0;
COMMENT ON COLUMN mer.threshold.temperature IS 'By what the logit of the model''s probability is divided; 1: by nothing.';
COMMENT ON COLUMN mer.threshold.logit_offset IS 'What is then added to it, to give the logit of the calibrated probability.';

CREATE OR REPLACE VIEW mer.thresholds AS
SELECT run_id, emotion, threshold, temperature, logit_offset
FROM mer.threshold
JOIN mer.run USING (run_no);
COMMENT ON COLUMN mer.thresholds.temperature IS 'By what the logit of the model''s probability is divided; 1: by nothing.';
COMMENT ON COLUMN mer.thresholds.logit_offset IS 'What is then added to it, to give the logit of the calibrated probability.';

COMMENT ON COLUMN mer.prediction.probability IS 'Mean over the track''s segments of the model''s probability, calibrated.';

ALTER TABLE mer.metric
  DROP CONSTRAINT metric_level_check,
  ADD CONSTRAINT metric_level_check CHECK (level IN ('track', 'segment', 'uncalibrated'));
COMMENT ON COLUMN mer.metric.level IS 'track: one decision a track. segment: one for each of its segments. uncalibrated: tracks, by what the model itself says.';
COMMENT ON COLUMN mer.metrics.level IS 'track: one decision a track. segment: one for each of its segments. uncalibrated: tracks, by what the model itself says.';
COMMENT ON COLUMN mer.predictions.probability IS 'Mean over the track''s segments of the model''s probability, calibrated.';
COMMENT ON COLUMN mer.best_tracks.probability IS 'Mean over the track''s segments of the model''s probability, calibrated.';
