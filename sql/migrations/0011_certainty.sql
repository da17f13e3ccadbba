-- Certainty: which answers are clear, and which models are not shown to be better than guessing.

ALTER TABLE mer.threshold
  ADD COLUMN unclear_from double precision,
  ADD COLUMN unclear_to double precision,
  ADD COLUMN promise double precision,
  ADD CHECK (unclear_from <= unclear_to),
  ADD CHECK ((unclear_from IS NULL) = (unclear_to IS NULL));
COMMENT ON COLUMN mer.threshold.unclear_from IS 'Lowest calibrated probability at which the answer is unclear; for a label set of kind single, lowest one at which the label is plausible. Null for a run of a version without such ranges.';
COMMENT ON COLUMN mer.threshold.unclear_to IS 'Highest calibrated probability at which the answer is unclear. Null for a run of a version without such ranges.';
COMMENT ON COLUMN mer.threshold.promise IS 'Share of answers that are promised to be right or unclear, among yes answers and among no answers; for a label set of kind single, share of tracks whose right label is plausible.';

CREATE OR REPLACE VIEW mer.thresholds AS
SELECT run_id, label_id AS emotion, threshold, temperature, logit_offset, label_no, unclear_from, unclear_to, promise
FROM mer.threshold
JOIN mer.run USING (run_no)
LEFT JOIN mer.label USING (label_no);
COMMENT ON COLUMN mer.thresholds.unclear_from IS 'Lowest calibrated probability at which the answer is unclear; for a label set of kind single, lowest one at which the label is plausible. Null for a run of a version without such ranges.';
COMMENT ON COLUMN mer.thresholds.unclear_to IS 'Highest calibrated probability at which the answer is unclear. Null for a run of a version without such ranges.';
COMMENT ON COLUMN mer.thresholds.promise IS 'Share of answers that are promised to be right or unclear, among yes answers and among no answers; for a label set of kind single, share of tracks whose right label is plausible.';

CREATE VIEW mer.rules AS
SELECT scored.run_no, scored.run_id, label_id AS emotion, threshold, unclear_from, unclear_to, promise, threshold.label_no
FROM mer.run AS scored
-- A run of mode eval fits thresholds of its own to the model that it evaluates.
JOIN mer.run AS fitted
  ON fitted.run_id = CASE WHEN scored.mode = 'eval' THEN scored.run_id ELSE scored.model_run_id END
  AND fitted.model_sha256 = scored.model_sha256
JOIN mer.threshold ON threshold.run_no = fitted.run_no
LEFT JOIN mer.label USING (label_no);
COMMENT ON VIEW mer.rules IS 'Rule by which each run decides, also runs of mode predict, which use that of the model''s run: one row per run and label.';
COMMENT ON COLUMN mer.rules.run_no IS 'Number of the run that scored tracks.';
COMMENT ON COLUMN mer.rules.run_id IS 'Name of the run that scored tracks.';
COMMENT ON COLUMN mer.rules.emotion IS 'Label.';
COMMENT ON COLUMN mer.rules.threshold IS 'Lowest calibrated probability at which the label counts as positive; null for a label set of kind single.';
COMMENT ON COLUMN mer.rules.unclear_from IS 'Lowest calibrated probability at which the answer is unclear; for a label set of kind single, lowest one at which the label is plausible. Null for a run of a version without such ranges.';
COMMENT ON COLUMN mer.rules.unclear_to IS 'Highest calibrated probability at which the answer is unclear. Null for a run of a version without such ranges.';
COMMENT ON COLUMN mer.rules.promise IS 'Share of answers that are promised to be right or unclear, among yes answers and among no answers; for a label set of kind single, share of tracks whose right label is plausible.';
COMMENT ON COLUMN mer.rules.label_no IS 'Number of the label: see labels.';

