"""Metrics of decisions and probabilities for each label, each beside the same metric of a baseline.

In: labels, probabilities and decisions of tracks or segments. Out: one line per metric. The values are those of scikit-learn.
If no track has a label, only its Hamming loss is defined, and means over labels leave it out. If every track has it,
its ROC curve is undefined. A precision without any positive decision is 0.

If a track has exactly one label (label sets of kind ``single``), each label is judged against all others, and there is the
accuracy: the share of tracks whose most probable label is the right one. Recall, precision and F1 over all decisions, per track
or together, are then equal to it.

The expected calibration error (ECE) uses ten bins of equal width, as in Guo et al. (2017), arXiv:1706.04599, after Naeini et
al. (2015), doi 10.1609/aaai.v29i1.9602. The bins are the same for every model and for every bootstrap resample. The error is
never below 0, so few tracks make the estimate too large.

The baseline only knows how common each label is: its probabilities are the shares of the train part. It makes the decisions
that are best for each metric. For F1, precision and recall, it decides that every label is present. For the Hamming loss, it
decides what is true of most train tracks. If a track has exactly one label, it always decides for the most common one.
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

from mer_tasks.label_set import LabelSet

Flags = npt.NDArray[np.bool_]
Values = npt.NDArray[np.floating]
Predictions = tuple[Values, Flags]
"""Probabilities and decisions of tracks or segments, each [shape=(n, labels)]."""
MetricKey = tuple[str | None, str]
"""Id of the label (None: all labels together) and name of the metric."""
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
    "accuracy",
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
"""Metrics over all labels, in the order in which they are shown."""
EQUAL_TO_ACCURACY = ("f1_micro", "f1_samples")
"""Metrics of ``OVERALL`` that are not shown beside the accuracy, because they are equal to it."""


def all_metrics(labels: Flags, probabilities: Values, decisions: Flags, label_set: LabelSet) -> MetricValues:
    """Compute every metric of some predictions, for each label and for all labels together.

    Parameters
    ----------
    labels, decisions : np.ndarray [shape=(n, labels), dtype=bool]
    probabilities : np.ndarray [shape=(n, labels)]
    label_set : LabelSet
        Labels of the columns. If it is of kind ``single``, each row of `labels` and of `decisions` has one label.

    Returns
    -------
    dict of (str or None, str) to float or None
        For all labels together: ``hamming_loss``; ``f1``, ``precision`` and ``recall`` with ``_micro``, ``_macro`` and
        ``_samples``; ``roc_auc`` and ``pr_auc`` with ``_micro`` and ``_macro``; ``brier`` and ``ece`` with ``_macro``; and
        ``accuracy`` if a track has exactly one label. For one label: each of these names without its ending.

    Examples
    --------
    >>> from mer_tasks.label_set import parse_label_set
    >>> moods = parse_label_set('name = "moods"\\nkind = "multi"\\nlabels = ["calm", "happy", "sad"]', "moods.toml")
    >>> labels = np.eye(2, 3, dtype=bool)
    >>> values = all_metrics(labels, np.where(labels, 0.9, 0.2), np.ones((2, 3), bool), moods)
    >>> values["calm", "roc_auc"], values["calm", "precision"], values["sad", "f1"]
    (1.0, 0.5, None)
    """
    losses = _hamming_losses(labels, decisions, label_set)
    values: MetricValues = {(None, "hamming_loss"): losses[None, "hamming_loss"]}
    if label_set.single:
        values[None, "accuracy"] = float((labels & decisions).any(axis=1).mean())
    for column, label in enumerate(label_set.ids):
        values[label, "hamming_loss"] = losses[label, "hamming_loss"]
        values.update(_label_metrics(label, labels[:, column], probabilities[:, column], decisions[:, column]))
    for name, metric in DECISIONS.items():
        for average in ("micro", "samples"):
            values[None, f"{name}_{average}"] = float(metric(labels, decisions, average=average, zero_division=0))
    for name, metric in RANKINGS.items():
        pooled = labels.ravel()
        values[None, f"{name}_micro"] = float(metric(pooled, probabilities.ravel())) if 0 < pooled.sum() < pooled.size else None
    for name in (*DECISIONS, *RANKINGS, *CALIBRATIONS):
        single = [value for label in label_set.ids if (value := values[label, name]) is not None]
        values[None, f"{name}_macro"] = float(np.mean(single)) if single else None
    return values


def _hamming_losses(labels: Flags, decisions: Flags, label_set: LabelSet) -> MetricValues:
    """Compute the Hamming loss of all labels together and of each label."""
    losses: MetricValues = {(None, "hamming_loss"): float(hamming_loss(labels, decisions))}
    wrong = (labels != decisions).mean(axis=0).tolist()
    losses.update({(label, "hamming_loss"): loss for label, loss in zip(label_set.ids, wrong, strict=True)})
    return losses


def _label_metrics(
    label: str, labels: Flags, probabilities: Values, decisions: Flags
) -> Iterator[tuple[MetricKey, float | None]]:
    """Yield the key and the value of every metric of one label, without its Hamming loss."""
    for name, metric in DECISIONS.items():
        yield (label, name), float(metric(labels, decisions, zero_division=0)) if labels.any() else None
    for name, metric in RANKINGS.items():
        defined = labels.any() and (name == "pr_auc" or not labels.all())
        yield (label, name), float(metric(labels, probabilities)) if defined else None
    yield (label, "brier"), float(brier_score_loss(labels, probabilities, pos_label=True)) if labels.any() else None
    yield (label, "ece"), calibration_error(labels, probabilities) if labels.any() else None


def calibration_error(labels: Flags, probabilities: Values) -> float:
    """Compute the expected calibration error (ECE) of one label.

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


