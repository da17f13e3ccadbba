-- For a million tracks in a run: nine million predictions are published within minutes, and each question of the cookbook is
-- answered within a second.

-- rows of split and track_group are made by a join with track in the transaction that makes the run's row, as those of prediction
-- and annotation are; looking both up again for each took longer than writing them
ALTER TABLE mer.split
  DROP CONSTRAINT split_run_no_fkey,
  DROP CONSTRAINT split_track_no_fkey;
ALTER TABLE mer.track_group
  DROP CONSTRAINT track_group_run_no_fkey,
  DROP CONSTRAINT track_group_track_no_fkey,
  DROP CONSTRAINT track_group_other_track_no_fkey;
ALTER TABLE mer.track DROP CONSTRAINT track_last_run_no_fkey;
COMMENT ON TABLE mer.run IS 'Published runs, one row each. None is ever deleted: no constraint would take its rows elsewhere with it.';

-- it took as long to fill as the table itself and its key; what it was for is asked of listing
DROP INDEX mer.prediction_best;

-- the few tracks that were learned from or judged, among all
CREATE INDEX split_part ON mer.split (run_no, part, track_no) WHERE part <> 'unlabelled';
CREATE INDEX track_gone ON mer.track (gone_at DESC, track_id) WHERE gone_at IS NOT NULL;

-- A table of one partition, which can be made anew beside the old one and take its place. Where most rows change, that takes a
-- tenth of the time, since indexes are made at once of sorted rows, and who reads waits only from then to the end of the
-- transaction.
ALTER TABLE mer.listing RENAME TO listing_before;
CREATE TABLE mer.listing (
  track_no integer PRIMARY KEY,
  run_no integer NOT NULL,
  genre text NOT NULL,
  present boolean NOT NULL,
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
) PARTITION BY RANGE (track_no);
COMMENT ON TABLE mer.listing IS 'What served says, one row a track with its nine probabilities; brought up to date in the transaction that changes what is served. Its rows are in listing_rows, which is made anew where many change: a transaction that still sees the database as it was before (REPEATABLE READ) then finds none.';
COMMENT ON COLUMN mer.listing.track_no IS 'Track.';
COMMENT ON COLUMN mer.listing.run_no IS 'Run that scored it.';
COMMENT ON COLUMN mer.listing.genre IS 'Genre of the track, here for the indexes.';
COMMENT ON COLUMN mer.listing.present IS 'Whether the track is in the landing zone, here for the indexes.';
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

CREATE INDEX ON mer.listing (amazement, track_no) INCLUDE (present);
CREATE INDEX ON mer.listing (solemnity, track_no) INCLUDE (present);
CREATE INDEX ON mer.listing (tenderness, track_no) INCLUDE (present);
CREATE INDEX ON mer.listing (nostalgia, track_no) INCLUDE (present);
CREATE INDEX ON mer.listing (calmness, track_no) INCLUDE (present);
CREATE INDEX ON mer.listing (power, track_no) INCLUDE (present);
CREATE INDEX ON mer.listing (joyful_activation, track_no) INCLUDE (present);
CREATE INDEX ON mer.listing (tension, track_no) INCLUDE (present);
CREATE INDEX ON mer.listing (sadness, track_no) INCLUDE (present);
-- of a genre that is never calm, the calmest tracks lie at the far end of the index above
CREATE INDEX ON mer.listing (genre, amazement, track_no);
CREATE INDEX ON mer.listing (genre, solemnity, track_no);
CREATE INDEX ON mer.listing (genre, tenderness, track_no);
CREATE INDEX ON mer.listing (genre, nostalgia, track_no);
CREATE INDEX ON mer.listing (genre, calmness, track_no);
CREATE INDEX ON mer.listing (genre, power, track_no);
CREATE INDEX ON mer.listing (genre, joyful_activation, track_no);
CREATE INDEX ON mer.listing (genre, tension, track_no);
CREATE INDEX ON mer.listing (genre, sadness, track_no);

