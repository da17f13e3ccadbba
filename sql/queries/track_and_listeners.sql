-- What does the model predict for a track, and how did its listeners vote?
-- :track_id = NULL  NULL: the first annotated test track
SELECT
  title, artist, predicted.track_id, part, predicted.emotion, probability, positive, share, votes, annotators, label, model_run_id, by_champion, present
FROM mer.current_predictions AS predicted
LEFT JOIN mer.annotations AS annotated
  ON annotated.run_id = (SELECT run_id FROM mer.latest_run) AND annotated.track_id = predicted.track_id
  AND annotated.label_no = predicted.label_no
WHERE
  predicted.track_id = coalesce(:track_id, (
    SELECT track_id FROM mer.splits WHERE run_id = (SELECT run_id FROM mer.latest_run) AND part = 'test' ORDER BY track_id LIMIT 1
  ))
ORDER BY predicted.label_no