def baseline(labels: Flags, rates: Values, label_set: LabelSet) -> MetricValues:
    """Compute the metrics of the baseline, which only knows how common each label is.

    Parameters
    ----------
    labels : np.ndarray [shape=(n, labels), dtype=bool]
    rates : np.ndarray [shape=(labels,)]
        Share of train tracks that have each label.
    label_set : LabelSet

    Returns
    -------
    dict
        The keys of :func:`all_metrics`.
    """
    probabilities = np.broadcast_to(rates, labels.shape)
    if label_set.single:
        most_common = np.arange(len(rates)) == np.argmax(rates)
        return all_metrics(labels, probabilities, np.broadcast_to(most_common, labels.shape), label_set)
    all_positive = all_metrics(labels, probabilities, np.ones(labels.shape, bool), label_set)
    return {**all_positive, **_hamming_losses(labels, probabilities >= 0.5, label_set)}


def confusion_matrix(labels: Flags, decisions: Flags) -> list[list[int]]:
    """Count how often the model decides for each label, for the tracks of each label; a track has exactly one.

    Parameters
    ----------
    labels, decisions : np.ndarray [shape=(n, labels), dtype=bool]
        One True in each row.

    Returns
    -------
    list of list of int [shape=(labels, labels)]
        A row for each true label, a column for each predicted one.

    Examples
    --------
    >>> confusion_matrix(np.eye(2, dtype=bool)[[0, 0, 1]], np.eye(2, dtype=bool)[[0, 1, 1]])
    [[1, 1], [0, 1]]
    """
    counts: list[list[int]] = (labels.astype(np.int64).T @ decisions).tolist()
    return counts


def lines(
    level: str,
    labels: Flags,
    probabilities: Values,
    decisions: Flags,
    rates: Values,
    intervals: Mapping[MetricKey, tuple[float, float] | None],
    label_set: LabelSet,
    *,
    ceilings: Mapping[MetricKey, Mapping[str, float | None]] | None = None,
) -> list[dict[str, Any]]:
    """Make the metric lines of the test part, as they are stored and published.

    Parameters
    ----------
    level : {"track", "segment"}
    labels, probabilities, decisions
        See :func:`all_metrics`.
    rates : np.ndarray [shape=(labels,)]
        See :func:`baseline`.
    intervals
        Lower and upper end of each metric's interval, from :func:`mer_tasks.evaluation.bootstrap.intervals`.
    label_set : LabelSet
    ceilings
        Values that listeners reach on the same tracks, from :func:`mer_tasks.evaluation.listener_agreement.ceilings`. Metrics
        without a ceiling are absent.

    Returns
    -------
    list of dict
        ``part``, ``level``, ``emotion`` (id of the label), ``metric``, ``value``, ``low``, ``high``, ``baseline``, the
        ceilings, and ``support``. The support of one label is the number of tracks or segments that have it. The support of
        all labels together is the number of all tracks or segments.
    """
    baselines = baseline(labels, rates, label_set)
    ceilings = ceilings or {}
    positives = dict(zip(label_set.ids, map(int, labels.sum(axis=0)), strict=True))
    return [
        {
            "part": "test",
            "level": level,
            "emotion": label,
            "metric": metric,
            "value": value,
            **dict(zip(("low", "high"), intervals[label, metric] or (None, None), strict=True)),
            "baseline": baselines[label, metric],
            **ceilings.get((label, metric), dict.fromkeys(CEILINGS)),
            "support": positives[label] if label else len(labels),
        }
        for (label, metric), value in all_metrics(labels, probabilities, decisions, label_set).items()
    ]
