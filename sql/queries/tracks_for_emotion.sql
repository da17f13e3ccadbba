-- Which tracks have the highest probabilities of a label?
-- :emotion = NULL  a label; NULL: the first one in use
-- :genre = NULL    NULL: any genre
-- :text = NULL     a part of a title, an artist or an id; NULL: any track
-- :rows = 10
SELECT rank, title, artist, track_id, genre, probability, part
FROM mer.best_tracks
WHERE emotion = coalesce(:emotion, (SELECT label FROM mer.labels WHERE NOT retired ORDER BY label_no LIMIT 1))
  AND (:genre IS NULL OR genre = :genre)
  AND (:text IS NULL OR strpos(lower(concat_ws(E'\n', track_id, title, artist)), lower(:text)) > 0)
ORDER BY probability DESC, track_id
LIMIT :rows
