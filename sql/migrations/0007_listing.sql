-- Listing: the served predictions in the form in which people look through them, sorted by a label, by genre or by a text in a
-- track's name. A page of it costs the same with a thousand tracks and with a million.

-- A partitioned table with one partition, which can be made anew beside the old one and then take its place. Where most rows
-- change, this takes a tenth of the time, because indexes are made at once from sorted rows. Readers wait only from the exchange
-- to the end of the transaction.
CREATE TABLE mer.listing (
  track_no integer PRIMARY KEY,
  run_no integer NOT NULL,
  genre text NOT NULL,
  present boolean NOT NULL,
  probabilities double precision[] NOT NULL,
  positives smallint[] NOT NULL
) PARTITION BY RANGE (track_no);
-- Neither compressed nor moved to another table nor packed, so that reading one probability copies nothing.
ALTER TABLE mer.listing ALTER COLUMN probabilities SET STORAGE PLAIN;
COMMENT ON TABLE mer.listing IS 'Served predictions with all probabilities of a track in one row; updated in the transaction that changes the served predictions. The rows are stored in listing_rows, which is replaced when many rows change. After that, a REPEATABLE READ transaction that began earlier finds no rows.';
COMMENT ON COLUMN mer.listing.track_no IS 'Track.';
COMMENT ON COLUMN mer.listing.run_no IS 'Run that scored the track.';
COMMENT ON COLUMN mer.listing.genre IS 'Genre of the track, repeated here for the indexes.';
COMMENT ON COLUMN mer.listing.present IS 'Whether the track is in the landing zone, repeated here for the indexes.';
COMMENT ON COLUMN mer.listing.probabilities IS 'Calibrated probability of each label, at the position of its label_no; null for labels that the model does not know.';
COMMENT ON COLUMN mer.listing.positives IS 'Numbers of the labels that the track has by the model''s decision, in ascending order.';

CREATE FUNCTION mer.placed(run_no integer, probabilities double precision[]) RETURNS double precision[]
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT array_agg(probability ORDER BY place)
  FROM generate_series(1, (SELECT max(label_no) FROM mer.label)) AS place
  LEFT JOIN (
    SELECT number, placed.probabilities[row_number() OVER (ORDER BY number)] AS probability
    FROM unnest((
      SELECT label_nos
      FROM mer.run JOIN mer.label_set ON digest = label_set_digest WHERE run.run_no = placed.run_no ORDER BY label_set_no LIMIT 1
    )) AS number
  ) AS known ON number = place;
END;
COMMENT ON FUNCTION mer.placed(integer, double precision[]) IS 'Moves the probabilities of a run (first argument), which are sorted by label_no, to the positions of their label_no; null for labels that the run does not know.';

-- Postgres replaces each call by the body. It cannot do so with a view, of which it would compute all rows of all runs.
CREATE FUNCTION mer.scores(run_no integer, track_no integer) RETURNS TABLE (probabilities double precision[], positives smallint[])
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT
    CASE WHEN max(label_no) = count(*) THEN array_agg(probability) ELSE mer.placed(scores.run_no, array_agg(probability)) END,
    coalesce(array_agg(label_no) FILTER (WHERE positive), '{}')
  FROM (
    SELECT label_no, probability, positive
    FROM mer.prediction
    WHERE prediction.run_no = scores.run_no AND prediction.track_no = scores.track_no
    ORDER BY label_no
  ) AS sorted;
END;
COMMENT ON FUNCTION mer.scores(integer, integer) IS 'Returns the predictions of a run (first argument) for a track (second argument) in one row, as in listing.';

CREATE FUNCTION mer.list_anew() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  DROP TABLE IF EXISTS mer.listing_next;
  CREATE TABLE mer.listing_next (LIKE mer.listing INCLUDING COMMENTS INCLUDING STORAGE);
  COMMENT ON TABLE mer.listing_next IS 'Next listing_rows; exists only within the transaction that makes it.';
  GRANT INSERT ON mer.listing_next TO mer_writer;
END
$$;
COMMENT ON FUNCTION mer.list_anew() IS 'Creates the table listing_next, without rows and indexes, which the publishing transaction then fills. Runs with the rights of the schema''s owner.';

CREATE FUNCTION mer.listed_anew() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET maintenance_work_mem = '256MB' SET lock_timeout = '2s'
AS $$
DECLARE
  columns text;
BEGIN
  REVOKE ALL ON mer.listing_next FROM mer_writer;
  ALTER TABLE mer.listing_next ADD PRIMARY KEY (track_no);
  FOR columns IN SELECT definition FROM mer.label_indexes() WHERE NOT retired LOOP
    EXECUTE 'CREATE INDEX ON mer.listing_next ' || columns;
  END LOOP;
  -- Readers of a page wait from here to the end of the transaction, some seconds for a million tracks, so the lock comes late.
  -- A reader in an open transaction keeps this statement waiting, so it gives up soon.
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
COMMENT ON FUNCTION mer.listed_anew() IS 'Replaces listing_rows by listing_next, which must be filled. Returns false and drops listing_next if another transaction reads the listing for more than two seconds. Runs with the rights of the schema''s owner.';

