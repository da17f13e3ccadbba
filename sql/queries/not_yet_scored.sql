-- Which tracks has the champion yet to score, and whose prediction is served meanwhile?
-- :rows = 50
--
-- The next run of mode predict scores them. Before there is a champion, all tracks are waiting.
SELECT track_id, tracks.genre, key, model_run_id, scored_at
FROM mer.tracks
LEFT JOIN mer.track_emotions USING (track_id)
WHERE NOT scored_by_champion AND gone_at IS NULL
ORDER BY track_id
LIMIT :rows
