-- Which model was the champion at what time, and who decided it?
-- :rows = 20
--
-- difference: macro ROC-AUC of the model minus that of the previous champion, on the same test tracks.
-- low, high: 95 % interval of the difference.
-- provisional: whether the model is not shown to be better than guessing.
-- encoder, licence: pretrained encoder of the model, and the licence of its weights; null without one.
SELECT
  model_run_id, since, until, is_current, provisional, champions.outcome, champions.decided_by, difference, low, high, reason,
  encoder_name || ' ' || encoder_version AS encoder, encoder_licence AS licence
FROM mer.champions
JOIN mer.promotions USING (promotion_no)
JOIN (SELECT run_id AS model_run_id, encoder_name, encoder_version, encoder_licence FROM mer.runs) AS trained USING (model_run_id)
ORDER BY promotion_no DESC
LIMIT :rows
