"""Metrics of multi-label decisions and probabilities, each beside the same metric of a baseline.

In: labels, probabilities and decisions of tracks or segments. Out: one line per metric. The values are those of scikit-learn.
If no track has an emotion, only its Hamming loss is defined, and means over emotions leave it out. If every track has it,
its ROC curve is undefined. A precision without any positive decision is 0.

The expected calibration error (ECE) uses ten bins of equal width, as in Guo et al. (2017), arXiv:1706.04599, after Naeini et
al. (2015), doi 10.1609/aaai.v29i1.9602. The bins are the same for every model and for every bootstrap resample. The error is
never below 0, so few tracks make the estimate too large.

The baseline only knows how common each emotion is: its probabilities are the shares of the train part. It makes the decisions
that are best for each metric. For F1, precision and recall, it decides that every emotion is present. For the Hamming loss, it
decides what is true of most train tracks.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    f1_score,
    hamming_loss,
    precision_score,
    recall_score,
    roc_auc_score,
)

from mer_tasks.emotions import EMOTIONS

Flags = npt.NDArray[np.bool_]
Values = npt.NDArray[np.floating]
Predictions = tuple[Values, Flags]
"""Probabilities and decisions of tracks or segments, each [shape=(n, 9)]."""
MetricKey = tuple[str | None, str]
"""Emotion (None: all nine emotions together) and name of the metric."""
MetricValues = dict[MetricKey, float | None]
"""Value of each metric; None where it is not defined."""
DECISIONS = {"f1": f1_score, "precision": precision_score, "recall": recall_score}
RANKINGS = {"roc_auc": roc_auc_score, "pr_auc": average_precision_score}
CALIBRATIONS = ("brier", "ece")
BINS = 10
"""Number of bins of the calibration error."""
CEILINGS = tuple(f"{kind}{end}" for kind in ("split_half", "panel") for end in ("", "_low", "_high"))
"""Fields of a metric line with the values that listeners reach: :mod:`mer_tasks.evaluation.listener_agreement`."""
OVERALL = (
    "roc_auc_macro",
    "pr_auc_macro",
    "f1_macro",
    "f1_micro",
    "f1_samples",
    "precision_macro",
    "recall_macro",
    "hamming_loss",
    "brier_macro",
    "ece_macro",
)
"""Metrics over all emotions, in the order in which they are shown."""


def all_metrics(labels: Flags, probabilities: Values, decisions: Flags) -> MetricValues:
    """Compute every metric of some predictions, for each emotion and for all emotions together.

    Parameters
    ----------
    labels, decisions : np.ndarray [shape=(n, 9), dtype=bool]
    probabilities : np.ndarray [shape=(n, 9)]

    Returns
    -------
    dict of (str or None, str) to float or None
        For all emotions together: ``hamming_loss``; ``f1``, ``precision`` and ``recall`` with ``_micro``, ``_macro`` and
        ``_samples``; ``roc_auc`` and ``pr_auc`` with ``_micro`` and ``_macro``; ``brier`` and ``ece`` with ``_macro``.
        For one emotion: each of these names without its ending.

    Examples
    --------
    >>> labels = np.eye(2, 9, dtype=bool)
    >>> values = all_metrics(labels, np.where(labels, 0.9, 0.2), np.ones((2, 9), bool))
    >>> values["amazement", "roc_auc"], values["amazement", "precision"], values["power", "f1"]
    (1.0, 0.5, None)
    """
    values: MetricValues = {(None, "hamming_loss"): float(hamming_loss(labels, decisions))}
    for column, emotion in enumerate(EMOTIONS):
        values.update(_emotion_metrics(emotion, labels[:, column], probabilities[:, column], decisions[:, column]))
    for name, metric in DECISIONS.items():
        for average in ("micro", "samples"):
            values[None, f"{name}_{average}"] = float(metric(labels, decisions, average=average, zero_division=0))
    for name, metric in RANKINGS.items():
        pooled = labels.ravel()
        values[None, f"{name}_micro"] = float(metric(pooled, probabilities.ravel())) if 0 < pooled.sum() < pooled.size else None
    for name in (*DECISIONS, *RANKINGS, *CALIBRATIONS):
        single = [value for emotion in EMOTIONS if (value := values[emotion, name]) is not None]
        values[None, f"{name}_macro"] = float(np.mean(single)) if single else None
    return values


def _emotion_metrics(
    emotion: str, labels: Flags, probabilities: Values, decisions: Flags
) -> Iterator[tuple[MetricKey, float | None]]:
    """Yield the key and the value of every metric of one emotion."""
    yield (emotion, "hamming_loss"), float(np.mean(labels != decisions))
    for name, metric in DECISIONS.items():
        yield (emotion, name), float(metric(labels, decisions, zero_division=0)) if labels.any() else None
    for name, metric in RANKINGS.items():
        defined = labels.any() and (name == "pr_auc" or not labels.all())
        yield (emotion, name), float(metric(labels, probabilities)) if defined else None
    yield (emotion, "brier"), float(brier_score_loss(labels, probabilities, pos_label=True)) if labels.any() else None
    yield (emotion, "ece"), calibration_error(labels, probabilities) if labels.any() else None


def calibration_error(labels: Flags, probabilities: Values) -> float:
    """Compute the expected calibration error (ECE) of one emotion.

    The error of a bin is the distance between its mean probability and its share of positives. The result is the mean over
    bins, weighted by the number of probabilities in each bin.

    Parameters
    ----------
    labels : np.ndarray [shape=(n,), dtype=bool]
    probabilities : np.ndarray [shape=(n,)]
        From 0 to 1.

    Returns
    -------
    float
        From 0 to 1.

    Examples
    --------
    >>> round(calibration_error(np.array([True, False]), np.array([0.75, 0.25])), 2)
    0.25
    """
    excess = np.bincount(bins(probabilities), weights=probabilities.astype(np.float64) - labels, minlength=BINS)
    return float(np.abs(excess).sum() / len(labels))


def bins(probabilities: Values) -> npt.NDArray[np.intp]:
    """Find the calibration bin of each probability, from 0 to 9.

    The lower border of a bin belongs to it. A probability of 1 belongs to the last bin.

    Examples
    --------
    >>> bins(np.array([0.05, 0.1, 1.0]))
    array([0, 1, 9])
    """
    numbers: npt.NDArray[np.intp] = np.minimum((probabilities.astype(np.float64) * BINS).astype(np.intp), BINS - 1)
    return numbers


def baseline(labels: Flags, rates: Values) -> MetricValues:
    """Compute the metrics of the baseline, which only knows how common each emotion is.

    Parameters
    ----------
    labels : np.ndarray [shape=(n, 9), dtype=bool]
    rates : np.ndarray [shape=(9,)]
        Share of train tracks that have each emotion.

    Returns
    -------
    dict
        The keys of :func:`all_metrics`.
    """
    probabilities = np.broadcast_to(rates, labels.shape)
    all_positive = all_metrics(labels, probabilities, np.ones(labels.shape, bool))
    majority = all_metrics(labels, probabilities, probabilities >= 0.5)
    return {key: majority[key] if key[1] == "hamming_loss" else value for key, value in all_positive.items()}


def lines(
    level: str,
    labels: Flags,
    probabilities: Values,
    decisions: Flags,
    rates: Values,
    intervals: Mapping[MetricKey, tuple[float, float] | None],
    ceilings: Mapping[MetricKey, Mapping[str, float | None]] | None = None,
) -> list[dict[str, Any]]:
    """Make the metric lines of the test part, as they are stored and published.

    Parameters
    ----------
    level : {"track", "segment"}
    labels, probabilities, decisions
        See :func:`all_metrics`.
    rates : np.ndarray [shape=(9,)]
        See :func:`baseline`.
    intervals
        Lower and upper end of each metric's interval, from :func:`mer_tasks.evaluation.bootstrap.intervals`.
    ceilings
        Values that listeners reach on the same tracks, from :func:`mer_tasks.evaluation.listener_agreement.ceilings`. Metrics
        without a ceiling are absent.

    Returns
    -------
    list of dict
        ``part``, ``level``, ``emotion``, ``metric``, ``value``, ``low``, ``high``, ``baseline``, the ceilings, and ``support``.
        The support of one emotion is the number of tracks or segments that have it. The support of all emotions together is
        the number of all tracks or segments.
    """
    baselines = baseline(labels, rates)
    ceilings = ceilings or {}
    positives = dict(zip(EMOTIONS, map(int, labels.sum(axis=0)), strict=True))
    return [
        {
            "part": "test",
            "level": level,
            "emotion": emotion,
            "metric": metric,
            "value": value,
            **dict(zip(("low", "high"), intervals[emotion, metric] or (None, None), strict=True)),
            "baseline": baselines[emotion, metric],
            **ceilings.get((emotion, metric), dict.fromkeys(CEILINGS)),
            "support": positives[emotion] if emotion else len(labels),
        }
        for (emotion, metric), value in all_metrics(labels, probabilities, decisions).items()
    ]
