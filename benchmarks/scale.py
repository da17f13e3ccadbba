"""Measure each stage as a corpus grows: ``python -m benchmarks.scale [--stages ...] [tracks ...]``.

By default, all stages run on 100,000 and on 1,000,000 tracks. These parts are real: `discover` on a landing zone that only
lists its files (they have a few bytes each, so the time for reading audio is missing). `labels`, on annotations of one track in
ten by twenty listeners. `split` with every track labelled, which includes reading the corpus, groups, the search for same
recordings, the split and its certificate. MLSMOTE plans for the segments of one track in a hundred. The bootstrap has as many
tracks as the test part, fifteen in a hundred. Publishing and the queries of the cookbook run in :mod:`benchmarks.publish`.

The outputs of `reformat` and `features` are simulated (:mod:`benchmarks.scale_corpus`). `train`, `thresholds` and `evaluate`
are not measured: they read features, 1.6 MB per track of one minute.

Each stage runs in its own process. The output has wall and CPU seconds of the stage without imports, and the peak memory of the
process. The last column is the power of the number of tracks with which CPU seconds grow from the size before: 1 is linear.
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.scale_corpus import annotate, fan_out, label_all, random_predictions, random_segments, run_at
from mer_tasks.runs.artifacts import CATALOGUE

SIZES = (100_000, 1_000_000)
SHARD_SIZES = (50, 1_000)
PLANNED, TESTED = 0.01, 0.15
"""Share of the tracks with planned synthetic segments, and share of the tracks in the test part."""

Counts = dict[str, Any]
"""Numbers that are printed beside a measurement, by their description."""


def prepare(folder: Path, tracks: int) -> Counts:
    """Write annotations."""
    annotate(run_at(folder, tracks), tracks)
    return {}


def discover(folder: Path, tracks: int) -> Counts:
    """Run stage `discover`, with shards of a thousand tracks."""
    from mer_tasks.stages.discover import discover as stage

    return {"mapped tasks": len(stage(run_at(folder, tracks, shard_size=SHARD_SIZES[-1]))["shards"])}


def shards(folder: Path, tracks: int) -> Counts:
    """Count the mapped tasks for each shard size, without writing anything."""
    from mer_tasks.stages.discover import shard_size

    counts = run_at(folder, tracks).read_table("discover", CATALOGUE)["genre"].value_counts().tolist()
    enough = {size: shard_size(counts, size) for size in SHARD_SIZES}
    return {f"shard_size {size}": sum(-(-count // enough[size]) for count in counts) for size in SHARD_SIZES}


def labels(folder: Path, tracks: int) -> Counts:
    """Run stage `labels`."""
    from mer_tasks.stages.labels import labels as stage

    counters = stage(run_at(folder, tracks))["counters"]
    return {name: counters[name] for name in ("tracks", "rows")}


def fan(folder: Path, tracks: int) -> Counts:
    """Write what `reformat` and `features` would write, and labels of all tracks."""
    run = run_at(folder, tracks)
    fan_out(run)
    label_all(run)
    return {}


def split(folder: Path, tracks: int) -> Counts:
    """Run stage `split`, and measure its search for same recordings."""
    from mer_tasks.corpus import groups
    from mer_tasks.runs.run import Stopwatch
    from mer_tasks.stages.split import split as stage

    search, watch = groups.same_recordings, Stopwatch()

    def timed(fingerprints: Any) -> Any:
        with watch:
            return search(fingerprints)

    groups.same_recordings = timed
    counters = stage(run_at(folder, tracks))["counters"]
    search_times = {"search wall s": round(watch.seconds, 1), "search CPU s": round(watch.cpu_seconds, 1)}
    return {"groups": counters["groups"], "same recordings": counters.get("links_same_recording", 0), **search_times}


def smote(_: Path, tracks: int) -> Counts:
    """Plan synthetic segments on random features."""
    from mer_tasks.modelling.mlsmote import MLSMOTE

    features, flags, groups = random_segments(max(30, round(PLANNED * tracks)))
    return {"segments": len(flags), "synthetic": len(MLSMOTE(random_state=0).plan(features, flags, groups=groups))}


def intervals(_: Path, tracks: int) -> Counts:
    """Compute bootstrap intervals of every metric."""
    from mer_tasks.evaluation.bootstrap import intervals as bootstrap
    from mer_tasks.storage.label_files import read_label_set

    flags, probabilities, groups = random_predictions(max(30, round(TESTED * tracks)))
    bootstrap(flags, probabilities, probabilities >= 0.5, groups, read_label_set(None))
    return {"test tracks": len(flags), "groups": int(groups.max()) + 1}


STAGES: dict[str, Callable[[Path, int], Counts]] = {
    "prepare": prepare,
    "discover": discover,
    "shards": shards,
    "labels": labels,
    "fan": fan,
    "split": split,
    "smote": smote,
    "intervals": intervals,
}
QUIET = ("prepare", "fan")
"""Steps that prepare the input of other stages; they always run, and are not printed."""


def measure_here(stage: str, folder: Path, tracks: int) -> None:
    """Call one stage in this process, and print its measurement as JSON."""
    started, started_cpu = time.perf_counter(), _cpu_seconds()
    counts = STAGES[stage](folder, tracks)
    seconds = {"wall": time.perf_counter() - started, "cpu": _cpu_seconds() - started_cpu}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({**seconds, "peak": peak, "counts": counts}))


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def measure_stage(stage: str, folder: Path, tracks: int) -> dict[str, Any]:
    """Call one stage in its own process, and return its measurement."""
    command = [sys.executable, "-m", "benchmarks.scale", "--here", stage, str(folder), str(tracks)]
    line = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1]
    measurement: dict[str, Any] = json.loads(line)
    return measurement


def main(sizes: list[int], stages: list[str]) -> None:
    """Print one row per size and stage; the stages of one size run one after the other."""
    before: dict[str, tuple[int, float]] = {}
    print(f"{'stage':10}{'tracks':>11}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'grows':>7}")
    for tracks in sizes:
        with tempfile.TemporaryDirectory(prefix="mer-scale-") as name:
            for stage in STAGES:
                if stage not in {*stages, *QUIET}:
                    continue
                measurement = measure_stage(stage, Path(name), tracks)
                if stage in QUIET:
                    continue
                last, cpu = before.get(stage, (0, 0.0))
                wall, peak = measurement["wall"], measurement["peak"]
                power = f"{math.log(measurement['cpu'] / cpu) / math.log(tracks / last):.2f}" if last and cpu > 0.1 else ""
                before[stage] = tracks, measurement["cpu"]
                counts = ", ".join(f"{value:,} {what}" for what, value in measurement["counts"].items())
                row = f"{stage:10}{tracks:11,}{wall:9.1f}{measurement['cpu']:9.1f}{peak:9,.0f}{power:>7}"
                print(f"{row}  {counts}", flush=True)
        if "publish" in stages:
            from benchmarks.publish import main as publish

            publish([tracks])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--here"]:
        measure_here(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
    else:
        choices = [stage for stage in (*STAGES, "publish") if stage not in QUIET]
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("tracks", nargs="*", type=int, default=list(SIZES))
        parser.add_argument("--stages", nargs="+", choices=choices, default=choices, help="stages to measure")
        options = parser.parse_args()
        main(options.tracks, options.stages)
