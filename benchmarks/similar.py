"""Measure the search of similar tracks: ``python -m benchmarks.similar [tracks] [size]``, by default a million vectors of 200.

Fills an embedded Postgres with its default settings (fsync on) with simulated tracks. Their vectors are random, with a
structure like that of music: 32 independent factors whose weights fall, 1,000 styles around which tracks lie, and a little
noise in every dimension. One of the six genres has a ten-thousandth of the tracks, another a twentieth.

Then it measures how long loading and indexing take and how much memory the index needs, the time of a search of each kind with
the reader's role (median and 95th percentile), recall at 10 against the exact neighbours, and the vectors of a weekly run.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil

from mer_tasks.database.connection import engine, transaction
from mer_tasks.database.migrations import bootstrap
from mer_tasks.database.vector_copy import copy_vectors
from mer_tasks.local_stack.embedded_postgres import EmbeddedPostgres

TRACKS, SIZE = 1_000_000, 200
FACTORS, STYLES, NOISE = 32, 1_000, 0.05
BATCH = 20_000
SEARCHES = 200
NEIGHBOURS = 10
WEEKLY = 1_000
AIM = 50.0
"""Milliseconds that a search should take at most."""
FILL = (
    "SELECT setseed(0.5)",
    """
    INSERT INTO mer.track (
      track_id, genre, key, sha256, pcm_sha256, duration_seconds, sample_rate, channels, segments, last_run_no
    )
    SELECT
      't' || number,
      CASE WHEN number %% 10000 = 0 THEN 'rare' WHEN number %% 20 = 7 THEN 'metal'
        ELSE (ARRAY['classical', 'electronic', 'pop', 'rock'])[1 + number %% 4] END,
      'key', md5(number::text), md5(number::text), 180, 44100, 2, 60, 1
    FROM generate_series(1, %(tracks)s) AS number
    """,
    """
    INSERT INTO mer.listing (track_no, run_no, genre, present, probabilities, positives)
    SELECT track_no, 1, genre, true, probabilities,
      ARRAY(SELECT number::smallint FROM unnest(probabilities) WITH ORDINALITY AS p (value, number) WHERE value >= 0.7)
    FROM (
      SELECT track_no, genre, ARRAY(
          SELECT (hashint4(track_no * 1000 + label_no) + 2147483648) / 4294967296.0 FROM mer.label ORDER BY label_no
        )::double precision[] AS probabilities
      FROM mer.track
    ) AS scored
    """,
    """
    INSERT INTO mer.space (space, kind, name, source, size, means, deviations)
    VALUES (
      'benchmark', 'encoder', 'random', 'random', %(size)s, array_fill(0, ARRAY[%(size)s]), array_fill(1, ARRAY[%(size)s])
    )
    """,
    """
    INSERT INTO mer.run (
      run_id, mode, try_number, published_at, code_version, config, config_digest, label_set_digest, store_url, model_run_id,
      model_key, model_sha256, tracks, rejected, space_no
    )
    SELECT 'run', 'train', 1, now(), '1', '{}', '', digest, 'file:///store', 'run', 'model', 'sha256', 1, 0, 1
    FROM mer.label_set
    """,
    "SELECT mer.make_vector_tables()",
    "ANALYZE mer.track, mer.listing",
)

Vectors = npt.NDArray[np.float32]


def batches(tracks: int, size: int) -> Iterator[tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8], Vectors]]:
    """Make the vectors of all tracks, always the same; the number of a track is its place."""
    random = np.random.default_rng(0)
    weights = 1 / np.sqrt(np.arange(1, FACTORS + 1))
    loadings = random.standard_normal((FACTORS, size)) * weights[:, np.newaxis] / np.sqrt(FACTORS)
    styles = random.standard_normal((STYLES, FACTORS))
    for first in range(0, tracks, BATCH):
        count = min(BATCH, tracks - first)
        factors = styles[random.integers(STYLES, size=count)] + 0.7 * random.standard_normal((count, FACTORS))
        vectors = (factors @ loadings + NOISE * random.standard_normal((count, size))).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        yield np.arange(first + 1, first + count + 1, dtype=np.int32), np.zeros((count, 32), np.uint8), vectors


def exact_neighbours(tracks: int, size: int, asked: npt.NDArray[np.int64]) -> list[set[int]]:
    """Find the nearest neighbours of some tracks, by their numbers, by comparing all vectors."""
    queries = np.concatenate([vectors[np.isin(numbers, asked)] for numbers, _, vectors in batches(tracks, size)])
    best = np.full((len(asked), NEIGHBOURS + 1), -np.inf)
    who = np.zeros((len(asked), NEIGHBOURS + 1), np.int64)
    for numbers, _, vectors in batches(tracks, size):
        scores = np.concatenate([best, queries @ vectors.T], axis=1)
        names = np.concatenate([who, np.broadcast_to(numbers, (len(asked), len(numbers)))], axis=1)
        top = np.argpartition(-scores, NEIGHBOURS, axis=1)[:, : NEIGHBOURS + 1]
        best, who = np.take_along_axis(scores, top, 1), np.take_along_axis(names, top, 1)
    return [{*row.tolist()} - {own} for row, own in zip(who, asked.tolist(), strict=True)]


def loaded(url: str, tracks: int, size: int) -> None:
    """Copy the vectors and build the index; print times, CPU time and most memory of the server's process, and sizes."""
    with transaction(url) as cursor:
        started = time.perf_counter()
        copy_vectors(cursor, ("mer", "vector_1"), batches(tracks, size))
        print(f"{'load':<28} {time.perf_counter() - started:8.1f} s", flush=True)
    with transaction(url) as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        process = psutil.Process(cursor.fetchone()[0])
        started, cpu = time.perf_counter(), process.cpu_times().user
        cursor.execute("SELECT mer.build_vector_index(1)")
        status = Path(f"/proc/{process.pid}/status").read_text()
        peak = int(status.partition("VmHWM:")[2].split()[0])
        used = process.cpu_times().user - cpu
        print(
            f"{'build the index':<28} {time.perf_counter() - started:8.1f} s, {used:.0f} s CPU, {peak / 1024:,.0f} MB at most"
        )
        cursor.execute(
            "SELECT pg_table_size('mer.vector_1'), coalesce(pg_relation_size(to_regclass('mer.vector_1_nearest')), 0)"
        )
        table, index = cursor.fetchone()
        print(f"{'on disk':<28} {table / 1e6:8,.0f} MB vectors, {index / 1e6:,.0f} MB index", flush=True)


