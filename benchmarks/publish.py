"""Measure publishing and queries on large runs: ``python -m benchmarks.publish [--labels FILE] [tracks ...]``.

For each size (by default 100,000 and 1,000,000 tracks) it makes a run of random documents: predictions of all labels for every
track, and votes for a twentieth of the tracks. The labels are those of FILE, or the nine emotions of Emotify. It publishes the
run to an embedded Postgres with its default settings (fsync on), makes its model the champion, and publishes it again. Then it
runs every query of the cookbook with the reader's role, and prints the median of three, the slowest first.

The output has wall seconds by part, CPU seconds of the publishing process and of the server, and the peak memory of the
process. The settings of the server limit the server's memory.
"""

import argparse
import json
import logging
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import psycopg2

from benchmarks.random_run import GENRES, make_run
from mer_tasks.config import Config
from mer_tasks.database.connection import SQL, transaction
from mer_tasks.database.migrations import bootstrap
from mer_tasks.database.queries import query
from mer_tasks.label_set import LabelSet
from mer_tasks.local_stack.embedded_postgres import EmbeddedPostgres
from mer_tasks.publishing.served_predictions import lock_served_predictions, serve
from mer_tasks.runs.run import Run
from mer_tasks.storage.label_files import read_label_set

TRACKS = (100_000, 1_000_000)
PARTS = ("load_corpus", "copy_run_documents", "copy_listing", "_write_run", "_mark_gone", "update_listing")
"""Functions of the stage that are timed."""
REPEATS = 3
AIM = 1000
"""Milliseconds that a query should take at most."""
PROMOTE = (
    """
    INSERT INTO mer.promotion (run_no, model_sha256, outcome, decided_by, rule, reason)
    SELECT run_no, model_sha256, 'promoted', 'rule', 'better', '' FROM mer.run WHERE run_id = %(run_id)s
    """,
    """
    INSERT INTO mer.champion (run_no, model_sha256, promotion_no)
    SELECT run_no, model_sha256, promotion_no FROM mer.promotion ORDER BY promotion_no DESC LIMIT 1
    """,
)
SIZES = """
SELECT relname, pg_table_size(oid), pg_indexes_size(oid)
FROM pg_class
WHERE relnamespace = 'mer'::regnamespace AND relkind = 'r'
ORDER BY pg_total_relation_size(oid) DESC
LIMIT 8
"""


def publish_here(store_url: str, run_id: str, database_url: str) -> None:
    """Publish a run in this process, and print the wall seconds of each part, CPU seconds and peak MB as JSON."""
    from mer_tasks.stages import publish as stage

    seconds: dict[str, float] = {}

    def timed(name: str) -> None:
        function = getattr(stage, name)

        def measured(*values: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*values)
            finally:
                seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - started

        setattr(stage, name, measured)

    for name in PARTS:
        timed(name)
    run = Run(Config.load({"store_url": store_url, "database_url": database_url}), run_id)
    started = time.perf_counter()
    stage.publish(run)
    seconds["whole"] = time.perf_counter() - started
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss * 1024 / 1e6}))


def measure_publish(run: Run, server: EmbeddedPostgres) -> dict[str, Any]:
    """Publish `run` in a new process, and measure it.

    Returns
    -------
    dict
        ``seconds`` by part and of the ``whole``, ``cpu`` seconds and ``peak`` MB of the process, and ``server_cpu`` seconds of
        Postgres.
    """
    database_url = run.config.database_url
    assert database_url is not None
    before = server_cpu(server)
    command = [sys.executable, "-m", "benchmarks.publish", "--publish", run.config.store_url, run.run_id]
    line = subprocess.run([*command, database_url.get_secret_value()], check=True, capture_output=True, text=True).stdout
    return {**json.loads(line), "server_cpu": server_cpu(server) - before}


def server_cpu(server: EmbeddedPostgres) -> float:
    """Read the CPU seconds of the server so far, including those of its finished processes."""
    process = server.process()
    assert process is not None
    while True:
        try:
            children = sum(sum(child.cpu_times()[:2]) for child in process.children(recursive=True))
            return float(sum(process.cpu_times()[:4]) + children)
        except psutil.NoSuchProcess:  # a child has just ended: its time now counts as the server's
            continue


