-- What was decided about each new model, by whom, and by which comparison?
-- :rows = 20
--
-- difference: macro ROC-AUC of the new model minus that of the champion, on the same test tracks.
-- low, high: 95 % interval of the difference.
SELECT
  date_trunc('second', decided_at) AS decided_at, outcome, decided_by, challenger, champion, baseline, difference, low, high,
  tracks, groups, left_out, reason
FROM mer.promotions
ORDER BY promotion_no DESC
LIMIT :rows
