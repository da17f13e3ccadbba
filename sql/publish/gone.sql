-- Marks tracks that the landing zone no longer has, as far as the run has looked: its landing zone, and its genres.
-- Only of tracks that were last seen in that landing zone, or in one of which nothing was kept; what a run has not looked at
-- stays as it is.

-- a file that was moved has the same audio, so nothing else would tell
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
