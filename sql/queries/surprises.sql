-- Where do model and listeners differ most, on tracks that the model has never seen?
-- :rows = 20
SELECT track_id, genre, emotion, probability, share, votes, annotators, probability - share AS difference
FROM mer.judgements
WHERE run_id = (SELECT run_id FROM mer.latest_run) AND part = 'test'
ORDER BY abs(probability - share) DESC, track_id, emotion
LIMIT :rows
