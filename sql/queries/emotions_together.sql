-- Which emotions go together in the model's view?
-- :rows = 36  36: all pairs
--
-- lift: how many times more often tracks have both than if the two had nothing to do with each other.
SELECT one, other, tracks_with_both, lift, correlation
FROM mer.emotion_pairs
ORDER BY lift DESC NULLS LAST, one, other
LIMIT :rows
