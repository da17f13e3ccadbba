-- Which tracks has the champion yet to score, and whose prediction is served meanwhile?
-- :rows = 50
--
-- The next run of mode predict scores them. Before there is a champion, all tracks are waiting.
SELECT track_id, genre, key, model_run_id, scored_at
FROM mer.waiting_tracks
ORDER BY track_id
LIMIT :rows
