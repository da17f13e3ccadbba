-- Which tracks have one label but not another, by the served predictions?
-- :wanted = NULL    a label; NULL: the first one in use
-- :unwanted = NULL  a label; NULL: the second one in use
-- :rows = 10
SELECT title, artist, track_id, genre, probabilities[one.label_no] AS wanted, probabilities[other.label_no] AS unwanted
FROM mer.track_emotions
CROSS JOIN (
  SELECT label_no FROM mer.labels
  WHERE label = coalesce(:wanted, (SELECT label FROM mer.labels WHERE NOT retired ORDER BY label_no LIMIT 1))
) AS one
CROSS JOIN (
  SELECT label_no FROM mer.labels
  WHERE label = coalesce(:unwanted, (SELECT label FROM mer.labels WHERE NOT retired ORDER BY label_no LIMIT 1 OFFSET 1))
) AS other
WHERE
  present AND one.label_no = ANY (reached) AND other.label_no <> ALL (reached)
  -- null where the model does not know the label
  AND probabilities[other.label_no] IS NOT NULL
ORDER BY probabilities[one.label_no] - probabilities[other.label_no] DESC, track_id
LIMIT :rows
