"""Population stability index (PSI): how far a distribution has moved, and how far it moves by chance alone.

In: values of a reference sample of tracks, and values of the current tracks. Out: for each column the index, and the level that
the index rarely exceeds by chance.

The index is the sum over bins of ``(p - q) * ln(p / q)``, where ``p`` and ``q`` are the shares of the two samples in a bin. It
is the divergence of Jeffreys (1946), doi 10.1098/rspa.1946.0056; its name comes from credit scoring. The borders of the bins
are quantiles of the reference. As a rule of thumb, 0.1 is a small move and 0.25 a large one, whatever the sizes of the samples.

But the index is above 0 even if nothing has moved. For `n` and `m` values in `b` bins it is then about ``1 / n + 1 / m`` times
a chi-square variable with ``b - 1`` degrees of freedom (Yurdakul 2018, Statistical properties of population stability index,
Western Michigan University; Yurdakul, Naranjo 2020, Journal of Risk Model Validation 14 (4), 89-100). For ten tracks, ten
bins and a large reference, that is 0.9 on average. So a move counts only if it is also above the level of chance.

Two corrections are made to this chi-square distribution. With few values it is far too wide, because empty bins keep the index
low. It is replaced by the gamma distribution with the mean and the variance of the index where nothing has moved. These
depend only on `n`, `m` and `b`, and are estimated by simulation; with many values both distributions are the same. Second,
values that belong together, such as those of an artist's tracks, move together. So each group has a total weight of 1, divided
among its values, and `n` and `m` are numbers of groups.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import gammainccinv

BINS = 10
IN_A_BIN = 5
"""Least number of reference values in a bin; a small reference has fewer bins."""
LEAST = 2 * IN_A_BIN
"""Least number of groups of reference values for which there is an index."""
ABSENT = 0.5
"""Added to the count of every bin, so that no bin is empty (Krichevsky, Trofimov 1981, doi 10.1109/TIT.1981.1056331)."""
DRAWS = 20_000
"""Number of simulated samples for the level of chance."""
SEED = 0
TINY = 1e-9
"""Relative size of rounding errors, added so that equal numbers are not taken for different ones."""

Array64 = npt.NDArray[np.float64]
Groups = npt.NDArray[Any]


@dataclass(frozen=True)
class StabilityIndex:
    """Population stability index of some columns.

    Attributes
    ----------
    values : np.ndarray [shape=(columns,), dtype=float64]
    bins : np.ndarray [shape=(columns,), dtype=int64]
        Number of bins that have values; fewer than usual if many values are equal.
    sizes : tuple of int
        Numbers of groups of the reference sample and of the current sample.
    """

    values: Array64
    bins: npt.NDArray[np.int64]
    sizes: tuple[int, int]

    def chance(self, risk: float) -> Array64:
        """Compute the level that an index exceeds with probability `risk` if nothing has moved.

        Returns
        -------
        np.ndarray [shape=(columns,), dtype=float64]
        """
        levels = {count: _level(*self.sizes, count, risk) for count in set(self.bins.tolist())}
        return np.array([levels[count] for count in self.bins.tolist()])


def stability_index(
    reference: npt.NDArray[np.floating], current: npt.NDArray[np.floating], groups: tuple[Groups, Groups] | None = None
) -> StabilityIndex:
    """Compute the population stability index of each column of two samples.

    Parameters
    ----------
    reference : np.ndarray [shape=(n, columns)]
    current : np.ndarray [shape=(m, columns)]
    groups : tuple of np.ndarray [shape=(n,)] and [shape=(m,)], optional
        Group of each value of the two samples. By default, every value is a group of its own.

    Returns
    -------
    StabilityIndex

    Raises
    ------
    ValueError
        If there are fewer than ``LEAST`` groups of reference values, or no current values.

    Examples
    --------
    >>> reference = np.arange(100.0)[:, np.newaxis]
    >>> moved = stability_index(reference, reference + 50)
    >>> moved.bins.tolist(), bool(moved.values[0] > moved.chance(risk=0.01)[0])
    ([10], True)
    """
    groups = groups or (np.arange(len(reference)), np.arange(len(current)))
    weights = [_weights(own) for own in groups]
    sizes = (round(float(weights[0].sum())), round(float(weights[1].sum())))
    if sizes[0] < LEAST or sizes[1] < 1:
        raise ValueError(f"{sizes[0]} groups of reference values and {sizes[1]} others, expected at least {LEAST} and 1")
    count = min(BINS, sizes[0] // IN_A_BIN)
    edges = np.quantile(reference, np.arange(1, count) / count, axis=0, weights=weights[0], method="inverted_cdf")
    reference_counts = _counts(reference, weights[0], edges)
    current_counts = _counts(current, weights[1], edges)
    used = (reference_counts > 0) | (current_counts > 0)  # a bin between two equal quantiles is always empty
    return StabilityIndex(_index(reference_counts, current_counts, used), used.sum(axis=0), sizes)


def _weights(groups: Groups) -> Array64:
    """Compute a weight for each value, so that each group has a total weight of 1 [shape=(n,), dtype=float64]."""
    _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    weights: Array64 = 1 / sizes[group]
    return weights


def _counts(values: npt.NDArray[np.floating], weights: Array64, edges: npt.NDArray[np.floating]) -> Array64:
    """Sum the weights of the values in each bin, which includes its upper edge [shape=(edges + 1, columns), dtype=float64]."""
    bins = len(edges) + 1
    columns = zip(edges.T, values.T, strict=True)
    counts = [np.bincount(np.searchsorted(inner, column), weights, minlength=bins) for inner, column in columns]
    return np.array(counts, np.float64).reshape(-1, bins).T


def _index(reference: npt.NDArray[Any], current: npt.NDArray[Any], used: npt.NDArray[np.bool_]) -> Array64:
    """Compute the index from the counts of two samples [shape=(bins, columns)], over the `used` bins."""
    q = _bin_shares(reference, used)
    p = _bin_shares(current, used)
    index: Array64 = ((p - q) * np.log(p / q)).sum(axis=0)
    return index


def _bin_shares(counts: npt.NDArray[Any], used: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
    """Compute the share of each used bin from smoothed counts; 1 for the other bins, which then add nothing to the index."""
    return np.where(used, (counts + ABSENT) / (counts.sum(axis=0) + ABSENT * used.sum(axis=0)), 1)


@cache
def _level(reference: int, current: int, bins: int, risk: float) -> float:
    """Estimate the level that the index of two samples of the same distribution exceeds with probability `risk`."""
    if bins < 2:
        return 0.0
    random = np.random.default_rng(SEED)
    # The borders are quantiles of the reference, so it has equally many values in each bin. The true share of the distribution
    # between two of its quantiles is random.
    shares = random.dirichlet(np.full(bins, reference / bins), DRAWS)
    counts = random.multinomial(current, shares).T
    indices = _index(np.full(counts.shape, reference / bins), counts, np.ones(counts.shape, bool))
    mean = float(indices.mean())
    variance = float(indices.var()) + TINY
    smooth = variance / mean * float(gammainccinv(mean**2 / variance, risk))
    # the index of a few values has a maximum, which the gamma distribution ignores
    return max(smooth, float(np.quantile(indices, 1 - risk, method="higher"))) * (1 + TINY)


def drift_summary(lines: list[dict[str, Any]]) -> str:
    """Summarise in one line which measures have drifted, the largest moves first.

    Parameters
    ----------
    lines : list of dict
        Lines of stage `drift`, with ``drifted``, ``psi``, ``genre``, ``statistic`` and ``emotion``.

    Examples
    --------
    >>> drift_summary([{"drifted": True, "psi": 0.4, "genre": "rock", "statistic": None, "emotion": "power"}])
    '1 of 1 measures have drifted (rock: power 0.40)'
    """
    drifted = sorted((line for line in lines if line["drifted"]), key=lambda line: -line["psi"])
    named = [
        f"{line['genre'] or 'all genres'}: {line['statistic'] or line['emotion']} {line['psi']:.2f}" for line in drifted[:3]
    ]
    more = f" and {len(drifted) - len(named)} more" if len(drifted) > len(named) else ""
    return f"{len(drifted)} of {len(lines)} measures have drifted" + (f" ({'; '.join(named)}{more})" if drifted else "")
