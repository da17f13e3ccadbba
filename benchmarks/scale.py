"""What each stage takes as a corpus grows: ``python -m benchmarks.scale [--stages ...] [tracks ...]``, by default all of
100,000 and 1,000,000.

Real: `discover` on a landing zone that is only listed (its files have a few bytes, so hashing takes what reading would not),
the annotations of one track in ten by twenty listeners through `labels`, and `split` with every track labelled, which includes
reading the corpus, groups, the search for equal recordings, the split and its certificate. MLSMOTE plans for the segments of
one track in a hundred, and the bootstrap has as many tracks as the test part, fifteen in a hundred. Publishing and the
cookbook are :mod:`benchmarks.publish`'s. Made up: all that `reformat` and `features` leave (:mod:`benchmarks.scale_corpus`).
`train`, `thresholds` and `evaluate` are not here: they read features, 1.6 MB a track of a minute.

Each stage is a process of its own: wall and CPU seconds of the stage without what it imports, and the peak of the process. The
last column is by which power of the number of tracks CPU seconds grow from the size before: 1 is linear.
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

from benchmarks.scale_corpus import annotate, fan_out, label_all, labelled, run_at, segments
from mer_tasks.runs.artifacts import CATALOGUE

SIZES = (100_000, 1_000_000)
SHARD_SIZES = (50, 1_000)
PLANNED, TESTED = 0.01, 0.15
"""Shares of the tracks whose segments are planned for, and that are in the test part."""

Said = dict[str, Any]


def prepare(folder: Path, tracks: int) -> Said:
    """Write annotations."""
    annotate(run_at(folder, tracks), tracks)
    return {}


def discover(folder: Path, tracks: int) -> Said:
    """The stage, by shards of a thousand tracks."""
    from mer_tasks.stages.discover import discover as stage

    return {"mapped tasks": len(stage(run_at(folder, tracks, shard_size=SHARD_SIZES[-1]))["shards"])}


def shards(folder: Path, tracks: int) -> Said:
    """How many mapped tasks there are by each size of shards; nothing is written."""
    from mer_tasks.stages.discover import shard_size

    counts = run_at(folder, tracks).read_table("discover", CATALOGUE)["genre"].value_counts().tolist()
    enough = {size: shard_size(counts, size) for size in SHARD_SIZES}
    return {f"shard_size {size}": sum(-(-count // enough[size]) for count in counts) for size in SHARD_SIZES}


def labels(folder: Path, tracks: int) -> Said:
    """The stage."""
    from mer_tasks.stages.labels import labels as stage

    counters = stage(run_at(folder, tracks))["counters"]
    return {name: counters[name] for name in ("tracks", "rows")}


def fan(folder: Path, tracks: int) -> Said:
    """Write what `reformat` and `features` would have left, and labels of all tracks."""
    run = run_at(folder, tracks)
    fan_out(run)
    label_all(run)
    return {}


def split(folder: Path, tracks: int) -> Said:
    """The stage, and what of it is the search for equal recordings."""
    from mer_tasks.corpus import groups
    from mer_tasks.runs.run import Stopwatch
    from mer_tasks.stages.split import split as stage

    search, watch = groups.same_recordings, Stopwatch()

    def timed(fingerprints: Any) -> Any:
        with watch:
            return search(fingerprints)

    groups.same_recordings = timed
    counters = stage(run_at(folder, tracks))["counters"]
    of_it = {"twins wall s": round(watch.seconds, 1), "twins CPU s": round(watch.cpu_seconds, 1)}
    return {"groups": counters["groups"], "same recordings": counters.get("links_same_recording", 0), **of_it}


def smote(_: Path, tracks: int) -> Said:
    """A plan of synthetic segments, on random features."""
    from mer_tasks.modelling.mlsmote import MLSMOTE

    features, flags, groups = segments(max(30, round(PLANNED * tracks)))
    return {"segments": len(flags), "synthetic": len(MLSMOTE(random_state=0).plan(features, flags, groups=groups))}


def intervals(_: Path, tracks: int) -> Said:
    """The bootstrap of every metric."""
    from mer_tasks.evaluation.bootstrap import intervals as bootstrap

    flags, probabilities, groups = labelled(max(30, round(TESTED * tracks)))
    bootstrap(flags, probabilities, probabilities >= 0.5, groups)
    return {"test tracks": len(flags), "groups": int(groups.max()) + 1}


STAGES: dict[str, Callable[[Path, int], Said]] = {
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
"""What the others need, and nobody asked for."""


def here(stage: str, folder: Path, tracks: int) -> None:
    """Call one stage, and print what it took as JSON."""
    started = time.perf_counter(), _cpu_seconds()
    said = STAGES[stage](folder, tracks)
    took = {"wall": time.perf_counter() - started[0], "cpu": _cpu_seconds() - started[1]}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({**took, "peak": peak, "said": said}))


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def measured(stage: str, folder: Path, tracks: int) -> dict[str, Any]:
    """Call one stage in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.scale", "--here", stage, str(folder), str(tracks)]
    line = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1]
    found: dict[str, Any] = json.loads(line)
    return found


def main(sizes: list[int], stages: list[str]) -> None:
    """A row for each stage of each size, the stages of one size one after the other."""
    before: dict[str, tuple[int, float]] = {}
    print(f"{'stage':10}{'tracks':>11}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'grows':>7}")
    for tracks in sizes:
        with tempfile.TemporaryDirectory(prefix="mer-scale-") as name:
            for stage in STAGES:
                if stage not in {*stages, *QUIET}:
                    continue
                found = measured(stage, Path(name), tracks)
                if stage in QUIET:
                    continue
                last, cpu = before.get(stage, (0, 0.0))
                power = f"{math.log(found['cpu'] / cpu) / math.log(tracks / last):.2f}" if last and cpu > 0.1 else ""
                before[stage] = tracks, found["cpu"]
                said = ", ".join(f"{value:,} {what}" for what, value in found["said"].items())
                head = f"{stage:10}{tracks:11,}{found['wall']:9.1f}{found['cpu']:9.1f}{found['peak']:9,.0f}{power:>7}"
                print(f"{head}  {said}", flush=True)
        if "publish" in stages:
            from benchmarks.publish import main as publish

            publish([tracks])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--here"]:
        here(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
    else:
        choices = [stage for stage in (*STAGES, "publish") if stage not in QUIET]
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("tracks", nargs="*", type=int, default=list(SIZES))
        parser.add_argument("--stages", nargs="+", choices=choices, default=choices, help="all but these are left out")
        options = parser.parse_args()
        main(options.tracks, options.stages)
