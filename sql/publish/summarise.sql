-- Fills mer.emotion_pair and mer.waiting again from the served predictions that mer.listing lists.

DELETE FROM mer.emotion_pair;
INSERT INTO mer.emotion_pair (one, other, tracks, tracks_with_one, tracks_with_other, tracks_with_both, correlation)
SELECT one, other, tracks, tracks_with_one, tracks_with_other, tracks_with_both, correlation FROM mer.paired();

DELETE FROM mer.waiting;
INSERT INTO mer.waiting (track_no) SELECT track_no FROM mer.unscored() AS track_no;
