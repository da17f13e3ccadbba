-- Promotion: which model is the champion, how that was decided, and whose prediction of a track is served.

CREATE TABLE mer.promotion (
  promotion_no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_no integer NOT NULL REFERENCES mer.run,
  model_sha256 text NOT NULL,
  champion_run_no integer REFERENCES mer.run,
  outcome text NOT NULL CHECK (outcome IN ('promoted', 'kept', 'rolled_back')),
  decided_at timestamptz NOT NULL DEFAULT now(),
  decided_by text NOT NULL,
  rule text NOT NULL,
  reason text NOT NULL,
  metric text,
  challenger double precision,
  champion double precision,
  baseline double precision,
  difference double precision,
  low double precision,
  high double precision,
  tracks integer,
  groups integer,
  left_out integer
);
CREATE UNIQUE INDEX promotion_once ON mer.promotion (run_no, model_sha256) WHERE outcome <> 'rolled_back';
COMMENT ON TABLE mer.promotion IS 'Decisions on which model is the champion, one row each. A decision is never changed.';
COMMENT ON COLUMN mer.promotion.promotion_no IS 'Number in the order of decisions.';
COMMENT ON COLUMN mer.promotion.run_no IS 'Training run of the challenger; for a rollback, of the model that the rollback makes champion.';
COMMENT ON COLUMN mer.promotion.model_sha256 IS 'sha256 of the challenger''s model file, in hex; for a rollback, of the model that becomes champion.';
COMMENT ON COLUMN mer.promotion.champion_run_no IS 'Training run of the champion before the decision; null if there was none.';
COMMENT ON COLUMN mer.promotion.outcome IS 'promoted: the challenger becomes champion. kept: the earlier champion stays, if there is one. rolled_back: a person makes an earlier model, or a model that was not promoted, the champion.';
COMMENT ON COLUMN mer.promotion.decided_at IS 'Time of the decision.';
COMMENT ON COLUMN mer.promotion.decided_by IS 'rule: the promotion rule decided. timeout: nobody answered in time. nobody: a person was asked but has not answered. Otherwise, the name of the person who decided.';
COMMENT ON COLUMN mer.promotion.rule IS 'Rule of the decision: better or significant, each possibly with approval by a person; or rollback.';
COMMENT ON COLUMN mer.promotion.reason IS 'Reason for the decision, in one line for people.';
COMMENT ON COLUMN mer.promotion.metric IS 'Name of the metric that was compared on the test tracks; null for a rollback, which compares nothing.';
COMMENT ON COLUMN mer.promotion.challenger IS 'Value of the metric for the challenger.';
COMMENT ON COLUMN mer.promotion.champion IS 'Value of the metric for the champion on the same tracks; null if the models were not compared.';
COMMENT ON COLUMN mer.promotion.baseline IS 'Value of the metric for the baseline: a model that only knows how common each label is.';
COMMENT ON COLUMN mer.promotion.difference IS 'Value of the challenger minus value of the champion.';
COMMENT ON COLUMN mer.promotion.low IS 'Lower end of the 95 % interval of difference (paired bootstrap over groups of tracks).';
COMMENT ON COLUMN mer.promotion.high IS 'Upper end of the 95 % interval of difference (paired bootstrap over groups of tracks).';
COMMENT ON COLUMN mer.promotion.tracks IS 'Number of test tracks on which the models were compared.';
COMMENT ON COLUMN mer.promotion.groups IS 'Number of groups that these test tracks belong to.';
COMMENT ON COLUMN mer.promotion.left_out IS 'Number of test tracks that were left out. Either the champion has seen the track or its group, or the track has no features by the champion''s configuration.';

CREATE TABLE mer.champion (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  run_no integer NOT NULL REFERENCES mer.run,
  model_sha256 text NOT NULL,
  promotion_no integer NOT NULL REFERENCES mer.promotion
);
COMMENT ON TABLE mer.champion IS 'The model whose predictions are served: one row, or none before the first promotion.';
COMMENT ON COLUMN mer.champion.only_one IS 'Always true: this key limits the table to one row.';
COMMENT ON COLUMN mer.champion.run_no IS 'Training run of the champion.';
COMMENT ON COLUMN mer.champion.model_sha256 IS 'sha256 of the champion''s model file, in hex, at the time of its promotion.';
COMMENT ON COLUMN mer.champion.promotion_no IS 'Decision that made this model the champion.';

