-- Selects the tracks whose rows in mer.listing must change so that the listing agrees with the served predictions.
-- A track that is served by the same run as before needs no change, unless it is served by run :run_no: this run may have been
-- published again with other predictions. Then updates the texts in which tracks are searched.

CREATE TEMPORARY TABLE relisted ON COMMIT DROP AS
SELECT coalesce(fresh.track_no, listing.track_no) AS track_no, fresh.run_no, fresh.genre, fresh.present
FROM (SELECT track_no, run_no, genre, gone_at IS NULL AS present FROM mer.served JOIN mer.track USING (track_no)) AS fresh
FULL JOIN mer.listing ON listing.track_no = fresh.track_no
WHERE
  fresh.run_no = %(run_no)s
  OR (fresh.run_no, fresh.genre, fresh.present) IS DISTINCT FROM (listing.run_no, listing.genre, listing.present);
-- Postgres chooses its plan by the number of these tracks, which may be ten or a million.
ANALYZE relisted;

INSERT INTO mer.track_name (track_no, name)
SELECT track_no, mer.searched_name(track_id, title, artist)
FROM relisted
JOIN mer.track USING (track_no)
WHERE run_no IS NOT NULL AND NOT EXISTS (SELECT FROM mer.track_name WHERE track_name.track_no = track.track_no)
ORDER BY track_no;

UPDATE mer.track_name
SET name = mer.searched_name(track_id, title, artist)
FROM mer.track
WHERE track.track_no = track_name.track_no AND name <> mer.searched_name(track_id, title, artist);
