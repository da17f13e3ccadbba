-- How far the music of each run, and what is said of it, has moved from what the champion was made with.

CREATE TABLE mer.drift (
  run_no integer NOT NULL REFERENCES mer.run ON DELETE CASCADE,
  champion_run_no integer NOT NULL REFERENCES mer.run,
  genre text,
  measure text NOT NULL CHECK (measure IN ('features', 'predictions')),
  emotion mer.emotion,
  statistic text,
  psi double precision NOT NULL CHECK (psi >= 0),
  mean_psi double precision,
  chance double precision NOT NULL,
  threshold double precision NOT NULL,
  tracks integer NOT NULL,
  reference_tracks integer NOT NULL,
  same_genre boolean NOT NULL,
  drifted boolean NOT NULL,
  CHECK ((measure = 'features') = (emotion IS NULL)),
  CHECK ((measure = 'features') = (statistic IS NOT NULL AND mean_psi IS NOT NULL))
);
CREATE UNIQUE INDEX drift_once ON mer.drift (run_no, coalesce(genre, ''), emotion) WHERE emotion IS NOT NULL;
CREATE UNIQUE INDEX drift_features_once ON mer.drift (run_no, coalesce(genre, '')) WHERE emotion IS NULL;
COMMENT ON TABLE mer.drift IS 'How far the tracks of each run, and the predictions, have moved from those that the champion was made with. A run before the first promotion has none.';
COMMENT ON COLUMN mer.drift.run_no IS 'Run.';
COMMENT ON COLUMN mer.drift.champion_run_no IS 'Training run of the champion at that time.';
COMMENT ON COLUMN mer.drift.genre IS 'Genre; null: all genres together.';
COMMENT ON COLUMN mer.drift.measure IS 'features: summary statistics of the sound. predictions: probabilities of one emotion.';
COMMENT ON COLUMN mer.drift.emotion IS 'Emotion whose probabilities were compared; null of features.';
COMMENT ON COLUMN mer.drift.statistic IS 'Summary statistic that has moved most: the mean or the deviation, over a track, of an MFCC or a row of spectral contrast; null of predictions.';
COMMENT ON COLUMN mer.drift.psi IS 'Population stability index: 0 for equal distributions; of features, that of the statistic.';
COMMENT ON COLUMN mer.drift.mean_psi IS 'Mean index over all summary statistics; null of predictions.';
COMMENT ON COLUMN mer.drift.chance IS 'Index that chance stays below: in a run in which nothing has moved, any index is above its level with a chance of 1 %.';
COMMENT ON COLUMN mer.drift.threshold IS 'Index from which a move is large, as the param drift_threshold says.';
COMMENT ON COLUMN mer.drift.tracks IS 'Tracks of the run that were compared: those that the champion was not trained on; of predictions, that the run''s model was not.';
COMMENT ON COLUMN mer.drift.reference_tracks IS 'Tracks of the champion''s training run that they were compared with: of features its train part, of predictions its validation and test parts.';
COMMENT ON COLUMN mer.drift.same_genre IS 'Whether those are of the genre; false where the champion has heard too little of it, and all genres stand for it.';
COMMENT ON COLUMN mer.drift.drifted IS 'Whether psi is above both threshold and chance.';

CREATE VIEW mer.drifts AS
SELECT
  run.run_id, run.mode, run.published_at, trained.run_id AS champion_run_id, genre, measure, emotion, statistic, psi, mean_psi,
  chance, threshold, drift.tracks, reference_tracks, same_genre, drifted
FROM mer.drift
JOIN mer.run USING (run_no)
JOIN mer.run AS trained ON trained.run_no = champion_run_no;
COMMENT ON VIEW mer.drifts IS 'How far the tracks of each run, and the predictions, have moved from those that the champion was made with: one row a genre and measure.';
COMMENT ON COLUMN mer.drifts.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.drifts.mode IS 'train: the predictions are of the run''s own model. predict: they are the champion''s.';
COMMENT ON COLUMN mer.drifts.published_at IS 'When the run was published.';
COMMENT ON COLUMN mer.drifts.champion_run_id IS 'Training run of the champion at that time.';
COMMENT ON COLUMN mer.drifts.genre IS 'Genre; null: all genres together.';
COMMENT ON COLUMN mer.drifts.measure IS 'features: summary statistics of the sound. predictions: probabilities of one emotion.';
COMMENT ON COLUMN mer.drifts.emotion IS 'Emotion whose probabilities were compared; null of features.';
COMMENT ON COLUMN mer.drifts.statistic IS 'Summary statistic that has moved most; null of predictions.';
COMMENT ON COLUMN mer.drifts.psi IS 'Population stability index: 0 for equal distributions, 0.25 for a large move.';
COMMENT ON COLUMN mer.drifts.mean_psi IS 'Mean index over all summary statistics; null of predictions.';
COMMENT ON COLUMN mer.drifts.chance IS 'Index that chance stays below.';
COMMENT ON COLUMN mer.drifts.threshold IS 'Index from which a move is large.';
COMMENT ON COLUMN mer.drifts.tracks IS 'Tracks of the run that were compared.';
COMMENT ON COLUMN mer.drifts.reference_tracks IS 'Tracks of the champion''s training run that they were compared with.';
COMMENT ON COLUMN mer.drifts.same_genre IS 'Whether those are of the genre; false: of all genres.';
COMMENT ON COLUMN mer.drifts.drifted IS 'Whether psi is above both threshold and chance.';

CREATE VIEW mer.drifted_runs AS
SELECT
  run_id, mode, published_at, count(*) AS measures, count(DISTINCT genre) AS genres, max(psi) AS greatest_psi
FROM mer.drifts
WHERE drifted
GROUP BY run_id, mode, published_at;
COMMENT ON VIEW mer.drifted_runs IS 'Runs in which something has drifted, one row each.';
COMMENT ON COLUMN mer.drifted_runs.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.drifted_runs.mode IS 'train: the predictions are of the run''s own model. predict: they are the champion''s.';
COMMENT ON COLUMN mer.drifted_runs.published_at IS 'When the run was published.';
COMMENT ON COLUMN mer.drifted_runs.measures IS 'Rows of drifts that have drifted.';
COMMENT ON COLUMN mer.drifted_runs.genres IS 'Genres that they are of; 0 where only all genres together have.';
COMMENT ON COLUMN mer.drifted_runs.greatest_psi IS 'Greatest index among them.';

GRANT SELECT ON mer.drifts, mer.drifted_runs TO mer_reader, mer_writer;
GRANT SELECT, INSERT, DELETE ON mer.drift TO mer_writer;