CREATE TABLE mer.serving (
  track_no integer PRIMARY KEY,
  run_no integer NOT NULL,
  -- Checked at the end of the transaction, because a run that is published again replaces its rows.
  FOREIGN KEY (run_no, track_no) REFERENCES mer.split DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE mer.serving IS 'Run whose prediction of a track is served: one row per track that a champion has scored.';
COMMENT ON COLUMN mer.serving.track_no IS 'Track.';
COMMENT ON COLUMN mer.serving.run_no IS 'Run that scored the track: the champion''s training run or a run of mode predict. If the present champion has not scored the track yet, the run belongs to an earlier champion.';

CREATE VIEW mer.promotions AS
SELECT
  promotion_no, decided_at, outcome, run.run_id, promotion.model_sha256, before.run_id AS champion_run_id, decided_by, rule, reason,
  metric, challenger, champion, baseline, difference, low, high, promotion.tracks, groups, left_out
FROM mer.promotion
JOIN mer.run USING (run_no)
LEFT JOIN mer.run AS before ON before.run_no = champion_run_no;
COMMENT ON VIEW mer.promotions IS 'Decisions on which model is the champion, with the metrics that were compared: one row each.';
COMMENT ON COLUMN mer.promotions.promotion_no IS 'Number in the order of decisions.';
COMMENT ON COLUMN mer.promotions.decided_at IS 'Time of the decision.';
COMMENT ON COLUMN mer.promotions.outcome IS 'promoted: the challenger becomes champion. kept: the earlier champion stays, if there is one. rolled_back: a person makes an earlier model, or a model that was not promoted, the champion.';
COMMENT ON COLUMN mer.promotions.run_id IS 'Training run of the challenger; for a rollback, of the model that the rollback makes champion.';
COMMENT ON COLUMN mer.promotions.model_sha256 IS 'sha256 of the challenger''s model file, in hex; for a rollback, of the model that becomes champion.';
COMMENT ON COLUMN mer.promotions.champion_run_id IS 'Training run of the champion before the decision; null if there was none.';
COMMENT ON COLUMN mer.promotions.decided_by IS 'rule: the promotion rule decided. timeout: nobody answered in time. nobody: a person was asked but has not answered. Otherwise, the name of the person who decided.';
COMMENT ON COLUMN mer.promotions.rule IS 'Rule of the decision: better or significant, each possibly with approval by a person; or rollback.';
COMMENT ON COLUMN mer.promotions.reason IS 'Reason for the decision, in one line for people.';
COMMENT ON COLUMN mer.promotions.metric IS 'Name of the metric that was compared on the test tracks; null for a rollback, which compares nothing.';
COMMENT ON COLUMN mer.promotions.challenger IS 'Value of the metric for the challenger.';
COMMENT ON COLUMN mer.promotions.champion IS 'Value of the metric for the champion on the same tracks; null if the models were not compared.';
COMMENT ON COLUMN mer.promotions.baseline IS 'Value of the metric for the baseline: a model that only knows how common each label is.';
COMMENT ON COLUMN mer.promotions.difference IS 'Value of the challenger minus value of the champion.';
COMMENT ON COLUMN mer.promotions.low IS 'Lower end of the 95 % interval of difference (paired bootstrap over groups of tracks).';
COMMENT ON COLUMN mer.promotions.high IS 'Upper end of the 95 % interval of difference (paired bootstrap over groups of tracks).';
COMMENT ON COLUMN mer.promotions.tracks IS 'Number of test tracks on which the models were compared.';
COMMENT ON COLUMN mer.promotions.groups IS 'Number of groups that these test tracks belong to.';
COMMENT ON COLUMN mer.promotions.left_out IS 'Number of test tracks that were left out. Either the champion has seen the track or its group, or the track has no features by the champion''s configuration.';

CREATE VIEW mer.champions AS
SELECT
  run.run_id AS model_run_id, decided_at AS since, lead(decided_at) OVER (ORDER BY promotion_no) AS until,
  promotion_no = (SELECT champion.promotion_no FROM mer.champion) AS is_current, promotion_no, outcome, decided_by,
  store_url || '/' || model_key AS model_uri, promotion.model_sha256, label_set_digest
FROM mer.promotion
JOIN mer.run USING (run_no)
WHERE outcome <> 'kept';
COMMENT ON VIEW mer.champions IS 'Periods in which a model was the champion: one row per period.';
COMMENT ON COLUMN mer.champions.model_run_id IS 'Run that fitted the model.';
COMMENT ON COLUMN mer.champions.since IS 'Time at which this model became the champion.';
COMMENT ON COLUMN mer.champions.until IS 'Time at which the next decision for a champion ended this period; null for the present champion.';
COMMENT ON COLUMN mer.champions.is_current IS 'Whether this is the period of the present champion.';
COMMENT ON COLUMN mer.champions.promotion_no IS 'Decision that made this model the champion: see promotions.';
COMMENT ON COLUMN mer.champions.outcome IS 'promoted, or rolled_back: see promotions.';
COMMENT ON COLUMN mer.champions.decided_by IS 'rule: the promotion rule decided. timeout: nobody answered in time. nobody: a person was asked but has not answered. Otherwise, the name of the person who decided.';
COMMENT ON COLUMN mer.champions.model_uri IS 'Address of the model file in the object store.';
COMMENT ON COLUMN mer.champions.model_sha256 IS 'sha256 of the model file as it was promoted, in hex.';
COMMENT ON COLUMN mer.champions.label_set_digest IS 'Digest of the label set that the model was fitted for: see label_sets.';

CREATE VIEW mer.served AS
SELECT track_no, run_no FROM mer.serving
UNION ALL
SELECT track_no, run_no
FROM mer.split
WHERE run_no = (SELECT max(run_no) FROM mer.run WHERE mode <> 'predict') AND NOT EXISTS (SELECT FROM mer.champion);
COMMENT ON VIEW mer.served IS 'Run whose prediction of a track is served, by number. Before there is a champion, this is the latest run of mode train or eval. Other views use this view.';
COMMENT ON COLUMN mer.served.track_no IS 'Track.';
COMMENT ON COLUMN mer.served.run_no IS 'Run that scored the track.';

CREATE VIEW mer.scoring AS
SELECT scored.run_no, scored.run_id, scored.model_run_id, scored.published_at AS scored_at, champion.run_no IS NOT NULL AS by_champion
FROM mer.run AS scored
LEFT JOIN (mer.champion JOIN mer.run AS fitted USING (run_no))
  ON fitted.run_id = scored.model_run_id AND champion.model_sha256 = scored.model_sha256;
COMMENT ON VIEW mer.scoring IS 'Model that each run used to score tracks. Other views use this view.';
COMMENT ON COLUMN mer.scoring.run_no IS 'Run that scored tracks.';
COMMENT ON COLUMN mer.scoring.run_id IS 'Name of the run that scored tracks.';
COMMENT ON COLUMN mer.scoring.model_run_id IS 'Run that fitted the model.';
COMMENT ON COLUMN mer.scoring.scored_at IS 'When the predictions were published.';
COMMENT ON COLUMN mer.scoring.by_champion IS 'Whether the model is the present champion.';

CREATE VIEW mer.tracks AS
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
  ) AS scored_by_champion,
  title, artist, album, year, track_number, isrc, metadata, decoder, mixdown
