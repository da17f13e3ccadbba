-- Fills mer.listing_next with the served predictions of all tracks.

INSERT INTO mer.listing_next (
  track_no, run_no, genre, present, amazement, solemnity, tenderness, nostalgia, calmness, power, joyful_activation, tension, sadness,
  positives
)
SELECT track_no, run_no, genre, gone_at IS NULL, nine.*
FROM mer.served
JOIN mer.track USING (track_no)
CROSS JOIN LATERAL mer.nine(served.run_no, served.track_no) AS nine
ORDER BY track_no;
