-- Which tracks have the highest probabilities of a label?
-- :emotion = NULL  a label; NULL: the first one in use
-- :genre = NULL    NULL: any genre
-- :text = NULL     a part of a title, an artist or an id; NULL: any track
-- :certainty = 'yes'  yes: tracks whose answer is a clear yes. unclear or no: tracks with that answer. NULL: any answer
-- :rows = 10
--
-- certainty: null for a model of a version that did not tell clear answers from unclear ones; such tracks are always listed.
-- provisional: whether the model is not shown to be better than guessing.
SELECT rank, title, artist, track_id, genre, probability, certainty, part, provisional
FROM mer.best_tracks
WHERE emotion = coalesce(:emotion, (SELECT label FROM mer.labels WHERE NOT retired ORDER BY label_no LIMIT 1))
  AND (:genre IS NULL OR genre = :genre)
  AND (:text IS NULL OR strpos(lower(concat_ws(E'\n', track_id, title, artist)), lower(:text)) > 0)
  -- where every rule has such a range, a clear yes lies above the lowest one, which is quicker to compare
  AND (:certainty IS DISTINCT FROM 'yes' OR probability >= (
    SELECT coalesce(min(CASE WHEN threshold IS NULL THEN 0 ELSE coalesce(unclear_to, 0) END), 0)
    FROM mer.rules
    WHERE emotion = coalesce(:emotion, (SELECT label FROM mer.labels WHERE NOT retired ORDER BY label_no LIMIT 1))
  ))
  AND (:certainty IS NULL OR coalesce(certainty, :certainty) = :certainty)
ORDER BY probability DESC, track_id
LIMIT :rows
