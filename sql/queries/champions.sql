-- Which model was champion when, and who made it so?
-- :rows = 20
--
-- difference, low, high: macro ROC-AUC less that of the champion before, on the same test tracks, with its 95 % interval.
SELECT model_run_id, since, until, is_current, champions.outcome, champions.decided_by, difference, low, high, reason
FROM mer.champions
JOIN mer.promotions USING (promotion_no)
ORDER BY promotion_no DESC
LIMIT :rows
