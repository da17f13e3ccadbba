"""How long intervals and the listeners' agreement take: ``python -m benchmarks.intervals [tracks ...]``.

For each number of tracks, made-up labels and probabilities, each track a group of its own: seconds for the intervals of every
metric over 1,000 resamples, and for the listeners' agreement. Beside the intervals, what a loop over scikit-learn would take:
the same metrics of some resamples, timed and multiplied. A last line for each number says by how much the ends of the two
differ where both have the same resamples. One process, as many threads as NumPy takes.
"""

import sys
import time

import numpy as np

from mer_tasks.emotions import EMOTIONS
from mer_tasks.evaluation.bootstrap import RESAMPLES, draws, ends, intervals
from mer_tasks.evaluation.listener_agreement import ceilings
from mer_tasks.evaluation.metrics import figures

TRACKS = (30, 1_000, 100_000)
NAIVE = 5
"""Resamples of the loop that are timed."""
LISTENERS = 20


def main(sizes: list[int]) -> None:
    """One block of lines for each number of tracks."""
    for count in sizes:
        random = np.random.default_rng(0)
        labels = random.random((count, len(EMOTIONS))) < np.linspace(0.1, 0.5, len(EMOTIONS))
        probabilities = np.clip(0.3 * labels + 0.7 * random.random(labels.shape), 0, 1).astype(np.float32)
        judged, groups = (labels, probabilities, probabilities >= 0.5), np.arange(count)
        started = time.perf_counter(), time.process_time()
        intervals(*judged, groups)
        seconds, cpu = time.perf_counter() - started[0], time.process_time() - started[1]
        print(f"{count:>8,} tracks: intervals of {RESAMPLES:,} resamples {seconds:.2f} s, {cpu:.2f} s CPU")
        started_naive, resamples = time.perf_counter(), []
        for weights in np.concatenate(list(draws(count, NAIVE, 0)), axis=1).T:
            rows = np.repeat(groups, weights.astype(int))
            resamples.append(figures(*(values[rows] for values in judged)))
        naive = (time.perf_counter() - started_naive) / NAIVE * RESAMPLES
        print(f"{'':>8} a loop over scikit-learn {naive:,.0f} s ({NAIVE} resamples timed), {naive / seconds:.0f} times as long")
        found = intervals(*judged, groups, resamples=NAIVE)
        values = {figure: np.array([each[figure] for each in resamples], float) for figure in found}
        apart = [np.subtract(found[figure], spread) for figure in found if (spread := ends(values[figure]))]
        print(f"{'':>8} ends of both over the same {NAIVE} resamples: at most {np.abs(apart).max():.0e} apart")
        votes = random.binomial(LISTENERS, np.clip(random.beta(1, 4, labels.shape), 0, 1))
        started_listeners = time.perf_counter()
        ceilings(votes, np.full(count, LISTENERS), "share>=0.3")
        print(f"{'':>8} listeners' agreement {time.perf_counter() - started_listeners:.2f} s")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or list(TRACKS))
