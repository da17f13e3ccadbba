-- Views and indexes that have a part for each label, and pairs of labels.

-- In a genre without calm tracks, the calmest ones lie at the far end of an index without the genre.
CREATE FUNCTION mer.label_indexes() RETURNS TABLE (name text, definition text, retired boolean)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT 'listing_label_' || label_no, format('((probabilities[%s]), track_no)', label_no), retired FROM mer.label
  UNION ALL
  SELECT 'listing_genre_label_' || label_no, format('(genre, (probabilities[%s]), track_no)', label_no), retired FROM mer.label;
END;
COMMENT ON FUNCTION mer.label_indexes() IS 'Returns the two indexes of listing for each label: name, columns, and whether the label is retired and needs no index any more.';

-- Makes what has a column or a part for each label in use. It is made again whenever a version of the label set is adopted.
CREATE FUNCTION mer.make_label_views() RETURNS void
LANGUAGE plpgsql
AS $make$
DECLARE
  ids text[] := ARRAY(SELECT CASE WHEN NOT retired THEN label_id END FROM mer.label ORDER BY label_no);
  columns text;
  branches text;
  label record;
  index record;
BEGIN
  SELECT string_agg(format('probabilities[%s] AS %I', label_no, label_id), ', ' ORDER BY label_no) INTO columns
  FROM mer.label
  WHERE NOT retired;
  -- Each window is partitioned by a constant, so that a condition on the label leaves out the branches of all other labels.
  SELECT string_agg(format($branch$
    SELECT
      track_no, run_no, genre, %1$s::smallint AS label_no, %2$L::text AS emotion, probabilities[%1$s] AS probability,
      %1$s::smallint = ANY (positives) AS positive, rank() OVER (PARTITION BY %2$L::text ORDER BY probabilities[%1$s] DESC) AS rank
    FROM mer.listing
    WHERE present AND probabilities[%1$s] IS NOT NULL
  $branch$, label_no, label_id), ' UNION ALL ' ORDER BY label_no) INTO branches
  FROM mer.label
  WHERE NOT retired;

  DROP VIEW IF EXISTS mer.track_emotions, mer.best_tracks;

  EXECUTE format($view$
    CREATE VIEW mer.track_emotions AS
    SELECT
      run_id, track_id, listing.genre,
      (SELECT part FROM mer.split WHERE split.run_no = listing.run_no AND split.track_no = listing.track_no) AS part,
      duration_seconds, %s, array_remove(ARRAY(SELECT (%L::text[])[n] FROM unnest(positives) AS n), NULL) AS positives,
      model_run_id, by_champion, present, scored_at, probabilities, positives AS reached, title, artist
    FROM mer.listing
    -- Outer joins, which Postgres leaves out of a query that does not use their columns.
    LEFT JOIN mer.track USING (track_no)
    LEFT JOIN mer.scoring USING (run_no)
  $view$, columns, ids);
  FOR label IN SELECT label_id, name, description FROM mer.label WHERE NOT retired LOOP
    EXECUTE format(
      'COMMENT ON COLUMN mer.track_emotions.%I IS %L', label.label_id,
      rtrim(format('Probability of %s. %s', label.name, label.description))
    );
  END LOOP;
  COMMENT ON VIEW mer.track_emotions IS 'Served predictions with all labels in use of a track in one row: see current_predictions.';
  COMMENT ON COLUMN mer.track_emotions.run_id IS 'Run that scored the track.';
  COMMENT ON COLUMN mer.track_emotions.track_id IS 'Track.';
  COMMENT ON COLUMN mer.track_emotions.genre IS 'Genre of the track.';
  COMMENT ON COLUMN mer.track_emotions.part IS 'Part of the track in the run that scored it: train, validation, test or unlabelled. In mode predict: part of its audio in the champion''s training run.';
  COMMENT ON COLUMN mer.track_emotions.duration_seconds IS 'Length of the audio in seconds.';
  COMMENT ON COLUMN mer.track_emotions.positives IS 'Ids of the labels in use that the track has by the model''s decision, in the order of label_no.';
  COMMENT ON COLUMN mer.track_emotions.model_run_id IS 'Run that fitted the model.';
  COMMENT ON COLUMN mer.track_emotions.by_champion IS 'Whether the model is the present champion; false if an earlier champion scored the track, or if there is no champion.';
  COMMENT ON COLUMN mer.track_emotions.present IS 'Whether the track is still in the landing zone; if it is not, see tracks.gone_at.';
  COMMENT ON COLUMN mer.track_emotions.scored_at IS 'Time at which the prediction was published.';
  COMMENT ON COLUMN mer.track_emotions.probabilities IS 'Calibrated probability of each label, at the position of its label_no, for queries that choose the label: see the query tracks_between_emotions. Null for labels that the model does not know.';
  COMMENT ON COLUMN mer.track_emotions.reached IS 'Numbers of the labels that the track has by the model''s decision, retired labels included. It is faster to compare than positives.';
  COMMENT ON COLUMN mer.track_emotions.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';
  COMMENT ON COLUMN mer.track_emotions.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';

  EXECUTE format($view$
    CREATE VIEW mer.best_tracks AS
    SELECT
      run_id, emotion, rank, track_id, ranked.genre,
      (SELECT part FROM mer.split WHERE split.run_no = ranked.run_no AND split.track_no = ranked.track_no) AS part,
      probability, positive, model_run_id, by_champion, scored_at, title, artist, label_no
    FROM (%s) AS ranked
    LEFT JOIN mer.track USING (track_no)
    LEFT JOIN mer.scoring USING (run_no)
  $view$, branches);
  COMMENT ON VIEW mer.best_tracks IS 'Tracks of the landing zone, ranked for each label by the probability of the served predictions: see current_predictions.';
  COMMENT ON COLUMN mer.best_tracks.run_id IS 'Run that scored the track.';
  COMMENT ON COLUMN mer.best_tracks.emotion IS 'Label.';
  COMMENT ON COLUMN mer.best_tracks.rank IS 'Rank among the tracks that are in the landing zone and have a prediction. Equal probabilities have the same rank. ORDER BY probability DESC, track_id returns the tracks in this order and is the fastest way to the first ranks.';
  COMMENT ON COLUMN mer.best_tracks.track_id IS 'Track.';
  COMMENT ON COLUMN mer.best_tracks.genre IS 'Genre of the track.';
  COMMENT ON COLUMN mer.best_tracks.part IS 'Part of the track in the run that scored it: train, validation, test or unlabelled. In mode predict: part of its audio in the champion''s training run.';
  COMMENT ON COLUMN mer.best_tracks.probability IS 'Calibrated probability of the label. The mean of the model''s probabilities over the segments of the track is calibrated.';
  COMMENT ON COLUMN mer.best_tracks.positive IS 'Whether the track has the label by the model''s decision: its probability reaches the threshold or, for a label set of kind single, is the highest.';
  COMMENT ON COLUMN mer.best_tracks.model_run_id IS 'Run that fitted the model.';
  COMMENT ON COLUMN mer.best_tracks.by_champion IS 'Whether the model is the present champion; false if an earlier champion scored the track, or if there is no champion.';
  COMMENT ON COLUMN mer.best_tracks.scored_at IS 'Time at which the prediction was published.';
  COMMENT ON COLUMN mer.best_tracks.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';
  COMMENT ON COLUMN mer.best_tracks.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';
  COMMENT ON COLUMN mer.best_tracks.label_no IS 'Number of the label: see labels.';

  GRANT SELECT ON mer.track_emotions, mer.best_tracks TO mer_reader, mer_writer;

  FOR index IN SELECT * FROM mer.label_indexes() LOOP
    IF index.retired THEN
      EXECUTE format('DROP INDEX IF EXISTS mer.%I', index.name);
    ELSE
      EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON mer.listing %s', index.name, index.definition);
    END IF;
  END LOOP;
