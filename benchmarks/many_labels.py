"""Measure the evaluation of many labels: ``python -m benchmarks.many_labels [labels] [tracks]``, by default 200 and 5,000.

Labels, probabilities and votes are random; a label is on 1 to 20 % of the tracks, and each track is a group of its own. The
output has one line for each step of the stages evaluate and canary: wall and CPU seconds, and the highest memory of the
process so far. One process runs with as many threads as NumPy uses.
"""

import resource
import sys
from collections.abc import Callable

import numpy as np

from mer_tasks.evaluation.bootstrap import intervals
from mer_tasks.evaluation.listener_agreement import ceilings
from mer_tasks.evaluation.metrics import lines
from mer_tasks.evaluation.permutation_test import PermutationMetrics, permuted_metrics
from mer_tasks.label_set import LabelSet, label_set_of
from mer_tasks.runs.run import Stopwatch

LISTENERS = 20
PERMUTATIONS = 20
"""Number of permutations that are timed; a canary computes 999 for each of three levels."""


def numbered_labels(count: int) -> LabelSet:
    """Make a label set of `count` labels."""
    names = [f"tag_{number:03}" for number in range(count)]
    return label_set_of({"name": "tags", "kind": "multi", "labels": names}, "generated")


def measured(step: str, work: Callable[[], object]) -> None:
    """Print the time that `work` takes."""
    with Stopwatch() as watch:
        work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{step:<40} {watch.seconds:>7.1f} s, {watch.cpu_seconds:>7.1f} s CPU, peak {peak:,.0f} MiB", flush=True)


def main(labels: int = 200, tracks: int = 5_000) -> None:
    """Print one line for each step."""
    label_set = numbered_labels(labels)
    random = np.random.default_rng(0)
    shares = np.clip(random.beta(1, 9, (tracks, labels)) * np.linspace(0.3, 3, labels), 0, 1)
    votes = random.binomial(LISTENERS, shares)
    flags = votes >= 0.3 * LISTENERS
    probabilities = np.clip(shares + random.normal(0, 0.1, shares.shape), 0, 1)
    decisions = probabilities >= 0.3
    groups = np.arange(tracks)
    print(f"{labels} labels, {tracks:,} tracks, {flags.mean():.1%} of the labels positive")
    undefined = dict.fromkeys([(None, "")])
    predictions = flags, probabilities, decisions
    measured("intervals of 1,000 resamples", lambda: undefined.update(intervals(*predictions, groups, label_set)))
    measured("metric lines", lambda: lines("track", *predictions, flags.mean(axis=0), undefined, label_set))
    measured("listeners' agreement", lambda: ceilings(votes, np.full(tracks, LISTENERS), "share>=0.3", label_set))
    permutations = PermutationMetrics(*predictions, groups, label_set)
    measured(f"{PERMUTATIONS} permutations", lambda: permuted_metrics(permutations, permutations=PERMUTATIONS))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
