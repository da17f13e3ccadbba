"""Split conformal prediction: which answers are too near the threshold to promise that 90 % hold.

In: calibrated probabilities, decisions and labels of tracks that the model was not fitted to. Out: for each label the range of
probabilities in which an answer is unclear. An answer holds if it is right or unclear. The promise is that :data:`PROMISE` of
the yes answers to a label hold, and as many of its no answers, for new tracks that resemble these (Vovk, Gammerman and Shafer
(2005), Algorithmic Learning in a Random World, section 4.5: Mondrian conformal prediction; the answers are the categories).
Both together imply that as many of all answers to the label hold.

The rule is short. Of n yes answers, ``floor(n - 0.9 (n + 1))`` may be wrong and clear. The range therefore ends at the most
probable wrong answer after these. With fewer than 9 yes answers nothing can be promised, and every yes is unclear. The same
holds for no answers, where the least probable tracks come first.

If a track has exactly one label, the answer is a set of labels: those whose probability reaches a bound (least ambiguous sets:
Sadinle, Lei and Wasserman (2019), doi 10.1080/01621459.2017.1395341), and in any case the most probable label. The promise is
that :data:`PROMISE` of the sets contain the right label. A set of one label is a clear answer.
"""

import math

import numpy as np
import numpy.typing as npt

Array64 = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

PROMISE = 0.9
"""Share of answers that are promised to be right or unclear."""
RANGE = ("unclear_from", "unclear_to")
"""Names, in ``thresholds.json`` and ``mer.threshold``, of the ends of the range in which the answer to a label is unclear."""


def tolerated(answers: int) -> int:
    """Return how many of so many answers may be wrong and clear; -1 if they are too few for the promise.

    Examples
    --------
    >>> tolerated(8), tolerated(9), tolerated(19), tolerated(100)
    (-1, 0, 1, 9)
    """
    # rounded, because 0.9 * 10 may be a little more than 9
    return answers - math.ceil(round(PROMISE * (answers + 1), 9))


def unclear_range(probabilities: npt.NDArray[np.floating], labels: Flags, threshold: float) -> tuple[float, float]:
    """Find the range of probabilities in which the answers to one label are unclear.

    Parameters
    ----------
    probabilities : np.ndarray [shape=(tracks,)]
        Calibrated probabilities.
    labels : np.ndarray [shape=(tracks,), dtype=bool]
    threshold : float
        The answer is yes for probabilities from here on.

    Returns
    -------
    unclear_from, unclear_to : float
        Both ends belong to the range, and the threshold lies in it. It is the threshold alone if no answer has to be unclear.

    Examples
    --------
    >>> probabilities = np.linspace(0, 1, 41)
    >>> unclear_from, unclear_to = unclear_range(probabilities, probabilities > 0.68, threshold=0.49)
    >>> unclear_from, round(unclear_to, 4)
    (0.49, 0.6625)
    """
    yes = probabilities >= threshold
    wrong_no = _reach(1 - probabilities[~yes], labels[~yes])
    wrong_yes = _reach(probabilities[yes], ~labels[yes])
    unclear_from = threshold if wrong_no is None else min(threshold, 1 - wrong_no)
    unclear_to = threshold if wrong_yes is None else max(threshold, wrong_yes)
    return float(unclear_from), float(unclear_to)


def _reach(confidences: npt.NDArray[np.floating], wrong: Flags) -> float | None:
    """Return the confidence up to which answers of one kind are unclear; None if none has to be.

    It lies halfway to the next higher confidence, so that an answer that is computed with other rounding stays on its side.
    """
    may_be_wrong = tolerated(len(confidences))
    if may_be_wrong < 0:
        return 1.0
    falling = np.sort(confidences[wrong].astype(np.float64))[::-1]
    if len(falling) <= may_be_wrong:
        return None
    return _halfway_up(float(falling[may_be_wrong]), confidences)


def _halfway_up(value: float, values: npt.NDArray[np.floating]) -> float:
    """Return the middle between `value` and the next higher of `values`, or 1 if there is none."""
    higher = values[values > value]
    return (value + (float(higher.min()) if len(higher) else 1.0)) / 2


def plausible_from(probabilities: npt.NDArray[np.floating], labels: Flags) -> float:
    """Find the probability from which on a label of a track is plausible, if each track has exactly one label.

    Parameters
    ----------
    probabilities : np.ndarray [shape=(tracks, labels)]
        Calibrated probabilities; those of a track sum to 1.
    labels : np.ndarray [shape=(tracks, labels), dtype=bool]
        One label of each track is True.

    Returns
    -------
    float
        0 if the tracks are too few: then every label is plausible.

    Examples
    --------
    >>> probabilities = np.array([[0.7, 0.3]] * 19 + [[0.4, 0.6]])
    >>> round(plausible_from(probabilities, np.eye(2, dtype=bool)[[0] * 20]), 4)
    0.65
    """
    of_right_label = np.sort(probabilities[labels].astype(np.float64))
    may_be_missed = tolerated(len(of_right_label))
    if may_be_missed < 0:
        return 0.0
    reached = float(of_right_label[may_be_missed])
    lower = probabilities[probabilities < reached]
    return (reached + (float(lower.max()) if len(lower) else 0.0)) / 2


def unclear_answers(
    probabilities: npt.NDArray[np.floating], decisions: Flags, unclear_from: Array64, unclear_to: Array64, *, single: bool
) -> Flags:
    """Find the answers that are unclear.

    Parameters
    ----------
    probabilities : np.ndarray [shape=(n, labels)]
        Calibrated probabilities.
    decisions : np.ndarray [shape=(n, labels), dtype=bool]
    unclear_from, unclear_to : np.ndarray [shape=(labels,), dtype=float64]
        The range of each label.
    single : bool
        Whether a track has exactly one label. A label in its range is then unclear only if another one is plausible too: one in
        its own range, or the decision.

    Returns
    -------
    np.ndarray [shape=(n, labels), dtype=bool]

    Examples
    --------
    >>> ends = np.full(3, 0.3), np.ones(3)
    >>> decisions = np.array([[True, False, False]] * 2)
    >>> unclear_answers(np.array([[0.6, 0.35, 0.05], [0.7, 0.2, 0.1]]), decisions, *ends, single=True).tolist()
    [[True, True, False], [False, False, False]]
    """
    within: Flags = (probabilities >= unclear_from) & (probabilities <= unclear_to)
    if single:
        within &= ((within | decisions).sum(axis=1) > 1)[:, np.newaxis]
    return within
