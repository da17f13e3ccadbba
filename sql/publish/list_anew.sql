-- Fills mer.listing_next with the served predictions of all tracks.

INSERT INTO mer.listing_next (track_no, run_no, genre, present, probabilities, positives)
SELECT track_no, run_no, genre, gone_at IS NULL, scores.*
FROM mer.served
JOIN mer.track USING (track_no)
CROSS JOIN LATERAL mer.scores(served.run_no, served.track_no) AS scores
ORDER BY track_no;
