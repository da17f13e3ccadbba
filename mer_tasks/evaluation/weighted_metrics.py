"""Metrics of predictions for many weightings of the groups of tracks at once.

In: labels, probabilities and decisions of tracks or segments, the group of each, and a matrix of weights of the groups. Out:
the metrics of :func:`mer_tasks.evaluation.metrics.all_metrics` for each column of weights. Every metric except rankings is
computed from sums over groups, so many weightings are one matrix product. Rankings are in
:mod:`mer_tasks.evaluation.weighted_rankings`. With weights of 1 the values are those of scikit-learn.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from mer_tasks.evaluation.metrics import BINS, CALIBRATIONS, DECISIONS, RANKINGS, Flags, MetricKey, Values, bins
from mer_tasks.evaluation.weighted_rankings import Array32, Array64, Ranking, ratio
from mer_tasks.label_set import LabelSet

MetricSamples = dict[MetricKey, Array64]
"""Values of each metric, one per resample; NaN where the metric is not defined."""


class WeightedMetrics:
    """Metrics of predictions, for any weights of the groups of tracks.

    Parameters
    ----------
    labels, decisions : np.ndarray [shape=(n, labels), dtype=bool]
    probabilities : np.ndarray [shape=(n, labels)]
    groups : np.ndarray [shape=(n,)]
        Name of the group of each track or segment.
    label_set : LabelSet

    Attributes
    ----------
    count : int
        Number of groups.

    Examples
    --------
    >>> from mer_tasks.label_set import parse_label_set
    >>> moods = parse_label_set('name = "moods"\\nkind = "multi"\\nlabels = ["calm", "happy"]', "moods.toml")
    >>> labels = np.array([[True, True], [False, False]])
    >>> metrics = WeightedMetrics(labels, np.where(labels, 0.8, 0.4), labels, np.array(["ann", "bob"]), moods)
    >>> metrics.metrics(np.ones((2, 1), np.float32))[None, "f1_macro"]
    array([1.])
    """

    def __init__(
        self,
        labels: Flags,
        probabilities: Values,
        decisions: Flags,
        groups: npt.NDArray[np.generic],
        label_set: LabelSet,
    ) -> None:
        self._label_set = label_set
        names, group = np.unique(groups, return_inverse=True)
        self.count = len(names)
        self._sums = np.stack([np.bincount(group, row, self.count) for row in _summands(labels, probabilities, decisions)])
        self._rankings = [
            Ranking(labels[:, column], probabilities[:, column], group, self.count) for column in range(len(label_set))
        ]
        self._pooled = Ranking(labels.ravel(), probabilities.ravel(), np.repeat(group, len(label_set)), self.count)

    def metrics(self, weights: Array32) -> MetricSamples:
        """Compute every metric of :func:`mer_tasks.evaluation.metrics.all_metrics` for each column of `weights`.

        Parameters
        ----------
        weights : np.ndarray [shape=(groups, resamples), dtype=float32]
            How often each group counts: whole numbers.

        Returns
        -------
        dict of (str or None, str) to np.ndarray [shape=(resamples,)]
            NaN where a metric is not defined.
        """
        sums = np.asarray(self._sums @ weights, np.float64)
        size = sums[0]
        positives = sums[4:].reshape(4 + BINS, len(self._label_set), -1)[2]
        areas = [ranking.areas(weights, count, size - count) for ranking, count in zip(self._rankings, positives, strict=True)]
        total = positives.sum(axis=0)
        pooled = self._pooled.areas(weights, total, size * len(self._label_set) - total)
        return metrics_from_sums(sums, areas, pooled, self._label_set)


def metrics_from_sums(
    sums: Array64, areas: Sequence[Mapping[str, Array64]], pooled: Mapping[str, Array64], label_set: LabelSet
) -> MetricSamples:
    """Compute the metrics of :func:`~mer_tasks.evaluation.metrics.all_metrics` for many samples at once, from sums.

    Parameters
    ----------
    sums : np.ndarray [shape=(4 + 14 * labels, samples), dtype=float64]
        Sums over tracks or segments. Row 0 is their number; rows 1 to 3 are the sums of F1, precision and recall of each one.
        Blocks with one row per label follow: hits, positive decisions, labels, squared errors, and one block for each of the
        ten bins of the calibration error with the excess of probabilities over labels.
    areas : sequence of mapping
        ``roc_auc`` and ``pr_auc`` of each label.
    pooled : mapping
        ``roc_auc`` and ``pr_auc`` of one ranking of all labels.
    label_set : LabelSet

    Returns
    -------
    dict of (str or None, str) to np.ndarray [shape=(samples,)]
        NaN where a metric is not defined.
    """
    size = sums[0]
    sample_sums = sums[1:4]
    count = len(label_set)
    hits, decided, positives, squares, *excess = sums[4:].reshape(4 + BINS, count, -1)
    wrong = decided + positives - 2 * hits
    distance = np.abs(excess).sum(axis=0)
    metrics: MetricSamples = {(None, "hamming_loss"): ratio(wrong.sum(axis=0), size * count)}
    for row, label in enumerate(label_set.ids):
        present = positives[row] > 0
        single = {
            **_decision_metrics(hits[row], decided[row], positives[row]),
            **areas[row],
            "brier": np.where(present, ratio(squares[row], size), np.nan),
            "ece": np.where(present, ratio(distance[row], size), np.nan),
        }
        metrics[label, "hamming_loss"] = ratio(wrong[row], size)
        metrics.update({(label, name): values for name, values in single.items()})
    all_hits = hits.sum(axis=0)
    if label_set.single:
        metrics[None, "accuracy"] = ratio(all_hits, size)
    all_decided = decided.sum(axis=0)
    all_positives = positives.sum(axis=0)
    micro = {
        "f1": ratio(2 * all_hits, all_decided + all_positives, 0.0),
        "precision": ratio(all_hits, all_decided, 0.0),
        "recall": ratio(all_hits, all_positives, 0.0),
    }
    for name, sample in zip(DECISIONS, sample_sums, strict=True):
        metrics |= {(None, f"{name}_micro"): micro[name], (None, f"{name}_samples"): ratio(sample, size)}
    for name, values in pooled.items():
        metrics[None, f"{name}_micro"] = np.where(all_positives < size * count, values, np.nan)
    for name in (*DECISIONS, *RANKINGS, *CALIBRATIONS):
        metrics[None, f"{name}_macro"] = _mean(np.stack([metrics[label, name] for label in label_set.ids]))
    return metrics


def _decision_metrics(hits: Array64, decided: Array64, positives: Array64) -> dict[str, Array64]:
    """Compute F1, precision and recall of one label from counts.

    The metrics are NaN in samples where no track has the label. The precision is 0 if there is no positive decision.
    """
    metrics = {
        "f1": ratio(2 * hits, decided + positives),
        "precision": ratio(hits, decided, 0.0),
        "recall": ratio(hits, positives),
    }
    return {name: np.where(positives > 0, values, np.nan) for name, values in metrics.items()}


def _summands(labels: Flags, probabilities: Values, decisions: Flags) -> Iterator[Array64]:
    """Yield the rows of ``sums`` in :func:`metrics_from_sums`, with one value per track or segment."""
    hits = (labels & decisions).sum(axis=1).astype(np.float64)
    decided = decisions.sum(axis=1).astype(np.float64)
    positives = labels.sum(axis=1).astype(np.float64)
    yield np.ones(len(labels))
    yield ratio(2 * hits, decided + positives, 0.0)
    yield ratio(hits, decided, 0.0)
    yield ratio(hits, positives, 0.0)
    excess = probabilities.astype(np.float64) - labels
    bin_ = bins(probabilities)
    for values in (labels & decisions, decisions, labels, excess**2):
        yield from values.T.astype(np.float64)
    for number in range(BINS):
        yield from np.where(bin_ == number, excess, 0.0).T


def _mean(values: Array64) -> Array64:
    """Compute the mean of the defined values along the first axis; NaN if no value is defined."""
    defined = ~np.isnan(values)
    return ratio(np.where(defined, values, 0.0).sum(axis=0), defined.sum(axis=0).astype(np.float64))
