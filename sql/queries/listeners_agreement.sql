-- On which emotions do listeners agree?
-- :run_id = NULL  NULL: the latest
--
-- agreement: chance that two listeners of a track say the same. kappa: Fleiss (1971), doi 10.1037/h0031619, that agreement
-- beyond what chance would give; 0 is chance, 1 is full agreement. It weighs tracks alike, whatever their number of listeners.
SELECT
  emotion, tracks, tracks_with_label, mean_share, agreement,
  (agreement - by_chance) / nullif(1 - by_chance, 0) AS kappa
FROM (
  SELECT
    emotion, count(*) AS tracks, count(*) FILTER (WHERE label) AS tracks_with_label, avg(share) AS mean_share,
    avg(
      (votes * (votes - 1.0) + (annotators - votes) * (annotators - votes - 1.0)) / nullif(annotators * (annotators - 1.0), 0)
    )::double precision AS agreement,
    avg(share) ^ 2 + (1 - avg(share)) ^ 2 AS by_chance
  FROM mer.annotations
  WHERE run_id = coalesce(:run_id, (SELECT run_id FROM mer.latest_run))
  GROUP BY emotion
) AS measured
ORDER BY emotion
