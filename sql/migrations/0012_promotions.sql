-- Who was champion when, and what is behind a prediction.

CREATE VIEW mer.promotions AS
SELECT
  promotion_no, decided_at, outcome, run.run_id, promotion.model_sha256, before.run_id AS champion_run_id, decided_by, rule, reason,
  metric, challenger, champion, baseline, difference, low, high, promotion.tracks, groups, left_out
FROM mer.promotion
JOIN mer.run USING (run_no)
LEFT JOIN mer.run AS before ON before.run_no = champion_run_no;
COMMENT ON VIEW mer.promotions IS 'Decisions on which model is the champion, with their evidence: one row each.';
COMMENT ON COLUMN mer.promotions.promotion_no IS 'Number in the order of decisions.';
COMMENT ON COLUMN mer.promotions.decided_at IS 'When it was decided.';
COMMENT ON COLUMN mer.promotions.outcome IS 'promoted: the challenger is champion. kept: the champion stays. rolled_back: an earlier model, or one that was kept, is made champion by hand.';
COMMENT ON COLUMN mer.promotions.run_id IS 'Training run of the challenger; of a rollback, of the model that it makes champion.';
COMMENT ON COLUMN mer.promotions.model_sha256 IS 'sha256 of that run''s model file, in hex.';
COMMENT ON COLUMN mer.promotions.champion_run_id IS 'Training run of the champion before the decision; null if there was none.';
COMMENT ON COLUMN mer.promotions.decided_by IS 'Who or what decided: rule, timeout, nobody (who was asked), or a person''s name.';
COMMENT ON COLUMN mer.promotions.rule IS 'The rule that was asked for: better or significant, with approval by a person or without; or rollback.';
COMMENT ON COLUMN mer.promotions.reason IS 'One line for people.';
COMMENT ON COLUMN mer.promotions.metric IS 'What was compared on the test tracks; null if nothing was.';
COMMENT ON COLUMN mer.promotions.challenger IS 'Metric of the challenger.';
COMMENT ON COLUMN mer.promotions.champion IS 'Metric of the champion on the same tracks; null if they were not compared.';
COMMENT ON COLUMN mer.promotions.baseline IS 'Metric of a model that only knows how common each emotion is.';
COMMENT ON COLUMN mer.promotions.difference IS 'challenger less champion.';
COMMENT ON COLUMN mer.promotions.low IS 'Lower end of the 95 % interval of difference, were other groups of tracks drawn.';
COMMENT ON COLUMN mer.promotions.high IS 'Upper end of that interval.';
COMMENT ON COLUMN mer.promotions.tracks IS 'Test tracks on which both were judged.';
COMMENT ON COLUMN mer.promotions.groups IS 'Groups of those tracks.';
COMMENT ON COLUMN mer.promotions.left_out IS 'Test tracks that were left out, because the champion has seen them or their group, or has no features of them.';

CREATE VIEW mer.champions AS
SELECT
  run.run_id AS model_run_id, decided_at AS since, lead(decided_at) OVER (ORDER BY promotion_no) AS until,
  promotion_no = (SELECT champion.promotion_no FROM mer.champion) AS is_current, promotion_no, outcome, decided_by,
  store_url || '/' || model_key AS model_uri, promotion.model_sha256
FROM mer.promotion
JOIN mer.run USING (run_no)
WHERE outcome <> 'kept';
COMMENT ON VIEW mer.champions IS 'What was champion when: one row a reign.';
COMMENT ON COLUMN mer.champions.model_run_id IS 'Run that fitted the model.';
COMMENT ON COLUMN mer.champions.since IS 'From when on it was champion.';
COMMENT ON COLUMN mer.champions.until IS 'When another took its place; null of the champion.';
COMMENT ON COLUMN mer.champions.is_current IS 'Whether it is the champion now.';
COMMENT ON COLUMN mer.champions.promotion_no IS 'Decision that made it champion: see promotions.';
COMMENT ON COLUMN mer.champions.outcome IS 'promoted or rolled_back.';
COMMENT ON COLUMN mer.champions.decided_by IS 'Who or what decided.';
COMMENT ON COLUMN mer.champions.model_uri IS 'Address of the model file.';
COMMENT ON COLUMN mer.champions.model_sha256 IS 'sha256 of the model file as it was promoted, in hex.';

-- every join is by a key, so that the rows of one track cost the same however many tracks there are
CREATE VIEW mer.explanations AS
SELECT
  track_id, genre, prediction.emotion, serving.run_no IS NOT NULL AS is_served, probability, positive,
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
  scored.features_digest, votes, annotators, label,
  scored.code_version, scored.code_digest, scored.config_digest, scored.config,
  trained.code_version AS model_code_version, trained.code_digest AS model_code_digest,
  trained.config_digest AS model_config_digest, trained.config AS model_config, gone_at
FROM mer.track
JOIN mer.prediction USING (track_no)
JOIN mer.run AS scored ON scored.run_no = prediction.run_no
JOIN mer.split ON split.run_no = prediction.run_no AND split.track_no = prediction.track_no
LEFT JOIN mer.serving ON serving.track_no = prediction.track_no AND serving.run_no = prediction.run_no
LEFT JOIN mer.run AS trained ON trained.run_id = scored.model_run_id AND trained.model_sha256 = scored.model_sha256
LEFT JOIN mer.split AS taught
  ON taught.run_no = trained.run_no AND taught.track_no = prediction.track_no AND taught.sha256 = split.sha256