def timed(name: str, search: Callable[[int], Any], asked: list[int], server: psutil.Process) -> list[Any]:
    """Run a search for each track, print its times and the mean CPU time of the server's process, and return the answers."""
    answers, times = [], []
    before = server.cpu_times().user
    for number in asked:
        started = time.perf_counter()
        answers.append(search(number))
        times.append(1000 * (time.perf_counter() - started))
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    late = "" if p95 < AIM else f"more than {AIM:.0f}"
    found = statistics.mean(len(answer) for answer in answers)
    cpu = 1000 * (server.cpu_times().user - before) / len(asked)
    print(f"{name:<28} {p50:8.1f} ms median, {p95:.1f} ms p95, {cpu:.1f} ms CPU, {found:.1f} tracks {late}", flush=True)
    return answers


def searched(url: str, tracks: int, size: int) -> None:
    """Print the times of searches, and recall."""
    asked = np.sort(np.random.default_rng(1).choice(np.arange(1, tracks + 1), SEARCHES, replace=False))
    kinds = {
        "similar": "SELECT track_id FROM mer.similar(%s)",
        "similar, with a label": "SELECT track_id FROM mer.similar(%s, emotions => '{calmness}')",
        "similar, with three labels": "SELECT track_id FROM mer.similar(%s, emotions => '{calmness,power,sadness}')",
        "similar, a twentieth": "SELECT track_id FROM mer.similar(%s, genre => 'metal')",
        "similar, a ten-thousandth": "SELECT track_id FROM mer.similar(%s, genre => 'rare')",
        "like, but calmer": "SELECT track_id FROM mer.like(%s, more => '{calmness}')",
        "path of 10": "SELECT track_id FROM mer.path(%s, 't1')",
    }
    new_engine = engine(url)
    with new_engine.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("SELECT pg_backend_pid()")
        server = psutil.Process(cursor.fetchone()[0])
        for name, statement in kinds.items():

            def search(number: int, statement: str = statement) -> list[int]:
                cursor.execute(statement, [f"t{number}"])
                return [int(track_id[1:]) for (track_id,) in cursor]

            few = asked[: len(asked) if name == "similar" else 40].tolist()
            search(few[0])
            answers = timed(name, search, few, server)
            if name == "similar":
                exact = exact_neighbours(tracks, size, asked)
                recall = statistics.mean(
                    len(truth & {*answer}) / NEIGHBOURS for truth, answer in zip(exact, answers, strict=True)
                )
                print(f"{'recall at 10':<28} {recall:8.4f}", flush=True)
    new_engine.dispose()


def weekly(url: str, tracks: int, size: int) -> None:
    """Print how long the vectors of a weekly run take, with the index in place."""
    with transaction(url) as cursor:
        started = time.perf_counter()
        numbers, contents, vectors = next(batches(WEEKLY, size))
        copy_vectors(cursor, ("mer", "vector_1"), [(numbers + tracks, contents, vectors)])
        print(f"{f'{WEEKLY:,} vectors more':<28} {time.perf_counter() - started:8.1f} s", flush=True)


def main(tracks: int, size: int) -> None:
    """Fill the database, and print a line for each measurement."""
    print(f"{tracks:,} vectors of {size}", flush=True)
    with tempfile.TemporaryDirectory(prefix="mer-bench-") as name:
        server = EmbeddedPostgres(Path(name) / "pg")
        server.start()
        try:
            urls = bootstrap(server.url())
            with transaction(urls["mer_writer"]) as cursor:
                for statement in FILL[:-1]:
                    cursor.execute(statement, {"tracks": tracks, "size": size})
            with transaction(urls["mer_owner"]) as cursor:
                cursor.execute(FILL[-1])
            loaded(urls["mer_writer"], tracks, size)
            searched(urls["mer_reader"], tracks, size)
            weekly(urls["mer_writer"], tracks, size)
        finally:
            server.stop()


if __name__ == "__main__":
    main(*(int(value) for value in sys.argv[1:]), *(TRACKS, SIZE)[len(sys.argv) - 1 :])
