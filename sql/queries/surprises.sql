-- On which test tracks do the model's probabilities differ most from the shares of votes?
-- :rows = 20
SELECT title, artist, track_id, genre, emotion, probability, share, votes, annotators, probability - share AS difference
FROM mer.judgements
WHERE run_id = (SELECT run_id FROM mer.latest_run) AND part = 'test'
ORDER BY abs(probability - share) DESC, track_id, label_no
LIMIT :rows
