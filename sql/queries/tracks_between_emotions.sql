-- Which tracks have one emotion but not another, by the served predictions?
-- :wanted = 'power'      one of the nine emotions
-- :unwanted = 'tension'  one of the nine emotions
-- :rows = 10
SELECT title, artist, track_id, genre, wanted, unwanted
FROM (
  SELECT
    title, artist, track_id, genre, reached,
    -- a SELECT, because Postgres evaluates it once and not for each track
    probabilities[(SELECT array_position(enum_range(NULL::mer.emotion), :wanted))] AS wanted,
    probabilities[(SELECT array_position(enum_range(NULL::mer.emotion), :unwanted))] AS unwanted
  FROM mer.track_emotions
  WHERE present
) AS predicted
WHERE :wanted = ANY (reached) AND :unwanted <> ALL (reached)
ORDER BY wanted - unwanted DESC, track_id
LIMIT :rows
