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

Two things make that chi-square unfit as it stands. With few values it is far too wide, as bins that stay empty hold the index
down. Its place is taken by the gamma distribution with the mean and the variance that the index has where nothing has moved.
These depend on `n`, `m` and `b` alone, and are found by drawing; with many values both distributions are the same. And values
that belong together, such as those of an artist's tracks, move together: each group counts as one value, which its own values
share, and `n` and `m` are numbers of groups.
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
LEAST = 2 * IN_A_BIN
"""Groups of reference values from which there is an index."""
ABSENT = 0.5
"""Added to the count of every bin, so that none is empty (Krichevsky, Trofimov 1981, doi 10.1109/TIT.1981.1056331)."""
DRAWS = 20_000
SEED = 0
TINY = 1e-9
"""So much are numbers off that are equal but for rounding."""

Array64 = npt.NDArray[np.float64]
Groups = npt.NDArray[Any]


@dataclass(frozen=True)
class Index:
    """Population stability index of some columns.

    Attributes
    ----------
    values : np.ndarray [shape=(columns,), dtype=float64]
    bins : np.ndarray [shape=(columns,), dtype=int64]
        That have values: fewer than usual where values are equal.
    sizes : tuple of int
        Groups of the reference, and of what it was compared with.
    """

    values: Array64
    bins: npt.NDArray[np.int64]
    sizes: tuple[int, int]

    def chance(self, risk: float) -> Array64:
        """Level that an index exceeds with probability `risk` where nothing has moved [shape=(columns,), dtype=float64]."""
        levels = {count: _level(*self.sizes, count, risk) for count in set(self.bins.tolist())}
        return np.array([levels[count] for count in self.bins.tolist()])


def stability(
    reference: npt.NDArray[np.floating], current: npt.NDArray[np.floating], groups: tuple[Groups, Groups] | None = None
) -> Index:
    """Compare samples column by column.

    Parameters
    ----------
    reference : np.ndarray [shape=(n, columns)]
    current : np.ndarray [shape=(m, columns)]
    groups : tuple of np.ndarray [shape=(n,)] and [shape=(m,)], optional
        Of the values of each; without them, every value is a group of its own.

    Returns
    -------
    Index

    Raises
    ------
    ValueError
        If there are fewer than ``LEAST`` groups of reference values, or nothing to compare with them.
    """
    groups = groups or (np.arange(len(reference)), np.arange(len(current)))
    weights = [_weights(own) for own in groups]
    sizes = (round(float(weights[0].sum())), round(float(weights[1].sum())))
    if sizes[0] < LEAST or sizes[1] < 1:
        raise ValueError(f"{sizes[0]} groups of reference values and {sizes[1]} others, expected at least {LEAST} and 1")
    count = min(BINS, sizes[0] // IN_A_BIN)
    edges = np.quantile(reference, np.arange(1, count) / count, axis=0, weights=weights[0], method="inverted_cdf")
    before, now = (_counts(values, own, edges) for values, own in zip((reference, current), weights, strict=True))
    used = (before > 0) | (now > 0)  # there is nothing between quantiles that are equal
    return Index(_index(before, now, used), used.sum(axis=0), sizes)


def _weights(groups: Groups) -> Array64:
    """What each value counts for, so that a group counts for one [shape=(n,), dtype=float64]."""
    _, place, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    found: Array64 = 1 / sizes[place]
    return found


def _counts(values: npt.NDArray[np.floating], weights: Array64, edges: npt.NDArray[np.floating]) -> Array64:
    """Weight of the values above one edge and up to the next [shape=(edges + 1, columns), dtype=float64]."""
    bins = len(edges) + 1
    columns = zip(edges.T, values.T, strict=True)
    found = [np.bincount(np.searchsorted(inner, column), weights, minlength=bins) for inner, column in columns]
    return np.array(found, np.float64).reshape(-1, bins).T


def _index(before: npt.NDArray[Any], now: npt.NDArray[Any], used: npt.NDArray[np.bool_]) -> Array64:
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
    mean, variance = float(found.mean()), float(found.var()) + TINY
    smooth = variance / mean * float(gammainccinv(mean**2 / variance, risk))
    # of a few values the index has a greatest value, which the gamma distribution does not know
    return max(smooth, float(np.quantile(found, 1 - risk, method="higher"))) * (1 + TINY)


def drift_summary(lines: list[dict[str, Any]]) -> str:
    """Which measures have drifted, in one line: the largest moves first.

    Parameters
    ----------
    lines : list of dict
        Lines of stage `drift`, with ``drifted``, ``psi``, ``genre``, ``statistic`` and ``emotion``.
    """
    gone = sorted((line for line in lines if line["drifted"]), key=lambda line: -line["psi"])
    named = [f"{line['genre'] or 'all genres'}: {line['statistic'] or line['emotion']} {line['psi']:.2f}" for line in gone[:3]]
    more = f" and {len(gone) - len(named)} more" if len(gone) > len(named) else ""
    return f"{len(gone)} of {len(lines)} measures have drifted" + (f" ({'; '.join(named)}{more})" if gone else "")
