"""Measure the time of bootstrap intervals and of listener agreement: ``python -m benchmarks.intervals [tracks ...]``.

For each number of tracks, labels and probabilities are random, and each track is a group of its own. The output has the seconds
for the intervals of every metric over 1,000 resamples, and those for listener agreement. For comparison, a loop over
scikit-learn computes the same metrics for a few resamples, and its time is multiplied. One line says how much the ends of the
intervals differ between both ways on the same resamples. One process runs with as many threads as NumPy uses.
"""

import sys
import time

import numpy as np

from mer_tasks.evaluation.bootstrap import RESAMPLES, intervals, percentile_interval, resample_weights
from mer_tasks.evaluation.listener_agreement import ceilings
from mer_tasks.evaluation.metrics import all_metrics
from mer_tasks.storage.label_files import read_label_set

LABEL_SET = read_label_set(None)
TRACKS = (30, 1_000, 100_000)
NAIVE = 5
"""Number of resamples that are timed in the loop over scikit-learn."""
LISTENERS = 20


def main(sizes: list[int]) -> None:
    """Print one block of lines for each number of tracks."""
    for count in sizes:
        random = np.random.default_rng(0)
        labels = random.random((count, len(LABEL_SET))) < np.linspace(0.1, 0.5, len(LABEL_SET))
        probabilities = np.clip(0.3 * labels + 0.7 * random.random(labels.shape), 0, 1).astype(np.float32)
        predictions = labels, probabilities, probabilities >= 0.5
        groups = np.arange(count)
        started, started_cpu = time.perf_counter(), time.process_time()
        intervals(*predictions, groups, LABEL_SET)
        seconds, cpu = time.perf_counter() - started, time.process_time() - started_cpu
        print(f"{count:>8,} tracks: intervals of {RESAMPLES:,} resamples {seconds:.2f} s, {cpu:.2f} s CPU")
        started_naive = time.perf_counter()
        resamples = []
        for weights in np.concatenate(list(resample_weights(count, NAIVE, 0)), axis=1).T:
            rows = np.repeat(groups, weights.astype(int))
            resamples.append(all_metrics(*(values[rows] for values in predictions), LABEL_SET))
        naive = (time.perf_counter() - started_naive) / NAIVE * RESAMPLES
        print(f"{'':>8} a loop over scikit-learn {naive:,.0f} s ({NAIVE} resamples timed), {naive / seconds:.0f} times as long")
        fast = intervals(*predictions, groups, LABEL_SET, resamples=NAIVE)
        values = {key: np.array([metrics[key] for metrics in resamples], float) for key in fast}
        differences = [np.subtract(fast[key], ends) for key in fast if (ends := percentile_interval(values[key]))]
        print(f"{'':>8} ends of both over the same {NAIVE} resamples: at most {np.abs(differences).max():.0e} apart")
        votes = random.binomial(LISTENERS, np.clip(random.beta(1, 4, labels.shape), 0, 1))
        started_listeners = time.perf_counter()
        ceilings(votes, np.full(count, LISTENERS), "share>=0.3", LABEL_SET)
        print(f"{'':>8} listeners' agreement {time.perf_counter() - started_listeners:.2f} s")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or list(TRACKS))
