-- Which pairs of emotions does the model often predict together?
-- :rows = 36  36: all pairs
--
-- lift: number of tracks with both emotions, divided by the number that independent emotions would give.
SELECT one, other, tracks_with_both, lift, correlation
FROM mer.emotion_pairs
ORDER BY lift DESC NULLS LAST, one, other
LIMIT :rows
