-- What does the model predict for tracks that no listener has annotated?
-- :genre = NULL  NULL: any genre
-- :rows = 50
--
-- most_probable: the label with the highest probability; mer.track_emotions has the probabilities of all labels.
SELECT title, artist, track_id, genre, positives, unclear, most_probable, probability
FROM (
  SELECT *
  FROM mer.listed_tracks
  WHERE present AND NOT EXISTS (
      SELECT FROM mer.annotations
      WHERE annotations.track_id = listed_tracks.track_id AND run_id = (SELECT run_id FROM mer.latest_run)
    ) AND (:genre IS NULL OR genre = :genre)
  ORDER BY track_id
  LIMIT :rows
) AS unlabelled
CROSS JOIN LATERAL (
  SELECT label AS most_probable, probability
  FROM unnest(probabilities) WITH ORDINALITY AS predicted (probability, label_no)
  JOIN mer.labels USING (label_no)
  ORDER BY probability DESC NULLS LAST, label_no
  LIMIT 1
) AS best
ORDER BY track_id
