-- Predictions of each run, and the rules by which a probability becomes a decision.

CREATE TABLE mer.prediction (
  run_no integer NOT NULL,
  track_no integer NOT NULL,
  probability double precision NOT NULL CHECK (probability >= 0 AND probability <= 1),
  part mer.part NOT NULL,
  label_no smallint NOT NULL,
  positive boolean NOT NULL,
  PRIMARY KEY (run_no, track_no, label_no)
);
COMMENT ON TABLE mer.prediction IS 'Predictions of each run: one row for every track of its corpus and every label.';
COMMENT ON COLUMN mer.prediction.run_no IS 'Run.';
COMMENT ON COLUMN mer.prediction.track_no IS 'Track.';
COMMENT ON COLUMN mer.prediction.probability IS 'Calibrated probability of the label. The mean of the model''s probabilities over the segments of the track is calibrated.';
COMMENT ON COLUMN mer.prediction.part IS 'Part of the track in the run: train, validation, test or unlabelled. The model was fitted on train tracks, so their predictions say little about its quality.';
COMMENT ON COLUMN mer.prediction.label_no IS 'Label.';
COMMENT ON COLUMN mer.prediction.positive IS 'Whether the track has the label by the model''s decision: its probability reaches the threshold or, for a label set of kind single, is the highest.';

CREATE TABLE mer.threshold (
  run_no integer NOT NULL REFERENCES mer.run ON DELETE CASCADE,
  label_no smallint NOT NULL REFERENCES mer.label,
  threshold double precision,
  temperature double precision NOT NULL CHECK (temperature > 0),
  logit_offset double precision NOT NULL,
  PRIMARY KEY (run_no, label_no)
);
COMMENT ON TABLE mer.threshold IS 'Decision threshold and calibration of each run and label.';
COMMENT ON COLUMN mer.threshold.run_no IS 'Run.';
COMMENT ON COLUMN mer.threshold.label_no IS 'Label.';
COMMENT ON COLUMN mer.threshold.threshold IS 'Lowest calibrated probability at which the label counts as positive; null for a label set of kind single, where the most probable label is positive. It is chosen on the validation part.';
COMMENT ON COLUMN mer.threshold.temperature IS 'Temperature of the calibration (Platt scaling): the logit of the model''s probability is divided by it. 1 changes nothing.';
COMMENT ON COLUMN mer.threshold.logit_offset IS 'Offset of the calibration (Platt scaling): it is added to the logit after the division by the temperature. 0 changes nothing.';

CREATE VIEW mer.predictions AS
SELECT run_id, track_id, genre, part, label_id AS emotion, probability, positive, label_no
FROM mer.prediction
JOIN mer.run USING (run_no)
JOIN mer.track USING (track_no)
LEFT JOIN mer.label USING (label_no);
COMMENT ON VIEW mer.predictions IS 'Predictions of each run: one row for every run, track of its corpus, and label.';
COMMENT ON COLUMN mer.predictions.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.predictions.track_id IS 'Track.';
COMMENT ON COLUMN mer.predictions.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.predictions.part IS 'Part of the track in the run: train, validation, test or unlabelled. The model was fitted on train tracks, so their predictions say little about its quality.';
COMMENT ON COLUMN mer.predictions.emotion IS 'Label.';
COMMENT ON COLUMN mer.predictions.probability IS 'Calibrated probability of the label. The mean of the model''s probabilities over the segments of the track is calibrated.';
COMMENT ON COLUMN mer.predictions.positive IS 'Whether the track has the label by the model''s decision: its probability reaches the threshold or, for a label set of kind single, is the highest.';
COMMENT ON COLUMN mer.predictions.label_no IS 'Number of the label: see labels.';

CREATE VIEW mer.thresholds AS
SELECT run_id, label_id AS emotion, threshold, temperature, logit_offset, label_no
FROM mer.threshold
JOIN mer.run USING (run_no)
LEFT JOIN mer.label USING (label_no);
COMMENT ON VIEW mer.thresholds IS 'Decision threshold and calibration of each run and label.';
COMMENT ON COLUMN mer.thresholds.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.thresholds.emotion IS 'Label.';
COMMENT ON COLUMN mer.thresholds.threshold IS 'Lowest calibrated probability at which the label counts as positive; null for a label set of kind single, where the most probable label is positive. It is chosen on the validation part.';
COMMENT ON COLUMN mer.thresholds.temperature IS 'Temperature of the calibration (Platt scaling): the logit of the model''s probability is divided by it. 1 changes nothing.';
COMMENT ON COLUMN mer.thresholds.logit_offset IS 'Offset of the calibration (Platt scaling): it is added to the logit after the division by the temperature. 0 changes nothing.';
COMMENT ON COLUMN mer.thresholds.label_no IS 'Number of the label: see labels.';

-- Joined by numbers: joined by the names in annotations and predictions, the few annotated tracks are searched among all rows.
CREATE VIEW mer.judgements AS
SELECT
  run_id, track_id, genre, split.part, label_id AS emotion, probability, positive, votes, annotators,
  votes::double precision / annotators AS share, annotation.label, title, artist, label_no
FROM mer.annotation
JOIN mer.split USING (run_no, track_no)
JOIN mer.prediction USING (run_no, track_no, label_no)
JOIN mer.run USING (run_no)
JOIN mer.track USING (track_no)
LEFT JOIN mer.label USING (label_no);
COMMENT ON VIEW mer.judgements IS 'Predictions beside the votes of the listeners: one row per run, annotated track and label.';
COMMENT ON COLUMN mer.judgements.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.judgements.track_id IS 'Track.';
COMMENT ON COLUMN mer.judgements.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.judgements.part IS 'Part of the track in the run: train, validation, test or unlabelled.';
COMMENT ON COLUMN mer.judgements.emotion IS 'Label.';
COMMENT ON COLUMN mer.judgements.probability IS 'Calibrated probability of the label. The mean of the model''s probabilities over the segments of the track is calibrated.';
COMMENT ON COLUMN mer.judgements.positive IS 'Whether the track has the label by the model''s decision: its probability reaches the threshold or, for a label set of kind single, is the highest.';
COMMENT ON COLUMN mer.judgements.votes IS 'Number of listeners who chose the label.';
COMMENT ON COLUMN mer.judgements.annotators IS 'Number of listeners who annotated the track.';
COMMENT ON COLUMN mer.judgements.share IS 'Fraction of the listeners who chose the label: votes / annotators.';
COMMENT ON COLUMN mer.judgements.label IS 'Whether the track carries the label under the label rule of the run.';
COMMENT ON COLUMN mer.judgements.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';
COMMENT ON COLUMN mer.judgements.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';
COMMENT ON COLUMN mer.judgements.label_no IS 'Number of the label: see labels.';