FROM mer.track
JOIN mer.run ON run_no = last_run_no;
COMMENT ON VIEW mer.tracks IS 'Every track that a run has had, one row each, with its properties in the latest of these runs.';
COMMENT ON COLUMN mer.tracks.track_id IS 'Track.';
COMMENT ON COLUMN mer.tracks.genre IS 'Genre of the track: the name of its folder in the landing zone.';
COMMENT ON COLUMN mer.tracks.key IS 'Key of the audio file in the landing zone.';
COMMENT ON COLUMN mer.tracks.sha256 IS 'sha256 of the audio file, in hex.';
COMMENT ON COLUMN mer.tracks.pcm_sha256 IS 'sha256 of the decoded samples, in hex. Files with exactly the same decoded samples have the same value.';
COMMENT ON COLUMN mer.tracks.duration_seconds IS 'Length of the audio in seconds.';
COMMENT ON COLUMN mer.tracks.sample_rate IS 'Sampling rate of the file in the landing zone, in samples per second.';
COMMENT ON COLUMN mer.tracks.channels IS 'Number of channels of the file in the landing zone.';
COMMENT ON COLUMN mer.tracks.segments IS 'Number of segments into which the track is cut for the model.';
COMMENT ON COLUMN mer.tracks.last_run_id IS 'Latest run that had the track.';
COMMENT ON COLUMN mer.tracks.in_latest_run IS 'Whether the latest run of mode train or eval had the track.';
COMMENT ON COLUMN mer.tracks.gone_at IS 'Time at which a run first found that the track is no longer in the landing zone; null while it is in the landing zone. The predictions of the track stay.';
COMMENT ON COLUMN mer.tracks.scored_by_champion IS 'Whether a prediction by the champion for the present audio of the track is served. If false, the next run of mode predict scores the track, provided that it is in the landing zone.';
COMMENT ON COLUMN mer.tracks.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';
COMMENT ON COLUMN mer.tracks.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';
COMMENT ON COLUMN mer.tracks.album IS 'Album of the track, from metadata files or else from the tags of the file; null as for title.';
COMMENT ON COLUMN mer.tracks.year IS 'Year, from metadata files or else from the tags of the file; null as for title.';
COMMENT ON COLUMN mer.tracks.track_number IS 'Number of the track on its album, from metadata files or else from the tags of the file; null as for title.';
COMMENT ON COLUMN mer.tracks.isrc IS 'International Standard Recording Code, from metadata files; null if they have none.';
COMMENT ON COLUMN mer.tracks.metadata IS 'Other columns of metadata files, by their names; null if there are none.';
COMMENT ON COLUMN mer.tracks.decoder IS 'Library that decoded the file: libsndfile or ffmpeg.';
COMMENT ON COLUMN mer.tracks.mixdown IS 'How the channels became one: mean, or the channel that was taken alone, such as channel 1 of 2.';