CREATE FUNCTION mer.list_anew() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  DROP TABLE IF EXISTS mer.listing_next;
  CREATE TABLE mer.listing_next (LIKE mer.listing INCLUDING COMMENTS);
  COMMENT ON TABLE mer.listing_next IS 'Becomes listing_rows; there in the transaction only that makes it.';
  GRANT INSERT ON mer.listing_next TO mer_writer;
END
$$;
COMMENT ON FUNCTION mer.list_anew() IS 'Makes table listing_next, without rows and indexes, for whoever publishes to fill. Takes the rights of the owner of the schema, and no argument.';

CREATE FUNCTION mer.listed_anew() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET maintenance_work_mem = '256MB' SET lock_timeout = '2s'
AS $$
BEGIN
  REVOKE ALL ON mer.listing_next FROM mer_writer;
  ALTER TABLE mer.listing_next ADD PRIMARY KEY (track_no);
  CREATE INDEX ON mer.listing_next (amazement, track_no) INCLUDE (present);
  CREATE INDEX ON mer.listing_next (solemnity, track_no) INCLUDE (present);
  CREATE INDEX ON mer.listing_next (tenderness, track_no) INCLUDE (present);
  CREATE INDEX ON mer.listing_next (nostalgia, track_no) INCLUDE (present);
  CREATE INDEX ON mer.listing_next (calmness, track_no) INCLUDE (present);
  CREATE INDEX ON mer.listing_next (power, track_no) INCLUDE (present);
  CREATE INDEX ON mer.listing_next (joyful_activation, track_no) INCLUDE (present);
  CREATE INDEX ON mer.listing_next (tension, track_no) INCLUDE (present);
  CREATE INDEX ON mer.listing_next (sadness, track_no) INCLUDE (present);
  CREATE INDEX ON mer.listing_next (genre, amazement, track_no);
  CREATE INDEX ON mer.listing_next (genre, solemnity, track_no);
  CREATE INDEX ON mer.listing_next (genre, tenderness, track_no);
  CREATE INDEX ON mer.listing_next (genre, nostalgia, track_no);
  CREATE INDEX ON mer.listing_next (genre, calmness, track_no);
  CREATE INDEX ON mer.listing_next (genre, power, track_no);
  CREATE INDEX ON mer.listing_next (genre, joyful_activation, track_no);
  CREATE INDEX ON mer.listing_next (genre, tension, track_no);
  CREATE INDEX ON mer.listing_next (genre, sadness, track_no);
  -- whoever reads a page after this waits for the end of the transaction, some seconds at a million tracks, so it comes late;
  -- whoever has read one in a transaction that is still open keeps this waiting, so it is given up soon
  BEGIN
    LOCK TABLE mer.listing IN ACCESS EXCLUSIVE MODE;
  EXCEPTION WHEN lock_not_available THEN
    DROP TABLE mer.listing_next;
    RETURN false;
  END;
  DROP TABLE IF EXISTS mer.listing_rows;
  ALTER TABLE mer.listing_next RENAME TO listing_rows;
  COMMENT ON TABLE mer.listing_rows IS 'The rows of listing.';
  ALTER TABLE mer.listing ATTACH PARTITION mer.listing_rows DEFAULT;
  ANALYZE mer.listing;
  RETURN true;
END
$$;
COMMENT ON FUNCTION mer.listed_anew() IS 'Puts listing_next, once it is filled, in the place of listing_rows; false, with nothing changed, while somebody reads that for more than two seconds. Takes the rights of the owner of the schema, and no argument.';
REVOKE ALL ON FUNCTION mer.list_anew(), mer.listed_anew() FROM PUBLIC;

SELECT mer.list_anew();
INSERT INTO mer.listing_next (
  track_no, run_no, genre, present, amazement, solemnity, tenderness, nostalgia, calmness, power, joyful_activation, tension, sadness,
  positives
)
SELECT
  track_no, run_no, listing_before.genre, gone_at IS NULL, amazement, solemnity, tenderness, nostalgia, calmness, power,
  joyful_activation, tension, sadness, positives
FROM mer.listing_before
JOIN mer.track USING (track_no)
ORDER BY track_no;
SELECT mer.listed_anew();

