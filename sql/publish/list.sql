-- Brings mer.listing to what is served. Nothing is written of a track that is served by the same run as before, unless that is
-- run :run_no, which may have been published again with other numbers.

CREATE TEMPORARY TABLE relisted ON COMMIT DROP AS
SELECT coalesce(fresh.track_no, listing.track_no) AS track_no, fresh.run_no, fresh.genre
FROM (SELECT track_no, run_no, genre FROM mer.served JOIN mer.track USING (track_no)) AS fresh
FULL JOIN mer.listing ON listing.track_no = fresh.track_no
WHERE
  fresh.run_no = %(run_no)s OR fresh.run_no IS DISTINCT FROM listing.run_no OR fresh.genre IS DISTINCT FROM listing.genre;
-- whether they are ten or a million decides how their rows are found
ANALYZE relisted;

DELETE FROM mer.listing
USING relisted
WHERE relisted.track_no = listing.track_no AND relisted.run_no IS NULL;

INSERT INTO mer.track_name (track_no, name)
SELECT track_no, lower(track_id)
FROM relisted
JOIN mer.track USING (track_no)
WHERE run_no IS NOT NULL AND NOT EXISTS (SELECT FROM mer.track_name WHERE track_name.track_no = track.track_no)
ORDER BY track_no;

INSERT INTO mer.listing (
  track_no, run_no, genre, amazement, solemnity, tenderness, nostalgia, calmness, power, joyful_activation, tension, sadness,
  positives
)
SELECT track_no, run_no, genre, nine.*
FROM relisted
CROSS JOIN LATERAL mer.nine(relisted.run_no, relisted.track_no) AS nine
WHERE run_no IS NOT NULL
ORDER BY track_no
ON CONFLICT (track_no) DO UPDATE SET
  run_no = excluded.run_no, genre = excluded.genre, positives = excluded.positives,
  amazement = excluded.amazement, solemnity = excluded.solemnity, tenderness = excluded.tenderness, nostalgia = excluded.nostalgia,
  calmness = excluded.calmness, power = excluded.power, joyful_activation = excluded.joyful_activation,
  tension = excluded.tension, sadness = excluded.sadness
WHERE listing IS DISTINCT FROM excluded;
