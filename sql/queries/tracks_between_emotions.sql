-- Which tracks have one emotion and not another?
-- :wanted = 'power'      one of the nine
-- :unwanted = 'tension'  one of the nine
-- :rows = 10
SELECT track_id, wanted.genre, wanted.probability AS wanted, unwanted.probability AS unwanted
FROM mer.best_tracks AS wanted
JOIN mer.best_tracks AS unwanted USING (track_id)
WHERE wanted.emotion = :wanted AND unwanted.emotion = :unwanted AND wanted.positive AND NOT unwanted.positive
ORDER BY wanted.probability - unwanted.probability DESC, track_id
LIMIT :rows