CREATE FUNCTION mer.tidy_names() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET work_mem = '256MB'
BEGIN ATOMIC
  SELECT gin_clean_pending_list('mer.track_name_trigrams'::regclass);
END;
COMMENT ON FUNCTION mer.tidy_names() IS 'Sorts into the index of names what was only put aside for it. Takes the rights of the owner of the schema, and no argument.';
REVOKE ALL ON FUNCTION mer.tidy_names() FROM PUBLIC;

CREATE TABLE mer.emotion_pair (
  one mer.emotion NOT NULL,
  other mer.emotion NOT NULL,
  tracks integer NOT NULL,
  tracks_with_one integer NOT NULL,
  tracks_with_other integer NOT NULL,
  tracks_with_both integer NOT NULL,
  correlation double precision,
  PRIMARY KEY (one, other),
  CHECK (one < other)
);
COMMENT ON TABLE mer.emotion_pair IS 'How two emotions go together in the tracks that are listed and in the landing zone, one row a pair; brought up to date with listing.';
COMMENT ON COLUMN mer.emotion_pair.one IS 'Emotion.';
COMMENT ON COLUMN mer.emotion_pair.other IS 'Another, later in the fixed order.';
COMMENT ON COLUMN mer.emotion_pair.tracks IS 'Tracks.';
COMMENT ON COLUMN mer.emotion_pair.tracks_with_one IS 'Those that are positive for one.';
COMMENT ON COLUMN mer.emotion_pair.tracks_with_other IS 'Those that are positive for the other.';
COMMENT ON COLUMN mer.emotion_pair.tracks_with_both IS 'Those that are positive for both.';
COMMENT ON COLUMN mer.emotion_pair.correlation IS 'Pearson''s correlation of the two probabilities; null where one of them never changes.';

CREATE FUNCTION mer.paired() RETURNS TABLE (
  one mer.emotion,
  other mer.emotion,
  tracks integer,
  tracks_with_one integer,
  tracks_with_other integer,
  tracks_with_both integer,
  correlation double precision
)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  WITH positive AS (
    SELECT positives, count(*) AS tracks FROM mer.listing WHERE present GROUP BY positives
  ), correlated AS MATERIALIZED (
    SELECT ARRAY[
      corr(amazement, solemnity), corr(amazement, tenderness), corr(amazement, nostalgia), corr(amazement, calmness),
      corr(amazement, power), corr(amazement, joyful_activation), corr(amazement, tension), corr(amazement, sadness),
      corr(solemnity, tenderness), corr(solemnity, nostalgia), corr(solemnity, calmness), corr(solemnity, power),
      corr(solemnity, joyful_activation), corr(solemnity, tension), corr(solemnity, sadness), corr(tenderness, nostalgia),
      corr(tenderness, calmness), corr(tenderness, power), corr(tenderness, joyful_activation), corr(tenderness, tension),
      corr(tenderness, sadness), corr(nostalgia, calmness), corr(nostalgia, power), corr(nostalgia, joyful_activation),
      corr(nostalgia, tension), corr(nostalgia, sadness), corr(calmness, power), corr(calmness, joyful_activation),
      corr(calmness, tension), corr(calmness, sadness), corr(power, joyful_activation), corr(power, tension),
      corr(power, sadness), corr(joyful_activation, tension), corr(joyful_activation, sadness), corr(tension, sadness)
    ] AS correlations
    FROM mer.listing
    WHERE present
  ), pair AS (
    SELECT one, other, row_number() OVER (ORDER BY one, other) AS place
    FROM unnest(enum_range(NULL::mer.emotion)) AS one
    JOIN unnest(enum_range(NULL::mer.emotion)) AS other ON one < other
  )
  SELECT
    one, other,
    sum(tracks)::integer AS tracks,
    coalesce(sum(tracks) FILTER (WHERE one = ANY (positives)), 0)::integer AS tracks_with_one,
    coalesce(sum(tracks) FILTER (WHERE other = ANY (positives)), 0)::integer AS tracks_with_other,
    coalesce(sum(tracks) FILTER (WHERE one = ANY (positives) AND other = ANY (positives)), 0)::integer AS tracks_with_both,
    (SELECT correlations[place] FROM correlated) AS correlation
  FROM pair
  CROSS JOIN positive
  GROUP BY one, other, place;
