-- Which genres are in the landing zone, and how many tracks has each?
SELECT genre, count(*) AS tracks
FROM mer.tracks
WHERE gone_at IS NULL
GROUP BY genre
ORDER BY genre
