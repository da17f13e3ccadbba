-- How far has the music drifted from the tracks that the champion was trained on?
-- :run_id = NULL  NULL: the latest run that measured drift
-- :rows = 20
SELECT
  coalesce(genre, 'all genres') AS genre, measure, coalesce(statistic, emotion) AS most_moved, psi, chance, threshold, tracks,
  reference_tracks, same_genre, drifted
FROM mer.drifts
WHERE run_id = coalesce(:run_id, (SELECT run_id FROM mer.drifts ORDER BY published_at DESC LIMIT 1))
ORDER BY drifted DESC, psi DESC
LIMIT :rows
