-- Which pairs of labels does the model often predict together?
-- :rows = 36
--
-- No rows: either each track has exactly one label (label sets of kind single), or no track has a prediction yet.
-- lift: number of tracks with both labels, divided by the number that independent labels would give.
SELECT one, other, tracks_with_both, lift, correlation
FROM mer.emotion_pairs
ORDER BY lift DESC NULLS LAST, one_no, other_no
LIMIT :rows
