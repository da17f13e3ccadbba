-- Serves the champion's predictions for every track that it has scored. Other tracks keep predictions of earlier champions.

INSERT INTO mer.serving (track_no, run_no)
SELECT newest.track_no, newest.run_no
FROM (
  SELECT track_no, max(split.run_no) AS run_no
  FROM mer.champion
  JOIN mer.run AS trained ON trained.run_no = champion.run_no
  JOIN mer.run AS scored ON scored.model_run_id = trained.run_id AND scored.model_sha256 = champion.model_sha256
  JOIN mer.split ON split.run_no = scored.run_no
  WHERE scored.mode IN ('train', 'predict')
  GROUP BY track_no
) AS newest
LEFT JOIN mer.serving ON serving.track_no = newest.track_no
WHERE serving.run_no IS DISTINCT FROM newest.run_no
ORDER BY newest.track_no
ON CONFLICT (track_no) DO UPDATE SET run_no = excluded.run_no;