CREATE VIEW mer.current_predictions AS
SELECT
  run_id, track_id, genre, part, label_id AS emotion, probability, positive, model_run_id, by_champion,
  gone_at IS NULL AS present, scored_at, title, artist, label_no
FROM mer.served
JOIN mer.prediction USING (run_no, track_no)
JOIN mer.scoring USING (run_no)
JOIN mer.track USING (track_no)
LEFT JOIN mer.label USING (label_no);
COMMENT ON VIEW mer.current_predictions IS 'Served predictions: one row per track and label. They come from the champion, or from an earlier champion for tracks that the champion has not scored yet. Before there is a champion, they come from the latest run of mode train or eval.';
COMMENT ON COLUMN mer.current_predictions.run_id IS 'Run that scored the track.';
COMMENT ON COLUMN mer.current_predictions.track_id IS 'Track.';
COMMENT ON COLUMN mer.current_predictions.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.current_predictions.part IS 'Part of the track when the model was trained. The model was fitted on train tracks, so their predictions say little about its quality.';
COMMENT ON COLUMN mer.current_predictions.emotion IS 'Label.';
COMMENT ON COLUMN mer.current_predictions.probability IS 'Calibrated probability of the label. The mean of the model''s probabilities over the segments of the track is calibrated.';
COMMENT ON COLUMN mer.current_predictions.positive IS 'Whether the track has the label by the model''s decision: its probability reaches the threshold or, for a label set of kind single, is the highest.';
COMMENT ON COLUMN mer.current_predictions.model_run_id IS 'Run that fitted the model.';
COMMENT ON COLUMN mer.current_predictions.by_champion IS 'Whether the model is the present champion; false if an earlier champion scored the track, or if there is no champion.';
COMMENT ON COLUMN mer.current_predictions.present IS 'Whether the track is still in the landing zone; if it is not, see tracks.gone_at.';
COMMENT ON COLUMN mer.current_predictions.scored_at IS 'Time at which the prediction was published.';
COMMENT ON COLUMN mer.current_predictions.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';
COMMENT ON COLUMN mer.current_predictions.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';
COMMENT ON COLUMN mer.current_predictions.label_no IS 'Number of the label: see labels.';

