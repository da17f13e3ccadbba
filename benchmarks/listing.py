"""Measure how long a page of the MER tab's lists waits for the database: ``python -m benchmarks.listing [tracks]``.

Fills an embedded Postgres with its default settings (fsync on) with simulated tracks, by default a million. The training run of
the champion scored 1 % of them, and ten runs of mode predict scored the others. One of the six genres has a ten-thousandth of
the tracks. Another has a twentieth, and none of them is calm, so its calmest tracks are far down the list of all tracks.

Then it measures how long serving and listing of all tracks take, and of ten tracks that were scored again. Last come the pages
of each kind with 50 rows, read with the reader's role: the median of nine.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2

from mer_tasks.database.connection import transaction
from mer_tasks.database.migrations import bootstrap
from mer_tasks.database.reader import Page, Reader, page_token
from mer_tasks.local_stack.embedded_postgres import EmbeddedPostgres
from mer_tasks.publishing.served_predictions import serve

TRACKS = 1_000_000
REPEATS = 9
AIM = 200.0
"""Milliseconds that a first page should take at most."""
RUNS = """
INSERT INTO mer.run (
  run_id, mode, try_number, published_at, code_version, config, config_digest, label_set_digest, store_url, model_run_id,
  model_key, model_sha256, tracks, rejected
)
SELECT
  'run' || number, CASE number WHEN 1 THEN 'train' ELSE 'predict' END, 1, now(), '1', '{}', '', digest, 'file:///store',
  'run1', 'model', 'sha256', 1, 0
FROM mer.label_set
CROSS JOIN generate_series(%(first)s, %(last)s) AS number
"""
FILL = (
    "SELECT setseed(0.5)",
    """
    INSERT INTO mer.track (
      track_id, genre, key, sha256, pcm_sha256, duration_seconds, sample_rate, channels, segments, last_run_no
    )
    SELECT
      md5(number::text)::uuid::text,
      CASE WHEN number %% 10000 = 0 THEN 'rare' WHEN number %% 20 = 7 THEN 'metal'
        ELSE (ARRAY['classical', 'electronic', 'pop', 'rock'])[1 + number %% 4] END,
      'key', md5(number::text), md5(number::text), 180, 44100, 2, 60,
      CASE WHEN number %% 100 = 0 THEN 1 ELSE 2 + number %% 10 END
    FROM generate_series(1, %(tracks)s) AS number
    """,
    """
    INSERT INTO mer.split (run_no, track_no, part, group_id, sha256)
    SELECT last_run_no, track_no, (CASE last_run_no WHEN 1 THEN 'train' ELSE 'unlabelled' END)::mer.part, sha256, sha256
    FROM mer.track
    ORDER BY last_run_no, track_no
    """,
    """
    INSERT INTO mer.prediction (run_no, track_no, label_no, part, probability, positive)
    SELECT run_no, track_no, label_no, part, probability, probability >= 0.5
    FROM (
      SELECT
        run_no, track_no, label_no, part,
        1 / (1 + exp(1 - random_normal() + 9 * (genre = 'metal' AND label_id = 'calmness')::integer)) AS probability
      FROM mer.split
      JOIN mer.track USING (track_no)
      CROSS JOIN mer.label
      ORDER BY run_no, track_no, label_no
    ) AS said
    """,
    """
    INSERT INTO mer.threshold (run_no, label_no, threshold, temperature, logit_offset)
    SELECT 1, label_no, 0.5, 1, 0 FROM mer.label
    """,
    """
    INSERT INTO mer.promotion (run_no, model_sha256, outcome, decided_by, rule, reason)
    VALUES (1, 'sha256', 'promoted', 'rule', 'better', '')
    """,
    "INSERT INTO mer.champion (run_no, model_sha256, promotion_no) VALUES (1, 'sha256', 1)",
)
TEN = (
    """
    INSERT INTO mer.split
    SELECT 12, track_no, part, group_id, sha256 FROM mer.split WHERE run_no = 2 ORDER BY track_no LIMIT 10
    """,
    """
    INSERT INTO mer.prediction (run_no, track_no, label_no, part, probability, positive)
    SELECT 12, track_no, label_no, part, 1 - probability, NOT positive FROM mer.prediction
    WHERE run_no = 2 AND track_no IN (SELECT track_no FROM mer.split WHERE run_no = 12)
    """,
)


def filled(url: str, tracks: int) -> None:
    """Insert the rows, and print how long serving and listing them takes."""
    with transaction(url) as cursor:
        cursor.execute(RUNS, {"first": 1, "last": 11})
        for statement in FILL:
            cursor.execute(statement, {"tracks": tracks})
    served(url, "all tracks")
    with transaction(url) as cursor:
        cursor.execute(RUNS, {"first": 12, "last": 12})
        for statement in TEN:
            cursor.execute(statement)
    served(url, "ten tracks")


def served(url: str, what: str) -> None:
    """Update served predictions and the listing, and print how long that takes."""
    with transaction(url) as cursor:
        started = time.perf_counter()
        count = serve(cursor)
        print(f"{what:<36} {time.perf_counter() - started:8.1f} s to serve and list {count:,}", flush=True)


def pages(reader: Reader) -> dict[str, Callable[[], Any]]:
    """Make a function for each kind of page, by its name; pages whose name begins with "far in" are not first pages."""
    kinds: dict[str, Callable[[], Any]] = {
        "runs": reader.runs,
        "genres": reader.genres,
        "tracks by id": reader.tracks,
        "one track": partial(reader.track, "c4ca4238-a0b9-2382-0dcc-509a6f75849b"),
        "far in, by id": partial(reader.tracks, after=page_token(["80000000-0000-0000-0000-000000000000"])),
        "far in, by emotion": partial(reader.tracks, "calmness", after=page_token([0.3, 1])),
        "positives": partial(reader.tracks, "calmness", positive=True),
        "far in, the last positives": partial(reader.tracks, "calmness", positive=True, after=page_token([0.50001, 1])),
    }
    for genre in (None, "rock", "metal", "rare"):
        kinds[f"by emotion, {genre or 'all genres'}"] = partial(reader.tracks, "calmness", genre)
        if genre:
            kinds[f"by id, {genre}"] = partial(reader.tracks, genre=genre)
    for text in ("ab12cd", "ab12", "-4a", "-", "zzz", "z"):
        kinds[f"text {text!r} by id"] = partial(reader.tracks, text=text)
        kinds[f"text {text!r} by emotion"] = partial(reader.tracks, "calmness", text=text)
    return kinds


def main(tracks: int) -> None:
    """Fill the database, and print a line for each kind of page."""
    with tempfile.TemporaryDirectory(prefix="mer-bench-") as name:
        server = EmbeddedPostgres(Path(name) / "pg")
        server.start()
        try:
            urls = bootstrap(server.url())
            filled(urls["mer_writer"], tracks)
            connection = psycopg2.connect(server.url("mer").replace("+psycopg2", ""))
            connection.autocommit = True
            connection.cursor().execute("VACUUM ANALYZE")
            for kind, read_page in pages(Reader(urls["mer_reader"])).items():
                page = read_page()
                times = []
                for _ in range(REPEATS):
                    started = time.perf_counter()
                    read_page()
                    times.append(1000 * (time.perf_counter() - started))
                rows = f"{len(page.rows)} rows" if isinstance(page, Page) else ""
                late = "" if kind.startswith("far in") or statistics.median(times) < AIM else f"more than {AIM:.0f}"
                print(f"{kind:<36} {statistics.median(times):8.1f} ms {rows:>8} {late}", flush=True)
        finally:
            server.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else TRACKS)
