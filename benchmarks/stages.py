"""Measure CPU seconds and peak memory of every stage, on a landing zone and on half of it.

``python -m benchmarks.stages [LANDING] [--epochs 1]``, where LANDING is a folder that is a landing zone. Without it, music is
generated. Each stage runs in its own process, as under Airflow, and takes its shards one after the other. The numbers are those
of the operating system for the finished process; CPU seconds include child processes. `publish` writes to an embedded Postgres.
The last column is the memory with all tracks divided by the memory with half of them: 1 means that memory does not grow.
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
from mer_tasks.runs.pipeline import EMBED, FAN_OUT, stages_of
from mer_tasks.storage import open_store
from mer_tasks.storage.label_files import read_label_set

ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def half_of(landing: Path, folder: Path) -> None:
    """Copy every second track of each genre, and all annotations, from `landing` to `folder`."""
    for genre in sorted(path for path in landing.iterdir() if path.is_dir()):
        files = sorted(genre.iterdir())
        chosen = files if genre.name == "annotations" else files[::2]
        (folder / genre.name).mkdir(parents=True)
        for file in chosen:
            (folder / genre.name / file.name).write_bytes(file.read_bytes())


def measure_stage(stage: str, environment: dict[str, str], epochs: int) -> tuple[float, float, int]:
    """Run one stage in its own process, and measure wall seconds, CPU seconds and peak memory in MB."""
    command = [sys.executable, "-m", "mer_tasks", stage, "--run-id", "r1", "--epochs", str(epochs)]
    command += ["--only"] if stage == "train" else ["--mode", "train"]
    threads = ONE_THREAD if stage in FAN_OUT else {}
    start = time.perf_counter()
    child = subprocess.Popen(
        command, env={**os.environ, **environment, **threads}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert child.stderr is not None
    log = child.stderr.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}:\n{log}")
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
            generate(open_store(landing.as_uri()), read_label_set(None))
        half_of(landing, folder / "half")
        server = EmbeddedPostgres(folder / "postgres")
        server.start()
        try:
            measurements = []
            encoder = Config().encoder
            stages = [stage for stage in stages_of(Config()) if stage != EMBED or encoder]
            for corpus, landed in (("half", folder / "half"), ("all", landing)):
                environment = {
                    "MER_STORE_URL": (folder / f"store-{corpus}").as_uri(),
                    "MER_LANDING_URL": landed.resolve().as_uri(),
                    "MER_DATABASE_URL": bootstrap(server.url(), f"mer_{corpus}")["mer_writer"],
                }
                measurements.append([measure_stage(stage, environment, arguments.epochs) for stage in stages])
        finally:
            server.stop()
    print(f"{'stage':12}{'wall s':>8}{'CPU s':>8}{'MB half':>9}{'MB all':>8}{'all/half':>10}")
    for stage, (_, _, memory_of_half), (wall, cpu, memory) in zip(stages, *measurements, strict=True):
        print(f"{stage:12}{wall:8.1f}{cpu:8.1f}{memory_of_half:9}{memory:8}{memory / memory_of_half:10.2f}")
    fan_out = sum(line[1] for stage, line in zip(stages, measurements[1], strict=True) if stage in FAN_OUT)
    print(f"fan-out: {fan_out:.1f} CPU s; peak of any stage: {max(line[2] for line in measurements[1])} MB")


if __name__ == "__main__":
    main()
