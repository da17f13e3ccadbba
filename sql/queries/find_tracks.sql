-- Which tracks have a text in their title, artist or id?
-- :text = NULL  a part of a title, an artist or an id, in upper or lower case; NULL: any track
-- :rows = 20
SELECT title, artist, track_id, genre, positives, unclear, present
FROM mer.listed_tracks
WHERE :text IS NULL OR (mer.trigrams(name) @> mer.trigrams(lower(:text)) AND strpos(name, lower(:text)) > 0)
ORDER BY track_id
LIMIT :rows
