-- Is each emotion as common in every part of the split?
-- :run_id = NULL  NULL: the latest
SELECT
  emotion,
  avg(label::integer) FILTER (WHERE part = 'train') AS train,
  avg(label::integer) FILTER (WHERE part = 'validation') AS validation,
  avg(label::integer) FILTER (WHERE part = 'test') AS test,
  count(*) FILTER (WHERE label) AS tracks_with_label,
  count(*) AS tracks
FROM mer.annotations
JOIN mer.splits USING (run_id, track_id)
WHERE run_id = coalesce(:run_id, (SELECT run_id FROM mer.latest_run)) AND part <> 'unlabelled'
GROUP BY emotion
ORDER BY emotion
