-- Who may do what. Nobody else may do anything.

REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON SCHEMA mer FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA mer FROM PUBLIC;
GRANT USAGE ON SCHEMA mer TO mer_writer, mer_reader;

GRANT SELECT ON
  mer.latest_run, mer.runs, mer.tracks, mer.track_emotions, mer.predictions, mer.best_tracks, mer.annotations, mer.splits,
  mer.thresholds, mer.metrics, mer.metrics_by_run, mer.training_curves, mer.stage_counters, mer.rejected_files
  TO mer_reader, mer_writer;

-- rows of a run are replaced as a whole
GRANT SELECT, INSERT, DELETE ON
  mer.split, mer.annotation, mer.prediction, mer.threshold, mer.metric, mer.training_epoch, mer.stage_counter, mer.rejected_audio
  TO mer_writer;
-- what outlives a run is changed in place
GRANT SELECT, INSERT, UPDATE ON mer.run, mer.track, mer.content_part TO mer_writer;
