"""Threshold search: for each label the threshold with the highest F1, after calibration of probabilities.

In: raw probabilities and labels of tracks. Out: a :class:`~mer_tasks.modelling.predictions.Rule`, and the F1 of each threshold.

F1 only changes where a threshold passes the probability of a track, so one threshold is tried per probability. It lies halfway
between the lowest positive probability and the next lower one (0 if there is no lower one). So a probability that is computed
with other rounding stays on the same side. The highest of equally good thresholds is chosen. A label without a positive
track gets 0.5.

If a track has exactly one label, there are no thresholds. Only the calibration is fitted, and F1 is that of the decision for
the most probable label.

From the same tracks follow the ranges of probabilities in which answers are unclear (:mod:`mer_tasks.modelling.conformal`).
"""

import numpy as np
import numpy.typing as npt

from mer_tasks.label_set import LabelSet
from mer_tasks.modelling.calibration import apply_platt, apply_softmax, fit_platt, fit_softmax
from mer_tasks.modelling.conformal import plausible_from, unclear_range
from mer_tasks.modelling.predictions import Rule

UNDECIDED = 0.5
"""Threshold of a label that no validation track has."""


def best_threshold(probabilities: npt.NDArray[np.floating], labels: npt.NDArray[np.bool_]) -> tuple[float, float | None]:
    """Search the threshold with the highest F1 for one label.

    Parameters
    ----------
    probabilities : np.ndarray [shape=(tracks,)]
    labels : np.ndarray [shape=(tracks,), dtype=bool]

    Returns
    -------
    threshold : float
    f1 : float or None
        F1 of the decisions by this threshold; None if no track has the label.

    Examples
    --------
    >>> best_threshold(np.array([0.75, 0.5, 0.25]), np.array([True, True, False]))
    (0.375, 1.0)
    """
    if not labels.any():
        return UNDECIDED, None
    order = np.argsort(-probabilities, kind="stable")
    falling = probabilities[order].astype(np.float64)
    hits = np.cumsum(labels[order])
    scores = 2 * hits / (np.arange(1, len(order) + 1) + hits[-1])
    scores[:-1][falling[:-1] == falling[1:]] = -1  # a threshold cannot separate equal probabilities
    best = int(np.argmax(scores))
    return float((falling[best] + np.append(falling[1:], 0.0)[best]) / 2), float(scores[best])


def fit_rule(
    raw_probabilities: npt.NDArray[np.floating], labels: npt.NDArray[np.bool_], label_set: LabelSet
) -> tuple[Rule, list[float | None]]:
    """Fit the calibration and the threshold of every label, and the range in which its answers are unclear.

    Parameters
    ----------
    raw_probabilities : np.ndarray [shape=(tracks, labels)]
        Uncalibrated probabilities of the validation tracks.
    labels : np.ndarray [shape=(tracks, labels), dtype=bool]
    label_set : LabelSet

    Returns
    -------
    Rule
    list of float or None
        F1 of the decisions for each label; None if no track has the label.
    """
    if label_set.single:
        temperature, offsets = fit_softmax(raw_probabilities, labels)
        probabilities = apply_softmax(raw_probabilities, temperature, offsets)
        bound = plausible_from(probabilities, labels)
        count = len(label_set)
        rule = Rule(None, np.full(count, temperature), offsets, np.full(count, bound), np.ones(count))
        return rule, _f1(labels, rule.decisions(probabilities))
    columns = range(labels.shape[1])
    temperatures, offsets = np.array([fit_platt(raw_probabilities[:, column], labels[:, column]) for column in columns]).T
    probabilities = apply_platt(raw_probabilities, temperatures, offsets)
    searched = [best_threshold(probabilities[:, column], labels[:, column]) for column in columns]
    thresholds = np.array([threshold for threshold, _ in searched])
    ranges = [unclear_range(probabilities[:, column], labels[:, column], thresholds[column]) for column in columns]
    unclear_from, unclear_to = np.array(ranges).T
    return Rule(thresholds, temperatures, offsets, unclear_from, unclear_to), [f1 for _, f1 in searched]


def _f1(labels: npt.NDArray[np.bool_], decisions: npt.NDArray[np.bool_]) -> list[float | None]:
    """Compute the F1 of each label; None if no track has it."""
    hits, have, decided = (flags.sum(axis=0).tolist() for flags in (labels & decisions, labels, decisions))
    return [2 * hit / (has + number) if has else None for hit, has, number in zip(hits, have, decided, strict=True)]
