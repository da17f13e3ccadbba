"""CPU seconds and peak memory of every stage, on a landing zone and on half of it.

``python -m benchmarks.stages [LANDING] [--epochs 1]``, where LANDING is a folder that is a landing zone; without it, music is
generated. Each stage is a process of its own, as under Airflow, over shards one after the other; the figures are the operating
system's for the finished process (children included in CPU seconds). `publish` writes into an embedded Postgres. The last
column is the memory with all tracks for each byte with half of them: 1 is flat.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mer_tasks.config import Config
from mer_tasks.database.migrations import bootstrap
from mer_tasks.generated_music.dataset import generate
from mer_tasks.local_stack.embedded_postgres import EmbeddedPostgres
from mer_tasks.runs.pipeline import FAN_OUT, stages_of
from mer_tasks.storage.factory import open_store

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def half_of(landing: Path, folder: Path) -> None:
    """Every second track of each genre, and all annotations."""
    for genre in sorted(path for path in landing.iterdir() if path.is_dir()):
        files = sorted(genre.iterdir())
        chosen = files if genre.name == "annotations" else files[::2]
        (folder / genre.name).mkdir(parents=True)
        for file in chosen:
            (folder / genre.name / file.name).write_bytes(file.read_bytes())


def measured(stage: str, places: dict[str, str], epochs: int) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds and peak memory in MB of one stage."""
    command = [sys.executable, "-m", "mer_tasks", stage, "--run-id", "r1", "--epochs", str(epochs)]
    command += ["--only"] if stage == "train" else ["--mode", "train"]
    threads = ONE_THREAD if stage in FAN_OUT else {}
    start = time.perf_counter()
    child = subprocess.Popen(
        command, env={**os.environ, **places, **threads}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert child.stderr is not None
    said = child.stderr.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}:\n{said}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def main() -> None:
    """Measure both corpora and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("landing", nargs="?", type=Path)
    parser.add_argument("--epochs", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mer-stages-") as name:
        folder = Path(name)
        landing = arguments.landing
        if landing is None:
            landing = folder / "music"
            generate(open_store(landing.as_uri()))
        half_of(landing, folder / "half")
        server = EmbeddedPostgres(folder / "postgres")
        server.start()
        try:
            found = []
            stages = stages_of(Config())
            for corpus, landed in (("half", folder / "half"), ("all", landing)):
                places = {"MER_STORE_URL": (folder / f"store-{corpus}").as_uri(), "MER_LANDING_URL": landed.resolve().as_uri()}
                places |= {"MER_DATABASE_URL": bootstrap(server.url(), f"mer_{corpus}")["mer_writer"]}
                found.append([measured(stage, places, arguments.epochs) for stage in stages])
        finally:
            server.stop()
    print(f"{'stage':12}{'wall s':>8}{'CPU s':>8}{'MB half':>9}{'MB all':>8}{'all/half':>10}")
    for stage, (_, _, before), (wall, cpu, memory) in zip(stages, *found, strict=True):
        print(f"{stage:12}{wall:8.1f}{cpu:8.1f}{before:9}{memory:8}{memory / before:10.2f}")
    fan_out = sum(line[1] for stage, line in zip(stages, found[1], strict=True) if stage in FAN_OUT)
    print(f"fan-out: {fan_out:.1f} CPU s; peak of any stage: {max(line[2] for line in found[1])} MB")


if __name__ == "__main__":
    main()
