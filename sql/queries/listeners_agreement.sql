-- How much do listeners agree on each label?
-- :run_id = NULL       NULL: the latest run
-- :metric = 'roc_auc'  f1, precision, recall, roc_auc or pr_auc; the last row is the mean over labels
--
-- No rows: the run has no track with at least two listeners, or it is of mode predict, or it is not published.
-- agreement: probability that two listeners of a track give the same answer.
-- kappa: agreement beyond chance (Fleiss 1971, doi 10.1037/h0031619); 0 is chance, 1 is full agreement. Each track has the same
-- weight, whatever its number of listeners is.
-- split_half: the metric if half of a track's listeners predict the labels that the other half gives.
-- panel: the metric if the votes of all listeners predict the labels of as many simulated new listeners.
SELECT
  ceilings.emotion, coalesce(measured.tracks, ceilings.tracks) AS tracks, tracks_with_label, mean_share, agreement,
  (agreement - by_chance) / nullif(1 - by_chance, 0) AS kappa,
  split_half, split_half_low, split_half_high, panel, panel_low, panel_high
FROM mer.agreements AS ceilings
LEFT JOIN (
  SELECT
    run_id, label_no, count(*) AS tracks, count(*) FILTER (WHERE label) AS tracks_with_label, avg(share) AS mean_share,
    -- double precision, because exact decimals take three times as long
    avg(
      (votes * (votes - 1) + (annotators - votes) * (annotators - votes - 1))::double precision
      / nullif(annotators * (annotators - 1), 0)
    ) AS agreement,
    avg(share) ^ 2 + (1 - avg(share)) ^ 2 AS by_chance
  FROM mer.annotations
  GROUP BY run_id, label_no
) AS measured ON measured.run_id = ceilings.run_id AND measured.label_no = ceilings.label_no
WHERE
  ceilings.run_id = coalesce(:run_id, (SELECT run_id FROM mer.latest_run))
  AND ceilings.metric = CASE WHEN ceilings.emotion IS NULL THEN :metric || '_macro' ELSE :metric END
ORDER BY ceilings.label_no
