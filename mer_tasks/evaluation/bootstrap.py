"""How sure a metric is: its 95 % interval, were other tracks drawn from where these came from.

In: labels, probabilities and decisions of tracks or segments, and the group of each. Out: the lower and the upper end for every
figure of :func:`mer_tasks.evaluation.metrics.figures`. Tracks of a group (one artist, twins) and segments of a track are no
evidence of their own, so groups are what is drawn, with replacement (the cluster bootstrap: Davison and Hinkley (1997),
Bootstrap Methods and their Application, chapter 3.8); the ends are percentiles 2.5 and 97.5 of 1,000 resamples.

To draw a group twice is to weigh it by 2. Everything but rankings is then a sum over groups, and a block of resamples is one
matrix product; rankings are in :mod:`mer_tasks.evaluation.weighted_rankings`. With weights of 1 the figures are scikit-learn's.

A resample in which a figure is not defined, as without a track of the emotion, does not count in that figure's interval; means
over emotions are over those that are defined in the resample. The model, its thresholds and the labels are taken as they are.
A calibration error grows with fewer tracks, and a resample lacks a third of them: its interval may lie above its value.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from mer_tasks.emotions import EMOTIONS
from mer_tasks.evaluation.metrics import BINS, CALIBRATIONS, DECISIONS, RANKINGS, Figure, Flags, Values, bins, figures
from mer_tasks.evaluation.weighted_rankings import Array32, Array64, Ranking, ratio

Samples = dict[Figure, Array64]
"""Of each figure, one value a resample; NaN where it is not defined."""
Spread = tuple[float, float] | None
"""Lower and upper end of an interval."""

RESAMPLES = 1_000
PERCENTILES = (2.5, 97.5)
BLOCK = 100
"""Resamples that are computed together: 40 MB of weights for 100,000 groups."""


@dataclass(frozen=True)
class Difference:
    """By how much one model is better than another on the same tracks.

    Attributes
    ----------
    value, low, high : float or None
        The second's figure less the first's, and the ends of its interval.
    """

    value: float | None
    low: float | None
    high: float | None


def _decisions(hits: Array64, decided: Array64, carried: Array64) -> dict[str, Array64]:
    """F1, precision and recall; of what nothing carries, none is defined. Precision without a positive decision is 0."""
    found = {
        "f1": ratio(2 * hits, decided + carried),
        "precision": ratio(hits, decided, 0.0),
        "recall": ratio(hits, carried),
    }
    return {name: np.where(carried > 0, values, np.nan) for name, values in found.items()}


class Judged:
    """What a model said of some tracks or segments, summed over each group.

    Parameters
    ----------
    labels, decisions : np.ndarray [shape=(n, 9), dtype=bool]
    probabilities : np.ndarray [shape=(n, 9)]
    groups : np.ndarray [shape=(n,)]
        Name of the group of each.

    Attributes
    ----------
    count : int
        Of groups.
    """

    def __init__(self, labels: Flags, probabilities: Values, decisions: Flags, groups: npt.NDArray[np.generic]) -> None:
        names, group = np.unique(groups, return_inverse=True)
        self.count = len(names)
        self._sums = np.stack([np.bincount(group, column, self.count) for column in _columns(labels, probabilities, decisions)])
        self._rankings = [
            Ranking(labels[:, place], probabilities[:, place], group, self.count) for place in range(len(EMOTIONS))
        ]
        self._pooled = Ranking(labels.ravel(), probabilities.ravel(), np.repeat(group, len(EMOTIONS)), self.count)

    def figures(self, weights: Array32) -> Samples:
        """Every figure of :func:`mer_tasks.evaluation.metrics.figures` for each column of `weights`.

        Parameters
        ----------
        weights : np.ndarray [shape=(groups, resamples), dtype=float32]
            How often each group counts: whole numbers.
        """
        sums = np.asarray(self._sums @ weights, np.float64)
        size, carried = sums[0], sums[4:].reshape(4 + BINS, len(EMOTIONS), -1)[2]
        areas = [ranking.areas(weights, there, size - there) for ranking, there in zip(self._rankings, carried, strict=True)]
        total = carried.sum(axis=0)
        return assembled(sums, areas, self._pooled.areas(weights, total, size * len(EMOTIONS) - total))


def assembled(sums: Array64, areas: Sequence[Mapping[str, Array64]], pooled: Mapping[str, Array64]) -> Samples:
    """Figures of :func:`~mer_tasks.evaluation.metrics.figures` for many samples at once, from sums over tracks or segments.

    Parameters
    ----------
    sums : np.ndarray [shape=(130, samples), dtype=float64]
        How many there are; F1, precision and recall of each; of each emotion the hits, the decisions, the labels, the squared
        errors, and for each bin of the calibration error by how much probabilities exceed labels.
    areas : sequence of mapping
        Of each emotion, ``roc_auc`` and ``pr_auc``.
    pooled : mapping
        The same for all emotions at once.

    Returns
    -------
    dict of (str or None, str) to np.ndarray [shape=(samples,)]
        NaN where a figure is not defined.
    """
    (size,), samples, sums = sums[:1], sums[1:4], sums[4:]
    hits, decided, carried, squares, *excess = sums.reshape(4 + BINS, len(EMOTIONS), -1)
    wrong = decided + carried - 2 * hits
    distance = np.abs(excess).sum(axis=0)
    found: Samples = {(None, "hamming_loss"): ratio(wrong.sum(axis=0), size * len(EMOTIONS))}
    for place, emotion in enumerate(EMOTIONS):
        there = carried[place]
        single = {
            **_decisions(hits[place], decided[place], there),
            **areas[place],
            "brier": np.where(there > 0, ratio(squares[place], size), np.nan),
            "ece": np.where(there > 0, ratio(distance[place], size), np.nan),
        }
        found[emotion, "hamming_loss"] = ratio(wrong[place], size)
        found |= {(emotion, name): values for name, values in single.items()}
    totals = hits.sum(axis=0), decided.sum(axis=0), carried.sum(axis=0)
    micro = ratio(2 * totals[0], totals[1] + totals[2], 0.0), ratio(*totals[:2], 0.0), ratio(totals[0], totals[2], 0.0)
    for name, values, sample in zip(DECISIONS, micro, samples, strict=True):
        found |= {(None, f"{name}_micro"): values, (None, f"{name}_samples"): ratio(sample, size)}
    for name, values in pooled.items():
        found[None, f"{name}_micro"] = np.where(totals[2] < size * len(EMOTIONS), values, np.nan)
    for name in (*DECISIONS, *RANKINGS, *CALIBRATIONS):
        found[None, f"{name}_macro"] = _mean(np.stack([found[emotion, name] for emotion in EMOTIONS]))
    return found


def _columns(labels: Flags, probabilities: Values, decisions: Flags) -> Iterator[Array64]:
    """What is summed over groups: 1, a track's figures, hits, decisions, labels, squared errors, and the excess of each bin."""
    both, decided, carried = ((flags.sum(axis=1).astype(np.float64)) for flags in (labels & decisions, decisions, labels))
    yield np.ones(len(labels))
    yield ratio(2 * both, decided + carried, 0.0)
    yield ratio(both, decided, 0.0)
    yield ratio(both, carried, 0.0)
    excess, bin_ = probabilities.astype(np.float64) - labels, bins(probabilities)
    for values in (labels & decisions, decisions, labels, excess**2):
        yield from values.T.astype(np.float64)
    for number in range(BINS):
        yield from np.where(bin_ == number, excess, 0.0).T


