-- Which tracks should I play for an emotion?
-- :emotion = 'calmness'  one of the nine
-- :genre = NULL          NULL: any
-- :rows = 10
SELECT rank, track_id, genre, probability, part
FROM mer.best_tracks
WHERE emotion = :emotion AND (:genre IS NULL OR genre = :genre)
ORDER BY probability DESC, track_id
LIMIT :rows