LEFT JOIN mer.threshold AS own_rule ON own_rule.run_no = scored.run_no AND own_rule.emotion = prediction.emotion
LEFT JOIN mer.threshold AS rule ON rule.run_no = trained.run_no AND rule.emotion = prediction.emotion
LEFT JOIN mer.annotation
  ON annotation.run_no = trained.run_no AND annotation.track_no = prediction.track_no AND annotation.emotion = prediction.emotion;
COMMENT ON VIEW mer.explanations IS 'What is behind each prediction: one row for every track, run that scored it, and emotion. SELECT * FROM mer.explain(''track-id'') has those of one track.';
COMMENT ON COLUMN mer.explanations.track_id IS 'Track.';
COMMENT ON COLUMN mer.explanations.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.explanations.emotion IS 'Emotion.';
COMMENT ON COLUMN mer.explanations.is_served IS 'Whether this is the prediction of the track that is served.';
COMMENT ON COLUMN mer.explanations.probability IS 'Mean over the track''s segments of the model''s probability, calibrated.';
COMMENT ON COLUMN mer.explanations.positive IS 'Whether the probability reaches the threshold.';
COMMENT ON COLUMN mer.explanations.threshold IS 'Least probability of a positive.';
COMMENT ON COLUMN mer.explanations.temperature IS 'By what the logit of the model''s probability is divided.';
COMMENT ON COLUMN mer.explanations.logit_offset IS 'What is then added to it, to give the logit of the calibrated probability.';
COMMENT ON COLUMN mer.explanations.scored_by IS 'Run that scored the track.';
COMMENT ON COLUMN mer.explanations.mode IS 'Mode of that run: train, eval or predict.';
COMMENT ON COLUMN mer.explanations.scored_at IS 'When that run was published.';
COMMENT ON COLUMN mer.explanations.model_run_id IS 'Run that fitted the model.';
COMMENT ON COLUMN mer.explanations.model_uri IS 'Address of the model file.';
COMMENT ON COLUMN mer.explanations.model_sha256 IS 'sha256 of the model file, in hex.';
COMMENT ON COLUMN mer.explanations.champion_then IS 'Whether the model was champion when the scores were published; a training run publishes before it is decided on.';
COMMENT ON COLUMN mer.explanations.champion_now IS 'Whether the model is the champion.';
COMMENT ON COLUMN mer.explanations.champion_since IS 'When the model first became champion; null if it never was.';
COMMENT ON COLUMN mer.explanations.part IS 'Part of the track in the run that fitted the model: what the model says of a train track, it was taught. unlabelled: it has not seen it.';
COMMENT ON COLUMN mer.explanations.group_id IS 'Group of the track in the run that scored it: tracks that are never divided between parts.';
COMMENT ON COLUMN mer.explanations.content_sha256 IS 'sha256 of the audio file that was scored, in hex.';
COMMENT ON COLUMN mer.explanations.features_uri IS 'Address of the features that were scored; null of runs before their digest was kept.';
COMMENT ON COLUMN mer.explanations.features_digest IS 'Digest of all that decides features beside the audio; null of runs before it was kept.';
COMMENT ON COLUMN mer.explanations.votes IS 'Listeners who chose the emotion, as the run that fitted the model knew them; null of a track without annotations there.';
COMMENT ON COLUMN mer.explanations.annotators IS 'Listeners of the track, as that run knew them.';
COMMENT ON COLUMN mer.explanations.label IS 'Whether the track carries the emotion under that run''s label rule.';
COMMENT ON COLUMN mer.explanations.code_version IS 'Version of the platform that scored.';
COMMENT ON COLUMN mer.explanations.code_digest IS 'sha256 over the source files of the platform that scored, in hex; null of runs before it was kept.';
COMMENT ON COLUMN mer.explanations.config_digest IS 'sha256 of config, in hex.';
COMMENT ON COLUMN mer.explanations.config IS 'Every parameter of the run that scored.';
COMMENT ON COLUMN mer.explanations.model_code_version IS 'Version of the platform that fitted the model.';
COMMENT ON COLUMN mer.explanations.model_code_digest IS 'sha256 over the source files of the platform that fitted the model, in hex; null of runs before it was kept.';
COMMENT ON COLUMN mer.explanations.model_config_digest IS 'sha256 of model_config, in hex.';
COMMENT ON COLUMN mer.explanations.model_config IS 'Every parameter of the run that fitted the model.';
COMMENT ON COLUMN mer.explanations.gone_at IS 'When a run first found that the track is no longer in the landing zone; null while it is there.';

-- with the rights of who calls it: the view gives all that it needs
CREATE FUNCTION mer.explain(track_id text) RETURNS SETOF mer.explanations
LANGUAGE sql STABLE SECURITY INVOKER PARALLEL SAFE
BEGIN ATOMIC
  SELECT * FROM mer.explanations
  WHERE explanations.track_id = explain.track_id
  ORDER BY is_served DESC, scored_at DESC, scored_by, emotion;
END;
COMMENT ON FUNCTION mer.explain(text) IS 'What is behind every prediction of a track, the served one first, then by run, latest first; no rows of a track that no run has scored. The columns are those of explanations.';

GRANT SELECT ON mer.promotions, mer.champions, mer.explanations TO mer_reader, mer_writer;
REVOKE ALL ON FUNCTION mer.explain(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mer.explain(text) TO mer_reader, mer_writer;
