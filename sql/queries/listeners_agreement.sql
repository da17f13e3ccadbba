-- On which emotions do listeners agree?
-- :run_id = NULL       NULL: the latest
-- :metric = 'roc_auc'  f1, precision, recall, roc_auc or pr_auc; the last row is the mean over emotions
--
-- agreement: chance that two listeners of a track say the same. kappa: Fleiss (1971), doi 10.1037/h0031619, that agreement
-- beyond what chance would give; 0 is chance, 1 is full agreement. It weighs tracks alike, whatever their number of listeners.
-- split_half: the metric of half of a track's listeners against the labels of the other half. panel: of the share of all its
-- listeners against the labels of as many new ones: as if a model knew the votes.
SELECT
  known.emotion, coalesce(measured.tracks, known.tracks) AS tracks, tracks_with_label, mean_share, agreement,
  (agreement - by_chance) / nullif(1 - by_chance, 0) AS kappa,
  split_half, split_half_low, split_half_high, panel, panel_low, panel_high
FROM mer.agreements AS known
LEFT JOIN (
  SELECT
    run_id, emotion, count(*) AS tracks, count(*) FILTER (WHERE label) AS tracks_with_label, avg(share) AS mean_share,
    -- of numbers of this type: exact decimals take three times as long
    avg(
      (votes * (votes - 1) + (annotators - votes) * (annotators - votes - 1))::double precision
      / nullif(annotators * (annotators - 1), 0)
    ) AS agreement,
    avg(share) ^ 2 + (1 - avg(share)) ^ 2 AS by_chance
  FROM mer.annotations
  GROUP BY run_id, emotion
) AS measured ON measured.run_id = known.run_id AND measured.emotion = known.emotion
WHERE
  known.run_id = coalesce(:run_id, (SELECT run_id FROM mer.latest_run))
  AND known.metric = CASE WHEN known.emotion IS NULL THEN :metric || '_macro' ELSE :metric END
ORDER BY known.emotion
