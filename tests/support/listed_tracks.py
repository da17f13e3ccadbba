"""List tracks with predictions for any label set, written into the tables directly, for tests of what only reads them."""

from mer_tasks.database.connection import transaction
from mer_tasks.label_set import LabelSet

RUN = """
INSERT INTO mer.run (
  run_id, mode, try_number, published_at, code_version, config, config_digest, label_set_digest, store_url, model_run_id,
  model_key, model_sha256, tracks, rejected
)
VALUES (%(run)s, 'train', 1, now(), '1', '{"mode": "train"}', 'x', %(digest)s, %(store)s, %(run)s, 'key', 'sha', %(tracks)s, 0)
RETURNING run_no
"""
TRACKS = """
INSERT INTO mer.track (
  track_id, genre, key, sha256, pcm_sha256, duration_seconds, sample_rate, channels, segments, last_run_no
)
SELECT
  't' || to_char(n, 'FM000000'), CASE WHEN n %% 3 = 0 THEN 'pop' ELSE 'rock' END, 'key', 'sha' || n, 'pcm' || n, 60, 44100, 2,
  20, %(run_no)s
FROM generate_series(1, %(tracks)s) AS n
ON CONFLICT (track_id) DO UPDATE SET last_run_no = excluded.last_run_no
"""
SPLIT = """
INSERT INTO mer.split (run_no, track_no, part, group_id, sha256)
SELECT %(run_no)s, track_no, 'test', track_id, sha256 FROM mer.track
"""
LISTING = """
INSERT INTO mer.listing (track_no, run_no, genre, present, probabilities, positives)
SELECT track_no, %(run_no)s, genre, true, probabilities, ARRAY(
    SELECT number::smallint FROM unnest(probabilities) WITH ORDINALITY AS each (probability, number)
    WHERE CASE WHEN %(single)s THEN probability = highest ELSE probability >= 0.5 END
    ORDER BY number
  )
FROM (
  SELECT track_no, probabilities, (SELECT max(probability) FROM unnest(probabilities) AS probability) AS highest
  FROM (
    SELECT track_no, CASE WHEN %(single)s THEN ARRAY(
        SELECT x / sum(x) OVER () FROM unnest(scores) WITH ORDINALITY AS each (x, number) ORDER BY number
      ) ELSE scores END AS probabilities
    FROM (
      SELECT track_no, ARRAY(
        SELECT CASE
            WHEN number = ANY (%(numbers)s) THEN ((hashint4(track_no * 1000 + number) + 2147483648) / 4294967296.0) ^ %(power)s
          END
        FROM generate_series(1, (SELECT max(label_no) FROM mer.label)) AS number
        ORDER BY number
      )::double precision[] AS scores
      FROM mer.track
    ) AS scored
  ) AS normalised
) AS predicted
JOIN mer.track USING (track_no)
ON CONFLICT (track_no) DO UPDATE SET
  run_no = excluded.run_no, probabilities = excluded.probabilities, positives = excluded.positives
"""
SEARCHED = """
INSERT INTO mer.track_name (track_no, name)
SELECT track_no, mer.searched_name(track_id, title, artist) FROM mer.track
ON CONFLICT (track_no) DO NOTHING
"""
PREDICTIONS = """
INSERT INTO mer.prediction (run_no, track_no, probability, part, label_no, positive)
SELECT run_no, track_no, probability, 'test', number, number = ANY (positives)
FROM mer.listing CROSS JOIN unnest(probabilities) WITH ORDINALITY AS each (probability, number)
WHERE probability IS NOT NULL
ORDER BY track_no, number
"""
THRESHOLDS = """
INSERT INTO mer.threshold (run_no, label_no, threshold, temperature, logit_offset)
SELECT %(run_no)s, number, CASE WHEN NOT %(single)s THEN 0.5 END, 1, 0 FROM unnest(%(numbers)s::smallint[]) AS number
"""
NUMBERS = "SELECT label_nos FROM mer.label_set WHERE digest = %s"


def list_tracks(
    owner_url: str, label_set: LabelSet, tracks: int, run_id: str = "r1", store_url: str = "file:///store", every: bool = True
) -> None:
    """List tracks ``t000001`` and so on with random predictions of a run that has this version of the label set.

    Parameters
    ----------
    owner_url : str
        URL of a database that has adopted the label set, for the role mer_owner.
    label_set : LabelSet
    tracks : int
        Number of tracks; a third of them is pop, the others are rock.
    run_id, store_url : str
    every : bool
        Whether the tables of predictions and thresholds are filled too, which takes longer.
    """
    with transaction(owner_url) as cursor:
        cursor.execute(NUMBERS, [label_set.digest])
        values = {"run": run_id, "digest": label_set.digest, "store": store_url, "tracks": tracks, "single": label_set.single}
        values |= {"numbers": cursor.fetchone()[0], "power": 6 if label_set.single else 1}
        cursor.execute(RUN, values)
        values["run_no"] = cursor.fetchone()[0]
        for statement in (TRACKS, SPLIT, LISTING, SEARCHED, *((PREDICTIONS, THRESHOLDS) if every else ())):
            cursor.execute(statement, values)
        cursor.execute("ANALYZE mer.listing, mer.track")
