-- Which model was the champion at what time, and who decided it?
-- :rows = 20
--
-- difference: macro ROC-AUC of the model minus that of the previous champion, on the same test tracks.
-- low, high: 95 % interval of the difference.
-- provisional: whether the model is not shown to be better than guessing.
SELECT model_run_id, since, until, is_current, provisional, champions.outcome, champions.decided_by, difference, low, high, reason
FROM mer.champions
JOIN mer.promotions USING (promotion_no)
ORDER BY promotion_no DESC
LIMIT :rows
