-- Updates mer.listing to the served predictions, for the tracks in table relisted only.

DELETE FROM mer.listing
USING relisted
WHERE relisted.track_no = listing.track_no AND relisted.run_no IS NULL;

INSERT INTO mer.listing (track_no, run_no, genre, present, probabilities, positives)
SELECT track_no, run_no, genre, present, scores.*
FROM relisted
CROSS JOIN LATERAL mer.scores(relisted.run_no, relisted.track_no) AS scores
WHERE run_no IS NOT NULL
ORDER BY track_no
ON CONFLICT (track_no) DO UPDATE SET
  run_no = excluded.run_no, genre = excluded.genre, present = excluded.present, probabilities = excluded.probabilities,
  positives = excluded.positives
WHERE listing IS DISTINCT FROM excluded;
