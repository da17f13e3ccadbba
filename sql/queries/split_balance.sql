-- Is each label equally common in every part of the split?
-- :run_id = NULL  NULL: the latest run
SELECT
  emotion,
  avg(label::integer) FILTER (WHERE in_part = 'train') AS train,
  avg(label::integer) FILTER (WHERE in_part = 'validation') AS validation,
  avg(label::integer) FILTER (WHERE in_part = 'test') AS test,
  count(*) FILTER (WHERE label) AS tracks_with_label,
  count(*) AS tracks
FROM mer.annotations
WHERE run_id = coalesce(:run_id, (SELECT run_id FROM mer.latest_run)) AND in_part <> 'unlabelled'
GROUP BY label_no, emotion
ORDER BY label_no
