-- What does the model predict for tracks that no listener has annotated?
-- :genre = NULL  NULL: any genre
-- :rows = 50
SELECT
  title, artist, track_id, genre, positives::text[] AS positives, amazement, solemnity, tenderness, nostalgia, calmness, power,
  joyful_activation, tension, sadness
FROM mer.listed_tracks
WHERE present AND NOT EXISTS (
    SELECT FROM mer.annotations WHERE annotations.track_id = listed_tracks.track_id AND run_id = (SELECT run_id FROM mer.latest_run)
  ) AND (:genre IS NULL OR genre = :genre)
ORDER BY track_id
LIMIT :rows
