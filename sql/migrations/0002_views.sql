-- What readers ask: views by name of run and track. The reader's role has rights on these alone.

CREATE VIEW mer.runs AS
SELECT
  run_id, run_no = max(run_no) OVER () AS is_latest, mode, published_at, try_number, code_version, tracks, rejected, device,
  model_run_id, store_url || '/' || model_key AS model_uri, model_sha256, store_url, config, config_digest
FROM mer.run;
COMMENT ON VIEW mer.runs IS 'Every published run, one row each.';
COMMENT ON COLUMN mer.runs.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.runs.is_latest IS 'Whether it is the latest published run.';
COMMENT ON COLUMN mer.runs.mode IS 'train: fitted a model. eval: judged a stored one.';
COMMENT ON COLUMN mer.runs.published_at IS 'When the run was published.';
COMMENT ON COLUMN mer.runs.try_number IS 'Try of the task that published.';
COMMENT ON COLUMN mer.runs.code_version IS 'Version of the platform.';
COMMENT ON COLUMN mer.runs.tracks IS 'Usable tracks of the corpus.';
COMMENT ON COLUMN mer.runs.rejected IS 'Files that were left out.';
COMMENT ON COLUMN mer.runs.device IS 'What the model ran on.';
COMMENT ON COLUMN mer.runs.model_run_id IS 'Run that fitted the model.';
COMMENT ON COLUMN mer.runs.model_uri IS 'Address of the model file.';
COMMENT ON COLUMN mer.runs.model_sha256 IS 'sha256 of the model file, in hex.';
COMMENT ON COLUMN mer.runs.store_url IS 'Object store of the run''s outputs.';
COMMENT ON COLUMN mer.runs.config IS 'Every parameter that decides the numbers.';
COMMENT ON COLUMN mer.runs.config_digest IS 'sha256 of config: equal where two runs had equal parameters.';

CREATE VIEW mer.latest_run AS
SELECT * FROM mer.runs WHERE is_latest;
COMMENT ON VIEW mer.latest_run IS 'The run that was published last, one row; a run that is published again keeps its place.';
COMMENT ON COLUMN mer.latest_run.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.latest_run.is_latest IS 'Whether it is the latest published run.';
COMMENT ON COLUMN mer.latest_run.mode IS 'train: fitted a model. eval: judged a stored one.';
COMMENT ON COLUMN mer.latest_run.published_at IS 'When the run was published.';
COMMENT ON COLUMN mer.latest_run.try_number IS 'Try of the task that published.';
COMMENT ON COLUMN mer.latest_run.code_version IS 'Version of the platform.';
COMMENT ON COLUMN mer.latest_run.tracks IS 'Usable tracks of the corpus.';
COMMENT ON COLUMN mer.latest_run.rejected IS 'Files that were left out.';
COMMENT ON COLUMN mer.latest_run.device IS 'What the model ran on.';
COMMENT ON COLUMN mer.latest_run.model_run_id IS 'Run that fitted the model.';
COMMENT ON COLUMN mer.latest_run.model_uri IS 'Address of the model file.';
COMMENT ON COLUMN mer.latest_run.model_sha256 IS 'sha256 of the model file, in hex.';
COMMENT ON COLUMN mer.latest_run.store_url IS 'Object store of the run''s outputs.';
COMMENT ON COLUMN mer.latest_run.config IS 'Every parameter that decides the numbers.';
COMMENT ON COLUMN mer.latest_run.config_digest IS 'sha256 of config: equal where two runs had equal parameters.';

CREATE VIEW mer.tracks AS
SELECT
  track_id, genre, key, sha256, pcm_sha256, duration_seconds, sample_rate, channels, segments, run_id AS last_run_id,
  EXISTS (
    SELECT FROM mer.split WHERE split.track_no = track.track_no AND split.run_no = (SELECT max(run_no) FROM mer.run)
  ) AS in_latest_run