-- Kept as a table, because finding the few tracks that wait among a million takes seconds.
CREATE TABLE mer.waiting (track_no integer PRIMARY KEY);
COMMENT ON TABLE mer.waiting IS 'Tracks of the landing zone whose present audio the champion has not scored yet; empty before there is a champion. It is updated together with listing.';
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
COMMENT ON FUNCTION mer.unscored() IS 'Computes the rows that waiting must have: the tracks of the landing zone whose present audio the champion has not scored yet.';

-- As the extension pg_trgm does it for LIKE; a server need not have that extension.
CREATE FUNCTION mer.trigrams(name text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
  SELECT ARRAY(SELECT substr(name, place, 3) FROM generate_series(1, length(name) - 2) AS place);
END;
COMMENT ON FUNCTION mer.trigrams(text) IS 'Returns all substrings of three characters. If a name contains a text, the trigrams of the name contain those of the text.';

CREATE FUNCTION mer.searched_name(track_id text, title text, artist text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  -- A line each, so that no text matches the end of one and the beginning of the next.
  SELECT lower(normalize(concat_ws(E'\n', track_id, title, artist)));
END;
COMMENT ON FUNCTION mer.searched_name(text, text, text) IS 'Returns the text in which a track is searched: its id, title and artist in lower case and composed form (NFC), a line each.';

-- A table of its own, because the index of texts is slow to change: rows of track and listing change often, texts seldom.
CREATE TABLE mer.track_name (
  track_no integer PRIMARY KEY,
  name text NOT NULL
);
CREATE INDEX track_name_trigrams ON mer.track_name USING gin (mer.trigrams(name));
COMMENT ON TABLE mer.track_name IS 'Texts in which the listed tracks are searched, one row each. They are updated together with listing, where they have changed.';
COMMENT ON COLUMN mer.track_name.track_no IS 'Track.';
COMMENT ON COLUMN mer.track_name.name IS 'Id, title and artist of the track in lower case, a line each.';

CREATE FUNCTION mer.tidy_names() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET work_mem = '256MB'
BEGIN ATOMIC
  SELECT gin_clean_pending_list('mer.track_name_trigrams'::regclass);
END;
COMMENT ON FUNCTION mer.tidy_names() IS 'Moves the pending entries of the index of track names into its main structure. Runs with the rights of the schema''s owner.';

CREATE VIEW mer.listed_tracks AS
SELECT
  track_id, track.genre, duration_seconds, probabilities,
  ARRAY(
    SELECT label_id FROM unnest(positives) AS number JOIN mer.label ON label_no = number WHERE NOT retired ORDER BY label_no
  ) AS positives,
  run_id, model_run_id, by_champion, present,
  -- Not by a join, of which Postgres expects far too few rows.
  (SELECT part FROM mer.split WHERE split.run_no = listing.run_no AND split.track_no = listing.track_no) AS part,
  scored_at, track_no, listing.genre AS listed_genre, track_name.name, title, artist, album, year, positives AS reached
FROM mer.listing
JOIN mer.track USING (track_no)
JOIN mer.scoring USING (run_no)
LEFT JOIN mer.track_name USING (track_no);
COMMENT ON VIEW mer.listed_tracks IS 'Served predictions, one row per track, for pages of tracks.';
COMMENT ON COLUMN mer.listed_tracks.track_id IS 'Name of the track.';
COMMENT ON COLUMN mer.listed_tracks.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.listed_tracks.duration_seconds IS 'Length of the audio in seconds.';
COMMENT ON COLUMN mer.listed_tracks.probabilities IS 'Calibrated probability of each label, at the position of its label_no: see labels. Null for labels that the model does not know. A query with ORDER BY one of them and track_no, both DESC, reads an index.';
COMMENT ON COLUMN mer.listed_tracks.positives IS 'Ids of the labels in use that the track has by the model''s decision, in the order of label_no.';
COMMENT ON COLUMN mer.listed_tracks.run_id IS 'Run that scored the track.';
COMMENT ON COLUMN mer.listed_tracks.model_run_id IS 'Run that fitted the model.';
COMMENT ON COLUMN mer.listed_tracks.by_champion IS 'Whether the model is the present champion; false if an earlier champion scored the track, or if there is no champion.';
COMMENT ON COLUMN mer.listed_tracks.present IS 'Whether the track was in the landing zone when a run last looked.';
COMMENT ON COLUMN mer.listed_tracks.part IS 'Part of the track in the run that scored it: train, validation, test or unlabelled. In mode predict: part of its audio in the champion''s training run. The model was fitted on train tracks, so their predictions say little about its quality.';
COMMENT ON COLUMN mer.listed_tracks.scored_at IS 'Time at which the prediction was published.';
COMMENT ON COLUMN mer.listed_tracks.track_no IS 'Number of the track; tracks with equal probabilities are sorted by it.';
COMMENT ON COLUMN mer.listed_tracks.listed_genre IS 'The same value as genre. A query with a condition on this column and ORDER BY a label and track_no, both DESC, reads an index.';
COMMENT ON COLUMN mer.listed_tracks.name IS 'Id, title and artist in lower case, a line each. A condition on mer.trigrams(name) uses an index.';
COMMENT ON COLUMN mer.listed_tracks.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';
COMMENT ON COLUMN mer.listed_tracks.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';
COMMENT ON COLUMN mer.listed_tracks.album IS 'Album of the track, from metadata files or else from the tags of the file; null as for title.';
COMMENT ON COLUMN mer.listed_tracks.year IS 'Year, from metadata files or else from the tags of the file; null as for title.';
COMMENT ON COLUMN mer.listed_tracks.reached IS 'Numbers of the labels that the track has by the model''s decision, retired labels included. It is faster to compare than positives.';

CREATE VIEW mer.listed_emotions AS
SELECT
  track_id, label_id AS emotion, probability, coalesce(own_rule.threshold, rule.threshold) AS threshold, positive, votes,
  annotators, prediction.label_no
FROM mer.listing
JOIN mer.track USING (track_no)
JOIN mer.run AS scored USING (run_no)
JOIN mer.prediction USING (run_no, track_no)
LEFT JOIN mer.label ON label.label_no = prediction.label_no
LEFT JOIN mer.run AS trained ON trained.run_id = scored.model_run_id AND trained.model_sha256 = scored.model_sha256
LEFT JOIN mer.threshold AS own_rule ON own_rule.run_no = scored.run_no AND own_rule.label_no = prediction.label_no
LEFT JOIN mer.threshold AS rule ON rule.run_no = trained.run_no AND rule.label_no = prediction.label_no
LEFT JOIN LATERAL (
  SELECT votes, annotators
  FROM mer.run AS heard
  JOIN mer.annotation ON annotation.run_no = heard.run_no
  WHERE mode <> 'predict' AND annotation.track_no = listing.track_no AND annotation.label_no = prediction.label_no
  ORDER BY heard.run_no DESC LIMIT 1
) AS said ON true;
COMMENT ON VIEW mer.listed_emotions IS 'Served predictions beside the votes of the listeners: one row per track and label.';
COMMENT ON COLUMN mer.listed_emotions.track_id IS 'Name of the track.';
COMMENT ON COLUMN mer.listed_emotions.emotion IS 'Label.';
COMMENT ON COLUMN mer.listed_emotions.probability IS 'Calibrated probability of the label. The mean of the model''s probabilities over the segments of the track is calibrated.';
COMMENT ON COLUMN mer.listed_emotions.threshold IS 'Lowest calibrated probability at which the label counts as positive; null for a label set of kind single.';
COMMENT ON COLUMN mer.listed_emotions.positive IS 'Whether the track has the label by the model''s decision: its probability reaches the threshold or, for a label set of kind single, is the highest.';
COMMENT ON COLUMN mer.listed_emotions.votes IS 'Number of listeners who chose the label, in the latest run of mode train or eval that has votes for the track; null if no run has them.';
COMMENT ON COLUMN mer.listed_emotions.annotators IS 'Number of listeners who annotated the track, in the same run as votes.';
COMMENT ON COLUMN mer.listed_emotions.label_no IS 'Number of the label: see labels.';

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

CREATE VIEW mer.listed_runs AS
SELECT
  run.run_no, run_id, mode, published_at, run.tracks, rejected, f1.value AS f1_macro, f1.low AS f1_macro_low, f1.high AS f1_macro_high,
  roc_auc.value AS roc_auc_macro, roc_auc.low AS roc_auc_macro_low, roc_auc.high AS roc_auc_macro_high, pr_auc.value AS pr_auc_macro, f1.baseline AS f1_macro_baseline, device, model_run_id,
  champion.run_no IS NOT NULL AS is_champion, outcome, promotion.promotion_no, config, store_url
FROM mer.run
LEFT JOIN mer.metric AS f1
  ON f1.run_no = run.run_no AND f1.part = 'test' AND f1.level = 'track' AND f1.metric = 'f1_macro' AND f1.label_no IS NULL
LEFT JOIN mer.metric AS roc_auc
  ON roc_auc.run_no = run.run_no AND roc_auc.part = 'test' AND roc_auc.level = 'track' AND roc_auc.metric = 'roc_auc_macro'
  AND roc_auc.label_no IS NULL
LEFT JOIN mer.metric AS pr_auc
  ON pr_auc.run_no = run.run_no AND pr_auc.part = 'test' AND pr_auc.level = 'track' AND pr_auc.metric = 'pr_auc_macro'
  AND pr_auc.label_no IS NULL
LEFT JOIN mer.champion ON champion.run_no = run.run_no AND champion.model_sha256 = run.model_sha256
LEFT JOIN mer.promotion
  ON promotion.run_no = run.run_no AND promotion.model_sha256 = run.model_sha256 AND outcome <> 'rolled_back';
COMMENT ON VIEW mer.listed_runs IS 'Every published run with its main metrics and the decision on its model, one row each.';
COMMENT ON COLUMN mer.listed_runs.run_no IS 'Number in the order of first publication.';
COMMENT ON COLUMN mer.listed_runs.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.listed_runs.mode IS 'train: the run fitted a model. eval: it evaluated a stored model. predict: it scored tracks with the champion.';
COMMENT ON COLUMN mer.listed_runs.published_at IS 'When the run was published.';
COMMENT ON COLUMN mer.listed_runs.tracks IS 'Number of usable tracks of the corpus; in mode predict, number of tracks that the run scored.';
COMMENT ON COLUMN mer.listed_runs.rejected IS 'Number of rejected files: see rejected_files.';
COMMENT ON COLUMN mer.listed_runs.f1_macro IS 'Mean F1 over the labels, on the test tracks; null for runs of mode predict, which compute no metrics.';
COMMENT ON COLUMN mer.listed_runs.f1_macro_low IS 'Lower end of the 95 % interval of f1_macro.';
COMMENT ON COLUMN mer.listed_runs.f1_macro_high IS 'Upper end of the 95 % interval of f1_macro.';
COMMENT ON COLUMN mer.listed_runs.roc_auc_macro IS 'Mean ROC-AUC over the labels, on the test tracks.';
COMMENT ON COLUMN mer.listed_runs.roc_auc_macro_low IS 'Lower end of the 95 % interval of roc_auc_macro.';
COMMENT ON COLUMN mer.listed_runs.roc_auc_macro_high IS 'Upper end of the 95 % interval of roc_auc_macro.';
COMMENT ON COLUMN mer.listed_runs.pr_auc_macro IS 'Mean PR-AUC over the labels, on the test tracks.';
COMMENT ON COLUMN mer.listed_runs.f1_macro_baseline IS 'f1_macro of a model that only knows how common each label is.';
COMMENT ON COLUMN mer.listed_runs.device IS 'Device that the model ran on; null if the run does not name it.';
COMMENT ON COLUMN mer.listed_runs.model_run_id IS 'Run that fitted the model.';
COMMENT ON COLUMN mer.listed_runs.is_champion IS 'Whether this run fitted the present champion.';
COMMENT ON COLUMN mer.listed_runs.outcome IS 'Decision on the model of this run: promoted, or kept (the earlier champion stays); null if there is no decision. Rollbacks are not included: see promotions.';
COMMENT ON COLUMN mer.listed_runs.promotion_no IS 'Number of the decision in outcome: see promotions.';
COMMENT ON COLUMN mer.listed_runs.config IS 'Every parameter that influences the results.';
COMMENT ON COLUMN mer.listed_runs.store_url IS 'Object store of the run''s outputs.';

CREATE VIEW mer.waiting_tracks AS
SELECT track_id, track.genre, key, model_run_id, scored_at, title, artist
FROM (
  SELECT track.* FROM mer.waiting JOIN mer.track USING (track_no)
  UNION ALL
  SELECT * FROM mer.track WHERE gone_at IS NULL AND NOT EXISTS (SELECT FROM mer.champion)
) AS track
LEFT JOIN mer.listing USING (track_no)
LEFT JOIN mer.scoring USING (run_no);
COMMENT ON VIEW mer.waiting_tracks IS 'Tracks of the landing zone whose present audio the champion has not scored yet: one row per track. Before there is a champion, these are all tracks of the landing zone.';
COMMENT ON COLUMN mer.waiting_tracks.track_id IS 'Track.';
COMMENT ON COLUMN mer.waiting_tracks.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.waiting_tracks.key IS 'Key of the audio file in the landing zone.';
COMMENT ON COLUMN mer.waiting_tracks.model_run_id IS 'Run that fitted the model whose prediction is served until the champion has scored the track; null if no prediction is served.';
COMMENT ON COLUMN mer.waiting_tracks.scored_at IS 'Time at which the served prediction was published; null if no prediction is served.';
COMMENT ON COLUMN mer.waiting_tracks.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';
COMMENT ON COLUMN mer.waiting_tracks.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';
