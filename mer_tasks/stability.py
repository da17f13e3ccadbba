"""Population stability index: how far a distribution has moved, and how far chance alone moves it.

In: values of some tracks now, and of the tracks that they are compared with. Out: for each column its index, and the level that
chance stays below.

The index is the sum over bins of ``(p - q) * ln(p / q)``, ``p`` and ``q`` being the shares of either sample in a bin: the
divergence of Jeffreys (1946), doi 10.1098/rspa.1946.0056, under the name that credit scoring gave it. Bins lie between
quantiles of the reference. As a rule of thumb 0.1 is a small move and 0.25 a large one, whatever the size of the samples. But
where nothing has moved, the index of `n` and `m` values in `b` bins is about ``1 / n + 1 / m`` times a chi-square of ``b - 1``
degrees of freedom (Yurdakul 2018, Statistical properties of population stability index, Western Michigan University; Yurdakul,
Naranjo 2020, Journal of Risk Model Validation 14 (4), 89-100): 1 on average for ten tracks in ten bins. So a move counts only
where it is above the level of chance too.

With few values that chi-square is far too wide, as bins that stay empty hold the index down. Its place is taken by the gamma
distribution with the mean and the variance that the index has where nothing has moved. These depend on `n`, `m` and `b` alone,
and are found by drawing; with many values both distributions are the same.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import gammainccinv

BINS = 10
IN_A_BIN = 5
"""Reference values that each bin has at least: with fewer of them, bins are fewer."""
LEAST = 10
"""Values of either sample from which there is an index: of fewer, the gamma distribution gives too low a level."""
ABSENT = 0.5
"""Added to the count of every bin, so that none is empty (Krichevsky, Trofimov 1981, doi 10.1109/TIT.1981.1056331)."""
DRAWS = 20_000
SEED = 0

Array64 = npt.NDArray[np.float64]
Counts = npt.NDArray[np.integer]


@dataclass(frozen=True)
class Index:
    """Population stability index of some columns.

    Attributes
    ----------
    values : np.ndarray [shape=(columns,), dtype=float64]
    bins : np.ndarray [shape=(columns,), dtype=int64]
        That have values: fewer than usual where values are equal.
    sizes : tuple of int
        Values of the reference, and of what it was compared with.
    """

    values: Array64
    bins: npt.NDArray[np.int64]
    sizes: tuple[int, int]

    def chance(self, risk: float) -> Array64:
        """Level that an index exceeds with probability `risk` where nothing has moved [shape=(columns,), dtype=float64]."""
        levels = {count: _level(*self.sizes, count, risk) for count in set(self.bins.tolist())}
        return np.array([levels[count] for count in self.bins.tolist()])


def stability(reference: npt.NDArray[np.floating], current: npt.NDArray[np.floating]) -> Index:
    """Compare samples column by column.

    Parameters
    ----------
    reference : np.ndarray [shape=(n, columns)]
    current : np.ndarray [shape=(m, columns)]

    Returns
    -------
    Index

    Raises
    ------
    ValueError
        If there are fewer than ``LEAST`` of either.
    """
    if min(len(reference), len(current)) < LEAST:
        raise ValueError(f"{len(reference)} reference values and {len(current)} others, expected at least {LEAST} of each")
    count = min(BINS, len(reference) // IN_A_BIN)
    edges = np.quantile(reference, np.arange(1, count) / count, axis=0)
    before, now = _counts(reference, edges), _counts(current, edges)
    used = (before > 0) | (now > 0)  # there is nothing between quantiles that are equal
    return Index(_index(before, now, used), used.sum(axis=0), (len(reference), len(current)))


def _counts(values: npt.NDArray[np.floating], edges: npt.NDArray[np.floating]) -> Counts:
    """Values above one edge and up to the next [shape=(edges + 1, columns)]."""
    ends = np.full(values.shape[1], len(values))
    return np.diff([np.zeros_like(ends), *((values <= edge).sum(axis=0) for edge in edges), ends], axis=0)


def _index(before: npt.NDArray[Any], now: Counts, used: npt.NDArray[np.bool_]) -> Array64:
    """Index of counts [shape=(bins, columns)], of which only `used` ones are bins."""
    q, p = (np.where(used, (counts + ABSENT) / (counts.sum(axis=0) + ABSENT * used.sum(axis=0)), 1) for counts in (before, now))
    found: Array64 = ((p - q) * np.log(p / q)).sum(axis=0)
    return found


@cache
def _level(reference: int, current: int, bins: int, risk: float) -> float:
    """Level that the index of samples of one distribution exceeds with probability `risk`."""
    if bins < 2:
        return 0.0
    random = np.random.default_rng(SEED)
    # the reference has as many values in each bin, its quantiles being the borders; how much of the distribution lies between
    # them is left to chance
    inside = random.dirichlet(np.full(bins, reference / bins), DRAWS)
    now = random.multinomial(current, inside).T
    found = _index(np.full(now.shape, reference / bins), now, np.ones(now.shape, bool))
    mean, variance = float(found.mean()), float(found.var())
    return variance / mean * float(gammainccinv(mean**2 / variance, risk))