FROM mer.track
JOIN mer.run ON run_no = last_run_no;
COMMENT ON VIEW mer.tracks IS 'Every track that a run has had, as the latest of those runs found it, one row each.';
COMMENT ON COLUMN mer.tracks.track_id IS 'Track.';
COMMENT ON COLUMN mer.tracks.genre IS 'Folder of the landing zone.';
COMMENT ON COLUMN mer.tracks.key IS 'Key of the audio file in the landing zone.';
COMMENT ON COLUMN mer.tracks.sha256 IS 'sha256 of the audio file, in hex.';
COMMENT ON COLUMN mer.tracks.pcm_sha256 IS 'sha256 of the decoded samples, in hex: equal where two files sound the same to the last bit.';
COMMENT ON COLUMN mer.tracks.duration_seconds IS 'Length of the audio in seconds.';
COMMENT ON COLUMN mer.tracks.sample_rate IS 'Samples per second of the landed file.';
COMMENT ON COLUMN mer.tracks.channels IS 'Channels of the landed file.';
COMMENT ON COLUMN mer.tracks.segments IS 'Segments that the track gave to the model.';
COMMENT ON COLUMN mer.tracks.last_run_id IS 'Latest run that had the track.';
COMMENT ON COLUMN mer.tracks.in_latest_run IS 'Whether that is the latest published run.';

CREATE VIEW mer.predictions AS
SELECT run_id, track_id, genre, part, emotion, probability, positive
FROM mer.prediction
JOIN mer.run USING (run_no)
JOIN mer.track USING (track_no);
COMMENT ON VIEW mer.predictions IS 'What the model of each run says: one row for every run, track of its corpus, and emotion.';
COMMENT ON COLUMN mer.predictions.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.predictions.track_id IS 'Track.';
COMMENT ON COLUMN mer.predictions.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.predictions.part IS 'Part of the track in the run: train, validation, test or unlabelled.';
COMMENT ON COLUMN mer.predictions.emotion IS 'Emotion.';
COMMENT ON COLUMN mer.predictions.probability IS 'Mean over the track''s segments of the model''s probability.';
COMMENT ON COLUMN mer.predictions.positive IS 'Whether the probability reaches the emotion''s threshold.';

CREATE VIEW mer.track_emotions AS
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
  coalesce(array_agg(emotion::text ORDER BY emotion) FILTER (WHERE positive), '{}') AS positives
FROM mer.prediction
JOIN mer.run USING (run_no)
JOIN mer.track USING (track_no)
WHERE run_no = (SELECT max(run_no) FROM mer.run)
GROUP BY run.run_no, track.track_no, part;
COMMENT ON VIEW mer.track_emotions IS 'What the latest run says of each of its tracks: one row a track, one column an emotion.';
COMMENT ON COLUMN mer.track_emotions.run_id IS 'The latest run.';
COMMENT ON COLUMN mer.track_emotions.track_id IS 'Track.';
COMMENT ON COLUMN mer.track_emotions.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.track_emotions.part IS 'Part of the track in the run: train, validation, test or unlabelled.';
COMMENT ON COLUMN mer.track_emotions.duration_seconds IS 'Length of the audio in seconds.';
COMMENT ON COLUMN mer.track_emotions.amazement IS 'Probability of amazement.';
COMMENT ON COLUMN mer.track_emotions.solemnity IS 'Probability of solemnity.';
COMMENT ON COLUMN mer.track_emotions.tenderness IS 'Probability of tenderness.';
COMMENT ON COLUMN mer.track_emotions.nostalgia IS 'Probability of nostalgia.';
COMMENT ON COLUMN mer.track_emotions.calmness IS 'Probability of calmness.';
COMMENT ON COLUMN mer.track_emotions.power IS 'Probability of power.';
COMMENT ON COLUMN mer.track_emotions.joyful_activation IS 'Probability of joyful activation.';
COMMENT ON COLUMN mer.track_emotions.tension IS 'Probability of tension.';
COMMENT ON COLUMN mer.track_emotions.sadness IS 'Probability of sadness.';
COMMENT ON COLUMN mer.track_emotions.positives IS 'Emotions whose threshold is reached, in their fixed order.';

CREATE VIEW mer.best_tracks AS
SELECT run_id, emotion, rank, track_id, genre, part, probability, positive
FROM (
  SELECT *, rank() OVER (PARTITION BY run_no, emotion ORDER BY probability DESC) AS rank
  FROM mer.prediction
  WHERE run_no = (SELECT max(run_no) FROM mer.run)
) AS ranked
JOIN mer.run USING (run_no)
JOIN mer.track USING (track_no);
COMMENT ON VIEW mer.best_tracks IS 'Tracks of the latest run by emotion, best first: WHERE emotion = ''calmness'' AND rank <= 10.';
COMMENT ON COLUMN mer.best_tracks.run_id IS 'The latest run.';
COMMENT ON COLUMN mer.best_tracks.emotion IS 'Emotion.';
COMMENT ON COLUMN mer.best_tracks.rank IS 'Place by probability, from 1; equal probabilities share a place.';
COMMENT ON COLUMN mer.best_tracks.track_id IS 'Track.';
COMMENT ON COLUMN mer.best_tracks.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.best_tracks.part IS 'Part of the track in the run: train, validation, test or unlabelled.';
COMMENT ON COLUMN mer.best_tracks.probability IS 'Mean over the track''s segments of the model''s probability.';
COMMENT ON COLUMN mer.best_tracks.positive IS 'Whether the probability reaches the emotion''s threshold.';

