-- What is the mean probability of each label in each genre?
SELECT genre, label AS emotion, count(*) AS tracks, avg(probability) AS mean_probability
FROM mer.listed_tracks
CROSS JOIN LATERAL unnest(probabilities) WITH ORDINALITY AS predicted (probability, label_no)
JOIN mer.labels USING (label_no)
WHERE present AND probability IS NOT NULL
GROUP BY genre, label_no, label
ORDER BY genre, label_no