def _mean(values: Array64) -> Array64:
    """Mean along the first axis over what is defined; NaN if nothing is."""
    defined = ~np.isnan(values)
    return ratio(np.where(defined, values, 0.0).sum(axis=0), defined.sum(axis=0).astype(np.float64))


def draws(count: int, resamples: int, seed: int) -> Iterator[Array32]:
    """How often each of `count` groups is drawn: blocks [shape=(count, n), dtype=float32], `resamples` columns in all."""
    random = np.random.default_rng(seed)
    for start in range(0, resamples, BLOCK):
        size = min(BLOCK, resamples - start)
        rows = np.empty((size, count), np.float32)
        for row in rows:
            row[:] = np.bincount(random.integers(count, size=count), minlength=count)
        yield np.ascontiguousarray(rows.T)


def resampled(judged: Judged, *, resamples: int = RESAMPLES, seed: int = 0) -> Samples:
    """Every figure in each resample; two models that were judged on the same groups get the same resamples.

    With one group only, nothing is known of others, and nothing is defined.
    """
    if judged.count < 2:
        return {figure: np.full(resamples, np.nan) for figure in judged.figures(np.ones((judged.count, 1), np.float32))}
    blocks = [judged.figures(weights) for weights in draws(judged.count, resamples, seed)]
    return {figure: np.concatenate([block[figure] for block in blocks]) for figure in blocks[0]}


