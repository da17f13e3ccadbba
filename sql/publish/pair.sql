-- Brings mer.emotion_pair to what is listed.

DELETE FROM mer.emotion_pair;
INSERT INTO mer.emotion_pair (one, other, tracks, tracks_with_one, tracks_with_other, tracks_with_both, correlation)
SELECT one, other, tracks, tracks_with_one, tracks_with_other, tracks_with_both, correlation FROM mer.paired();