CREATE VIEW mer.explanations AS
SELECT
  track_id, genre, label_id AS emotion, serving.run_no IS NOT NULL AS is_served, probability, positive,
  coalesce(own_rule.threshold, rule.threshold) AS threshold,
  coalesce(own_rule.temperature, rule.temperature) AS temperature,
  coalesce(own_rule.logit_offset, rule.logit_offset) AS logit_offset,
  scored.run_id AS scored_by, scored.mode, scored.published_at AS scored_at, scored.model_run_id,
  scored.store_url || '/' || scored.model_key AS model_uri, scored.model_sha256,
  coalesce((trained.run_no, trained.model_sha256) = (
    SELECT promotion.run_no, promotion.model_sha256 FROM mer.promotion
    WHERE outcome <> 'kept' AND decided_at <= scored.published_at ORDER BY promotion_no DESC LIMIT 1
  ), false) AS champion_then,
  coalesce((trained.run_no, trained.model_sha256) = (
    SELECT champion.run_no, champion.model_sha256 FROM mer.champion
  ), false) AS champion_now,
  (
    SELECT min(decided_at) FROM mer.promotion
    WHERE outcome <> 'kept' AND promotion.run_no = trained.run_no AND promotion.model_sha256 = trained.model_sha256
  ) AS champion_since,
  coalesce(taught.part, prediction.part) AS part, split.group_id, split.sha256 AS content_sha256,
  scored.store_url || '/blobs/features/' || scored.features_digest || '/' || left(split.sha256, 2) || '/' || split.sha256
    || '.npy' AS features_uri,
  scored.features_digest, votes, annotators, annotation.label,
  scored.code_version, scored.code_digest, scored.config_digest, scored.config,
  trained.code_version AS model_code_version, trained.code_digest AS model_code_digest,
  trained.config_digest AS model_config_digest, trained.config AS model_config, scored.label_set_digest, gone_at,
  title, artist, prediction.label_no
FROM mer.track
JOIN mer.prediction USING (track_no)
LEFT JOIN mer.label ON label.label_no = prediction.label_no
JOIN mer.run AS scored ON scored.run_no = prediction.run_no
JOIN mer.split ON split.run_no = prediction.run_no AND split.track_no = prediction.track_no
LEFT JOIN mer.serving ON serving.track_no = prediction.track_no AND serving.run_no = prediction.run_no
LEFT JOIN mer.run AS trained ON trained.run_id = scored.model_run_id AND trained.model_sha256 = scored.model_sha256
LEFT JOIN mer.split AS taught
  ON taught.run_no = trained.run_no AND taught.track_no = prediction.track_no AND taught.sha256 = split.sha256
LEFT JOIN mer.threshold AS own_rule ON own_rule.run_no = scored.run_no AND own_rule.label_no = prediction.label_no
LEFT JOIN mer.threshold AS rule ON rule.run_no = trained.run_no AND rule.label_no = prediction.label_no
LEFT JOIN mer.annotation
  ON annotation.run_no = trained.run_no AND annotation.track_no = prediction.track_no AND annotation.label_no = prediction.label_no;
