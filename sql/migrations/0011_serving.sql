-- What is served: of every track the prediction that counts now. "Latest run" goes on to mean a run that trained or evaluated.

ALTER TABLE mer.run
  ADD COLUMN landing_url text,
  ADD COLUMN listed_at timestamptz;
COMMENT ON COLUMN mer.run.landing_url IS 'Landing zone that the run listed; null of runs before it was kept.';
COMMENT ON COLUMN mer.run.listed_at IS 'When the run began to list it: of two runs the later one knows better what is gone. Null of runs before it was kept.';
COMMENT ON COLUMN mer.run.features_digest IS 'Digest of all that decides features beside the audio: those of content <sha256> are blobs/features/<digest>/<its first two digits>/<sha256>.npy; null of runs before it was kept, without a track, or whose shards did not agree.';
COMMENT ON COLUMN mer.run.tracks IS 'Usable tracks of the corpus; in mode predict, those that it scored.';
COMMENT ON COLUMN mer.split.group_id IS 'Group of tracks that are never divided between parts; in mode predict, where nothing is divided, the audio''s own sha256.';
COMMENT ON COLUMN mer.split.part IS 'Part of the track in this run; in mode predict, of its audio in the champion''s training run.';

CREATE OR REPLACE VIEW mer.runs AS
SELECT
  run_id, run_no = max(run_no) FILTER (WHERE mode <> 'predict') OVER () AS is_latest, mode, published_at, try_number,
  code_version, tracks, rejected, device, model_run_id, store_url || '/' || model_key AS model_uri, model_sha256, store_url,
  config, config_digest, code_digest, features_digest, labels_digest, landing_url, listed_at
FROM mer.run;
COMMENT ON COLUMN mer.runs.is_latest IS 'Whether it is the latest published run of mode train or eval.';
COMMENT ON COLUMN mer.runs.mode IS 'train: fitted a model. eval: judged a stored one. predict: scored tracks by the champion.';
COMMENT ON COLUMN mer.runs.tracks IS 'Usable tracks of the corpus; in mode predict, those that it scored.';
COMMENT ON COLUMN mer.runs.code_digest IS 'sha256 over the source files of the platform, in hex.';
COMMENT ON COLUMN mer.runs.features_digest IS 'Digest of all that decides features beside the audio.';
COMMENT ON COLUMN mer.runs.labels_digest IS 'sha256 over the annotated content and its votes: equal where two runs had the same to learn from.';
COMMENT ON COLUMN mer.runs.landing_url IS 'Landing zone that the run listed.';
COMMENT ON COLUMN mer.runs.listed_at IS 'When the run began to list it.';

CREATE OR REPLACE VIEW mer.latest_run AS
SELECT * FROM mer.runs WHERE is_latest;
COMMENT ON VIEW mer.latest_run IS 'The run of mode train or eval that was published last, one row; a run that is published again keeps its place.';
COMMENT ON COLUMN mer.latest_run.is_latest IS 'Whether it is the latest published run of mode train or eval.';
COMMENT ON COLUMN mer.latest_run.code_digest IS 'sha256 over the source files of the platform, in hex.';
COMMENT ON COLUMN mer.latest_run.features_digest IS 'Digest of all that decides features beside the audio.';
COMMENT ON COLUMN mer.latest_run.labels_digest IS 'sha256 over the annotated content and its votes: equal where two runs had the same to learn from.';
COMMENT ON COLUMN mer.latest_run.landing_url IS 'Landing zone that the run listed.';
COMMENT ON COLUMN mer.latest_run.listed_at IS 'When the run began to list it.';

CREATE OR REPLACE VIEW mer.rejected_files AS
SELECT
  run_id, run_no = (SELECT max(run_no) FROM mer.run WHERE mode <> 'predict') AS in_latest_run, key, track_id, genre, stage, reason,
  detail, sha256
FROM mer.rejected_audio
JOIN mer.run USING (run_no);

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
WHERE mode <> 'predict'
GROUP BY run.run_no
ORDER BY run.run_no DESC;

-- of an emotion all that best_tracks ranks by, without a look into the table
DROP INDEX mer.prediction_best;
CREATE INDEX prediction_best ON mer.prediction (run_no, emotion, probability DESC) INCLUDE (track_no, part, positive);