END
$make$;
COMMENT ON FUNCTION mer.make_label_views() IS 'Makes the views track_emotions and best_tracks and the indexes of listing again, for the labels in use.';

CREATE TABLE mer.emotion_pair (
  one smallint NOT NULL REFERENCES mer.label,
  other smallint NOT NULL REFERENCES mer.label,
  tracks integer NOT NULL,
  tracks_with_one integer NOT NULL,
  tracks_with_other integer NOT NULL,
  tracks_with_both integer NOT NULL,
  correlation double precision,
  PRIMARY KEY (one, other),
  CHECK (one < other)
);
COMMENT ON TABLE mer.emotion_pair IS 'How often two labels occur together in the served predictions of the tracks in the landing zone: one row per pair of labels in use. Empty for a label set of kind single. It is updated together with listing.';
COMMENT ON COLUMN mer.emotion_pair.one IS 'First label of the pair.';
COMMENT ON COLUMN mer.emotion_pair.other IS 'Second label of the pair; it has a larger number.';
COMMENT ON COLUMN mer.emotion_pair.tracks IS 'Number of tracks that are in the landing zone and have a served prediction for both labels.';
COMMENT ON COLUMN mer.emotion_pair.tracks_with_one IS 'Number of these tracks that are positive for the first label.';
COMMENT ON COLUMN mer.emotion_pair.tracks_with_other IS 'Number of these tracks that are positive for the second label.';
COMMENT ON COLUMN mer.emotion_pair.tracks_with_both IS 'Number of these tracks that are positive for both labels.';
COMMENT ON COLUMN mer.emotion_pair.correlation IS 'Pearson correlation of the probabilities of the two labels; null if one of the probabilities is the same for all tracks, and for label sets with more than 32 labels in use.';

