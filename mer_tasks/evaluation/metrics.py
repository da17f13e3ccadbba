"""Metrics of multi-label decisions, each beside what a model gets that only knows how common each emotion is.

In: labels, probabilities and decisions of tracks or segments. Out: one line a metric. The figures are scikit-learn's. An
emotion that nothing carries has a Hamming loss only, and does not count in a mean over emotions; one that everything carries
has no ROC. A precision without any positive decision is 0.

The calibration error (ECE) has ten bins of equal width, as of Guo et al. (2017), arXiv:1706.04599, after Naeini et al. (2015),
doi 10.1609/aaai.v29i1.9602: of two models, or of resampled tracks, the bins are the same. It is never below 0, so that few
tracks make it larger than it is.

The baseline gives every track the shares of the train part as probabilities. It decides as is best for it: that every
emotion is there, where F1, precision and recall are asked for; what is true of most train tracks, for the Hamming loss.
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
Figure = tuple[str | None, str]
"""Emotion (None: all nine together) and metric."""
Figures = dict[Figure, float | None]
DECISIONS = {"f1": f1_score, "precision": precision_score, "recall": recall_score}
RANKINGS = {"roc_auc": roc_auc_score, "pr_auc": average_precision_score}
CALIBRATIONS = ("brier", "ece")
BINS = 10
"""Of the calibration error."""
CEILINGS = tuple(f"{kind}{end}" for kind in ("split_half", "panel") for end in ("", "_low", "_high"))
"""What a line says of listeners: :mod:`mer_tasks.evaluation.listener_agreement`."""
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


def figures(labels: Flags, probabilities: Values, decisions: Flags) -> Figures:
    """Every metric.

    Parameters
    ----------
    labels, decisions : np.ndarray [shape=(n, 9), dtype=bool]
    probabilities : np.ndarray [shape=(n, 9)]

    Returns
    -------
    dict
        ``hamming_loss``; ``f1``, ``precision`` and ``recall`` with ``_micro``, ``_macro`` and ``_samples``; ``roc_auc`` and
        ``pr_auc`` with ``_micro`` and ``_macro``; ``brier`` and ``ece`` with ``_macro``; of one emotion, each without ending.
    """
    found: Figures = {(None, "hamming_loss"): float(hamming_loss(labels, decisions))}
    for place, emotion in enumerate(EMOTIONS):
        found.update(_of_emotion(emotion, labels[:, place], probabilities[:, place], decisions[:, place]))
    for name, metric in DECISIONS.items():
        for average in ("micro", "samples"):
            found[None, f"{name}_{average}"] = float(metric(labels, decisions, average=average, zero_division=0))
    for name, metric in RANKINGS.items():
        pooled = labels.ravel()
        found[None, f"{name}_micro"] = float(metric(pooled, probabilities.ravel())) if 0 < pooled.sum() < pooled.size else None
    for name in (*DECISIONS, *RANKINGS, *CALIBRATIONS):
        single = [value for emotion in EMOTIONS if (value := found[emotion, name]) is not None]
        found[None, f"{name}_macro"] = float(np.mean(single)) if single else None
    return found


def _of_emotion(emotion: str, labels: Flags, probabilities: Values, decisions: Flags) -> Iterator[tuple[Any, float | None]]:
    yield (emotion, "hamming_loss"), float(np.mean(labels != decisions))
    for name, metric in DECISIONS.items():
        yield (emotion, name), float(metric(labels, decisions, zero_division=0)) if labels.any() else None
    for name, metric in RANKINGS.items():
        defined = labels.any() and (name == "pr_auc" or not labels.all())
        yield (emotion, name), float(metric(labels, probabilities)) if defined else None
    yield (emotion, "brier"), float(brier_score_loss(labels, probabilities, pos_label=True)) if labels.any() else None
    yield (emotion, "ece"), calibration_error(labels, probabilities) if labels.any() else None


def calibration_error(labels: Flags, probabilities: Values) -> float:
    """Mean over bins, by how much falls into each, of the distance between the mean probability and the share of positives.

    Parameters
    ----------
    labels : np.ndarray [shape=(n,), dtype=bool]
    probabilities : np.ndarray [shape=(n,)]
        From 0 to 1.
    """
    excess = np.bincount(bins(probabilities), weights=probabilities.astype(np.float64) - labels, minlength=BINS)
    return float(np.abs(excess).sum() / len(labels))


def bins(probabilities: Values) -> npt.NDArray[np.intp]:
    """Bin of each probability, from 0 to 9: the lower end belongs to a bin, and 1 to the last one."""
    found: npt.NDArray[np.intp] = np.minimum((probabilities.astype(np.float64) * BINS).astype(np.intp), BINS - 1)
    return found


def told(value: float | None, low: float | None, high: float | None, sign: str = "") -> str:
    """A value and its interval in few words; nothing where it is not defined. A `sign` of ``+`` is for differences."""
    if value is None:
        return ""
    return f"{value:{sign}.3f}" + ("" if low is None else f" ({low:{sign}.3f} to {high:{sign}.3f})")


def baseline(labels: Flags, rates: Values) -> Figures:
    """:func:`figures` of the model that only knows `rates`, the share of train tracks with each emotion [shape=(9,)]."""
    probabilities = np.broadcast_to(rates, labels.shape)
    found = figures(labels, probabilities, np.ones(labels.shape, bool))
    common = figures(labels, probabilities, probabilities >= 0.5)
    return {place: common[place] if place[1] == "hamming_loss" else value for place, value in found.items()}


def lines(
    level: str,
    labels: Flags,
    probabilities: Values,
    decisions: Flags,
    rates: Values,
    intervals: Mapping[Figure, tuple[float, float] | None],
    ceilings: Mapping[Figure, Mapping[str, float | None]] | None = None,
) -> list[dict[str, Any]]:
    """Metrics on the test part, as they are stored and published.

    Parameters
    ----------
    level : {"track", "segment"}
    labels, probabilities, decisions
        See :func:`figures`.
    rates : np.ndarray [shape=(9,)]
        See :func:`baseline`.
    intervals
        Lower and upper end for each figure, as of :func:`mer_tasks.evaluation.bootstrap.intervals`.
    ceilings
        What listeners reach on the same tracks, as of :func:`mer_tasks.evaluation.listener_agreement.ceilings`; for the figures
        that have it.

    Returns
    -------
    list of dict
        ``part``, ``level``, ``emotion``, ``metric``, ``value``, ``low``, ``high``, ``baseline``, the ceilings, and ``support``:
        how many were judged, or of one emotion how many of these carry it.
    """
    beside, reached = baseline(labels, rates), ceilings or {}
    positives = dict(zip(EMOTIONS, map(int, labels.sum(axis=0)), strict=True))
    return [
        {
            "part": "test",
            "level": level,
            "emotion": emotion,
            "metric": metric,
            "value": value,
            **dict(zip(("low", "high"), intervals[emotion, metric] or (None, None), strict=True)),
            "baseline": beside[emotion, metric],
            **reached.get((emotion, metric), dict.fromkeys(CEILINGS)),
            "support": positives[emotion] if emotion else len(labels),
        }
        for (emotion, metric), value in figures(labels, probabilities, decisions).items()
    ]
