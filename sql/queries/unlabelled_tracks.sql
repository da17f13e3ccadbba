-- What does the model say of tracks that no listener has annotated?
-- :genre = NULL  NULL: any
-- :rows = 50
SELECT track_id, genre, positives, amazement, solemnity, tenderness, nostalgia, calmness, power, joyful_activation, tension, sadness
FROM mer.track_emotions
WHERE part = 'unlabelled' AND present AND (:genre IS NULL OR genre = :genre)
ORDER BY track_id
LIMIT :rows
