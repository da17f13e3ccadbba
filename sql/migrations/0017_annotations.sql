-- What listeners said of the parts of a run, without a look at the tracks: Postgres leaves out an outer join of which nothing is asked.

CREATE OR REPLACE VIEW mer.annotations AS
SELECT run_id, track_id, genre, emotion, votes, annotators, votes::double precision / annotators AS share, label,
  -- not by the name of that column elsewhere, with which views are joined
  part AS in_part
FROM mer.annotation
JOIN mer.run USING (run_no)
LEFT JOIN mer.track USING (track_no)
LEFT JOIN mer.split USING (run_no, track_no);
COMMENT ON COLUMN mer.annotations.in_part IS 'Part of the track in the run: train, validation, test or unlabelled.';
