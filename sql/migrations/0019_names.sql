-- Names of tracks: title, artist, album, year, track number and ISRC, from metadata files or from the tags of the files. They are
-- also searched. Beside them: which library decoded a track, and how its channels became one.

ALTER TABLE mer.track
  ADD COLUMN title text,
  ADD COLUMN artist text,
  ADD COLUMN album text,
  ADD COLUMN year integer,
  ADD COLUMN track_number integer,
  ADD COLUMN isrc text,
  ADD COLUMN metadata jsonb,
  ADD COLUMN decoder text,
  ADD COLUMN mixdown text;

COMMENT ON COLUMN mer.track.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one, and for tracks that were published before this column existed.';
COMMENT ON COLUMN mer.track.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';
COMMENT ON COLUMN mer.track.album IS 'Album of the track, from metadata files or else from the tags of the file; null as for title.';
COMMENT ON COLUMN mer.track.year IS 'Year, from metadata files or else from the tags of the file; null as for title.';
COMMENT ON COLUMN mer.track.track_number IS 'Number of the track on its album, from metadata files or else from the tags of the file; null as for title.';
COMMENT ON COLUMN mer.track.isrc IS 'International Standard Recording Code, from metadata files; null if they have none.';
COMMENT ON COLUMN mer.track.metadata IS 'Other columns of metadata files, by their names; null if there are none.';
COMMENT ON COLUMN mer.track.decoder IS 'Library that decoded the file: libsndfile or ffmpeg; null for tracks that were published before this column existed.';
COMMENT ON COLUMN mer.track.mixdown IS 'How the channels became one: mean, or the channel that was taken alone, such as channel 1 of 2; null as for decoder.';

ALTER TABLE mer.run ADD COLUMN artists_digest text;
COMMENT ON COLUMN mer.run.artists_digest IS 'sha256 of the artists that metadata files name for the annotated tracks, in hex. A training is due when it changes. Null if they name none, and for runs that were published before this column existed.';

