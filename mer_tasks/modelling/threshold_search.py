"""Search of the thresholds with the highest F1, after Platt scaling of probabilities.

In: probabilities and labels of tracks. Out: a :class:`~mer_tasks.modelling.predictions.Rule`, and the F1 of each threshold.

F1 only changes where a threshold passes a track's probability, so each of these is tried. The threshold lies halfway between
the last probability that it lets through and the next lower one (0 if there is none): a probability that is computed with
other rounding is on the same side. Of equally good thresholds the highest is chosen. An emotion without a positive track
gets 0.5.
"""

import numpy as np
import numpy.typing as npt

from mer_tasks.modelling.calibration import calibrated, fitted
from mer_tasks.modelling.predictions import Rule

UNDECIDED = 0.5
"""Threshold of an emotion that no validation track carries."""


def best_threshold(probabilities: npt.NDArray[np.floating], labels: npt.NDArray[np.bool_]) -> tuple[float, float | None]:
    """Threshold with the highest F1, and that F1 (None if there is no positive).

    Parameters
    ----------
    probabilities : np.ndarray [shape=(tracks,)]
    labels : np.ndarray [shape=(tracks,), dtype=bool]
    """
    if not labels.any():
        return UNDECIDED, None
    order = np.argsort(-probabilities, kind="stable")
    falling = probabilities[order].astype(np.float64)
    hits = np.cumsum(labels[order])
    scores = 2 * hits / (np.arange(1, len(order) + 1) + hits[-1])
    scores[:-1][falling[:-1] == falling[1:]] = -1  # equal probabilities are let through together
    best = int(np.argmax(scores))
    return float((falling[best] + np.append(falling[1:], 0.0)[best]) / 2), float(scores[best])


def fit_rule(said: npt.NDArray[np.floating], labels: npt.NDArray[np.bool_]) -> tuple[Rule, list[float | None]]:
    """Calibration and thresholds for every emotion, and the F1 that each threshold has.

    Parameters
    ----------
    said : np.ndarray [shape=(tracks, 9)]
        What the model says of tracks.
    labels : np.ndarray [shape=(tracks, 9), dtype=bool]
    """
    columns = range(labels.shape[1])
    temperatures, offsets = np.array([fitted(said[:, place], labels[:, place]) for place in columns]).T
    probabilities = calibrated(said, temperatures, offsets)
    limits, scores = zip(*(best_threshold(probabilities[:, place], labels[:, place]) for place in columns), strict=True)
    return Rule(np.array(limits), temperatures, offsets), list(scores)