END;
COMMENT ON FUNCTION mer.paired() IS 'What emotion_pair has to be: one pass over listing.';
REVOKE ALL ON FUNCTION mer.paired() FROM PUBLIC;
INSERT INTO mer.emotion_pair (one, other, tracks, tracks_with_one, tracks_with_other, tracks_with_both, correlation)
SELECT one, other, tracks, tracks_with_one, tracks_with_other, tracks_with_both, correlation FROM mer.paired();

-- asked of all tracks, of which next to none wait, it took seconds
CREATE TABLE mer.waiting (track_no integer PRIMARY KEY);
COMMENT ON TABLE mer.waiting IS 'Tracks of the landing zone that the champion has not scored as they are; empty before there is a champion. Brought up to date with listing.';
COMMENT ON COLUMN mer.waiting.track_no IS 'Track.';

CREATE FUNCTION mer.unscored() RETURNS SETOF integer
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT track_no
  FROM mer.track
  WHERE gone_at IS NULL AND EXISTS (SELECT FROM mer.champion) AND NOT EXISTS (
    SELECT FROM mer.serving
    JOIN mer.scoring USING (run_no)
    JOIN mer.split USING (run_no, track_no)
    WHERE serving.track_no = track.track_no AND by_champion AND split.sha256 = track.sha256
  )
  ORDER BY track_no;
END;
COMMENT ON FUNCTION mer.unscored() IS 'What waiting has to be.';
REVOKE ALL ON FUNCTION mer.unscored() FROM PUBLIC;
INSERT INTO mer.waiting (track_no) SELECT track_no FROM mer.unscored() AS track_no;

CREATE VIEW mer.waiting_tracks AS
SELECT track_id, track.genre, key, model_run_id, scored_at
FROM (
  SELECT track.* FROM mer.waiting JOIN mer.track USING (track_no)
  UNION ALL
  SELECT * FROM mer.track WHERE gone_at IS NULL AND NOT EXISTS (SELECT FROM mer.champion)
) AS track
LEFT JOIN mer.listing USING (track_no)
LEFT JOIN mer.scoring USING (run_no);
COMMENT ON VIEW mer.waiting_tracks IS 'Tracks of the landing zone that the champion has yet to score as they are, all of them before there is a champion: one row a track.';
COMMENT ON COLUMN mer.waiting_tracks.track_id IS 'Track.';
COMMENT ON COLUMN mer.waiting_tracks.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.waiting_tracks.key IS 'Key of the audio file in the landing zone.';
COMMENT ON COLUMN mer.waiting_tracks.model_run_id IS 'Run that fitted the model whose prediction is served meanwhile; null if none is.';
COMMENT ON COLUMN mer.waiting_tracks.scored_at IS 'When that prediction was published.';

CREATE VIEW mer.emotion_pairs AS
SELECT
  one, other, tracks_with_both,
  tracks_with_both::double precision * tracks / nullif(tracks_with_one::bigint * tracks_with_other, 0) AS lift, correlation, tracks
FROM mer.emotion_pair;
COMMENT ON VIEW mer.emotion_pairs IS 'How two emotions go together in the tracks of the landing zone, by the predictions that count now: one row a pair.';
COMMENT ON COLUMN mer.emotion_pairs.one IS 'Emotion.';
COMMENT ON COLUMN mer.emotion_pairs.other IS 'Another, later in the fixed order.';
COMMENT ON COLUMN mer.emotion_pairs.tracks_with_both IS 'Tracks that are positive for both.';
COMMENT ON COLUMN mer.emotion_pairs.lift IS 'How many times more often tracks have both than if the two had nothing to do with each other; null where one of them is never positive.';
COMMENT ON COLUMN mer.emotion_pairs.correlation IS 'Pearson''s correlation of the two probabilities; null where one of them never changes.';
COMMENT ON COLUMN mer.emotion_pairs.tracks IS 'Tracks in the landing zone that have a prediction.';

