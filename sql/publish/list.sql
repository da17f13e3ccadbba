-- Updates mer.listing to the served predictions, for the tracks in table relisted only.

DELETE FROM mer.listing
USING relisted
WHERE relisted.track_no = listing.track_no AND relisted.run_no IS NULL;

INSERT INTO mer.listing (
  track_no, run_no, genre, present, amazement, solemnity, tenderness, nostalgia, calmness, power, joyful_activation, tension, sadness,
  positives
)
SELECT track_no, run_no, genre, present, nine.*
FROM relisted
CROSS JOIN LATERAL mer.nine(relisted.run_no, relisted.track_no) AS nine
WHERE run_no IS NOT NULL
ORDER BY track_no
ON CONFLICT (track_no) DO UPDATE SET
  run_no = excluded.run_no, genre = excluded.genre, present = excluded.present, positives = excluded.positives,
  amazement = excluded.amazement, solemnity = excluded.solemnity, tenderness = excluded.tenderness, nostalgia = excluded.nostalgia,
  calmness = excluded.calmness, power = excluded.power, joyful_activation = excluded.joyful_activation,
  tension = excluded.tension, sadness = excluded.sadness
WHERE listing IS DISTINCT FROM excluded;
