-- Which tracks are no longer in the landing zone, and which predictions of them are still served?
-- :rows = 50
SELECT gone_at, tracks.title, tracks.artist, track_id, tracks.genre, key, model_run_id, scored_at, positives
FROM mer.tracks
LEFT JOIN mer.track_emotions USING (track_id)
WHERE gone_at IS NOT NULL
ORDER BY gone_at DESC, track_id
LIMIT :rows
