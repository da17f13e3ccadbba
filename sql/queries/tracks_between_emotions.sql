-- Which tracks have one emotion and not another?
-- :wanted = 'power'      one of the nine
-- :unwanted = 'tension'  one of the nine
-- :rows = 10
SELECT track_id, genre, wanted, unwanted
FROM (
  SELECT
    track_id, genre, reached,
    -- by a SELECT, which is answered once and not for each track
    probabilities[(SELECT array_position(enum_range(NULL::mer.emotion), :wanted))] AS wanted,
    probabilities[(SELECT array_position(enum_range(NULL::mer.emotion), :unwanted))] AS unwanted
  FROM mer.track_emotions
  WHERE present
) AS said
WHERE :wanted = ANY (reached) AND :unwanted <> ALL (reached)
ORDER BY wanted - unwanted DESC, track_id
LIMIT :rows
