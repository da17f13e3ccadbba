-- What is served, in the shape in which people look through it: sorted by an emotion, by genre, by a piece of a track's name.
-- A page of it costs the same with a thousand tracks and with a million.

CREATE TABLE mer.listing (
  track_no integer PRIMARY KEY,
  run_no integer NOT NULL,
  genre text NOT NULL,
  amazement double precision NOT NULL,
  solemnity double precision NOT NULL,
  tenderness double precision NOT NULL,
  nostalgia double precision NOT NULL,
  calmness double precision NOT NULL,
  power double precision NOT NULL,
  joyful_activation double precision NOT NULL,
  tension double precision NOT NULL,
  sadness double precision NOT NULL,
  positives mer.emotion[] NOT NULL
);
COMMENT ON TABLE mer.listing IS 'What served says, one row a track with its nine probabilities; brought up to date in the transaction that changes what is served.';
COMMENT ON COLUMN mer.listing.track_no IS 'Track.';
COMMENT ON COLUMN mer.listing.run_no IS 'Run that scored it.';
COMMENT ON COLUMN mer.listing.genre IS 'Genre of the track, here for the indexes.';
COMMENT ON COLUMN mer.listing.amazement IS 'Probability.';
COMMENT ON COLUMN mer.listing.solemnity IS 'Probability.';
COMMENT ON COLUMN mer.listing.tenderness IS 'Probability.';
COMMENT ON COLUMN mer.listing.nostalgia IS 'Probability.';
COMMENT ON COLUMN mer.listing.calmness IS 'Probability.';
COMMENT ON COLUMN mer.listing.power IS 'Probability.';
COMMENT ON COLUMN mer.listing.joyful_activation IS 'Probability.';
COMMENT ON COLUMN mer.listing.tension IS 'Probability.';
COMMENT ON COLUMN mer.listing.sadness IS 'Probability.';
COMMENT ON COLUMN mer.listing.positives IS 'Emotions whose probability reaches the threshold, in the fixed order.';

-- written once for each track: rows of mer.track and mer.listing change, and with them would all their words in the index
CREATE TABLE mer.track_name (
  track_no integer PRIMARY KEY,
  name text NOT NULL
);
COMMENT ON TABLE mer.track_name IS 'Names of the listed tracks as they are searched.';
COMMENT ON COLUMN mer.track_name.track_no IS 'Track.';
COMMENT ON COLUMN mer.track_name.name IS 'Its id in lower case.';

