"""How long `publish` takes, and how much memory: ``python -m benchmarks.publish [tracks ...]``.

Makes runs with that many tracks (nine predictions each), publishes each into an embedded Postgres as it is by default
(fsync on), then publishes it again and asks the views. One line a run; memory is the peak of the publishing process alone.
"""

import logging
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from mer_tasks.config import Config
from mer_tasks.database import transaction
from mer_tasks.emotions import EMOTIONS
from mer_tasks.migrations import bootstrap
from mer_tasks.postgres import EmbeddedPostgres
from mer_tasks.run import Run

TRACKS = (55_556, 111_112)
"""Half a million and a million predictions."""
QUESTIONS = {
    "best 10 of an emotion": "SELECT * FROM mer.best_tracks WHERE emotion = 'calmness' AND rank <= 10",
    "one track": "SELECT * FROM mer.track_emotions WHERE track_id = 't0000042'",
    "all tracks": "SELECT count(*), avg(power) FROM mer.track_emotions",
}


def made(folder: Path, tracks: int, database_url: str) -> Run:
    """A run of random documents."""
    run = Run(Config.load({"store_url": folder.as_uri(), "database_url": database_url}), f"r{tracks}")
    random = np.random.default_rng(0)
    names = [f"t{number:07}" for number in range(tracks)]
    hashes = [f"{number:064x}" for number in range(tracks)]
    table = pd.DataFrame({"track_id": names, "genre": "pop", "key": [f"pop/{name}.mp3" for name in names], "sha256": hashes})
    run.write_table("discover", "catalogue.parquet", table.assign(size=1, version="1"))
    run.write_json("discover", "rejected.json", {"rejected": []})
    run.write_manifest(
        "discover", {"shards": [{"name": "pop 1/1", "key": run.key("discover/shards", "pop.json")}], "annotations": []}
    )
    identity = [{"track_id": name, "genre": "pop", "sha256": sha256} for name, sha256 in zip(names, hashes, strict=True)]
    facts = {"audio_key": "a", "duration_seconds": 60.0, "sample_rate": 44100, "channels": 2, "artists": []}
    found = {"features_key": "f", "segments": 20, "fingerprints_key": "p", "first_peak": 0, "peaks": 0}
    found |= {"summaries_key": "s", "summary_row": 0}
    reports = {
        "reformat": [{**line, **facts, "pcm_sha256": line["sha256"]} for line in identity],
        "features": [{**line, **found} for line in identity],
    }
    for stage, lines in reports.items():
        run.write_json(stage, "pop.json", {"tracks": lines, "rejected": [], "counters": {"reused": tracks}})
    part = np.array(["train", "validation", "test", "unlabelled"], object)[random.integers(4, size=tracks)]
    run.write_table("split", "split.parquet", table[["track_id", "sha256"]].assign(part=part, group_id=table["sha256"]))
    artists = [f"artist {number // 10}" for number in range(tracks)]
    links = table[["track_id"]].assign(reason="artist", other_track_id=None, artist=artists, share=None)
    run.write_table("split", "groups.parquet", links)
    votes = random.integers(11, size=(tracks, 9))
    labels = {f"votes_{emotion}": votes[:, place] for place, emotion in enumerate(EMOTIONS)}
    labels |= {f"label_{emotion}": votes[:, place] >= 3 for place, emotion in enumerate(EMOTIONS)}
    run.write_table("labels", "labels.parquet", table[["track_id"]].assign(annotators=10, **labels)[part != "unlabelled"])
    values = random.random((tracks, 9))
    columns = {f"probability_{emotion}": values[:, place] for place, emotion in enumerate(EMOTIONS)}
    columns |= {f"positive_{emotion}": values[:, place] >= 0.5 for place, emotion in enumerate(EMOTIONS)}
    predictions = table[["track_id"]].assign(part=part, **columns)
    run.write_table("thresholds", "predictions.parquet", predictions[part == "validation"])
    run.write_table("evaluate", "predictions.parquet", predictions[part != "validation"])
    rule = {"thresholds": 0.5, "temperatures": 2.0, "offsets": 0.25}
    run.write_json("thresholds", "thresholds.json", {name: dict.fromkeys(EMOTIONS, value) for name, value in rule.items()})
    run.write_json("evaluate", "Music_emotion_metrics.json", {"metrics": [], "listeners": []})
    run.write_json("train", "Music_emotion_history.json", {"loss": [0.5]})
    for stage in ("labels", "split", "balance", "thresholds", "evaluate", "drift"):
        run.write_manifest(stage, {"counters": {}})
    run.write_json("drift", "drift.json", {"metrics": []})
    run.write_manifest("train", {"model": {"run_id": run.run_id, "key": "model", "sha256": "0" * 64}, "counters": {}})
    return run


def publish_here(store_url: str, run_id: str, database_url: str) -> None:
    """Publish, and print seconds and peak memory: in a process of its own."""
    from mer_tasks.corpus import load_corpus
    from mer_tasks.publish import publish

    run = Run(Config.load({"store_url": store_url, "database_url": database_url}), run_id)
    load_corpus(run)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started = time.perf_counter()
    publish(run)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{seconds:6.1f} s, peak {peak:5.0f} MiB ({before:.0f} after load_corpus)")


def main(sizes: list[int]) -> None:
    """Make, publish, publish again, ask."""
    logging.basicConfig(level=logging.WARNING)
    with tempfile.TemporaryDirectory(prefix="mer-bench-") as name:
        folder = Path(name)
        server = EmbeddedPostgres(folder / "pg")
        server.start()
        try:
            url = bootstrap(server.url())["mer_writer"]
            for tracks in sizes:
                run = made(folder / "store", tracks, url)
                for word in ("published", "published again"):
                    command = [sys.executable, "-m", "benchmarks.publish", "--publish", run.config.store_url, run.run_id, url]
                    line = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
                    print(f"{tracks * 9:>10,} predictions {word:<16} {line}")
                ask(url)
        finally:
            server.stop()


def ask(url: str) -> None:
    """Time the questions, and say how much disk the tables take."""
    with transaction(url) as cursor:
        for question, statement in QUESTIONS.items():
            started = time.perf_counter()
            cursor.execute(statement)
            cursor.fetchall()
            print(f"{'':>10} {question:<28} {1000 * (time.perf_counter() - started):8.1f} ms")
        for table in ("prediction", "annotation", "split", "track", "listing", "track_name"):
            cursor.execute(
                "SELECT pg_table_size(oid), pg_indexes_size(oid) FROM pg_class WHERE oid = %s::regclass", [f"mer.{table}"]
            )
            heap, indexes = cursor.fetchone()
            print(f"{'':>10} {table:<28} {heap / 2**20:8.1f} MiB, indexes {indexes / 2**20:.1f} MiB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--publish"]:
        publish_here(*sys.argv[2:])
    else:
        main([int(size) for size in sys.argv[1:]] or list(TRACKS))
