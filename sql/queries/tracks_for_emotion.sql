-- Which tracks have the highest probabilities of an emotion?
-- :emotion = 'calmness'  one of the nine emotions
-- :genre = NULL          NULL: any genre
-- :rows = 10
SELECT rank, track_id, genre, probability, part
FROM mer.best_tracks
WHERE emotion = :emotion AND (:genre IS NULL OR genre = :genre)
ORDER BY probability DESC, track_id
LIMIT :rows