CREATE VIEW mer.decided AS
SELECT
  run_no, track_no, probability, part, label_no, positive,
  -- Not by a join, which queries that do not use the column would pay for.
  (
    SELECT CASE
      WHEN unclear_from IS NULL THEN NULL
      WHEN probability BETWEEN unclear_from AND unclear_to AND (
        -- If a track has one label, the most probable one is unclear only if another one is plausible.
        threshold IS NOT NULL OR NOT positive OR EXISTS (
          SELECT FROM mer.prediction AS other
          WHERE other.run_no = prediction.run_no AND other.track_no = prediction.track_no AND NOT other.positive
            AND other.probability >= unclear_from
        )
      ) THEN 'unclear'
      WHEN positive THEN 'yes'
      ELSE 'no'
    END
    FROM mer.rules
    WHERE rules.run_no = prediction.run_no AND rules.label_no = prediction.label_no
  ) AS certainty
FROM mer.prediction;
COMMENT ON VIEW mer.decided IS 'Predictions with the certainty of each answer. Other views use this view.';
COMMENT ON COLUMN mer.decided.run_no IS 'Run.';
COMMENT ON COLUMN mer.decided.track_no IS 'Track.';
COMMENT ON COLUMN mer.decided.probability IS 'Calibrated probability of the label.';
COMMENT ON COLUMN mer.decided.part IS 'Part of the track in the run.';
COMMENT ON COLUMN mer.decided.label_no IS 'Label.';
COMMENT ON COLUMN mer.decided.positive IS 'Whether the track has the label by the model''s decision.';
COMMENT ON COLUMN mer.decided.certainty IS 'yes or no: the answer is clear. unclear: the probability is too near the threshold to promise that the answer is right. Null (not known) for a model of a version without ranges of unclear answers: see thresholds.';

CREATE VIEW mer.model_grades AS
SELECT run.run_no, run_id, model_sha256, roc_auc.low IS NULL OR roc_auc.low <= roc_auc.baseline AS provisional
FROM mer.run
LEFT JOIN mer.metric AS roc_auc
  ON roc_auc.run_no = run.run_no AND part = 'test' AND level = 'track' AND metric = 'roc_auc_macro' AND label_no IS NULL
WHERE mode = 'train';
COMMENT ON VIEW mer.model_grades IS 'Whether the model that each run fitted is shown to be better than guessing. Other views use this view.';
COMMENT ON COLUMN mer.model_grades.run_no IS 'Run that fitted the model.';
COMMENT ON COLUMN mer.model_grades.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.model_grades.model_sha256 IS 'sha256 of the model file, in hex.';
COMMENT ON COLUMN mer.model_grades.provisional IS 'Whether the model is provisional: it is not shown to be better than guessing, because the 95 % interval of its macro ROC-AUC on its test tracks does not lie above the baseline.';

CREATE OR REPLACE VIEW mer.scoring AS
SELECT
  scored.run_no, scored.run_id, scored.model_run_id, scored.published_at AS scored_at, champion.run_no IS NOT NULL AS by_champion,
  (
    SELECT provisional FROM mer.model_grades
    WHERE (model_grades.run_id, model_grades.model_sha256) = (scored.model_run_id, scored.model_sha256)
  ) AS provisional
FROM mer.run AS scored
LEFT JOIN (mer.champion JOIN mer.run AS fitted USING (run_no))
  ON fitted.run_id = scored.model_run_id AND champion.model_sha256 = scored.model_sha256;
COMMENT ON COLUMN mer.scoring.provisional IS 'Whether the model is provisional: it is not shown to be better than guessing, because the 95 % interval of its macro ROC-AUC on its test tracks does not lie above the baseline.';

CREATE OR REPLACE VIEW mer.champions AS
SELECT
  run.run_id AS model_run_id, decided_at AS since, lead(decided_at) OVER (ORDER BY promotion_no) AS until,
  promotion_no = (SELECT champion.promotion_no FROM mer.champion) AS is_current, promotion_no, outcome, decided_by,
  store_url || '/' || model_key AS model_uri, promotion.model_sha256, label_set_digest,
  (
    SELECT provisional FROM mer.model_grades
    WHERE model_grades.run_no = promotion.run_no AND model_grades.model_sha256 = promotion.model_sha256
  ) AS provisional