COMMENT ON VIEW mer.explanations IS 'Origin of each prediction: one row for every track, run that scored it, and label. SELECT * FROM mer.explain(''track-id'') returns the rows of one track.';
COMMENT ON COLUMN mer.explanations.track_id IS 'Track.';
COMMENT ON COLUMN mer.explanations.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.explanations.emotion IS 'Label.';
COMMENT ON COLUMN mer.explanations.is_served IS 'Whether this prediction is the served prediction of the track.';
COMMENT ON COLUMN mer.explanations.probability IS 'Calibrated probability of the label. The mean of the model''s probabilities over the segments of the track is calibrated.';
COMMENT ON COLUMN mer.explanations.positive IS 'Whether the track has the label by the model''s decision: its probability reaches the threshold or, for a label set of kind single, is the highest.';
COMMENT ON COLUMN mer.explanations.threshold IS 'Lowest calibrated probability at which the label counts as positive; null for a label set of kind single.';
COMMENT ON COLUMN mer.explanations.temperature IS 'Temperature of the calibration (Platt scaling): the logit of the model''s probability is divided by it. 1 changes nothing.';
COMMENT ON COLUMN mer.explanations.logit_offset IS 'Offset of the calibration (Platt scaling): it is added to the logit after the division by the temperature. 0 changes nothing.';
COMMENT ON COLUMN mer.explanations.scored_by IS 'Run that scored the track.';
COMMENT ON COLUMN mer.explanations.mode IS 'Mode of the run that scored the track: train, eval or predict.';
COMMENT ON COLUMN mer.explanations.scored_at IS 'Time at which the run that scored the track was published.';
COMMENT ON COLUMN mer.explanations.model_run_id IS 'Run that fitted the model.';
COMMENT ON COLUMN mer.explanations.model_uri IS 'Address of the model file in the object store.';
COMMENT ON COLUMN mer.explanations.model_sha256 IS 'sha256 of the model file, in hex.';
COMMENT ON COLUMN mer.explanations.champion_then IS 'Whether the model was the champion when the prediction was published. A training run is first published before the decision on its model, so the value is false then.';
COMMENT ON COLUMN mer.explanations.champion_now IS 'Whether the model is the present champion.';
COMMENT ON COLUMN mer.explanations.champion_since IS 'Time at which the model first became the champion; null if it never was the champion.';
COMMENT ON COLUMN mer.explanations.part IS 'Part of the track in the run that fitted the model. The model was fitted on train tracks, so their predictions say little about its quality. The model has not seen unlabelled tracks.';
COMMENT ON COLUMN mer.explanations.group_id IS 'Group of the track in the run that scored it; a group is never divided between parts.';
COMMENT ON COLUMN mer.explanations.content_sha256 IS 'sha256 of the audio file that was scored, in hex.';
COMMENT ON COLUMN mer.explanations.features_uri IS 'Address of the features that were scored; null if features_digest is null.';
COMMENT ON COLUMN mer.explanations.features_digest IS 'Digest of everything except the audio that determines the features. Null for runs without tracks and for runs whose tracks have different digests.';
COMMENT ON COLUMN mer.explanations.votes IS 'Number of listeners who chose the label, in the run that fitted the model; null if that run had no annotations of the track.';
COMMENT ON COLUMN mer.explanations.annotators IS 'Number of listeners who annotated the track, in the run that fitted the model.';
COMMENT ON COLUMN mer.explanations.label IS 'Whether the track carries the label under the label rule of the run that fitted the model.';
COMMENT ON COLUMN mer.explanations.code_version IS 'Version of the platform that scored the track.';
COMMENT ON COLUMN mer.explanations.code_digest IS 'sha256 of the source files of the platform that scored the track, in hex.';
COMMENT ON COLUMN mer.explanations.config_digest IS 'sha256 of config, in hex.';
COMMENT ON COLUMN mer.explanations.config IS 'Every parameter of the run that scored the track.';
COMMENT ON COLUMN mer.explanations.model_code_version IS 'Version of the platform that fitted the model.';
COMMENT ON COLUMN mer.explanations.model_code_digest IS 'sha256 of the source files of the platform that fitted the model, in hex.';
COMMENT ON COLUMN mer.explanations.model_config_digest IS 'sha256 of model_config, in hex.';
COMMENT ON COLUMN mer.explanations.model_config IS 'Every parameter of the run that fitted the model.';
COMMENT ON COLUMN mer.explanations.label_set_digest IS 'Digest of the label set of the model and of the run that scored the track: see label_sets.';
COMMENT ON COLUMN mer.explanations.gone_at IS 'Time at which a run first found that the track is no longer in the landing zone; null while it is in the landing zone.';
COMMENT ON COLUMN mer.explanations.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';
COMMENT ON COLUMN mer.explanations.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';
COMMENT ON COLUMN mer.explanations.label_no IS 'Number of the label: see labels.';

CREATE FUNCTION mer.explain(track_id text) RETURNS SETOF mer.explanations
LANGUAGE sql STABLE SECURITY INVOKER PARALLEL SAFE
BEGIN ATOMIC
  SELECT * FROM mer.explanations
  WHERE explanations.track_id = explain.track_id
  ORDER BY is_served DESC, scored_at DESC, scored_by, label_no;
END;
COMMENT ON FUNCTION mer.explain(text) IS 'Returns the rows of explanations for one track: the served prediction first, then by run, the latest run first. Returns no rows for a track that no run has scored.';