CREATE FUNCTION mer.correlated() RETURNS TABLE (one smallint, other smallint, correlation double precision)
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  numbers smallint[] := ARRAY(SELECT label_no FROM mer.label WHERE NOT retired ORDER BY label_no);
  columns text := (SELECT string_agg(format('probabilities[%1$s] AS p%1$s', n), ', ') FROM unnest(numbers) AS n);
  pairs record;
BEGIN
  IF cardinality(numbers) > 32 THEN
    RETURN;
  END IF;
  SELECT array_agg(a) AS ones, array_agg(b) AS others, string_agg(format('corr(p%s, p%s)', a, b), ', ') AS correlations INTO pairs
  FROM unnest(numbers) AS a JOIN unnest(numbers) AS b ON a < b;
  -- OFFSET 0 keeps the inner query apart, so that each probability is read from its array once and not once for each pair.
  RETURN QUERY EXECUTE format(
    'SELECT pair.* FROM (SELECT ARRAY[%s] AS correlations FROM (SELECT %s FROM mer.listing WHERE present OFFSET 0) AS track) AS all_pairs'
    ' CROSS JOIN LATERAL unnest($1, $2, correlations) AS pair', pairs.correlations, columns
  ) USING pairs.ones, pairs.others;
END
$$;
COMMENT ON FUNCTION mer.correlated() IS 'Computes the correlations of emotion_pair, in one pass over listing: one row per pair of labels in use, none if there are more than 32.';

