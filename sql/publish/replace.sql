-- Deletes all rows of run :run_no. Then inserts its tracks, splits, groups, parts and rejected files from the staging tables
-- (staged_*). Stage publish inserts predictions, annotations and metrics.
-- Rows are inserted in order of their keys, so that indexes grow at their ends.

DELETE FROM mer.prediction WHERE run_no = %(run_no)s;
DELETE FROM mer.annotation WHERE run_no = %(run_no)s;
DELETE FROM mer.split WHERE run_no = %(run_no)s;
DELETE FROM mer.track_group WHERE run_no = %(run_no)s;
DELETE FROM mer.threshold WHERE run_no = %(run_no)s;
DELETE FROM mer.metric WHERE run_no = %(run_no)s;
DELETE FROM mer.agreement WHERE run_no = %(run_no)s;
DELETE FROM mer.comparison WHERE run_no = %(run_no)s;
DELETE FROM mer.canary WHERE run_no = %(run_no)s;
DELETE FROM mer.drift WHERE run_no = %(run_no)s;
DELETE FROM mer.training_epoch WHERE run_no = %(run_no)s;
DELETE FROM mer.stage_counter WHERE run_no = %(run_no)s;
DELETE FROM mer.rejected_audio WHERE run_no = %(run_no)s;

-- If an older run is published again, the facts that a newer run has stored about a track stay.
UPDATE mer.track
SET
  genre = staged.genre, key = staged.key, sha256 = staged.sha256, pcm_sha256 = staged.pcm_sha256,
  duration_seconds = staged.duration_seconds, sample_rate = staged.sample_rate, channels = staged.channels,
  segments = staged.segments, last_run_no = %(run_no)s, title = staged.title, artist = staged.artist, album = staged.album,
  year = staged.year, track_number = staged.track_number, isrc = staged.isrc, metadata = staged.metadata::jsonb,
  decoder = staged.decoder, mixdown = staged.mixdown
FROM staged_track AS staged
WHERE track.track_id = staged.track_id AND last_run_no <= %(run_no)s;

-- ON CONFLICT is not used here: it would take a number from the sequence for each track that exists already.
INSERT INTO mer.track (
  track_id, genre, key, sha256, pcm_sha256, duration_seconds, sample_rate, channels, segments, last_run_no, title, artist, album,
  year, track_number, isrc, metadata, decoder, mixdown
)
SELECT
  track_id, genre, key, sha256, pcm_sha256, duration_seconds, sample_rate, channels, segments, %(run_no)s, title, artist, album,
  year, track_number, isrc, metadata::jsonb, decoder, mixdown
FROM staged_track
WHERE NOT EXISTS (SELECT FROM mer.track WHERE track.track_id = staged_track.track_id)
ORDER BY track_id;

INSERT INTO mer.split (run_no, track_no, part, group_id, sha256)
SELECT %(run_no)s, track_no, part, group_id, staged_split.sha256
FROM staged_split
JOIN mer.track USING (track_id)
ORDER BY track_no;

INSERT INTO mer.track_group (run_no, track_no, reason, other_track_no, artist, share)
SELECT %(run_no)s, track.track_no, reason, other.track_no, staged_group.artist, share
FROM staged_group
JOIN mer.track USING (track_id)
LEFT JOIN mer.track AS other ON other.track_id = other_track_id
ORDER BY track.track_no;

-- The parts are sorted by how much a model uses them: train comes first. The stored part of an audio content only changes to an
-- earlier one (from test to train, for example), unless the run has made a fresh split.
INSERT INTO mer.content_part (sha256, part, run_no)
SELECT content, min(part), %(run_no)s
FROM staged_split
JOIN staged_track USING (track_id)
CROSS JOIN LATERAL (VALUES (staged_split.sha256), (pcm_sha256)) AS both_hashes (content)
WHERE part <> 'unlabelled' AND %(mode)s = 'train'
GROUP BY content
ORDER BY content
ON CONFLICT (sha256) DO UPDATE SET part = excluded.part, run_no = excluded.run_no
WHERE excluded.part < content_part.part OR (%(fresh_split)s AND content_part.run_no <= excluded.run_no);

INSERT INTO mer.rejected_audio (run_no, key, stage, track_id, genre, sha256, reason, detail)
SELECT %(run_no)s, key, stage, track_id, genre, sha256, reason, detail
FROM staged_rejected
ORDER BY key, stage;