def ends(values: Array64) -> Spread:
    """Percentiles 2.5 and 97.5 of what is defined; None if nothing is."""
    defined = values[~np.isnan(values)]
    if not len(defined):
        return None
    low, high = np.percentile(defined, PERCENTILES)
    return float(low), float(high)


def student(value: float | None, values: Array64, count: int) -> Spread:
    """The 95 % interval by Student's t around `value`, with the standard error that resamples of `count` groups show.

    Percentiles of few groups are too narrow: a resample varies as the groups that were drawn do, by a factor of
    ``sqrt((count - 1) / count)`` too little, and how well so few show it does not count (Hesterberg (2015), What teachers
    should know about the bootstrap, doi 10.1080/00031305.2015.1089789). None if fewer than two are defined.
    """
    defined = values[~np.isnan(values)]
    if value is None or len(defined) < 2 or count < 2:
        return None
    error = float(np.std(defined, ddof=1)) * float(np.sqrt(count / (count - 1)))
    reach = -float(stdtrit(count - 1, PERCENTILES[0] / 100)) * error
    return value - reach, value + reach


def intervals(
    labels: Flags,
    probabilities: Values,
    decisions: Flags,
    groups: npt.NDArray[np.generic],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[Figure, Spread]:
    """The 95 % interval of every figure.

    Parameters
    ----------
    labels, decisions : np.ndarray [shape=(n, 9), dtype=bool]
    probabilities : np.ndarray [shape=(n, 9)]
        From 0 to 1.
    groups : np.ndarray [shape=(n,)]
        Group of each; any names.

    Returns
    -------
    dict
        None where a figure is not defined, and everywhere if there is one group only.
    """
    found = resampled(Judged(labels, probabilities, decisions, groups), resamples=resamples, seed=seed)
    return {figure: ends(values) for figure, values in found.items()}


def paired(
    labels: Flags,
    first: tuple[Values, Flags],
    second: tuple[Values, Flags],
    groups: npt.NDArray[np.generic],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    few: bool = False,
) -> dict[Figure, Difference]:
    """The difference between two models on the same tracks, with its 95 % interval: both are resampled alike.

    Parameters
    ----------
    labels : np.ndarray [shape=(n, 9), dtype=bool]
    first, second : tuple of np.ndarray [shape=(n, 9)]
        Probabilities and decisions of each model.
    groups : np.ndarray [shape=(n,)]
    few : bool
        Whether the interval is that of :func:`student`, which few groups need, instead of percentiles.
    """
    one, two = figures(labels, *first), figures(labels, *second)
    before, after = (resampled(Judged(labels, *model, groups), resamples=resamples, seed=seed) for model in (first, second))
    count = len(np.unique(groups))
    return {
        figure: _difference(one[figure], two[figure], after[figure] - before[figure], count if few else 0) for figure in one
    }


def _difference(first: float | None, second: float | None, samples: Array64, count: int) -> Difference:
    """`count` groups if they are few, else 0."""
    value = None if first is None or second is None else second - first
    return Difference(value, *((student(value, samples, count) if count else ends(samples)) or (None, None)))