FROM mer.promotion
JOIN mer.run USING (run_no)
WHERE outcome <> 'kept';
COMMENT ON COLUMN mer.champions.provisional IS 'Whether the model is provisional: it is not shown to be better than guessing, because the 95 % interval of its macro ROC-AUC on its test tracks does not lie above the baseline. Null if the run was trained again since.';

CREATE OR REPLACE VIEW mer.predictions AS
SELECT run_id, track_id, genre, part, label_id AS emotion, probability, positive, label_no, certainty
FROM mer.decided
JOIN mer.run USING (run_no)
JOIN mer.track USING (track_no)
LEFT JOIN mer.label USING (label_no);
COMMENT ON COLUMN mer.predictions.certainty IS 'yes or no: the answer is clear. unclear: the probability is too near the threshold to promise that the answer is right. Null (not known) for a model of a version without ranges of unclear answers: see thresholds.';

CREATE OR REPLACE VIEW mer.current_predictions AS
SELECT
  run_id, track_id, genre, part, label_id AS emotion, probability, positive, model_run_id, by_champion,
  gone_at IS NULL AS present, scored_at, title, artist, label_no, certainty, provisional
FROM mer.served
JOIN mer.decided USING (run_no, track_no)
JOIN mer.scoring USING (run_no)
JOIN mer.track USING (track_no)
LEFT JOIN mer.label USING (label_no);
COMMENT ON COLUMN mer.current_predictions.certainty IS 'yes or no: the answer is clear. unclear: the probability is too near the threshold to promise that the answer is right. Null (not known) for a model of a version without ranges of unclear answers: see thresholds.';
COMMENT ON COLUMN mer.current_predictions.provisional IS 'Whether the model is provisional: it is not shown to be better than guessing, because the 95 % interval of its macro ROC-AUC on its test tracks does not lie above the baseline.';

-- Its rows are those of the view, so it is made again with the view.
DROP FUNCTION mer.explain(text);
CREATE OR REPLACE VIEW mer.explanations AS
SELECT
  track_id, genre, label_id AS emotion, serving.run_no IS NOT NULL AS is_served, probability, positive,
  coalesce(own_rule.threshold, rule.threshold) AS threshold,
  coalesce(own_rule.temperature, rule.temperature) AS temperature,
  coalesce(own_rule.logit_offset, rule.logit_offset) AS logit_offset,
  scored.run_id AS scored_by, scored.mode, scored.published_at AS scored_at, scored.model_run_id,
  scored.store_url || '/' || scored.model_key AS model_uri, scored.model_sha256,
  coalesce((trained.run_no, trained.model_sha256) = (
    SELECT promotion.run_no, promotion.model_sha256 FROM mer.promotion
    WHERE outcome <> 'kept' AND decided_at <= scored.published_at ORDER BY promotion_no DESC LIMIT 1
  ), false) AS champion_then,
  coalesce((trained.run_no, trained.model_sha256) = (
    SELECT champion.run_no, champion.model_sha256 FROM mer.champion
  ), false) AS champion_now,
  (
    SELECT min(decided_at) FROM mer.promotion
    WHERE outcome <> 'kept' AND promotion.run_no = trained.run_no AND promotion.model_sha256 = trained.model_sha256
  ) AS champion_since,
  coalesce(taught.part, prediction.part) AS part, split.group_id, split.sha256 AS content_sha256,
  scored.store_url || '/blobs/features/' || scored.features_digest || '/' || left(split.sha256, 2) || '/' || split.sha256
    || '.npy' AS features_uri,
  scored.features_digest, votes, annotators, annotation.label,
  scored.code_version, scored.code_digest, scored.config_digest, scored.config,
  trained.code_version AS model_code_version, trained.code_digest AS model_code_digest,
  trained.config_digest AS model_config_digest, trained.config AS model_config, scored.label_set_digest, gone_at,
  title, artist, prediction.label_no, prediction.certainty,
  coalesce(own_rule.unclear_from, rule.unclear_from) AS unclear_from,
  coalesce(own_rule.unclear_to, rule.unclear_to) AS unclear_to,
  (SELECT provisional FROM mer.model_grades WHERE model_grades.run_no = trained.run_no) AS provisional
