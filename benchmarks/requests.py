"""Count the S3 requests and bytes per track and per run: ``python -m benchmarks.requests LANDING [--tracks 24 48]``.

LANDING is a folder that is a landing zone. Two corpora with the given numbers of tracks, equally many of each genre, go through
mer_train twice, the second time with nothing new. Then they go through mer_predict with equally many new tracks: copies that
are one byte longer. All runs in one process, with moto's server and an embedded Postgres.

Every request is counted where boto3 sends it. The cost of a track is the difference between the two corpora, divided by the
difference of their numbers of tracks. The rest is the cost of a run. Last come the objects that a stage fetched more than once;
for a sharded stage, within one shard.
"""

import argparse
import logging
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from botocore.httpsession import URLLib3Session

from mer_tasks.config import Config
from mer_tasks.database.migrations import ROLES, bootstrap
from mer_tasks.local_stack.embedded_postgres import EmbeddedPostgres
from mer_tasks.runs import pipeline
from mer_tasks.runs.run import Run
from mer_tasks.storage import open_store
from mer_tasks.storage.s3 import S3Store

Counts = dict[str, Counter[Any]]
RUNS = {"new": "train", "unchanged": "train", "predict": "predict"}
COLUMNS = ("LIST", "GET", "PUT", "other", "MB down", "MB up")


@contextmanager
def server() -> Iterator[None]:
    """Start moto's server, and set the environment variables that point to it."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    try:
        host, port = moto.get_host_and_port()
        keys = {"AWS_ACCESS_KEY_ID": "mer", "AWS_SECRET_ACCESS_KEY": "mer", "AWS_DEFAULT_REGION": "us-east-1"}
        os.environ.update(keys, AWS_ENDPOINT_URL_S3=f"http://{host}:{port}")
        yield
    finally:
        moto.stop()


def count_requests(run: Run) -> tuple[Counts, Counts]:
    """Run a chain, and count its requests.

    Returns
    -------
    requests : dict of str to Counter
        For each stage, its requests and megabytes by the names of ``COLUMNS``.
    fetched : dict of str to Counter
        For each stage and shard, how often each object was fetched.
    """
    requests: Counts = defaultdict(Counter)
    fetched: Counts = defaultdict(Counter)
    task = ["", ""]
    send = URLLib3Session.send
    run_stage = pipeline.run_stage

    def count(session: URLLib3Session, request: Any) -> Any:
        answer = send(session, request)
        stage = task[0]
        kind = "LIST" if "list-type=2" in request.url else request.method if request.method in COLUMNS else "other"
        requests[stage][kind] += 1
        requests[stage]["MB up"] += int(request.headers.get("Content-Length") or 0) / 1e6
        requests[stage]["MB down"] += int(answer.headers.get("Content-Length") or 0) / 1e6
        # a large object comes in several answers, each with its own range: only the first one counts
        if kind == "GET" and request.headers.get("Range", b"bytes=0-").startswith(b"bytes=0-"):
            fetched[" ".join(task).strip()][urlsplit(request.url).path.partition("/store/")[2]] += 1
        return answer

    def run_named_stage(run: Run, stage: str, shard_key: str | None = None) -> Any:
        task[:] = stage, PurePosixPath(shard_key or "").stem
        try:
            return run_stage(run, stage, shard_key)
        finally:
            task[:] = "scheduler", ""

    with patch.object(URLLib3Session, "send", count), patch.object(pipeline, "run_stage", run_named_stage):
        pipeline.run_chain(run)
    return requests, fetched


def fill(url: str, landing: Path, tracks: int, mark: str = "") -> None:
    """Put tracks of a folder into a landing zone; with a `mark` they get new names and are one byte longer per character."""
    store = open_store(url)
    genres = [path for path in sorted(landing.iterdir()) if path.is_dir() and path.name != "annotations"]
    for genre in genres:
        for file in sorted(genre.iterdir())[: tracks // len(genres)]:
            store.put(f"{genre.name}/{mark}{file.name}", file.read_bytes() + bytes(len(mark)))
    for file in (landing / "annotations").iterdir():
        store.put(f"annotations/{file.name}", file.read_bytes())


def measure_corpus(landing: Path, tracks: int, database_url: str, folder: Path) -> dict[str, tuple[Counts, Counts]]:
    """Count the requests of each of ``RUNS`` over `tracks` tracks."""
    connection = {"store_url": f"s3://mer-{tracks}/store", "database_url": database_url, "scratch_dir": folder / str(tracks)}
    S3Store(f"mer-{tracks}", "").make_bucket()
    counts = {}
    for name, mode in RUNS.items():
        run = Run(Config.load({**connection, "mode": mode, "epochs": 1}), name)
        if name != "unchanged":
            fill(run.landing.url, landing, tracks, "n" if mode == "predict" else "")
        counts[name] = count_requests(run)
    return counts


def main() -> None:
    """Print a table for each run: for each stage, the cost per track and the rest per run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("landing", type=Path)
    parser.add_argument("--tracks", type=int, nargs=2, default=(24, 48))
    arguments = parser.parse_args()
    small, large = arguments.tracks
    with tempfile.TemporaryDirectory(prefix="mer-benchmark-") as folder, server():
        postgres = EmbeddedPostgres(Path(folder, "postgres"))
        postgres.start()
        try:
            urls = [
                bootstrap(postgres.url(), f"mer_{tracks}", dict.fromkeys(ROLES, "x"))["mer_writer"] for tracks in (small, large)
            ]
            few = measure_corpus(arguments.landing, small, urls[0], Path(folder))
            many = measure_corpus(arguments.landing, large, urls[1], Path(folder))
        finally:
            postgres.stop()
    for name in RUNS:
        print(f"{name:12}" + "".join(f"{column:>9}" for column in COLUMNS) + "  a track, and  LIST   GET   PUT a run")
        requests, fetched = many[name]
        for stage, counts in requests.items():
            per_track = {column: (counts[column] - few[name][0][stage][column]) / (large - small) for column in COLUMNS}
            per_run = [round(counts[column] - large * per_track[column]) for column in COLUMNS[:3]]
            print(
                f"{stage:12}"
                + "".join(f"{per_track[column]:9.3f}" for column in COLUMNS)
                + " " * 15
                + "".join(f"{n:6}" for n in per_run)
            )
        repeated = [(task, key, times) for task, keys in fetched.items() for key, times in keys.items() if times > 1]
        print(f"{name}: {len(repeated)} objects were fetched more than once by the same task")
        for task, key, times in repeated:
            print(f"  {task}: {key} {times} times")


if __name__ == "__main__":
    main()
