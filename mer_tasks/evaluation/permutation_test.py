"""Permutation test: the values of metrics under permuted labels, whatever the model predicts.

In: labels, probabilities and decisions of tracks or segments, and the group of each; all members of a group have the same
labels. Out: the values of every metric of :func:`mer_tasks.evaluation.metrics.all_metrics` under permutations of the groups'
labels, and one interval per metric. A metric outside its interval is better or worse than chance explains.

Metrics differ in spread and depend on each other. So the distance of a metric from its mean is measured in its own standard
deviations, and the test uses the largest distance of all metrics (the permutation test by the maximum: Westfall and Young
(1993), Resampling-Based Multiple Testing; Nichols and Holmes (2002), doi 10.1002/hbm.1058). The chance that any metric leaves
its interval is then exactly the chosen risk, however many metrics there are.

Most sums over groups are linear in the labels, so a block of permutations is one matrix product. Average precision and the
means over tracks are not linear: they are counted item by item. An item is a track or a segment.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mer_tasks.evaluation.metrics import BINS, Flags, Values, bins
from mer_tasks.evaluation.weighted_metrics import MetricSamples, metrics_from_sums
from mer_tasks.evaluation.weighted_rankings import Array64, ratio
from mer_tasks.label_set import LabelSet

Indices = npt.NDArray[np.intp]

PERMUTATIONS = 999
"""Number of permutations; together with the tested labels they are 1,000."""
RISK = 0.01
"""Chance that any metric leaves its interval although nothing was learnt."""
ROUNDING = 1e-6
"""Least standard deviation of a metric: values of a metric that no permutation changes differ only by rounding."""
ITEMS = 1 << 22
"""Number of labels that are in memory at a time."""


class PermutationMetrics:
    """Metrics of predictions for tracks or segments whose labels are permuted.

    Parameters
    ----------
    labels, decisions : np.ndarray [shape=(n, labels), dtype=bool]
    probabilities : np.ndarray [shape=(n, labels)]
    groups : np.ndarray [shape=(n,), dtype=int]
        Group of each item, counted from 0. All items of a group have the same labels.
    label_set : LabelSet

    Attributes
    ----------
    labels : np.ndarray [shape=(groups, labels), dtype=bool]
        Labels of each group.
    size : int
        Number of items.

    Raises
    ------
    ValueError
        If items of one group have different labels.

    Examples
    --------
    >>> from mer_tasks.label_set import parse_label_set
    >>> moods = parse_label_set('name = "moods"\\nkind = "multi"\\nlabels = ["calm", "happy"]', "moods.toml")
    >>> labels = np.array([[True, True], [False, False]])
    >>> metrics = PermutationMetrics(labels, np.where(labels, 0.8, 0.4), labels, np.array([0, 1]), moods)
    >>> metrics.metrics(np.array([[0, 1], [1, 0]]))[None, "roc_auc_macro"]
    array([1., 0.])
    """

    def __init__(self, labels: Flags, probabilities: Values, decisions: Flags, groups: Indices, label_set: LabelSet) -> None:
        self._label_set = label_set
        _, first = np.unique(groups, return_index=True)
        self.labels: Flags = labels[first]
        if (self.labels[groups] != labels).any():
            raise ValueError("tracks of one group have different labels, expected equal ones")
        self._groups = groups
        self._decisions = decisions
        self.size = len(groups)
        self._sizes = self._group_sums(np.ones(len(groups)))
        values = probabilities.astype(np.float64)
        self._squares = (values**2).sum(axis=0)
        self._excess = np.stack(
            [np.bincount(bin_, column, BINS) for bin_, column in zip(bins(values).T, values.T, strict=True)]
        )
        # for each label and group, the sums that count if the group has the label: decisions, probabilities, bin counts
        self._label_sums = [
            np.stack([self._group_sums(column) for column in (decided, value, *np.eye(BINS)[bin_].T)], axis=1)
            for decided, value, bin_ in zip(decisions.T, values.T, bins(values).T, strict=True)
        ]
        self._rankings = [_RankingOfAnyLabels(column) for column in values.T]
        self._pooled = _RankingOfAnyLabels(values.ravel())

    def _group_sums(self, values: npt.NDArray[np.generic]) -> Array64:
        return np.asarray(np.bincount(self._groups, values, len(self.labels)), np.float64)

    def metrics(self, permutations: Indices) -> MetricSamples:
        """Compute every metric for each row of `permutations`.

        Parameters
        ----------
        permutations : np.ndarray [shape=(permutations, groups), dtype=int]
            For each group, the group whose labels it gets.

        Returns
        -------
        dict of (str or None, str) to np.ndarray [shape=(permutations,)]
            NaN where a metric is not defined.
        """
        permuted = self.labels[permutations]
        group_labels = np.moveaxis(permuted, 2, 0).astype(np.float64)  # axes: labels, permutations, groups
        item_labels = permuted[:, self._groups]  # axes: permutations, items, labels
        positives = group_labels @ self._sizes
        sums = np.stack([flags @ columns for flags, columns in zip(group_labels, self._label_sums, strict=True)])
        hits = sums[..., 0]
        positive_probability = sums[..., 1]
        positive_bins = np.moveaxis(sums[..., 2:], 2, 0)
        rows = [
            np.full((1, len(permutations)), float(self.size)),
            self._sample_sums(item_labels),
            hits,
            np.broadcast_to(self._decisions.sum(axis=0)[:, np.newaxis], hits.shape),
            positives,
            self._squares[:, np.newaxis] - 2 * positive_probability + positives,
            *(self._excess.T[:, :, np.newaxis] - positive_bins),
        ]
        areas = [ranking.areas(item_labels[..., column]) for column, ranking in enumerate(self._rankings)]
        pooled = self._pooled.areas(item_labels.reshape(len(permutations), -1))
        return metrics_from_sums(np.concatenate(rows), areas, pooled, self._label_set)

    def _sample_sums(self, item_labels: Flags) -> Array64:
        """Sum F1, precision and recall of each item over all items [shape=(3, permutations)]."""
        hits = (item_labels & self._decisions).sum(axis=2, dtype=np.float64)
        positives = item_labels.sum(axis=2, dtype=np.float64)
        decided = np.broadcast_to(self._decisions.sum(axis=1, dtype=np.float64), positives.shape)
        metrics = ratio(2 * hits, decided + positives, 0.0), ratio(hits, decided, 0.0), ratio(hits, positives, 0.0)
        return np.stack([values.sum(axis=1) for values in metrics])


class _RankingOfAnyLabels:
    """ROC-AUC and average precision of one ranking, for any labels of its items.

    Parameters
    ----------
    scores : np.ndarray [shape=(n,)]
    """

    def __init__(self, scores: Array64) -> None:
        self._order = np.argsort(-scores, kind="stable")
        falling = scores[self._order]
        self._tie_ends = np.flatnonzero(np.append(falling[1:] != falling[:-1], True))

    def areas(self, labels: Flags) -> dict[str, Array64]:
        """Compute ROC-AUC and average precision for each row of `labels` [shape=(permutations, n)]; NaN if not defined."""
        hits = np.cumsum(labels[:, self._order], axis=1, dtype=np.int32)[:, self._tie_ends].astype(np.float64)
        ranked = self._tie_ends + 1.0
        new_hits = np.diff(hits, axis=1, prepend=0)
        new_ranked = np.diff(ranked, prepend=0)
        positives = hits[:, -1]
        # the negatives of a tie count half
        false = ranked - hits - (new_ranked - new_hits) / 2
        lost = (new_hits * false).sum(axis=1)
        precise = (new_hits * hits / ranked).sum(axis=1)
        return {"roc_auc": 1 - ratio(lost, positives * (labels.shape[1] - positives)), "pr_auc": ratio(precise, positives)}


def permuted_metrics(metrics: PermutationMetrics, *, permutations: int = PERMUTATIONS, seed: int = 0) -> MetricSamples:
    """Compute every metric under random permutations of the groups' labels.

    The same seed gives the tracks and their segments the same permutations.
    """
    random = np.random.default_rng(seed)
    groups = len(metrics.labels)
    size = max(1, ITEMS // (metrics.size * metrics.labels.shape[1]))
    blocks = []
    for start in range(0, permutations, size):
        rows = np.stack([random.permutation(groups) for _ in range(min(size, permutations - start))])
        blocks.append(metrics.metrics(rows))
    return {key: np.concatenate([block[key] for block in blocks]) for key in blocks[0]}


class NullDistribution:
    """Joint distribution of several metrics under permuted labels.

    Parameters
    ----------
    samples : mapping of Any to np.ndarray [shape=(permutations,)]
        Values of each metric, in the same permutations for all. A metric that is not defined in every permutation is ignored.

    Attributes
    ----------
    farthest : np.ndarray [shape=(permutations,), dtype=float64]
        In each permutation, the largest distance of any metric from its mean, in standard deviations of that metric.

    Examples
    --------
    >>> null = NullDistribution({"f1": np.array([0.25, 0.75])})
    >>> null.distance("f1", 1.0), null.interval("f1", 1.0)
    (2.0, (0.25, 0.75))
    """

    def __init__(self, samples: Mapping[Any, Array64]) -> None:
        defined = {key: values for key, values in samples.items() if not np.isnan(values).any()}
        self._mean_and_deviation = {
            key: (float(values.mean()), max(float(values.std()), ROUNDING)) for key, values in defined.items()
        }
        self.farthest = np.max(
            [
                np.abs(values - mean) / deviation
                for values, (mean, deviation) in zip(defined.values(), self._mean_and_deviation.values(), strict=True)
            ],
            axis=0,
        )

    def distance(self, key: Any, value: float) -> float:
        """Compute the distance of `value` from the mean of a metric, in standard deviations."""
        mean, deviation = self._mean_and_deviation[key]
        return abs(value - mean) / deviation

    def interval(self, key: Any, limit: float) -> tuple[float, float]:
        """Compute the interval of values within the distance `limit` from the mean, cut off at 0 and 1."""
        mean, deviation = self._mean_and_deviation[key]
        return max(0.0, mean - limit * deviation), min(1.0, mean + limit * deviation)


def distance_limit(distributions: Sequence[NullDistribution], risk: float = RISK) -> float:
    """Compute the distance that any metric of all `distributions` exceeds with a probability of at most `risk`.

    Parameters
    ----------
    distributions : sequence of NullDistribution
        Independent of each other, with equal numbers of permutations.
    risk : float

    Raises
    ------
    ValueError
        If there are too few permutations for this risk.
    """
    farthest = np.sort(np.max([distribution.farthest for distribution in distributions], axis=0))
    rank = math.ceil((1 - risk) * (len(farthest) + 1))
    if rank > len(farthest):
        raise ValueError(f"{len(farthest)} permutations, expected at least {math.ceil(1 / risk) - 1} for a risk of {risk:g}")
    return max(1.0, float(farthest[rank - 1]))  # at least 1, so that rounding of a constant metric never exceeds the limit