FROM mer.track
JOIN mer.decided AS prediction USING (track_no)
LEFT JOIN mer.label ON label.label_no = prediction.label_no
JOIN mer.run AS scored ON scored.run_no = prediction.run_no
JOIN mer.split ON split.run_no = prediction.run_no AND split.track_no = prediction.track_no
LEFT JOIN mer.serving ON serving.track_no = prediction.track_no AND serving.run_no = prediction.run_no
LEFT JOIN mer.run AS trained ON trained.run_id = scored.model_run_id AND trained.model_sha256 = scored.model_sha256
LEFT JOIN mer.split AS taught
  ON taught.run_no = trained.run_no AND taught.track_no = prediction.track_no AND taught.sha256 = split.sha256
LEFT JOIN mer.threshold AS own_rule ON own_rule.run_no = scored.run_no AND own_rule.label_no = prediction.label_no
LEFT JOIN mer.threshold AS rule ON rule.run_no = trained.run_no AND rule.label_no = prediction.label_no
LEFT JOIN mer.annotation
  ON annotation.run_no = trained.run_no AND annotation.track_no = prediction.track_no AND annotation.label_no = prediction.label_no;
COMMENT ON COLUMN mer.explanations.certainty IS 'yes or no: the answer is clear. unclear: the probability is too near the threshold to promise that the answer is right. Null (not known) for a model of a version without ranges of unclear answers: see thresholds.';
COMMENT ON COLUMN mer.explanations.unclear_from IS 'Lowest calibrated probability at which the answer is unclear: see thresholds.';
COMMENT ON COLUMN mer.explanations.unclear_to IS 'Highest calibrated probability at which the answer is unclear: see thresholds.';
COMMENT ON COLUMN mer.explanations.provisional IS 'Whether the model is provisional: it is not shown to be better than guessing, because the 95 % interval of its macro ROC-AUC on its test tracks does not lie above the baseline.';

CREATE FUNCTION mer.explain(track_id text) RETURNS SETOF mer.explanations
LANGUAGE sql STABLE SECURITY INVOKER PARALLEL SAFE
BEGIN ATOMIC
  SELECT * FROM mer.explanations
  WHERE explanations.track_id = explain.track_id
  ORDER BY is_served DESC, scored_at DESC, scored_by, label_no;
