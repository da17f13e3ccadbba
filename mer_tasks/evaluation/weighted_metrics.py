"""Metrics of predictions for many weightings of the groups of tracks at once.

In: labels, probabilities and decisions of tracks or segments, the group of each, and a matrix of weights of the groups. Out:
the metrics of :func:`mer_tasks.evaluation.metrics.all_metrics` for each column of weights. Every metric except rankings is
computed from sums over groups, so many weightings are one matrix product. Rankings are in
:mod:`mer_tasks.evaluation.weighted_rankings`. With weights of 1 the values are those of scikit-learn.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from mer_tasks.emotions import EMOTIONS
from mer_tasks.evaluation.metrics import BINS, CALIBRATIONS, DECISIONS, RANKINGS, Flags, MetricKey, Values, bins
from mer_tasks.evaluation.weighted_rankings import Array32, Array64, Ranking, ratio

MetricSamples = dict[MetricKey, Array64]
"""Values of each metric, one per resample; NaN where the metric is not defined."""


class WeightedMetrics:
    """Metrics of predictions, for any weights of the groups of tracks.

    Parameters
    ----------
    labels, decisions : np.ndarray [shape=(n, 9), dtype=bool]
    probabilities : np.ndarray [shape=(n, 9)]
    groups : np.ndarray [shape=(n,)]
        Name of the group of each track or segment.

    Attributes
    ----------
    count : int
        Number of groups.

    Examples
    --------
    >>> labels = np.array([[True] * 9, [False] * 9])
    >>> metrics = WeightedMetrics(labels, np.where(labels, 0.8, 0.4), labels, np.array(["ann", "bob"]))
    >>> metrics.metrics(np.ones((2, 1), np.float32))[None, "f1_macro"]
    array([1.])
    """

    def __init__(self, labels: Flags, probabilities: Values, decisions: Flags, groups: npt.NDArray[np.generic]) -> None:
        names, group = np.unique(groups, return_inverse=True)
        self.count = len(names)
        self._sums = np.stack([np.bincount(group, row, self.count) for row in _summands(labels, probabilities, decisions)])
        self._rankings = [
            Ranking(labels[:, column], probabilities[:, column], group, self.count) for column in range(len(EMOTIONS))
        ]
        self._pooled = Ranking(labels.ravel(), probabilities.ravel(), np.repeat(group, len(EMOTIONS)), self.count)

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
        positives = sums[4:].reshape(4 + BINS, len(EMOTIONS), -1)[2]
        areas = [ranking.areas(weights, count, size - count) for ranking, count in zip(self._rankings, positives, strict=True)]
        total = positives.sum(axis=0)
        return metrics_from_sums(sums, areas, self._pooled.areas(weights, total, size * len(EMOTIONS) - total))


def metrics_from_sums(sums: Array64, areas: Sequence[Mapping[str, Array64]], pooled: Mapping[str, Array64]) -> MetricSamples:
    """Compute the metrics of :func:`~mer_tasks.evaluation.metrics.all_metrics` for many samples at once, from sums.

    Parameters
    ----------
    sums : np.ndarray [shape=(130, samples), dtype=float64]
        Sums over tracks or segments. Row 0 is their number; rows 1 to 3 are the sums of F1, precision and recall of each one.
        Blocks of nine rows follow, one row per emotion: hits, positive decisions, labels, squared errors, and one block for
        each bin of the calibration error with the excess of probabilities over labels.
    areas : sequence of mapping
        ``roc_auc`` and ``pr_auc`` of each emotion.
    pooled : mapping
        ``roc_auc`` and ``pr_auc`` of one ranking of all emotions.

    Returns
    -------
    dict of (str or None, str) to np.ndarray [shape=(samples,)]
        NaN where a metric is not defined.
    """
    size = sums[0]
    sample_sums = sums[1:4]
    hits, decided, positives, squares, *excess = sums[4:].reshape(4 + BINS, len(EMOTIONS), -1)
    wrong = decided + positives - 2 * hits
    distance = np.abs(excess).sum(axis=0)
    metrics: MetricSamples = {(None, "hamming_loss"): ratio(wrong.sum(axis=0), size * len(EMOTIONS))}
    for row, emotion in enumerate(EMOTIONS):
        present = positives[row] > 0
        single = {
            **_decision_metrics(hits[row], decided[row], positives[row]),
            **areas[row],
            "brier": np.where(present, ratio(squares[row], size), np.nan),
            "ece": np.where(present, ratio(distance[row], size), np.nan),
        }
        metrics[emotion, "hamming_loss"] = ratio(wrong[row], size)
        metrics |= {(emotion, name): values for name, values in single.items()}
    all_hits = hits.sum(axis=0)
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
        metrics[None, f"{name}_micro"] = np.where(all_positives < size * len(EMOTIONS), values, np.nan)
    for name in (*DECISIONS, *RANKINGS, *CALIBRATIONS):
        metrics[None, f"{name}_macro"] = _mean(np.stack([metrics[emotion, name] for emotion in EMOTIONS]))
    return metrics


def _decision_metrics(hits: Array64, decided: Array64, positives: Array64) -> dict[str, Array64]:
    """Compute F1, precision and recall of one emotion from counts.

    The metrics are NaN in samples where no track has the emotion. The precision is 0 if there is no positive decision.
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
