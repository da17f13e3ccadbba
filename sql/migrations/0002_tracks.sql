-- Tracks, their parts in each run, and why tracks are in one group. The view tracks is in 0006_promotion.sql.
--
-- split and track_group have no foreign keys: their rows are made by a join with track, in the transaction that makes the row of
-- the run. With keys, checking a million rows took longer than writing them.

CREATE TABLE mer.track (
  track_no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  track_id text NOT NULL UNIQUE,
  genre text NOT NULL,
  key text NOT NULL,
  sha256 text NOT NULL,
  pcm_sha256 text NOT NULL,
  duration_seconds double precision NOT NULL,
  sample_rate integer NOT NULL,
  channels integer NOT NULL,
  decoder text,
  mixdown text,
  segments integer NOT NULL,
  last_run_no integer NOT NULL,
  gone_at timestamptz,
  title text,
  artist text,
  album text,
  year integer,
  track_number integer,
  isrc text,
  metadata jsonb
);
CREATE INDEX track_by_genre ON mer.track (genre, track_id);
CREATE INDEX track_gone ON mer.track (gone_at DESC, track_id) WHERE gone_at IS NOT NULL;
COMMENT ON TABLE mer.track IS 'Tracks, one row each, with their properties in the latest run that had the track. Results of each run are in the tables that have a column run_no.';
COMMENT ON COLUMN mer.track.track_no IS 'Number of the track.';
COMMENT ON COLUMN mer.track.track_id IS 'Name of the track: the name of its file without the extension.';
COMMENT ON COLUMN mer.track.genre IS 'Genre of the track: the name of its folder in the landing zone.';
COMMENT ON COLUMN mer.track.key IS 'Key of the audio file in the landing zone.';
COMMENT ON COLUMN mer.track.sha256 IS 'sha256 of the audio file, in hex.';
COMMENT ON COLUMN mer.track.pcm_sha256 IS 'sha256 of the decoded samples, in hex. Files with exactly the same decoded samples have the same value.';
COMMENT ON COLUMN mer.track.duration_seconds IS 'Length of the audio in seconds.';
COMMENT ON COLUMN mer.track.sample_rate IS 'Sampling rate of the file in the landing zone, in samples per second.';
COMMENT ON COLUMN mer.track.channels IS 'Number of channels of the file in the landing zone.';
COMMENT ON COLUMN mer.track.decoder IS 'Library that decoded the file: libsndfile or ffmpeg.';
COMMENT ON COLUMN mer.track.mixdown IS 'How the channels became one: mean, or the channel that was taken alone, such as channel 1 of 2.';
COMMENT ON COLUMN mer.track.segments IS 'Number of segments into which the track is cut for the model.';
COMMENT ON COLUMN mer.track.last_run_no IS 'Latest run that had the track; the other columns of the row come from this run.';
COMMENT ON COLUMN mer.track.gone_at IS 'Time at which a run first found that the track is no longer in the landing zone; null while it is in the landing zone.';
COMMENT ON COLUMN mer.track.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';
COMMENT ON COLUMN mer.track.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';
COMMENT ON COLUMN mer.track.album IS 'Album of the track, from metadata files or else from the tags of the file; null as for title.';
COMMENT ON COLUMN mer.track.year IS 'Year, from metadata files or else from the tags of the file; null as for title.';
COMMENT ON COLUMN mer.track.track_number IS 'Number of the track on its album, from metadata files or else from the tags of the file; null as for title.';
COMMENT ON COLUMN mer.track.isrc IS 'International Standard Recording Code, from metadata files; null if they have none.';
COMMENT ON COLUMN mer.track.metadata IS 'Other columns of metadata files, by their names; null if there are none.';

CREATE TABLE mer.split (
  run_no integer NOT NULL,
  track_no integer NOT NULL,
  part mer.part NOT NULL,
  group_id text NOT NULL,
  sha256 text NOT NULL,
  PRIMARY KEY (run_no, track_no)
);
-- The few tracks of the other parts, among a million unlabelled ones.
CREATE INDEX split_part ON mer.split (run_no, part, track_no) WHERE part <> 'unlabelled';
COMMENT ON TABLE mer.split IS 'The corpus of each run: one row per track, with its part.';
COMMENT ON COLUMN mer.split.run_no IS 'Run.';
COMMENT ON COLUMN mer.split.track_no IS 'Track.';
COMMENT ON COLUMN mer.split.part IS 'Part of the track in this run. In mode predict: part of its audio in the champion''s training run.';
COMMENT ON COLUMN mer.split.group_id IS 'Group of the track; a group is never divided between parts. In mode predict, which divides nothing, this is the sha256 of the audio file.';
COMMENT ON COLUMN mer.split.sha256 IS 'sha256 of the audio file in this run, in hex.';