CREATE VIEW mer.annotations AS
SELECT run_id, track_id, genre, emotion, votes, annotators, votes::double precision / annotators AS share, label
FROM mer.annotation
JOIN mer.run USING (run_no)
JOIN mer.track USING (track_no);
COMMENT ON VIEW mer.annotations IS 'What listeners said: one row for every run, annotated track, and emotion.';
COMMENT ON COLUMN mer.annotations.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.annotations.track_id IS 'Track.';
COMMENT ON COLUMN mer.annotations.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.annotations.emotion IS 'Emotion.';
COMMENT ON COLUMN mer.annotations.votes IS 'Listeners who chose the emotion.';
COMMENT ON COLUMN mer.annotations.annotators IS 'Listeners of the track.';
COMMENT ON COLUMN mer.annotations.share IS 'votes / annotators.';
COMMENT ON COLUMN mer.annotations.label IS 'Whether the track carries the emotion under the run''s label rule.';

CREATE VIEW mer.splits AS
SELECT run_id, track_id, genre, part, group_id, split.sha256
FROM mer.split
JOIN mer.run USING (run_no)
JOIN mer.track USING (track_no);
COMMENT ON VIEW mer.splits IS 'The corpus of each run: one row a track, with its part.';
COMMENT ON COLUMN mer.splits.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.splits.track_id IS 'Track.';
COMMENT ON COLUMN mer.splits.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.splits.part IS 'Part of the track in the run: train, validation, test or unlabelled.';
COMMENT ON COLUMN mer.splits.group_id IS 'Group of tracks that are never divided between parts.';
COMMENT ON COLUMN mer.splits.sha256 IS 'sha256 of the audio file in this run, in hex.';

CREATE VIEW mer.thresholds AS
SELECT run_id, emotion, threshold
FROM mer.threshold
JOIN mer.run USING (run_no);
COMMENT ON VIEW mer.thresholds IS 'From which probability on a track counts as positive, per run and emotion.';
COMMENT ON COLUMN mer.thresholds.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.thresholds.emotion IS 'Emotion.';
COMMENT ON COLUMN mer.thresholds.threshold IS 'Least probability of a positive, chosen on the validation part.';

CREATE VIEW mer.metrics AS
SELECT run_id, part, level, metric, emotion, value, baseline, support
FROM mer.metric
JOIN mer.run USING (run_no);
COMMENT ON VIEW mer.metrics IS 'How good the model of each run is: one row a metric.';
COMMENT ON COLUMN mer.metrics.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.metrics.part IS 'Part that was judged; only test is unseen by model and thresholds.';
COMMENT ON COLUMN mer.metrics.level IS 'track: one decision a track. segment: one for each of its segments.';
COMMENT ON COLUMN mer.metrics.metric IS 'Name, such as f1_macro over all emotions, or roc_auc of one.';
COMMENT ON COLUMN mer.metrics.emotion IS 'Emotion that the metric is of; null: all nine together.';
COMMENT ON COLUMN mer.metrics.value IS 'Value; null where it is not defined.';
COMMENT ON COLUMN mer.metrics.baseline IS 'The same metric of a model that only knows how common each emotion is.';
COMMENT ON COLUMN mer.metrics.support IS 'Tracks or segments that were judged, or positives where the metric is of one emotion.';

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
  max(baseline) FILTER (WHERE metric = 'pr_auc_macro') AS pr_auc_macro_baseline