-- Search
CREATE FUNCTION mer.searched_name(track_id text, title text, artist text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  -- a line for each, so that no search matches the end of one and the beginning of the next
  SELECT lower(normalize(concat_ws(E'\n', track_id, title, artist)));
END;
COMMENT ON FUNCTION mer.searched_name(text, text, text) IS 'Returns the text in which a track is searched: its id, title and artist in lower case and composed form (NFC), a line each.';
REVOKE ALL ON FUNCTION mer.searched_name(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mer.searched_name(text, text, text) TO mer_writer;
GRANT UPDATE ON mer.track_name TO mer_writer;
COMMENT ON TABLE mer.track_name IS 'Texts in which the listed tracks are searched, one row each. They are updated together with listing, where they have changed.';
COMMENT ON COLUMN mer.track_name.name IS 'Id, title and artist of the track in lower case, a line each.';
COMMENT ON COLUMN mer.listed_tracks.name IS 'Id, title and artist in lower case, a line each. A condition on mer.trigrams(name) uses an index.';

-- Views: new columns are at the end

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
  ) AS scored_by_champion,
  title, artist, album, year, track_number, isrc, metadata, decoder, mixdown
FROM mer.track
JOIN mer.run ON run_no = last_run_no;
COMMENT ON COLUMN mer.tracks.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one, and for tracks that were published before this column existed.';
COMMENT ON COLUMN mer.tracks.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';
COMMENT ON COLUMN mer.tracks.album IS 'Album of the track, from metadata files or else from the tags of the file; null as for title.';
COMMENT ON COLUMN mer.tracks.year IS 'Year, from metadata files or else from the tags of the file; null as for title.';
COMMENT ON COLUMN mer.tracks.track_number IS 'Number of the track on its album, from metadata files or else from the tags of the file; null as for title.';
COMMENT ON COLUMN mer.tracks.isrc IS 'International Standard Recording Code, from metadata files; null if they have none.';
COMMENT ON COLUMN mer.tracks.metadata IS 'Other columns of metadata files, by their names; null if there are none.';
COMMENT ON COLUMN mer.tracks.decoder IS 'Library that decoded the file: libsndfile or ffmpeg; null for tracks that were published before this column existed.';
COMMENT ON COLUMN mer.tracks.mixdown IS 'How the channels became one: mean, or the channel that was taken alone, such as channel 1 of 2; null as for decoder.';

CREATE OR REPLACE VIEW mer.current_predictions AS
SELECT
  run_id, track_id, genre, part, emotion, probability, positive, model_run_id, by_champion, gone_at IS NULL AS present, scored_at,
  title, artist
FROM mer.served
JOIN mer.prediction USING (run_no, track_no)
JOIN mer.scoring USING (run_no)
JOIN mer.track USING (track_no);
COMMENT ON COLUMN mer.current_predictions.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one, and for tracks that were published before this column existed.';
COMMENT ON COLUMN mer.current_predictions.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';

CREATE OR REPLACE VIEW mer.listed_tracks AS
SELECT
  track_id, track.genre, duration_seconds, amazement, solemnity, tenderness, nostalgia, calmness, power, joyful_activation, tension, sadness,
  positives, run_id, model_run_id, by_champion, present,
  -- not by a join, of which Postgres thinks that it leaves next to nothing
  (SELECT part FROM mer.split WHERE split.run_no = listing.run_no AND split.track_no = listing.track_no) AS part, scored_at, track_no, listing.genre AS listed_genre, name,
  title, artist, album, year
FROM mer.listing
JOIN mer.track USING (track_no)
JOIN mer.scoring USING (run_no)
LEFT JOIN mer.track_name USING (track_no);
COMMENT ON COLUMN mer.listed_tracks.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one, and for tracks that were published before this column existed.';
COMMENT ON COLUMN mer.listed_tracks.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';
COMMENT ON COLUMN mer.listed_tracks.album IS 'Album of the track, from metadata files or else from the tags of the file; null as for title.';
COMMENT ON COLUMN mer.listed_tracks.year IS 'Year, from metadata files or else from the tags of the file; null as for title.';

CREATE OR REPLACE VIEW mer.track_emotions AS
SELECT
  run_id, track_id, listing.genre,
  (SELECT part FROM mer.split WHERE split.run_no = listing.run_no AND split.track_no = listing.track_no) AS part, duration_seconds,
  amazement, solemnity, tenderness, nostalgia, calmness, power, joyful_activation, tension, sadness, positives::text[] AS positives,
  model_run_id, by_champion, present, scored_at,
  ARRAY[amazement, solemnity, tenderness, nostalgia, calmness, power, joyful_activation, tension, sadness] AS probabilities,
  positives AS reached, title, artist
FROM mer.listing
LEFT JOIN mer.track USING (track_no)
LEFT JOIN mer.scoring USING (run_no);
COMMENT ON COLUMN mer.track_emotions.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one, and for tracks that were published before this column existed.';
COMMENT ON COLUMN mer.track_emotions.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';

CREATE OR REPLACE VIEW mer.best_tracks AS
SELECT
  run_id, emotion, rank, track_id, ranked.genre,
  (SELECT part FROM mer.split WHERE split.run_no = ranked.run_no AND split.track_no = ranked.track_no) AS part,
  probability, positive, model_run_id, by_champion, scored_at, title, artist
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
COMMENT ON COLUMN mer.best_tracks.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one, and for tracks that were published before this column existed.';
COMMENT ON COLUMN mer.best_tracks.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';

CREATE OR REPLACE VIEW mer.judgements AS
SELECT
  run_id, track_id, genre, split.part, emotion, probability, positive, votes, annotators,
  votes::double precision / annotators AS share, label, title, artist
FROM mer.annotation
JOIN mer.split USING (run_no, track_no)
JOIN mer.prediction USING (run_no, track_no, emotion)
JOIN mer.run USING (run_no)
JOIN mer.track USING (track_no);
COMMENT ON COLUMN mer.judgements.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one, and for tracks that were published before this column existed.';
COMMENT ON COLUMN mer.judgements.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';

CREATE OR REPLACE VIEW mer.waiting_tracks AS
SELECT track_id, track.genre, key, model_run_id, scored_at, title, artist
FROM (
  SELECT track.* FROM mer.waiting JOIN mer.track USING (track_no)
  UNION ALL
  SELECT * FROM mer.track WHERE gone_at IS NULL AND NOT EXISTS (SELECT FROM mer.champion)
) AS track
LEFT JOIN mer.listing USING (track_no)
LEFT JOIN mer.scoring USING (run_no);
COMMENT ON COLUMN mer.waiting_tracks.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one, and for tracks that were published before this column existed.';
COMMENT ON COLUMN mer.waiting_tracks.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';

CREATE OR REPLACE VIEW mer.groups AS
SELECT run_id, group_id, track.track_id, track.genre, part, reason, other.track_id AS other_track_id, both_ways.artist, share,
  track.title, other.title AS other_title
FROM (
  SELECT run_no, track_no, reason, other_track_no, artist, share FROM mer.track_group
  UNION ALL
  SELECT run_no, other_track_no, reason, track_no, artist, share FROM mer.track_group WHERE other_track_no IS NOT NULL
) AS both_ways
JOIN mer.split USING (run_no, track_no)
JOIN mer.run USING (run_no)
JOIN mer.track USING (track_no)
LEFT JOIN mer.track AS other ON other.track_no = other_track_no;
COMMENT ON COLUMN mer.groups.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one, and for tracks that were published before this column existed.';
COMMENT ON COLUMN mer.groups.other_title IS 'Title of the other track, as title; null if the reason is artist.';
COMMENT ON COLUMN mer.groups.artist IS 'Name of the artist, as metadata files or tags write it; null for other reasons.';
COMMENT ON COLUMN mer.track_group.artist IS 'Name of the artist, as metadata files or tags write it; null for other reasons.';

CREATE OR REPLACE VIEW mer.explanations AS
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
  trained.config_digest AS model_config_digest, trained.config AS model_config, gone_at,
  title, artist
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
COMMENT ON COLUMN mer.explanations.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one, and for tracks that were published before this column existed.';
COMMENT ON COLUMN mer.explanations.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';

-- its body lists the columns that the view had when the function was made
CREATE OR REPLACE FUNCTION mer.explain(track_id text) RETURNS SETOF mer.explanations
LANGUAGE sql STABLE SECURITY INVOKER PARALLEL SAFE
BEGIN ATOMIC
  SELECT * FROM mer.explanations
  WHERE explanations.track_id = explain.track_id
  ORDER BY is_served DESC, scored_at DESC, scored_by, emotion;
END;