-- the views of what is served, of one row a track in the place of nine. Joins are outer ones though every row has its partner:
-- Postgres leaves out those of which nothing is asked.
CREATE OR REPLACE VIEW mer.listed_tracks AS
SELECT
  track_id, track.genre, duration_seconds, amazement, solemnity, tenderness, nostalgia, calmness, power, joyful_activation, tension, sadness,
  positives, run_id, model_run_id, by_champion, present,
  -- not by a join, of which Postgres thinks that it leaves next to nothing
  (SELECT part FROM mer.split WHERE split.run_no = listing.run_no AND split.track_no = listing.track_no) AS part, scored_at, track_no, listing.genre AS listed_genre, name
FROM mer.listing
JOIN mer.track USING (track_no)
JOIN mer.scoring USING (run_no)
LEFT JOIN mer.track_name USING (track_no);

CREATE OR REPLACE VIEW mer.listed_emotions AS
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

CREATE OR REPLACE VIEW mer.track_emotions AS
SELECT
  run_id, track_id, listing.genre,
  (SELECT part FROM mer.split WHERE split.run_no = listing.run_no AND split.track_no = listing.track_no) AS part, duration_seconds,
  amazement, solemnity, tenderness, nostalgia, calmness, power, joyful_activation, tension, sadness, positives::text[] AS positives,
  model_run_id, by_champion, present, scored_at,
  ARRAY[amazement, solemnity, tenderness, nostalgia, calmness, power, joyful_activation, tension, sadness] AS probabilities,
  positives AS reached
FROM mer.listing
LEFT JOIN mer.track USING (track_no)
LEFT JOIN mer.scoring USING (run_no);
COMMENT ON COLUMN mer.track_emotions.probabilities IS 'The nine probabilities in their fixed order, for questions that choose the emotion: see the cookbook''s tracks_between_emotions.';
COMMENT ON COLUMN mer.track_emotions.reached IS 'As positives, but of type mer.emotion: quicker to compare, where drivers read it as one text.';

CREATE OR REPLACE VIEW mer.best_tracks AS
SELECT
  run_id, emotion, rank, track_id, ranked.genre,
  (SELECT part FROM mer.split WHERE split.run_no = ranked.run_no AND split.track_no = ranked.track_no) AS part,
  probability, positive, model_run_id, by_champion, scored_at
