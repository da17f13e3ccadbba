-- What does the model think of a track, beside its listeners?
-- :track_id = NULL  NULL: the first annotated test track
SELECT track_id, part, emotion, probability, positive, share, votes, annotators, label
FROM mer.predictions
LEFT JOIN mer.annotations USING (run_id, track_id, emotion)
WHERE
  run_id = (SELECT run_id FROM mer.latest_run)
  AND track_id = coalesce(:track_id, (
    SELECT min(track_id) FROM mer.splits WHERE run_id = (SELECT run_id FROM mer.latest_run) AND part = 'test'
  ))
ORDER BY emotion
