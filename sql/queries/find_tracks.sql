-- Which tracks have a text in their title, artist or id?
-- :text = NULL  a part of a title, an artist or an id, in upper or lower case; NULL: any track
-- :rows = 20
--
-- positives: labels that the model decides for, most probable first.
SELECT
  title, artist, track_id, genre,
  ARRAY(
    SELECT label FROM unnest(positives) AS label JOIN mer.labels USING (label) ORDER BY probabilities[label_no] DESC, label_no
  ) AS positives,
  unclear, present
FROM mer.listed_tracks
WHERE :text IS NULL OR (mer.trigrams(name) @> mer.trigrams(lower(:text)) AND strpos(name, lower(:text)) > 0)
ORDER BY track_id
LIMIT :rows
