-- Labels: the adopted versions of the label set, and the votes of the listeners.
--
-- The columns of annotation and prediction are ordered so that a row has no gaps. Both have no foreign keys, as split has none.

CREATE TABLE mer.label_set (
  label_set_no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  version integer NOT NULL UNIQUE,
  kind text NOT NULL CHECK (kind IN ('multi', 'single')),
  digest text NOT NULL,
  label_nos smallint[] NOT NULL,
  document jsonb NOT NULL,
  adopted_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE mer.label_set IS 'Versions of the label set that this database has adopted, one row each. All versions have the same name and kind.';
COMMENT ON COLUMN mer.label_set.label_set_no IS 'Number in the order of adoption; the largest number is the current version.';
COMMENT ON COLUMN mer.label_set.name IS 'Name of the label set.';
COMMENT ON COLUMN mer.label_set.version IS 'Version in the file of the label set.';
COMMENT ON COLUMN mer.label_set.kind IS 'multi: a track has each label or not. single: a track has exactly one label.';
COMMENT ON COLUMN mer.label_set.digest IS 'sha256 of the name, the kind and the labels in use with their order, in hex. Versions that differ only in texts have the same digest.';
COMMENT ON COLUMN mer.label_set.label_nos IS 'Numbers of the labels in use, in the order of the file.';
COMMENT ON COLUMN mer.label_set.document IS 'The label set as JSON.';
COMMENT ON COLUMN mer.label_set.adopted_at IS 'Time at which the database adopted the version.';

CREATE TABLE mer.label (
  label_no smallint PRIMARY KEY CHECK (label_no >= 1),
  label_id text NOT NULL UNIQUE,
  name text NOT NULL,
  description text NOT NULL,
  colour text,
  valence double precision,
  arousal double precision,
  retired boolean NOT NULL
);
COMMENT ON TABLE mer.label IS 'All labels that the database has adopted, one row each, with their texts in the current version of the label set.';
COMMENT ON COLUMN mer.label.label_no IS 'Number of the label from 1, in the order of adoption; it never changes.';
COMMENT ON COLUMN mer.label.label_id IS 'Id of the label, as in files and columns.';
COMMENT ON COLUMN mer.label.name IS 'Name for people, in any language.';
COMMENT ON COLUMN mer.label.description IS 'Meaning of the label; may be empty.';
COMMENT ON COLUMN mer.label.colour IS 'Colour in figures, such as #0072B2; null if the figures may choose.';
COMMENT ON COLUMN mer.label.valence IS 'Valence from -1 (unpleasant) to 1 (pleasant); null if unknown.';
COMMENT ON COLUMN mer.label.arousal IS 'Arousal from -1 (calm) to 1 (excited); null if unknown.';
COMMENT ON COLUMN mer.label.retired IS 'Whether the current version leaves the label out. Rows of earlier runs keep it.';

CREATE TABLE mer.annotation (
  run_no integer NOT NULL,
  track_no integer NOT NULL,
  votes integer NOT NULL,
  annotators integer NOT NULL,
  label_no smallint NOT NULL,
  label boolean NOT NULL,
  PRIMARY KEY (run_no, track_no, label_no),
  CHECK (annotators > 0 AND votes BETWEEN 0 AND annotators)
);
COMMENT ON TABLE mer.annotation IS 'Votes of the listeners in each run: one row per annotated track and label.';
COMMENT ON COLUMN mer.annotation.run_no IS 'Run.';
COMMENT ON COLUMN mer.annotation.track_no IS 'Track.';
COMMENT ON COLUMN mer.annotation.votes IS 'Number of listeners who chose the label.';
COMMENT ON COLUMN mer.annotation.annotators IS 'Number of listeners who annotated the track.';
COMMENT ON COLUMN mer.annotation.label_no IS 'Label.';
COMMENT ON COLUMN mer.annotation.label IS 'Whether the track carries the label under the label rule of the run.';

CREATE VIEW mer.labels AS
SELECT label_no, label_id AS label, name, description, colour, valence, arousal, retired
FROM mer.label;
COMMENT ON VIEW mer.labels IS 'Labels of this database, one row each, with their texts in the current version of the label set.';
COMMENT ON COLUMN mer.labels.label_no IS 'Number of the label, and its position in arrays of probabilities.';
COMMENT ON COLUMN mer.labels.label IS 'Id of the label, as in the column emotion of other views.';
COMMENT ON COLUMN mer.labels.name IS 'Name for people, in any language.';
COMMENT ON COLUMN mer.labels.description IS 'Meaning of the label; may be empty.';
COMMENT ON COLUMN mer.labels.colour IS 'Colour in figures, such as #0072B2; null if the figures may choose.';
COMMENT ON COLUMN mer.labels.valence IS 'Valence from -1 (unpleasant) to 1 (pleasant); null if unknown.';
COMMENT ON COLUMN mer.labels.arousal IS 'Arousal from -1 (calm) to 1 (excited); null if unknown.';
COMMENT ON COLUMN mer.labels.retired IS 'Whether the current version leaves the label out. Earlier runs keep it.';

CREATE VIEW mer.label_sets AS
SELECT
  name, version, kind, digest, document, adopted_at, label_set_no = (SELECT max(label_set_no) FROM mer.label_set) AS is_current
FROM mer.label_set;
COMMENT ON VIEW mer.label_sets IS 'Versions of the label set that this database has adopted, one row each.';
COMMENT ON COLUMN mer.label_sets.name IS 'Name of the label set.';
COMMENT ON COLUMN mer.label_sets.version IS 'Version in the file of the label set.';
COMMENT ON COLUMN mer.label_sets.kind IS 'multi: a track has each label or not. single: a track has exactly one label.';
COMMENT ON COLUMN mer.label_sets.digest IS 'sha256 of the name, the kind and the labels in use with their order, in hex: see runs.label_set_digest.';
COMMENT ON COLUMN mer.label_sets.document IS 'The label set as JSON.';
COMMENT ON COLUMN mer.label_sets.adopted_at IS 'Time at which the database adopted the version.';
COMMENT ON COLUMN mer.label_sets.is_current IS 'Whether it is the version that new runs must have.';

CREATE VIEW mer.annotations AS
SELECT
  run_id, track_id, genre, label_id AS emotion, votes, annotators, votes::double precision / annotators AS share, annotation.label,
  -- Not named part: views are joined by columns of equal names.
  part AS in_part, label_no
FROM mer.annotation
JOIN mer.run USING (run_no)
-- Outer joins, which Postgres leaves out of a query that does not use their columns.
LEFT JOIN mer.label USING (label_no)
LEFT JOIN mer.track USING (track_no)
LEFT JOIN mer.split USING (run_no, track_no);
COMMENT ON VIEW mer.annotations IS 'Votes of the listeners: one row per run, annotated track and label.';
COMMENT ON COLUMN mer.annotations.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.annotations.track_id IS 'Track.';
COMMENT ON COLUMN mer.annotations.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.annotations.emotion IS 'Label.';
COMMENT ON COLUMN mer.annotations.votes IS 'Number of listeners who chose the label.';
COMMENT ON COLUMN mer.annotations.annotators IS 'Number of listeners who annotated the track.';
COMMENT ON COLUMN mer.annotations.share IS 'Fraction of the listeners who chose the label: votes / annotators.';
COMMENT ON COLUMN mer.annotations.label IS 'Whether the track carries the label under the label rule of the run.';
COMMENT ON COLUMN mer.annotations.in_part IS 'Part of the track in the run: train, validation, test or unlabelled.';
COMMENT ON COLUMN mer.annotations.label_no IS 'Number of the label: see labels.';
