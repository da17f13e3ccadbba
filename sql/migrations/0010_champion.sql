-- Which model is the champion, how that came to be, and whose predictions of a track are served.

ALTER TABLE mer.run DROP CONSTRAINT run_mode_check;
ALTER TABLE mer.run ADD CONSTRAINT run_mode_check CHECK (mode IN ('train', 'eval', 'predict'));
ALTER TABLE mer.run
  ADD COLUMN code_digest text,
  ADD COLUMN features_digest text,
  ADD COLUMN labels_digest text;
COMMENT ON COLUMN mer.run.mode IS 'train: fitted a model. eval: judged a stored one. predict: scored tracks by the champion.';
COMMENT ON COLUMN mer.run.code_digest IS 'sha256 over the source files of the platform that published, in hex; null of runs before it was kept.';
COMMENT ON COLUMN mer.run.features_digest IS 'Digest of all that decides features beside the audio: those of content <sha256> are blobs/features/<digest>/<its first two digits>/<sha256>.npy; null of runs before it was kept.';
COMMENT ON COLUMN mer.run.labels_digest IS 'sha256 over the annotated content and its votes, in hex: equal where two runs had the same to learn from; null of runs before it was kept, or without labels.';

ALTER TABLE mer.track ADD COLUMN gone_at timestamptz;
COMMENT ON COLUMN mer.track.gone_at IS 'When a run first found that the track is no longer in the landing zone; null while it is there.';

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
COMMENT ON TABLE mer.promotion IS 'Decisions on which model is the champion, one row each; none is ever changed.';
COMMENT ON COLUMN mer.promotion.promotion_no IS 'Number in the order of decisions.';
COMMENT ON COLUMN mer.promotion.run_no IS 'Training run of the challenger; of a rollback, of the model that is champion again.';
COMMENT ON COLUMN mer.promotion.model_sha256 IS 'sha256 of that run''s model file, in hex.';
COMMENT ON COLUMN mer.promotion.champion_run_no IS 'Training run of the champion before the decision; null if there was none.';
COMMENT ON COLUMN mer.promotion.outcome IS 'promoted: the challenger is champion. kept: the champion stays. rolled_back: an earlier model is champion again.';
COMMENT ON COLUMN mer.promotion.decided_at IS 'When it was decided.';
COMMENT ON COLUMN mer.promotion.decided_by IS 'Who or what decided: rule, timeout, or a person''s name.';
COMMENT ON COLUMN mer.promotion.rule IS 'The rule that was asked for: better or significant, with approval by a person or without.';
COMMENT ON COLUMN mer.promotion.reason IS 'One line for people.';
COMMENT ON COLUMN mer.promotion.metric IS 'What was compared on the test tracks; null if nothing was.';
COMMENT ON COLUMN mer.promotion.challenger IS 'Metric of the challenger.';
COMMENT ON COLUMN mer.promotion.champion IS 'Metric of the champion on the same tracks; null if there was none.';
COMMENT ON COLUMN mer.promotion.baseline IS 'Metric of a model that only knows how common each emotion is.';
COMMENT ON COLUMN mer.promotion.difference IS 'challenger less champion.';
COMMENT ON COLUMN mer.promotion.low IS 'Lower end of the 95 % interval of difference, were other groups of tracks drawn.';
COMMENT ON COLUMN mer.promotion.high IS 'Upper end of that interval.';
COMMENT ON COLUMN mer.promotion.tracks IS 'Test tracks on which both were judged.';
COMMENT ON COLUMN mer.promotion.groups IS 'Groups of those tracks.';
COMMENT ON COLUMN mer.promotion.left_out IS 'Test tracks that were left out, because the champion has seen them or their group.';

CREATE TABLE mer.champion (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  run_no integer NOT NULL REFERENCES mer.run,
  model_sha256 text NOT NULL,
  promotion_no integer NOT NULL REFERENCES mer.promotion
);
COMMENT ON TABLE mer.champion IS 'The model whose predictions are served: one row, or none before the first promotion.';
COMMENT ON COLUMN mer.champion.only_one IS 'True: keeps the table at one row.';
COMMENT ON COLUMN mer.champion.run_no IS 'Training run of the champion.';
COMMENT ON COLUMN mer.champion.model_sha256 IS 'sha256 of its model file, in hex, as it was promoted.';
COMMENT ON COLUMN mer.champion.promotion_no IS 'Decision that made it champion.';

CREATE TABLE mer.serving (
  track_no integer PRIMARY KEY,
  run_no integer NOT NULL,
  -- in the end, since a run that is published again replaces its rows
  FOREIGN KEY (run_no, track_no) REFERENCES mer.split DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE mer.serving IS 'Which run''s prediction of a track is served: one row a track that a champion has scored.';
COMMENT ON COLUMN mer.serving.track_no IS 'Track.';
COMMENT ON COLUMN mer.serving.run_no IS 'Run that scored it: the champion''s training run, or one of mode predict; of an earlier champion while the present one has not scored the track.';

-- decisions are added and never changed; the rest points at what is valid now
GRANT SELECT, INSERT ON mer.promotion TO mer_writer;
GRANT SELECT, INSERT, UPDATE ON mer.champion, mer.serving TO mer_writer;