-- what pg_trgm does for LIKE, where that extension need not be there
CREATE FUNCTION mer.trigrams(name text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT ARRAY(SELECT substr(name, place, 3) FROM generate_series(1, length(name) - 2) AS place);
END;
COMMENT ON FUNCTION mer.trigrams(text) IS 'All pieces of three letters; what has a text in it has the text''s pieces.';
REVOKE ALL ON FUNCTION mer.trigrams(text) FROM PUBLIC;

-- Postgres puts the body in the place of each call: a view, of which it would make all rows of all runs, cannot be joined so
CREATE FUNCTION mer.nine(run_no integer, track_no integer) RETURNS TABLE (
  amazement double precision,
  solemnity double precision,
  tenderness double precision,
  nostalgia double precision,
  calmness double precision,
  power double precision,
  joyful_activation double precision,
  tension double precision,
  sadness double precision,
  positives mer.emotion[]
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT
    max(probability) FILTER (WHERE emotion = 'amazement'),
    max(probability) FILTER (WHERE emotion = 'solemnity'),
    max(probability) FILTER (WHERE emotion = 'tenderness'),
    max(probability) FILTER (WHERE emotion = 'nostalgia'),
    max(probability) FILTER (WHERE emotion = 'calmness'),
    max(probability) FILTER (WHERE emotion = 'power'),
    max(probability) FILTER (WHERE emotion = 'joyful_activation'),
    max(probability) FILTER (WHERE emotion = 'tension'),
    max(probability) FILTER (WHERE emotion = 'sadness'),
    coalesce(array_agg(emotion ORDER BY emotion) FILTER (WHERE positive), '{}')
  FROM mer.prediction
  WHERE prediction.run_no = nine.run_no AND prediction.track_no = nine.track_no;
END;
COMMENT ON FUNCTION mer.nine(integer, integer) IS 'What a run says of a track, in one row: nine probabilities, and the emotions whose probability reaches the threshold.';
REVOKE ALL ON FUNCTION mer.nine(integer, integer) FROM PUBLIC;

INSERT INTO mer.listing (
  track_no, run_no, genre, amazement, solemnity, tenderness, nostalgia, calmness, power, joyful_activation, tension, sadness,
  positives
)
SELECT track_no, run_no, genre, nine.*
FROM mer.served
JOIN mer.track USING (track_no)
CROSS JOIN LATERAL mer.nine(served.run_no, served.track_no) AS nine
ORDER BY track_no;
INSERT INTO mer.track_name (track_no, name)
SELECT track_no, lower(track_id) FROM mer.listing JOIN mer.track USING (track_no) ORDER BY track_no;

CREATE INDEX listing_amazement ON mer.listing (amazement, track_no);
CREATE INDEX listing_solemnity ON mer.listing (solemnity, track_no);
CREATE INDEX listing_tenderness ON mer.listing (tenderness, track_no);
CREATE INDEX listing_nostalgia ON mer.listing (nostalgia, track_no);
CREATE INDEX listing_calmness ON mer.listing (calmness, track_no);
CREATE INDEX listing_power ON mer.listing (power, track_no);
CREATE INDEX listing_joyful_activation ON mer.listing (joyful_activation, track_no);
CREATE INDEX listing_tension ON mer.listing (tension, track_no);
CREATE INDEX listing_sadness ON mer.listing (sadness, track_no);
-- of a genre that is never calm, the calmest tracks lie at the far end of the index above
CREATE INDEX listing_genre_amazement ON mer.listing (genre, amazement, track_no);
CREATE INDEX listing_genre_solemnity ON mer.listing (genre, solemnity, track_no);
CREATE INDEX listing_genre_tenderness ON mer.listing (genre, tenderness, track_no);
CREATE INDEX listing_genre_nostalgia ON mer.listing (genre, nostalgia, track_no);
CREATE INDEX listing_genre_calmness ON mer.listing (genre, calmness, track_no);
CREATE INDEX listing_genre_power ON mer.listing (genre, power, track_no);
CREATE INDEX listing_genre_joyful_activation ON mer.listing (genre, joyful_activation, track_no);
CREATE INDEX listing_genre_tension ON mer.listing (genre, tension, track_no);
CREATE INDEX listing_genre_sadness ON mer.listing (genre, sadness, track_no);
CREATE INDEX track_name_trigrams ON mer.track_name USING gin (mer.trigrams(name));
CREATE INDEX track_by_genre ON mer.track (genre, track_id);
ANALYZE mer.listing, mer.track_name;

CREATE VIEW mer.listed_tracks AS
SELECT
  track_id, track.genre, duration_seconds, amazement, solemnity, tenderness, nostalgia, calmness, power, joyful_activation, tension, sadness,
  positives, run_id, model_run_id, by_champion, gone_at IS NULL AS present,
  -- not by a join, of which Postgres thinks that it leaves next to nothing
  (SELECT part FROM mer.split WHERE split.run_no = listing.run_no AND split.track_no = listing.track_no) AS part, scored_at, track_no, listing.genre AS listed_genre, name
FROM mer.listing
JOIN mer.track USING (track_no)
JOIN mer.scoring USING (run_no)
LEFT JOIN mer.track_name USING (track_no);
COMMENT ON VIEW mer.listed_tracks IS 'The prediction of each track that is served, one row a track, for pages: ORDER BY an emotion and track_no, both DESC, reads an index.';
COMMENT ON COLUMN mer.listed_tracks.track_id IS 'Name of the track.';
COMMENT ON COLUMN mer.listed_tracks.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.listed_tracks.duration_seconds IS 'Length of the audio in seconds.';
COMMENT ON COLUMN mer.listed_tracks.amazement IS 'Probability.';
COMMENT ON COLUMN mer.listed_tracks.solemnity IS 'Probability.';
COMMENT ON COLUMN mer.listed_tracks.tenderness IS 'Probability.';
COMMENT ON COLUMN mer.listed_tracks.nostalgia IS 'Probability.';
COMMENT ON COLUMN mer.listed_tracks.calmness IS 'Probability.';
COMMENT ON COLUMN mer.listed_tracks.power IS 'Probability.';
COMMENT ON COLUMN mer.listed_tracks.joyful_activation IS 'Probability.';
COMMENT ON COLUMN mer.listed_tracks.tension IS 'Probability.';
COMMENT ON COLUMN mer.listed_tracks.sadness IS 'Probability.';
COMMENT ON COLUMN mer.listed_tracks.positives IS 'Emotions whose probability reaches the threshold, in the fixed order.';
COMMENT ON COLUMN mer.listed_tracks.run_id IS 'Run that scored it.';
COMMENT ON COLUMN mer.listed_tracks.model_run_id IS 'Run that fitted the model.';
COMMENT ON COLUMN mer.listed_tracks.by_champion IS 'Whether the model is the champion.';
COMMENT ON COLUMN mer.listed_tracks.present IS 'Whether the track was in the landing zone when a run last looked.';
COMMENT ON COLUMN mer.listed_tracks.part IS 'Part of the track in the run that scored it: what the model says of a train track, it was taught.';
COMMENT ON COLUMN mer.listed_tracks.scored_at IS 'When that run was published.';
COMMENT ON COLUMN mer.listed_tracks.track_no IS 'Number of the track: decides the order of equal probabilities.';
COMMENT ON COLUMN mer.listed_tracks.listed_genre IS 'Equal to genre; a condition on it and ORDER BY an emotion and track_no, both DESC, reads an index.';
COMMENT ON COLUMN mer.listed_tracks.name IS 'track_id in lower case; a condition on mer.trigrams(name) reads an index.';

CREATE VIEW mer.listed_genres AS
WITH RECURSIVE genres AS (
  (SELECT genre FROM mer.track WHERE gone_at IS NULL ORDER BY genre LIMIT 1)
  UNION ALL
  SELECT following.genre
  FROM genres
  CROSS JOIN LATERAL (
    SELECT track.genre FROM mer.track WHERE track.genre > genres.genre AND gone_at IS NULL ORDER BY track.genre LIMIT 1
  ) AS following
)
SELECT genre FROM genres;
COMMENT ON VIEW mer.listed_genres IS 'Genres of the tracks that are in the landing zone, one row each.';
COMMENT ON COLUMN mer.listed_genres.genre IS 'Genre.';

CREATE VIEW mer.listed_emotions AS
SELECT
  track_id, prediction.emotion, probability, coalesce(own_rule.threshold, rule.threshold) AS threshold, positive, votes, annotators
FROM mer.listing
JOIN mer.track USING (track_no)
JOIN mer.run AS scored USING (run_no)
JOIN mer.prediction USING (run_no, track_no)
LEFT JOIN mer.run AS trained ON trained.run_id = scored.model_run_id AND trained.model_sha256 = scored.model_sha256
LEFT JOIN mer.threshold AS own_rule ON own_rule.run_no = scored.run_no AND own_rule.emotion = prediction.emotion
LEFT JOIN mer.threshold AS rule ON rule.run_no = trained.run_no AND rule.emotion = prediction.emotion
LEFT JOIN LATERAL (
  SELECT votes, annotators
  FROM mer.run AS heard
  JOIN mer.annotation ON annotation.run_no = heard.run_no
  WHERE mode <> 'predict' AND annotation.track_no = listing.track_no AND annotation.emotion = prediction.emotion
  ORDER BY heard.run_no DESC LIMIT 1
) AS said ON true;
COMMENT ON VIEW mer.listed_emotions IS 'The prediction of each track that is served beside what listeners said: one row a track and emotion.';
COMMENT ON COLUMN mer.listed_emotions.track_id IS 'Name of the track.';
COMMENT ON COLUMN mer.listed_emotions.emotion IS 'Emotion.';
COMMENT ON COLUMN mer.listed_emotions.probability IS 'Mean over the track''s segments of the model''s probability, calibrated.';
COMMENT ON COLUMN mer.listed_emotions.threshold IS 'Least probability of a positive.';
COMMENT ON COLUMN mer.listed_emotions.positive IS 'Whether the probability reaches the threshold.';
COMMENT ON COLUMN mer.listed_emotions.votes IS 'Listeners who chose the emotion, in the latest run that knew any of the track; null where none did.';
COMMENT ON COLUMN mer.listed_emotions.annotators IS 'Listeners of the track in that run.';

CREATE VIEW mer.listed_runs AS
SELECT
  run.run_no, run_id, mode, published_at, run.tracks, rejected, f1.value AS f1_macro, f1.low AS f1_macro_low, f1.high AS f1_macro_high,
  roc_auc.value AS roc_auc_macro, roc_auc.low AS roc_auc_macro_low, roc_auc.high AS roc_auc_macro_high, pr_auc.value AS pr_auc_macro, f1.baseline AS f1_macro_baseline, device, model_run_id,
  champion.run_no IS NOT NULL AS is_champion, outcome, promotion.promotion_no, config, store_url
FROM mer.run
LEFT JOIN mer.metric AS f1
  ON f1.run_no = run.run_no AND f1.part = 'test' AND f1.level = 'track' AND f1.metric = 'f1_macro' AND f1.emotion IS NULL
LEFT JOIN mer.metric AS roc_auc
  ON roc_auc.run_no = run.run_no AND roc_auc.part = 'test' AND roc_auc.level = 'track' AND roc_auc.metric = 'roc_auc_macro'
  AND roc_auc.emotion IS NULL
LEFT JOIN mer.metric AS pr_auc
  ON pr_auc.run_no = run.run_no AND pr_auc.part = 'test' AND pr_auc.level = 'track' AND pr_auc.metric = 'pr_auc_macro'
  AND pr_auc.emotion IS NULL
LEFT JOIN mer.champion ON champion.run_no = run.run_no AND champion.model_sha256 = run.model_sha256
LEFT JOIN mer.promotion
  ON promotion.run_no = run.run_no AND promotion.model_sha256 = run.model_sha256 AND outcome <> 'rolled_back';
COMMENT ON VIEW mer.listed_runs IS 'Every published run with what it reached and what was decided on it, one row each.';
COMMENT ON COLUMN mer.listed_runs.run_no IS 'Number in the order of first publication.';
COMMENT ON COLUMN mer.listed_runs.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.listed_runs.mode IS 'train: fitted a model. eval: judged a stored one. predict: scored tracks with the champion.';
COMMENT ON COLUMN mer.listed_runs.published_at IS 'When the run was published.';
COMMENT ON COLUMN mer.listed_runs.tracks IS 'Usable tracks of the corpus.';
COMMENT ON COLUMN mer.listed_runs.rejected IS 'Files that were left out.';
COMMENT ON COLUMN mer.listed_runs.f1_macro IS 'Mean F1 over the emotions, on the test tracks; null of runs that judged nothing.';
COMMENT ON COLUMN mer.listed_runs.f1_macro_low IS 'Lower end of its 95 % interval.';
COMMENT ON COLUMN mer.listed_runs.f1_macro_high IS 'Upper end of its 95 % interval.';
COMMENT ON COLUMN mer.listed_runs.roc_auc_macro IS 'Mean ROC-AUC over the emotions, on the test tracks.';
COMMENT ON COLUMN mer.listed_runs.roc_auc_macro_low IS 'Lower end of its 95 % interval.';
COMMENT ON COLUMN mer.listed_runs.roc_auc_macro_high IS 'Upper end of its 95 % interval.';
COMMENT ON COLUMN mer.listed_runs.pr_auc_macro IS 'Mean PR-AUC over the emotions, on the test tracks.';
COMMENT ON COLUMN mer.listed_runs.f1_macro_baseline IS 'f1_macro of a model that only knows how common each emotion is.';
COMMENT ON COLUMN mer.listed_runs.device IS 'What the model ran on.';
COMMENT ON COLUMN mer.listed_runs.model_run_id IS 'Run that fitted the model.';
COMMENT ON COLUMN mer.listed_runs.is_champion IS 'Whether the run fitted the champion.';
COMMENT ON COLUMN mer.listed_runs.outcome IS 'What came of its own challenge: promoted or kept (the champion stays); null if nothing. A rollback is a decision of its own.';
COMMENT ON COLUMN mer.listed_runs.promotion_no IS 'The decision on that challenge: see promotions.';
COMMENT ON COLUMN mer.listed_runs.config IS 'Every parameter that decides the numbers.';
COMMENT ON COLUMN mer.listed_runs.store_url IS 'Object store of the run''s outputs.';

GRANT SELECT ON mer.listed_tracks, mer.listed_genres, mer.listed_emotions, mer.listed_runs TO mer_reader, mer_writer;
GRANT EXECUTE ON FUNCTION mer.trigrams(text) TO mer_reader, mer_writer;
GRANT EXECUTE ON FUNCTION mer.nine(integer, integer) TO mer_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON mer.listing TO mer_writer;
GRANT SELECT, INSERT ON mer.track_name TO mer_writer;
