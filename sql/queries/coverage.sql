-- How many answers of a run are right or unclear, compared with the promise?
-- :run_id = NULL  NULL: the latest run
--
-- coverage: share of the answers for test tracks that are right or unclear; low, high: its 95 % interval.
-- kept: false if the whole interval lies below the promise. unclear: share of unclear answers.
-- If a track has exactly one label: share of the tracks whose right label is plausible, and share with several plausible labels.
-- The last row is over all labels.
SELECT
  covered.emotion, (SELECT max(promise) FROM mer.thresholds WHERE thresholds.run_id = covered.run_id) AS promise,
  covered.value AS coverage, covered.low, covered.high,
  covered.high >= (SELECT max(promise) FROM mer.thresholds WHERE thresholds.run_id = covered.run_id) AS kept,
  unclear.value AS unclear, threshold, unclear_from, unclear_to, covered.support
FROM mer.metrics AS covered
JOIN mer.metrics AS unclear
  ON unclear.run_id = covered.run_id AND unclear.part = covered.part AND unclear.level = covered.level
  AND unclear.emotion IS NOT DISTINCT FROM covered.emotion AND unclear.metric = 'unclear'
LEFT JOIN mer.thresholds ON thresholds.run_id = covered.run_id AND thresholds.emotion = covered.emotion
WHERE
  covered.run_id = coalesce(:run_id, (SELECT run_id FROM mer.latest_run))
  AND covered.part = 'test' AND covered.level = 'track' AND covered.metric = 'coverage'
ORDER BY covered.label_no