CREATE TABLE mer.content_part (
  sha256 text PRIMARY KEY,
  part mer.part NOT NULL CHECK (part <> 'unlabelled'),
  run_no integer NOT NULL REFERENCES mer.run
);
COMMENT ON TABLE mer.content_part IS 'Part of each audio content, which stays the same from run to run. So no model is evaluated on audio that it or an earlier model was fitted on.';
COMMENT ON COLUMN mer.content_part.sha256 IS 'sha256 of the audio file or of its decoded samples, in hex. A file with changed tags has the same decoded samples, so it keeps its part.';
COMMENT ON COLUMN mer.content_part.part IS 'train, validation or test: the first of these that the audio had in a training run. Runs before the last fresh split that included the audio do not count.';
COMMENT ON COLUMN mer.content_part.run_no IS 'Run that set the part.';

CREATE TABLE mer.track_group (
  run_no integer NOT NULL,
  track_no integer NOT NULL,
  reason text NOT NULL CHECK (reason IN ('equal_bytes', 'equal_samples', 'same_recording', 'artist')),
  other_track_no integer,
  artist text,
  share double precision CHECK (share >= 0 AND share <= 1),
  CHECK ((reason = 'artist') = (artist IS NOT NULL)),
  CHECK ((reason <> 'artist') = (other_track_no IS NOT NULL)),
  CHECK ((reason = 'same_recording') = (share IS NOT NULL))
);
CREATE UNIQUE INDEX track_group_pair ON mer.track_group (run_no, track_no, other_track_no) WHERE other_track_no IS NOT NULL;
CREATE UNIQUE INDEX track_group_artist ON mer.track_group (run_no, track_no, artist) WHERE artist IS NOT NULL;
COMMENT ON TABLE mer.track_group IS 'Links between tracks, which make the groups of each run: one row for two linked tracks, or for a track and its artist. A group is never divided between parts.';
COMMENT ON COLUMN mer.track_group.run_no IS 'Run.';
COMMENT ON COLUMN mer.track_group.track_no IS 'Track.';
COMMENT ON COLUMN mer.track_group.reason IS 'equal_bytes: the files are equal. equal_samples: the decoded samples are equal, but the files differ. same_recording: the spectra have many peaks in common. artist: other tracks have the same artist.';
COMMENT ON COLUMN mer.track_group.other_track_no IS 'The other track, which has the same recording; null if the reason is artist.';
COMMENT ON COLUMN mer.track_group.artist IS 'Name of the artist, as metadata files or tags write it; null for other reasons.';
COMMENT ON COLUMN mer.track_group.share IS 'Share of spectral peaks that the two recordings have in common, if the reason is same_recording; null for other reasons.';

CREATE VIEW mer.splits AS
SELECT run_id, track_id, genre, part, group_id, split.sha256
FROM mer.split
JOIN mer.run USING (run_no)
JOIN mer.track USING (track_no);
COMMENT ON VIEW mer.splits IS 'The corpus of each run: one row per track, with its part.';
COMMENT ON COLUMN mer.splits.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.splits.track_id IS 'Track.';
COMMENT ON COLUMN mer.splits.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.splits.part IS 'Part of the track in the run: train, validation, test or unlabelled.';
COMMENT ON COLUMN mer.splits.group_id IS 'Group of the track; a group is never divided between parts. In mode predict, which divides nothing, this is the sha256 of the audio file.';
COMMENT ON COLUMN mer.splits.sha256 IS 'sha256 of the audio file in this run, in hex.';

CREATE VIEW mer.groups AS
SELECT run_id, group_id, track.track_id, track.genre, part, reason, other.track_id AS other_track_id, both_ways.artist, share,
  track.title, other.title AS other_title
FROM (
  SELECT run_no, track_no, reason, other_track_no, artist, share FROM mer.track_group
  UNION ALL
  SELECT run_no, other_track_no, reason, track_no, artist, share FROM mer.track_group WHERE other_track_no IS NOT NULL
) AS both_ways
JOIN mer.split USING (run_no, track_no)
JOIN mer.run USING (run_no)
JOIN mer.track USING (track_no)
LEFT JOIN mer.track AS other ON other.track_no = other_track_no;
COMMENT ON VIEW mer.groups IS 'The tracks of each group and the reasons why they are in it: one row for a track and each track or artist that it is linked to.';
COMMENT ON COLUMN mer.groups.run_id IS 'Name of the run.';
COMMENT ON COLUMN mer.groups.group_id IS 'Group of the track, as in splits; a group is never divided between parts. Tracks without links have no row in this view.';
COMMENT ON COLUMN mer.groups.track_id IS 'Track.';
COMMENT ON COLUMN mer.groups.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.groups.part IS 'Part of the track in the run: train, validation, test or unlabelled.';
COMMENT ON COLUMN mer.groups.reason IS 'equal_bytes: the files are equal. equal_samples: the decoded samples are equal, but the files differ. same_recording: the spectra have many peaks in common. artist: other tracks have the same artist.';
COMMENT ON COLUMN mer.groups.other_track_id IS 'The other track, which has the same recording; null if the reason is artist.';
COMMENT ON COLUMN mer.groups.artist IS 'Name of the artist, as metadata files or tags write it; null for other reasons.';
COMMENT ON COLUMN mer.groups.share IS 'Share of spectral peaks that the two recordings have in common, if the reason is same_recording; null for other reasons.';
COMMENT ON COLUMN mer.groups.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';
COMMENT ON COLUMN mer.groups.other_title IS 'Title of the other track, as title; null if the reason is artist.';
