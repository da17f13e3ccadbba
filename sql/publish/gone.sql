-- Marks the tracks whose files are no longer in the landing zone of the run (gone_at).
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