FROM mer.run
LEFT JOIN mer.metric ON metric.run_no = run.run_no AND part = 'test' AND level = 'track' AND emotion IS NULL
GROUP BY run.run_no
ORDER BY run.run_no DESC;
COMMENT ON VIEW mer.metrics_by_run IS 'Headline metrics of every run on its test tracks, latest run first: one row a run.';
COMMENT ON COLUMN mer.metrics_by_run.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.metrics_by_run.mode IS 'train or eval.';
COMMENT ON COLUMN mer.metrics_by_run.published_at IS 'When the run was published.';
COMMENT ON COLUMN mer.metrics_by_run.test_tracks IS 'Test tracks.';
COMMENT ON COLUMN mer.metrics_by_run.hamming_loss IS 'Share of wrong decisions; less is better.';
COMMENT ON COLUMN mer.metrics_by_run.f1_micro IS 'F1 over all decisions at once.';
COMMENT ON COLUMN mer.metrics_by_run.f1_macro IS 'Mean over emotions of F1.';
COMMENT ON COLUMN mer.metrics_by_run.f1_samples IS 'Mean over tracks of F1.';
COMMENT ON COLUMN mer.metrics_by_run.precision_macro IS 'Mean over emotions of precision.';
COMMENT ON COLUMN mer.metrics_by_run.recall_macro IS 'Mean over emotions of recall.';
COMMENT ON COLUMN mer.metrics_by_run.roc_auc_macro IS 'Mean over emotions of the area under the ROC curve; 0.5 is chance.';
COMMENT ON COLUMN mer.metrics_by_run.pr_auc_macro IS 'Mean over emotions of the area under the precision-recall curve.';
COMMENT ON COLUMN mer.metrics_by_run.f1_macro_baseline IS 'f1_macro of a model that only knows how common each emotion is.';
COMMENT ON COLUMN mer.metrics_by_run.pr_auc_macro_baseline IS 'pr_auc_macro of that model.';

CREATE VIEW mer.training_curves AS
SELECT
  run_id, epoch, regexp_replace(measure, '^val_', '') AS measure,
  max(value) FILTER (WHERE NOT starts_with(measure, 'val_')) AS training,
  max(value) FILTER (WHERE starts_with(measure, 'val_')) AS validation
FROM mer.training_epoch
JOIN mer.run USING (run_no)
GROUP BY run.run_no, epoch, regexp_replace(measure, '^val_', '');
COMMENT ON VIEW mer.training_curves IS 'The course of each training run: one row an epoch and measure, of the training and the validation part side by side.';
COMMENT ON COLUMN mer.training_curves.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.training_curves.epoch IS 'Pass over the training segments, from 1.';
COMMENT ON COLUMN mer.training_curves.measure IS 'What was measured, such as loss.';
COMMENT ON COLUMN mer.training_curves.training IS 'Its value on the training part.';
COMMENT ON COLUMN mer.training_curves.validation IS 'Its value on the validation part; null where only the training has one, such as learning_rate.';

CREATE VIEW mer.stage_counters AS
SELECT run_id, stage, counter, value
FROM mer.stage_counter
JOIN mer.run USING (run_no);
COMMENT ON VIEW mer.stage_counters IS 'What each stage of each run did and took: one row a counter, summed over shards.';
COMMENT ON COLUMN mer.stage_counters.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.stage_counters.stage IS 'Stage.';
COMMENT ON COLUMN mer.stage_counters.counter IS 'seconds, cpu_seconds, or what was counted, such as decoded, reused, rejected.';
COMMENT ON COLUMN mer.stage_counters.value IS 'Value.';

CREATE VIEW mer.rejected_files AS
SELECT run_id, run_no = (SELECT max(run_no) FROM mer.run) AS in_latest_run, key, track_id, genre, stage, reason, detail, sha256
FROM mer.rejected_audio
JOIN mer.run USING (run_no);
COMMENT ON VIEW mer.rejected_files IS 'Files that runs left out, and why: one row a file.';
COMMENT ON COLUMN mer.rejected_files.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.rejected_files.in_latest_run IS 'Whether that is the latest published run.';
COMMENT ON COLUMN mer.rejected_files.key IS 'Key of the file in the landing zone.';
COMMENT ON COLUMN mer.rejected_files.track_id IS 'Track id, if the key gave one.';
COMMENT ON COLUMN mer.rejected_files.genre IS 'Genre, if the key gave one.';
COMMENT ON COLUMN mer.rejected_files.stage IS 'Stage that rejected the file.';
COMMENT ON COLUMN mer.rejected_files.reason IS 'One word to count by, such as not_audio or too_short.';
COMMENT ON COLUMN mer.rejected_files.detail IS 'One line for people: the value met and what was expected.';
COMMENT ON COLUMN mer.rejected_files.sha256 IS 'sha256 of the file in hex, if it could be read.';
