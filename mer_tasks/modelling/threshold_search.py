"""Threshold choice: for each label the threshold with the highest expected F1, after calibration of probabilities.

In: raw probabilities and labels of tracks. Out: a :class:`~mer_tasks.modelling.predictions.Rule`, and the F1 of its decisions.

The expected F1 is computed from the calibrated probabilities alone, as if each were the chance that the track has the label.
The labels of a few dozen tracks would decide by luck: one more track with a rare label can move the threshold with the highest
observed F1 from one end to the other. With exact probabilities, the best threshold is half of the F1 that it reaches (Lipton,
Elkan, Narayanaswamy 2014, doi 10.1007/978-3-662-44851-9_15). A label without a positive track gets 0.5.

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
"""Threshold of a label that no track has."""


def best_threshold(probabilities: npt.NDArray[np.floating]) -> float:
    """Compute the threshold with the highest expected F1 for one label.

    Parameters
    ----------
    probabilities : np.ndarray [shape=(tracks,)]
        Calibrated probabilities, not empty.

    Returns
    -------
    float
        Half of the highest expected F1. The expected F1 of the n most probable tracks is ``2 * sum / (n + expected)``, where
        ``sum`` is that of their probabilities, and ``expected`` that of all probabilities.

    Examples
    --------
    >>> best_threshold(np.array([1.0, 1.0, 0.0]))
    0.5
    >>> round(best_threshold(np.array([0.4, 0.1, 0.1])), 3)
    0.25
    """
    falling = np.sort(probabilities.astype(np.float64))[::-1]
    sums = np.cumsum(falling)
    expected = 2 * sums / (np.arange(1, len(falling) + 1) + sums[-1])
    return float(expected.max() / 2)


def fit_rule(
    raw_probabilities: npt.NDArray[np.floating], labels: npt.NDArray[np.bool_], label_set: LabelSet
) -> tuple[Rule, list[float | None]]:
    """Fit the calibration and the threshold of every label, and the range in which its answers are unclear.

    Parameters
    ----------
    raw_probabilities : np.ndarray [shape=(tracks, labels)]
        Uncalibrated probabilities of tracks, by networks that were not fitted to these tracks.
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
        count = len(label_set)
        bound = plausible_from(probabilities, labels)
        rule = Rule(None, np.full(count, temperature), offsets, np.full(count, bound), np.ones(count))
    else:
        temperature, offsets = fit_platt(raw_probabilities, labels)
        temperatures = np.full(len(label_set), temperature)
        probabilities = apply_platt(raw_probabilities, temperatures, offsets)
        columns = [(probabilities[:, column], labels[:, column]) for column in range(len(label_set))]
        thresholds = np.array([best_threshold(values) if has.any() else UNDECIDED for values, has in columns])
        ranges = [unclear_range(*column, threshold) for column, threshold in zip(columns, thresholds.tolist(), strict=True)]
        rule = Rule(thresholds, temperatures, offsets, *np.array(ranges).T)
    return rule, _f1(labels, rule.decisions(probabilities))


def _f1(labels: npt.NDArray[np.bool_], decisions: npt.NDArray[np.bool_]) -> list[float | None]:
    """Compute the F1 of each label; None if no track has it."""
    hits, have, decided = (flags.sum(axis=0).tolist() for flags in (labels & decisions, labels, decisions))
    return [2 * hit / (has + number) if has else None for hit, has, number in zip(hits, have, decided, strict=True)]