def promote(run: Run, database_url: str) -> float:
    """Make the model of `run` the champion, serve its predictions, and return the seconds that this took."""
    values = {"run_id": run.run_id}
    with transaction(database_url) as cursor:
        lock_served_predictions(cursor)
        started = time.perf_counter()
        for statement in PROMOTE:
            cursor.execute(statement, values)
        serve(cursor)
    return time.perf_counter() - started


def time_queries(
    reader_url: str, run_id: str, server: EmbeddedPostgres, genre: str = GENRES[0], repeats: int = REPEATS
) -> list[tuple[float, float, str, int]]:
    """Time every query of the cookbook with its default parameters, and with a run or a genre if it has that parameter.

    Returns
    -------
    list of (float, float, str, int)
        Median milliseconds, mean CPU milliseconds of the server, query with parameters, and number of rows; slowest first.
    """
    timed_queries = []
    values = {"run_id": run_id, "genre": genre}
    for path in sorted((SQL / "queries").glob("*.sql")):
        accepted = [name for name in values if f"-- :{name} " in path.read_text(encoding="utf-8")]
        for params in ({}, *({name: values[name]} for name in accepted)):
            times = []
            rows = 0
            before = server_cpu(server)
            for _ in range(repeats):
                started = time.perf_counter()
                rows = len(query(reader_url, path.stem, params))
                times.append(1000 * (time.perf_counter() - started))
            arguments = " ".join(f"{name}={value}" for name, value in params.items())
            cpu = 1000 * (server_cpu(server) - before) / repeats
            timed_queries.append((statistics.median(times), cpu, f"{path.stem} {arguments}".strip(), rows))
    return sorted(timed_queries, reverse=True)


def report(predictions: int, event: str, measurement: dict[str, Any]) -> None:
    """Print time and memory of publishing."""
    seconds = measurement["seconds"]
    parts = ", ".join(f"{name.strip('_')} {seconds[name]:.1f}" for name in PARTS if name in seconds)
    print(
        f"{predictions:>10,} predictions {event:<16} {seconds['whole']:6.1f} s, CPU {measurement['cpu']:.1f} s and Postgres"
        f" {measurement['server_cpu']:.1f} s, peak {measurement['peak']:,.0f} MB ({parts})",
        flush=True,
    )


def print_table_sizes(cursor: Any) -> None:
    """Print the disk space of the largest tables."""
    cursor.execute(SIZES)
    for table, heap, indexes in cursor:
        print(f"{'':>10} {table:<28} {heap / 1e6:8.1f} MB, indexes {indexes / 1e6:.1f} MB")


def main(sizes: list[int], labels: str | None = None) -> None:
    """Measure each size on a new server, with the label set in the file `labels`, or else the default one."""
    label_set = read_label_set(labels)
    logging.basicConfig(level=logging.WARNING)
    for tracks in sizes:
        with tempfile.TemporaryDirectory(prefix="mer-bench-") as name:
            folder = Path(name)
            server = EmbeddedPostgres(folder / "pg")
            server.start()
            try:
                measure(folder, tracks, server, label_set)
            finally:
                server.stop()


def measure(folder: Path, tracks: int, server: EmbeddedPostgres, label_set: LabelSet) -> None:
    """Measure one size on an empty server: publish, promote, publish again, and run the queries."""
    urls = bootstrap(server.url(), label_set=label_set)
    run = make_run(folder / "store", tracks, urls["mer_writer"], label_set)
    predictions = tracks * len(label_set)
    report(predictions, "published", measure_publish(run, server))
    before = server_cpu(server)
    seconds = promote(run, urls["mer_writer"])
    print(f"{'':>10} promoted and served in {seconds:.1f} s, CPU of Postgres {server_cpu(server) - before:.1f} s")
    report(predictions, "published again", measure_publish(run, server))
    connection = psycopg2.connect(server.url("mer").replace("+psycopg2", ""))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as the server does by itself within minutes
        print_table_sizes(cursor)
    connection.close()
    for milliseconds, cpu, name, rows in time_queries(urls["mer_reader"], run.run_id, server):
        late = f"more than {AIM:,}" if milliseconds > AIM else ""
        print(f"{'':>10} {name:<50} {milliseconds:8.1f} ms, CPU {cpu:6.0f} ms {rows:>6,} rows {late}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--publish"]:
        publish_here(*sys.argv[2:])
    else:
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("tracks", nargs="*", type=int, default=list(TRACKS))
        parser.add_argument("--labels", help="file of a label set")
        options = parser.parse_args()
        main(options.tracks, options.labels)
