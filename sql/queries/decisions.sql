-- What was decided on each new model, by whom, and on what evidence?
-- :rows = 20
--
-- difference, low, high: macro ROC-AUC less that of the champion, on the same test tracks, with its 95 % interval.
SELECT
  date_trunc('second', decided_at) AS decided_at, outcome, decided_by, challenger, champion, baseline, difference, low, high,
  tracks, groups, left_out, reason
FROM mer.promotions
ORDER BY promotion_no DESC
LIMIT :rows
