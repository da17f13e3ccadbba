-- What is the mean probability of each emotion in each genre?
SELECT
  genre, count(*) AS tracks, avg(amazement) AS amazement, avg(solemnity) AS solemnity, avg(tenderness) AS tenderness,
  avg(nostalgia) AS nostalgia, avg(calmness) AS calmness, avg(power) AS power, avg(joyful_activation) AS joyful_activation,
  avg(tension) AS tension, avg(sadness) AS sadness
FROM mer.track_emotions
WHERE present
GROUP BY genre
ORDER BY genre