FROM (
  SELECT
    track_no, run_no, genre, 'amazement'::mer.emotion AS emotion, amazement AS probability, 'amazement' = ANY (positives) AS positive,
    -- of a partition by it, so that what is asked of other emotions leaves this one out
    rank() OVER (PARTITION BY 'amazement'::mer.emotion ORDER BY amazement DESC) AS rank
  FROM mer.listing
  WHERE present
  UNION ALL
  SELECT
    track_no, run_no, genre, 'solemnity'::mer.emotion AS emotion, solemnity AS probability, 'solemnity' = ANY (positives) AS positive,
    rank() OVER (PARTITION BY 'solemnity'::mer.emotion ORDER BY solemnity DESC) AS rank
  FROM mer.listing
  WHERE present
  UNION ALL
  SELECT
    track_no, run_no, genre, 'tenderness'::mer.emotion AS emotion, tenderness AS probability, 'tenderness' = ANY (positives) AS positive,
    rank() OVER (PARTITION BY 'tenderness'::mer.emotion ORDER BY tenderness DESC) AS rank
  FROM mer.listing
  WHERE present
  UNION ALL
  SELECT
    track_no, run_no, genre, 'nostalgia'::mer.emotion AS emotion, nostalgia AS probability, 'nostalgia' = ANY (positives) AS positive,
    rank() OVER (PARTITION BY 'nostalgia'::mer.emotion ORDER BY nostalgia DESC) AS rank
  FROM mer.listing
  WHERE present
  UNION ALL
  SELECT
    track_no, run_no, genre, 'calmness'::mer.emotion AS emotion, calmness AS probability, 'calmness' = ANY (positives) AS positive,
    rank() OVER (PARTITION BY 'calmness'::mer.emotion ORDER BY calmness DESC) AS rank
  FROM mer.listing
  WHERE present
  UNION ALL
  SELECT
    track_no, run_no, genre, 'power'::mer.emotion AS emotion, power AS probability, 'power' = ANY (positives) AS positive,
    rank() OVER (PARTITION BY 'power'::mer.emotion ORDER BY power DESC) AS rank
  FROM mer.listing
  WHERE present
  UNION ALL
  SELECT
    track_no, run_no, genre, 'joyful_activation'::mer.emotion AS emotion, joyful_activation AS probability, 'joyful_activation' = ANY (positives) AS positive,
    rank() OVER (PARTITION BY 'joyful_activation'::mer.emotion ORDER BY joyful_activation DESC) AS rank
  FROM mer.listing
  WHERE present
  UNION ALL
  SELECT
    track_no, run_no, genre, 'tension'::mer.emotion AS emotion, tension AS probability, 'tension' = ANY (positives) AS positive,
    rank() OVER (PARTITION BY 'tension'::mer.emotion ORDER BY tension DESC) AS rank
  FROM mer.listing
  WHERE present
  UNION ALL
  SELECT
    track_no, run_no, genre, 'sadness'::mer.emotion AS emotion, sadness AS probability, 'sadness' = ANY (positives) AS positive,
    rank() OVER (PARTITION BY 'sadness'::mer.emotion ORDER BY sadness DESC) AS rank
  FROM mer.listing
  WHERE present
) AS ranked
LEFT JOIN mer.track USING (track_no)
LEFT JOIN mer.scoring USING (run_no);
COMMENT ON COLUMN mer.best_tracks.rank IS 'Place among the tracks that are there and have a prediction; equal probabilities share a rank. ORDER BY probability DESC, track_id is the order of ranks, and the quick way to the first of them.';
DROP TABLE mer.listing_before;

-- joined by number: by the names that the two views have, the few annotated tracks are looked for among all predictions
CREATE VIEW mer.judgements AS
SELECT
  run_id, track_id, genre, split.part, emotion, probability, positive, votes, annotators,
  votes::double precision / annotators AS share, label
FROM mer.annotation
JOIN mer.split USING (run_no, track_no)
JOIN mer.prediction USING (run_no, track_no, emotion)
JOIN mer.run USING (run_no)
JOIN mer.track USING (track_no);
COMMENT ON VIEW mer.judgements IS 'What model and listeners say, side by side: one row for every run, annotated track, and emotion.';
COMMENT ON COLUMN mer.judgements.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.judgements.track_id IS 'Track.';
COMMENT ON COLUMN mer.judgements.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.judgements.part IS 'Part of the track in the run: train, validation, test or unlabelled.';
COMMENT ON COLUMN mer.judgements.emotion IS 'Emotion.';
COMMENT ON COLUMN mer.judgements.probability IS 'Mean over the track''s segments of the model''s probability, calibrated.';
COMMENT ON COLUMN mer.judgements.positive IS 'Whether the probability reaches the emotion''s threshold.';
COMMENT ON COLUMN mer.judgements.votes IS 'Listeners who chose the emotion.';
COMMENT ON COLUMN mer.judgements.annotators IS 'Listeners of the track.';
COMMENT ON COLUMN mer.judgements.share IS 'votes / annotators.';
COMMENT ON COLUMN mer.judgements.label IS 'Whether the track carries the emotion under the run''s label rule.';

GRANT SELECT ON mer.emotion_pairs, mer.waiting_tracks, mer.judgements TO mer_reader, mer_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON mer.listing TO mer_writer;
GRANT SELECT, INSERT, DELETE ON mer.emotion_pair, mer.waiting TO mer_writer;
GRANT EXECUTE ON FUNCTION mer.list_anew(), mer.listed_anew(), mer.tidy_names(), mer.paired(), mer.unscored() TO mer_writer;
