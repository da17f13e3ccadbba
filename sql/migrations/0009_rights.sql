-- Rights: who may do what. Nobody else may do anything.
-- mer.make_label_views() grants the rights on the views that it makes.

REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON SCHEMA mer FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA mer FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA mer FROM PUBLIC;
GRANT USAGE ON SCHEMA mer TO mer_writer, mer_reader;

GRANT SELECT ON
  mer.runs, mer.latest_run, mer.stage_counters, mer.rejected_files, mer.training_curves, mer.migrations,
  mer.tracks, mer.splits, mer.groups,
  mer.labels, mer.label_sets, mer.annotations,
  mer.predictions, mer.thresholds, mer.judgements,
  mer.metrics, mer.metrics_by_run, mer.agreements, mer.comparisons, mer.canaries, mer.drifts, mer.drifted_runs, mer.crossvals,
  mer.promotions, mer.champions, mer.served, mer.scoring, mer.current_predictions, mer.explanations,
  mer.listed_tracks, mer.listed_emotions, mer.listed_genres, mer.listed_runs, mer.emotion_pairs, mer.waiting_tracks
  TO mer_reader, mer_writer;
GRANT EXECUTE ON FUNCTION mer.explain(text), mer.trigrams(text) TO mer_reader, mer_writer;

-- Rows of a run are replaced as a whole.
GRANT SELECT, INSERT, DELETE ON
  mer.split, mer.track_group, mer.annotation, mer.prediction, mer.threshold, mer.metric, mer.agreement, mer.comparison, mer.canary,
  mer.drift, mer.crossval, mer.crossval_metric, mer.training_epoch, mer.stage_counter, mer.rejected_audio, mer.emotion_pair,
  mer.waiting
  TO mer_writer;
-- What outlives a run is changed in place.
GRANT SELECT, INSERT, UPDATE ON mer.run, mer.track, mer.content_part, mer.champion, mer.serving, mer.track_name TO mer_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON mer.listing TO mer_writer;
-- Decisions are added and never changed.
GRANT SELECT, INSERT ON mer.promotion TO mer_writer;
-- Only the owner adopts a version of the label set.
GRANT SELECT ON mer.label, mer.label_set TO mer_writer;
GRANT EXECUTE ON FUNCTION
  mer.placed(integer, double precision[]), mer.scores(integer, integer), mer.list_anew(), mer.listed_anew(), mer.tidy_names(),
  mer.correlated(), mer.paired(), mer.unscored(), mer.searched_name(text, text, text)
  TO mer_writer;
