-- Which tracks clearly have one label and clearly do not have another, by the served predictions?
-- :wanted = NULL    a label; NULL: the first one in use
-- :unwanted = NULL  a label; NULL: the second one in use
-- :unclear = 'no'   yes: also tracks with an unclear answer to one of the two labels
-- :rows = 10
--
-- Answers of a model of a version that did not tell clear answers from unclear ones count as clear.
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
LEFT JOIN mer.rules AS one_rule ON one_rule.run_id = track_emotions.run_id AND one_rule.label_no = one.label_no
LEFT JOIN mer.rules AS other_rule ON other_rule.run_id = track_emotions.run_id AND other_rule.label_no = other.label_no
WHERE
  present AND one.label_no = ANY (reached) AND other.label_no <> ALL (reached)
  -- null where the model does not know the label
  AND probabilities[other.label_no] IS NOT NULL
  AND (:unclear = 'yes' OR (
    coalesce(probabilities[other.label_no] < other_rule.unclear_from, true) AND CASE
      WHEN one_rule.threshold IS NOT NULL THEN coalesce(probabilities[one.label_no] > one_rule.unclear_to, true)
      -- if a track has one label, that label is clear if no other one is plausible
      ELSE (SELECT count(*) FROM unnest(probabilities) AS plausible WHERE plausible >= one_rule.unclear_from) < 2
    END
  ))
ORDER BY probabilities[one.label_no] - probabilities[other.label_no] DESC, track_id
LIMIT :rows
