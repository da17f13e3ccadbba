-- Which emotions go together in the model's view?
-- :rows = 36  36: all pairs
--
-- lift: how many times more often tracks have both than if the two had nothing to do with each other.
SELECT
  one.emotion AS one, other.emotion AS other, count(*) FILTER (WHERE one.positive AND other.positive) AS tracks_with_both,
  count(*) FILTER (WHERE one.positive AND other.positive)::double precision * count(*)
    / nullif(count(*) FILTER (WHERE one.positive) * count(*) FILTER (WHERE other.positive), 0) AS lift,
  corr(one.probability, other.probability) AS correlation
FROM mer.current_predictions AS one
JOIN mer.current_predictions AS other USING (track_id)
WHERE one.present AND one.emotion < other.emotion
GROUP BY one.emotion, other.emotion
ORDER BY lift DESC NULLS LAST, one.emotion, other.emotion
LIMIT :rows