END;
COMMENT ON FUNCTION mer.explain(text) IS 'Returns the rows of explanations for one track: the served prediction first, then by run, the latest run first. Returns no rows for a track that no run has scored.';
REVOKE ALL ON FUNCTION mer.explain(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mer.explain(text) TO mer_reader, mer_writer;

CREATE OR REPLACE VIEW mer.listed_tracks AS
SELECT
  track_id, track.genre, duration_seconds, probabilities,
  ARRAY(
    SELECT label_id FROM unnest(positives) AS number JOIN mer.label ON label_no = number WHERE NOT retired ORDER BY label_no
  ) AS positives,
  run_id, model_run_id, by_champion, present,
  -- Not by a join, of which Postgres expects far too few rows.
  (SELECT part FROM mer.split WHERE split.run_no = listing.run_no AND split.track_no = listing.track_no) AS part,
  scored_at, track_no, listing.genre AS listed_genre, track_name.name, title, artist, album, year, positives AS reached,
  ARRAY(
    SELECT label_id FROM mer.decided JOIN mer.label USING (label_no)
    WHERE decided.run_no = listing.run_no AND decided.track_no = listing.track_no AND certainty = 'unclear' AND NOT retired
    ORDER BY label_no
  ) AS unclear,
  provisional
FROM mer.listing
JOIN mer.track USING (track_no)
JOIN mer.scoring USING (run_no)
LEFT JOIN mer.track_name USING (track_no);
COMMENT ON COLUMN mer.listed_tracks.unclear IS 'Ids of the labels in use whose answer for the track is unclear, in the order of label_no: see the column certainty of current_predictions.';
COMMENT ON COLUMN mer.listed_tracks.provisional IS 'Whether the model is provisional: it is not shown to be better than guessing, because the 95 % interval of its macro ROC-AUC on its test tracks does not lie above the baseline.';

CREATE OR REPLACE VIEW mer.listed_emotions AS
SELECT
  track_id, label_id AS emotion, probability, coalesce(own_rule.threshold, rule.threshold) AS threshold, positive, votes,
  annotators, prediction.label_no, certainty
FROM mer.listing
JOIN mer.track USING (track_no)
JOIN mer.run AS scored USING (run_no)
JOIN mer.decided AS prediction USING (run_no, track_no)
LEFT JOIN mer.label ON label.label_no = prediction.label_no
LEFT JOIN mer.run AS trained ON trained.run_id = scored.model_run_id AND trained.model_sha256 = scored.model_sha256
LEFT JOIN mer.threshold AS own_rule ON own_rule.run_no = scored.run_no AND own_rule.label_no = prediction.label_no
LEFT JOIN mer.threshold AS rule ON rule.run_no = trained.run_no AND rule.label_no = prediction.label_no
LEFT JOIN LATERAL (
  SELECT votes, annotators
  FROM mer.run AS heard
  JOIN mer.annotation ON annotation.run_no = heard.run_no
  WHERE mode <> 'predict' AND annotation.track_no = listing.track_no AND annotation.label_no = prediction.label_no
  ORDER BY heard.run_no DESC LIMIT 1
) AS said ON true;
COMMENT ON COLUMN mer.listed_emotions.certainty IS 'yes or no: the answer is clear. unclear: the probability is too near the threshold to promise that the answer is right. Null (not known) for a model of a version without ranges of unclear answers: see thresholds.';

CREATE OR REPLACE VIEW mer.listed_runs AS
SELECT
  run.run_no, run_id, mode, published_at, run.tracks, rejected, f1.value AS f1_macro, f1.low AS f1_macro_low, f1.high AS f1_macro_high,
  roc_auc.value AS roc_auc_macro, roc_auc.low AS roc_auc_macro_low, roc_auc.high AS roc_auc_macro_high, pr_auc.value AS pr_auc_macro, f1.baseline AS f1_macro_baseline, device, model_run_id,
  champion.run_no IS NOT NULL AS is_champion, outcome, promotion.promotion_no, config, store_url,
  (
    SELECT provisional FROM mer.model_grades
    WHERE (model_grades.run_id, model_grades.model_sha256) = (run.model_run_id, run.model_sha256)
  ) AS provisional
FROM mer.run
LEFT JOIN mer.metric AS f1
  ON f1.run_no = run.run_no AND f1.part = 'test' AND f1.level = 'track' AND f1.metric = 'f1_macro' AND f1.label_no IS NULL
LEFT JOIN mer.metric AS roc_auc
  ON roc_auc.run_no = run.run_no AND roc_auc.part = 'test' AND roc_auc.level = 'track' AND roc_auc.metric = 'roc_auc_macro'
  AND roc_auc.label_no IS NULL
LEFT JOIN mer.metric AS pr_auc
  ON pr_auc.run_no = run.run_no AND pr_auc.part = 'test' AND pr_auc.level = 'track' AND pr_auc.metric = 'pr_auc_macro'
  AND pr_auc.label_no IS NULL
LEFT JOIN mer.champion ON champion.run_no = run.run_no AND champion.model_sha256 = run.model_sha256
LEFT JOIN mer.promotion
  ON promotion.run_no = run.run_no AND promotion.model_sha256 = run.model_sha256 AND outcome <> 'rolled_back';
COMMENT ON COLUMN mer.listed_runs.provisional IS 'Whether the model is provisional: it is not shown to be better than guessing, because the 95 % interval of its macro ROC-AUC on its test tracks does not lie above the baseline.';

-- Makes what has a column or a part for each label in use; best_tracks has the columns certainty and provisional now.
CREATE OR REPLACE FUNCTION mer.make_label_views() RETURNS void
LANGUAGE plpgsql
AS $make$
DECLARE
  ids text[] := ARRAY(SELECT CASE WHEN NOT retired THEN label_id END FROM mer.label ORDER BY label_no);
  columns text;
  branches text;
  label record;
  index record;
BEGIN
  SELECT string_agg(format('probabilities[%s] AS %I', label_no, label_id), ', ' ORDER BY label_no) INTO columns
  FROM mer.label
  WHERE NOT retired;
  -- Each window is partitioned by a constant, so that a condition on the label leaves out the branches of all other labels.
  SELECT string_agg(format($branch$
    SELECT
      track_no, run_no, genre, %1$s::smallint AS label_no, %2$L::text AS emotion, probabilities[%1$s] AS probability,
      %1$s::smallint = ANY (positives) AS positive, rank() OVER (PARTITION BY %2$L::text ORDER BY probabilities[%1$s] DESC) AS rank
    FROM mer.listing
    WHERE present AND probabilities[%1$s] IS NOT NULL
  $branch$, label_no, label_id), ' UNION ALL ' ORDER BY label_no) INTO branches
  FROM mer.label
  WHERE NOT retired;

  DROP VIEW IF EXISTS mer.track_emotions, mer.best_tracks;

  EXECUTE format($view$
    CREATE VIEW mer.track_emotions AS
    SELECT
      run_id, track_id, listing.genre,
      (SELECT part FROM mer.split WHERE split.run_no = listing.run_no AND split.track_no = listing.track_no) AS part,
      duration_seconds, %s, array_remove(ARRAY(SELECT (%L::text[])[n] FROM unnest(positives) AS n), NULL) AS positives,
      model_run_id, by_champion, present, scored_at, probabilities, positives AS reached, title, artist
    FROM mer.listing
    -- Outer joins, which Postgres leaves out of a query that does not use their columns.
    LEFT JOIN mer.track USING (track_no)
    LEFT JOIN mer.scoring USING (run_no)
  $view$, columns, ids);
  FOR label IN SELECT label_id, name, description FROM mer.label WHERE NOT retired LOOP
    EXECUTE format(
      'COMMENT ON COLUMN mer.track_emotions.%I IS %L', label.label_id,
      rtrim(format('Probability of %s. %s', label.name, label.description))
    );
  END LOOP;
  COMMENT ON VIEW mer.track_emotions IS 'Served predictions with all labels in use of a track in one row: see current_predictions.';
  COMMENT ON COLUMN mer.track_emotions.run_id IS 'Run that scored the track.';
  COMMENT ON COLUMN mer.track_emotions.track_id IS 'Track.';
  COMMENT ON COLUMN mer.track_emotions.genre IS 'Genre of the track.';
  COMMENT ON COLUMN mer.track_emotions.part IS 'Part of the track in the run that scored it: train, validation, test or unlabelled. In mode predict: part of its audio in the champion''s training run.';
  COMMENT ON COLUMN mer.track_emotions.duration_seconds IS 'Length of the audio in seconds.';
  COMMENT ON COLUMN mer.track_emotions.positives IS 'Ids of the labels in use that the track has by the model''s decision, in the order of label_no.';
  COMMENT ON COLUMN mer.track_emotions.model_run_id IS 'Run that fitted the model.';
  COMMENT ON COLUMN mer.track_emotions.by_champion IS 'Whether the model is the present champion; false if an earlier champion scored the track, or if there is no champion.';
  COMMENT ON COLUMN mer.track_emotions.present IS 'Whether the track is still in the landing zone; if it is not, see tracks.gone_at.';
  COMMENT ON COLUMN mer.track_emotions.scored_at IS 'Time at which the prediction was published.';
  COMMENT ON COLUMN mer.track_emotions.probabilities IS 'Calibrated probability of each label, at the position of its label_no, for queries that choose the label: see the query tracks_between_emotions. Null for labels that the model does not know.';
  COMMENT ON COLUMN mer.track_emotions.reached IS 'Numbers of the labels that the track has by the model''s decision, retired labels included. It is faster to compare than positives.';
  COMMENT ON COLUMN mer.track_emotions.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';
  COMMENT ON COLUMN mer.track_emotions.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';

  EXECUTE format($view$
    CREATE VIEW mer.best_tracks AS
    SELECT
      run_id, emotion, rank, track_id, ranked.genre,
      (SELECT part FROM mer.split WHERE split.run_no = ranked.run_no AND split.track_no = ranked.track_no) AS part,
      probability, positive, model_run_id, by_champion, scored_at, title, artist, label_no,
      (
        SELECT certainty FROM mer.decided
        WHERE decided.run_no = ranked.run_no AND decided.track_no = ranked.track_no AND decided.label_no = ranked.label_no
      ) AS certainty,
      provisional
    FROM (%s) AS ranked
    LEFT JOIN mer.track USING (track_no)
    LEFT JOIN mer.scoring USING (run_no)
  $view$, branches);
  COMMENT ON VIEW mer.best_tracks IS 'Tracks of the landing zone, ranked for each label by the probability of the served predictions: see current_predictions.';
  COMMENT ON COLUMN mer.best_tracks.run_id IS 'Run that scored the track.';
  COMMENT ON COLUMN mer.best_tracks.emotion IS 'Label.';
  COMMENT ON COLUMN mer.best_tracks.rank IS 'Rank among the tracks that are in the landing zone and have a prediction. Equal probabilities have the same rank. ORDER BY probability DESC, track_id returns the tracks in this order and is the fastest way to the first ranks.';
  COMMENT ON COLUMN mer.best_tracks.track_id IS 'Track.';
  COMMENT ON COLUMN mer.best_tracks.genre IS 'Genre of the track.';
  COMMENT ON COLUMN mer.best_tracks.part IS 'Part of the track in the run that scored it: train, validation, test or unlabelled. In mode predict: part of its audio in the champion''s training run.';
  COMMENT ON COLUMN mer.best_tracks.probability IS 'Calibrated probability of the label. The mean of the model''s probabilities over the segments of the track is calibrated.';
  COMMENT ON COLUMN mer.best_tracks.positive IS 'Whether the track has the label by the model''s decision: its probability reaches the threshold or, for a label set of kind single, is the highest.';
  COMMENT ON COLUMN mer.best_tracks.model_run_id IS 'Run that fitted the model.';
  COMMENT ON COLUMN mer.best_tracks.by_champion IS 'Whether the model is the present champion; false if an earlier champion scored the track, or if there is no champion.';
  COMMENT ON COLUMN mer.best_tracks.scored_at IS 'Time at which the prediction was published.';
  COMMENT ON COLUMN mer.best_tracks.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';
  COMMENT ON COLUMN mer.best_tracks.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';
  COMMENT ON COLUMN mer.best_tracks.label_no IS 'Number of the label: see labels.';
  COMMENT ON COLUMN mer.best_tracks.certainty IS 'yes or no: the answer is clear. unclear: the probability is too near the threshold to promise that the answer is right. Null (not known) for a model of a version without ranges of unclear answers: see thresholds.';
  COMMENT ON COLUMN mer.best_tracks.provisional IS 'Whether the model is provisional: it is not shown to be better than guessing, because the 95 % interval of its macro ROC-AUC on its test tracks does not lie above the baseline.';

  GRANT SELECT ON mer.track_emotions, mer.best_tracks TO mer_reader, mer_writer;

  FOR index IN SELECT * FROM mer.label_indexes() LOOP
    IF index.retired THEN
      EXECUTE format('DROP INDEX IF EXISTS mer.%I', index.name);
    ELSE
      EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON mer.listing %s', index.name, index.definition);
    END IF;
  END LOOP;
END
$make$;
DO $$
BEGIN
  -- A new database has no labels yet; the views are made when it adopts its label set.
  IF EXISTS (SELECT FROM mer.label) THEN
    PERFORM mer.make_label_views();
  END IF;
END
$$;

GRANT SELECT ON mer.rules, mer.decided, mer.model_grades TO mer_reader, mer_writer;
