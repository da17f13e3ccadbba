"""Areas under the curves of a ranking, for many weightings of its items at once.

In: labels, scores and groups of some items. Out: the area under the ROC curve and the average precision, for each column of a
matrix of weights. The ranking is sorted once. Between two of its positives only the sum of the weights counts, which is a
product with a sparse matrix, and the areas are running sums of these. With weights of 1 they are scikit-learn's, ties included.
"""

from math import isqrt

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array

from mer_tasks.evaluation.metrics import Flags, Values

Array32 = npt.NDArray[np.float32]
Array64 = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

SIDE = 32
"""Square root of how many positives are summed together, so that running sums stay in the processor's cache."""


class Ranking:
    """Areas under the curves of one ranking, for any weights of the groups.

    Parameters
    ----------
    labels : np.ndarray [shape=(n,), dtype=bool]
    scores : np.ndarray [shape=(n,)]
    groups : np.ndarray [shape=(n,), dtype=int]
        From 0.
    count : int
        Of groups.
    """

    def __init__(self, labels: Flags, scores: Values, groups: Places, count: int) -> None:
        order = np.argsort(-scores, kind="stable")
        labels, groups, falling = labels[order], groups[order], scores[order]
        ties = np.concatenate([[0], np.cumsum(falling[1:] != falling[:-1])])
        has_positive = np.bincount(ties, weights=labels) > 0
        steps = int(has_positive.sum())
        # of each item the step, a tie with a positive, that it belongs to or comes before; after the last one nothing counts
        step: Places = (np.cumsum(has_positive) - has_positive)[ties]
        counted, tied = ~labels & (step < steps), ~labels & has_positive[ties]
        self._side = min(SIDE, isqrt(steps) + 1)
        # steps without items fill up the last square
        shape = -(-steps // self._side**2) * self._side**2, count
        self._positive = _sums(step[labels], groups[labels], shape)
        self._negative = _sums(step[counted], groups[counted], shape)
        self._tied = _sums(step[tied], groups[tied], shape) if tied.any() else None

    def areas(self, weights: Array32, positives: Array64, negatives: Array64) -> dict[str, Array64]:
        """ROC-AUC, with half a point for ties, and average precision, both with an error of at most 1e-6.

        Parameters
        ----------
        weights : np.ndarray [shape=(groups, resamples), dtype=float32]
            Whole numbers.
        positives, negatives : np.ndarray [shape=(resamples,)]
            Weight of all positives and of all negatives.
        """
        above, hits, lost, precise = np.zeros((4, weights.shape[1]))
        size = self._side**2
        for start in range(0, self._positive.shape[0], size):
            rows = slice(start, start + size)
            new = self._positive[rows] @ weights
            found = _running(new.copy(), self._side)
            found += hits
            false = _running(self._negative[rows] @ weights, self._side)
            false += above
            passed = found + false
            hits, above = found[-1].copy(), false[-1].copy()
            if self._tied is not None:
                false -= (self._tied[rows] @ weights) / 2
            lost += np.einsum("ij,ij->j", new, false)
            found *= new
            found /= np.maximum(passed, 1)
            precise += found.sum(axis=0)
        return {"roc_auc": 1 - ratio(lost, positives * negatives), "pr_auc": ratio(precise, positives)}


def _sums(rows: Places, columns: Places, shape: tuple[int, int]) -> csr_array:
    return coo_array((np.ones(len(rows), np.float32), (rows, columns)), shape=shape).tocsr()


def _running(values: Array32, side: int) -> Array32:
    """Running sums down the columns, in place [shape=(side * side, n)]: in strips, which costs a fifth of `np.cumsum` there."""
    strips = values.reshape(side, side, -1)
    for place in range(1, side):
        strips[:, place] += strips[:, place - 1]
    for place in range(1, side):
        strips[place] += strips[place - 1, -1]
    return values


def ratio(above: Array64, below: Array64, otherwise: float = np.nan) -> Array64:
    """`above` / `below`, and `otherwise` where `below` is 0."""
    found: Array64 = np.divide(above, below, out=np.full(np.shape(below), otherwise), where=below > 0)
    return found
