-- Updates the tracks of the run's landing zone: names from metadata files, also of tracks that the run did not process, and which
-- tracks are no longer there (gone_at).
-- A run checks only the genres that it was configured with, and only tracks that were last seen in its landing zone, or whose
-- last run has no stored landing zone. All other tracks stay unchanged.

-- A moved file has the same audio content, so only this statement notices its new genre and key.
UPDATE mer.track
SET genre = staged.genre, key = staged.key
FROM staged_landed AS staged, mer.run
WHERE
  run_no = last_run_no AND coalesce(landing_url, %(landing)s) = %(landing)s
  AND track.track_id = staged.track_id AND track.sha256 = staged.sha256
  AND (track.genre <> staged.genre OR track.key <> staged.key);

UPDATE mer.track
SET
  title = coalesce(staged.title, track.title), artist = coalesce(staged.artist, track.artist),
  album = coalesce(staged.album, track.album), year = coalesce(staged.year, track.year),
  track_number = coalesce(staged.track_number, track.track_number), isrc = coalesce(staged.isrc, track.isrc),
  metadata = coalesce(staged.metadata::jsonb, track.metadata)
FROM staged_metadata AS staged, mer.run
WHERE
  run_no = last_run_no AND coalesce(landing_url, %(landing)s) = %(landing)s AND track.track_id = staged.track_id
  AND (
    staged.title <> coalesce(track.title, '') OR staged.artist <> coalesce(track.artist, '')
    OR staged.album <> coalesce(track.album, '') OR staged.year <> coalesce(track.year, 0)
    OR staged.track_number <> coalesce(track.track_number, 0) OR staged.isrc <> coalesce(track.isrc, '')
    OR staged.metadata::jsonb <> coalesce(track.metadata, 'null')
  );

UPDATE mer.track
SET gone_at = NULL
FROM mer.run
WHERE
  run_no = last_run_no AND coalesce(landing_url, %(landing)s) = %(landing)s AND gone_at IS NOT NULL
  AND EXISTS (SELECT FROM staged_landed WHERE staged_landed.track_id = track.track_id);

UPDATE mer.track
SET gone_at = now()
FROM mer.run
WHERE
  run_no = last_run_no AND coalesce(landing_url, %(landing)s) = %(landing)s AND gone_at IS NULL
  AND (%(genres)s::text[] = '{}' OR genre = ANY (%(genres)s::text[]))
  AND NOT EXISTS (SELECT FROM staged_landed WHERE staged_landed.track_id = track.track_id);