CREATE FUNCTION mer.paired() RETURNS TABLE (
  one smallint,
  other smallint,
  tracks integer,
  tracks_with_one integer,
  tracks_with_other integer,
  tracks_with_both integer,
  correlation double precision
)
LANGUAGE sql STABLE
BEGIN ATOMIC
  -- The distinct decisions, with the labels that their model knows. Tracks of a model that lacks a label do not count for its pairs.
  WITH decided AS MATERIALIZED (
    SELECT label_nos, positives, sum(counted.tracks)::integer AS tracks
    FROM (SELECT run_no, positives, count(*) AS tracks FROM mer.listing WHERE present GROUP BY run_no, positives) AS counted
    JOIN mer.run USING (run_no)
    JOIN (SELECT DISTINCT digest, label_nos FROM mer.label_set WHERE kind = 'multi') AS known ON digest = label_set_digest
    GROUP BY label_nos, positives
  ), scored AS MATERIALIZED (
    SELECT label_nos, sum(tracks) AS tracks FROM decided GROUP BY label_nos
  ), having_one AS MATERIALIZED (
    SELECT label_nos, label_no, sum(tracks) AS tracks FROM decided CROSS JOIN unnest(positives) AS label_no GROUP BY label_nos, label_no
  ), having_both AS MATERIALIZED (
    SELECT one, other, sum(tracks) AS tracks
    FROM decided CROSS JOIN unnest(positives) AS one JOIN unnest(positives) AS other ON one < other
    GROUP BY one, other
  ), pair AS MATERIALIZED (
    SELECT first.label_no AS one, second.label_no AS other
    FROM mer.label AS first
    JOIN mer.label AS second ON first.label_no < second.label_no
    WHERE NOT (first.retired OR second.retired) AND EXISTS (SELECT FROM decided)
  )
  SELECT
    one, other,
    coalesce((SELECT sum(scored.tracks) FROM scored WHERE ARRAY[one, other] <@ label_nos), 0)::integer,
    coalesce((SELECT sum(having_one.tracks) FROM having_one WHERE label_no = one AND other = ANY (label_nos)), 0)::integer,
    coalesce((SELECT sum(having_one.tracks) FROM having_one WHERE label_no = other AND one = ANY (label_nos)), 0)::integer,
    coalesce(having_both.tracks, 0)::integer,
    correlation
  FROM pair
  LEFT JOIN having_both USING (one, other)
  LEFT JOIN mer.correlated() USING (one, other);
END;
COMMENT ON FUNCTION mer.paired() IS 'Computes the rows that emotion_pair must have.';

CREATE VIEW mer.emotion_pairs AS
SELECT
  first.label_id AS one, second.label_id AS other, tracks_with_both,
  tracks_with_both::double precision * tracks / nullif(tracks_with_one::bigint * tracks_with_other, 0) AS lift, correlation, tracks,
  one AS one_no, other AS other_no
FROM mer.emotion_pair
JOIN mer.label AS first ON first.label_no = one
JOIN mer.label AS second ON second.label_no = other
-- Rows of a label that was retired stay until the listing is updated.
WHERE NOT (first.retired OR second.retired);
COMMENT ON VIEW mer.emotion_pairs IS 'How often two labels occur together in the served predictions of the tracks in the landing zone: one row per pair of labels in use. Empty for a label set of kind single.';
COMMENT ON COLUMN mer.emotion_pairs.one IS 'First label of the pair.';
COMMENT ON COLUMN mer.emotion_pairs.other IS 'Second label of the pair; it has a larger number.';
COMMENT ON COLUMN mer.emotion_pairs.tracks_with_both IS 'Number of tracks that are positive for both labels.';
COMMENT ON COLUMN mer.emotion_pairs.lift IS 'Number of tracks with both labels, divided by the number expected if the two labels were independent; null if one of them is never positive.';
COMMENT ON COLUMN mer.emotion_pairs.correlation IS 'Pearson correlation of the probabilities of the two labels; null if one of the probabilities is the same for all tracks, and for label sets with more than 32 labels in use.';
COMMENT ON COLUMN mer.emotion_pairs.tracks IS 'Number of tracks that are in the landing zone and have a served prediction for both labels.';
COMMENT ON COLUMN mer.emotion_pairs.one_no IS 'Number of the first label.';
COMMENT ON COLUMN mer.emotion_pairs.other_no IS 'Number of the second label.';

-- The first, empty partition of listing.
SELECT mer.list_anew();
SELECT mer.listed_anew();
