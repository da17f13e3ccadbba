-- Why tracks are in one group, which is never divided between parts.

CREATE TABLE mer.track_group (
  run_no integer NOT NULL REFERENCES mer.run ON DELETE CASCADE,
  track_no integer NOT NULL REFERENCES mer.track,
  reason text NOT NULL CHECK (reason IN ('equal_bytes', 'equal_samples', 'same_recording', 'artist')),
  other_track_no integer REFERENCES mer.track,
  artist text,
  share double precision CHECK (share >= 0 AND share <= 1),
  CHECK ((reason = 'artist') = (artist IS NOT NULL)),
  CHECK ((reason <> 'artist') = (other_track_no IS NOT NULL)),
  CHECK ((reason = 'same_recording') = (share IS NOT NULL))
);
CREATE UNIQUE INDEX track_group_pair ON mer.track_group (run_no, track_no, other_track_no) WHERE other_track_no IS NOT NULL;
CREATE UNIQUE INDEX track_group_artist ON mer.track_group (run_no, track_no, artist) WHERE artist IS NOT NULL;
COMMENT ON TABLE mer.track_group IS 'Links that make the groups of each run, which are never divided between parts: one row for two tracks, or for a track and its artist.';
COMMENT ON COLUMN mer.track_group.run_no IS 'Run.';
COMMENT ON COLUMN mer.track_group.track_no IS 'Track.';
COMMENT ON COLUMN mer.track_group.reason IS 'equal_bytes: equal files. equal_samples: files that differ in their wrapping only. same_recording: many peaks in common. artist: an artist of other tracks too.';
COMMENT ON COLUMN mer.track_group.other_track_no IS 'The track that it is a twin of; null if the reason is the artist.';
COMMENT ON COLUMN mer.track_group.artist IS 'The artist, as the tags write the name; null if the reason is another track.';
COMMENT ON COLUMN mer.track_group.share IS 'Share of the peaks of their spectra that two recordings have in common; null for other reasons.';

CREATE VIEW mer.groups AS
SELECT run_id, group_id, track.track_id, track.genre, part, reason, other.track_id AS other_track_id, artist, share
FROM (
  SELECT run_no, track_no, reason, other_track_no, artist, share FROM mer.track_group
  UNION ALL
  SELECT run_no, other_track_no, reason, track_no, artist, share FROM mer.track_group WHERE other_track_no IS NOT NULL
) AS both_ways
JOIN mer.split USING (run_no, track_no)
JOIN mer.run USING (run_no)
JOIN mer.track USING (track_no)
LEFT JOIN mer.track AS other ON other.track_no = other_track_no;
COMMENT ON VIEW mer.groups IS 'Which tracks of each run are in one group, and why: one row for a track and each track or artist that it is linked to.';
COMMENT ON COLUMN mer.groups.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.groups.group_id IS 'Group of tracks that are never divided between parts, as in splits; a group of one track has no row here.';
COMMENT ON COLUMN mer.groups.track_id IS 'Track.';
COMMENT ON COLUMN mer.groups.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.groups.part IS 'Part of the track in the run: train, validation, test or unlabelled.';
COMMENT ON COLUMN mer.groups.reason IS 'equal_bytes: equal files. equal_samples: files that differ in their wrapping only. same_recording: many peaks in common. artist: an artist of other tracks too.';
COMMENT ON COLUMN mer.groups.other_track_id IS 'The track that it is a twin of; null if the reason is the artist.';
COMMENT ON COLUMN mer.groups.artist IS 'The artist, as the tags write the name; null if the reason is another track.';
COMMENT ON COLUMN mer.groups.share IS 'Share of the peaks of their spectra that two recordings have in common; null for other reasons.';

GRANT SELECT ON mer.groups TO mer_reader, mer_writer;
GRANT SELECT, INSERT, DELETE ON mer.track_group TO mer_writer;