CREATE VIEW mer.served AS
SELECT track_no, run_no FROM mer.serving
UNION ALL
SELECT track_no, run_no
FROM mer.split
WHERE run_no = (SELECT max(run_no) FROM mer.run WHERE mode <> 'predict') AND NOT EXISTS (SELECT FROM mer.champion);
COMMENT ON VIEW mer.served IS 'Which run''s prediction of a track counts now, by number: before there is a champion, the latest run''s. For other views.';
COMMENT ON COLUMN mer.served.track_no IS 'Track.';
COMMENT ON COLUMN mer.served.run_no IS 'Run that scored it.';

CREATE VIEW mer.scoring AS
SELECT scored.run_no, scored.run_id, scored.model_run_id, scored.published_at AS scored_at, champion.run_no IS NOT NULL AS by_champion
FROM mer.run AS scored
LEFT JOIN (mer.champion JOIN mer.run AS fitted USING (run_no))
  ON fitted.run_id = scored.model_run_id AND champion.model_sha256 = scored.model_sha256;
COMMENT ON VIEW mer.scoring IS 'Whose model each run scored by. For other views.';
COMMENT ON COLUMN mer.scoring.run_no IS 'Run that scored.';
COMMENT ON COLUMN mer.scoring.run_id IS 'Its name.';
COMMENT ON COLUMN mer.scoring.model_run_id IS 'Run that fitted the model.';
COMMENT ON COLUMN mer.scoring.scored_at IS 'When the predictions were published.';
COMMENT ON COLUMN mer.scoring.by_champion IS 'Whether that model is the champion.';

CREATE VIEW mer.current_predictions AS
SELECT
  run_id, track_id, genre, part, emotion, probability, positive, model_run_id, by_champion, gone_at IS NULL AS present, scored_at
FROM mer.served
JOIN mer.prediction USING (run_no, track_no)
JOIN mer.scoring USING (run_no)
JOIN mer.track USING (track_no);
COMMENT ON VIEW mer.current_predictions IS 'The predictions that count now, one row a track and emotion: those of the champion; of tracks that it has not scored yet, an earlier champion''s; before there is a champion, the latest run''s.';
COMMENT ON COLUMN mer.current_predictions.run_id IS 'Run that scored the track.';
COMMENT ON COLUMN mer.current_predictions.track_id IS 'Track.';
COMMENT ON COLUMN mer.current_predictions.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.current_predictions.part IS 'Part of the track when the model was trained: what the model says of a train track, it was taught.';
COMMENT ON COLUMN mer.current_predictions.emotion IS 'Emotion.';
COMMENT ON COLUMN mer.current_predictions.probability IS 'Mean over the track''s segments of the model''s probability, calibrated.';
COMMENT ON COLUMN mer.current_predictions.positive IS 'Whether the probability reaches the emotion''s threshold.';
COMMENT ON COLUMN mer.current_predictions.model_run_id IS 'Run that fitted the model.';
COMMENT ON COLUMN mer.current_predictions.by_champion IS 'Whether that model is the champion; false where an earlier champion scored the track, or there is none.';
COMMENT ON COLUMN mer.current_predictions.present IS 'Whether the track is still in the landing zone; false: gone, see tracks.gone_at.';
COMMENT ON COLUMN mer.current_predictions.scored_at IS 'When the prediction was published.';

CREATE OR REPLACE VIEW mer.best_tracks AS
SELECT
  run_id, emotion, rank, track_id, genre, part, probability, positive, model_run_id, by_champion, scored_at
