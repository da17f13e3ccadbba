-- Which tracks has the champion not scored yet, and which model's predictions of them are served until then?
-- :rows = 50
--
-- The next run of mode predict scores these tracks. While there is no champion, the list has all tracks.
SELECT title, artist, track_id, genre, key, model_run_id, scored_at
FROM mer.waiting_tracks
ORDER BY track_id
LIMIT :rows