FROM (
  SELECT prediction.*, rank() OVER (PARTITION BY emotion ORDER BY probability DESC) AS rank
  FROM mer.served
  JOIN mer.prediction USING (run_no, track_no)
  -- says nothing new, but that prediction_best finds the rows of an emotion, among those of all runs ever
  WHERE run_no = ANY (ARRAY(SELECT DISTINCT run_no FROM mer.served))
    AND track_no NOT IN (SELECT track_no FROM mer.track WHERE gone_at IS NOT NULL)
) AS ranked
JOIN mer.scoring USING (run_no)
JOIN mer.track USING (track_no);
COMMENT ON VIEW mer.best_tracks IS 'Tracks of the landing zone by emotion, most probable first, by the predictions that count now: see current_predictions.';
COMMENT ON COLUMN mer.best_tracks.run_id IS 'Run that scored the track.';
COMMENT ON COLUMN mer.best_tracks.rank IS 'Place among the tracks that are there and have a prediction; equal probabilities share a rank.';
COMMENT ON COLUMN mer.best_tracks.model_run_id IS 'Run that fitted the model.';
COMMENT ON COLUMN mer.best_tracks.by_champion IS 'Whether that model is the champion; false where an earlier champion scored the track, or there is none.';
COMMENT ON COLUMN mer.best_tracks.scored_at IS 'When the prediction was published.';

CREATE OR REPLACE VIEW mer.track_emotions AS
SELECT
  run_id, track_id, genre, part, duration_seconds,
  max(probability) FILTER (WHERE emotion = 'amazement') AS amazement,
  max(probability) FILTER (WHERE emotion = 'solemnity') AS solemnity,
  max(probability) FILTER (WHERE emotion = 'tenderness') AS tenderness,
  max(probability) FILTER (WHERE emotion = 'nostalgia') AS nostalgia,
  max(probability) FILTER (WHERE emotion = 'calmness') AS calmness,
  max(probability) FILTER (WHERE emotion = 'power') AS power,
  max(probability) FILTER (WHERE emotion = 'joyful_activation') AS joyful_activation,
  max(probability) FILTER (WHERE emotion = 'tension') AS tension,
  max(probability) FILTER (WHERE emotion = 'sadness') AS sadness,
  coalesce(array_agg(emotion::text ORDER BY emotion) FILTER (WHERE positive), '{}') AS positives,
  model_run_id, by_champion, gone_at IS NULL AS present, scored_at
FROM mer.served
JOIN mer.prediction USING (run_no, track_no)
JOIN mer.scoring USING (run_no)
JOIN mer.track USING (track_no)
GROUP BY track.track_no, part, run_id, model_run_id, by_champion, scored_at;
COMMENT ON VIEW mer.track_emotions IS 'All nine emotions of a track in one row, by the predictions that count now: see current_predictions.';
COMMENT ON COLUMN mer.track_emotions.run_id IS 'Run that scored the track.';
COMMENT ON COLUMN mer.track_emotions.model_run_id IS 'Run that fitted the model.';
COMMENT ON COLUMN mer.track_emotions.by_champion IS 'Whether that model is the champion; false where an earlier champion scored the track, or there is none.';
COMMENT ON COLUMN mer.track_emotions.present IS 'Whether the track is still in the landing zone; false: gone, see tracks.gone_at.';
COMMENT ON COLUMN mer.track_emotions.scored_at IS 'When the prediction was published.';

CREATE OR REPLACE VIEW mer.tracks AS
SELECT
  track_id, genre, key, track.sha256, pcm_sha256, duration_seconds, sample_rate, channels, segments, run_id AS last_run_id,
  EXISTS (
    SELECT FROM mer.split
    WHERE split.track_no = track.track_no AND split.run_no = (SELECT max(run_no) FROM mer.run WHERE mode <> 'predict')
  ) AS in_latest_run,
  gone_at,
  EXISTS (
    SELECT FROM mer.serving
    JOIN mer.scoring USING (run_no)
    JOIN mer.split USING (run_no, track_no)
    WHERE serving.track_no = track.track_no AND by_champion AND split.sha256 = track.sha256
  ) AS scored_by_champion
FROM mer.track
JOIN mer.run ON run_no = last_run_no;
COMMENT ON COLUMN mer.tracks.in_latest_run IS 'Whether the latest run of mode train or eval had the track.';
COMMENT ON COLUMN mer.tracks.gone_at IS 'When a run first found that the track is no longer in the landing zone; null while it is there. Its predictions stay.';
COMMENT ON COLUMN mer.tracks.scored_by_champion IS 'Whether the champion''s prediction of this audio is served; false: the next run of mode predict scores it, if it is there.';

GRANT SELECT ON mer.served, mer.scoring, mer.current_predictions TO mer_reader, mer_writer;
