"""ROC-AUC and average precision of a ranking, for many weightings of its items at once.

In: labels, scores and groups of some items. Out: the area under the ROC curve and the average precision, for each column of a
matrix of weights. The ranking is sorted once. Between two of its positives only the sum of the weights matters. These sums are
a product with a sparse matrix, and the areas follow from running sums of them. With weights of 1 the areas are those of
scikit-learn, ties included.
"""

from math import isqrt

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array

from mer_tasks.evaluation.metrics import Flags, Values

Array32 = npt.NDArray[np.float32]
Array64 = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

SIDE = 32
"""Square root of the number of positives in one block, chosen so that running sums stay in the processor's cache."""


class Ranking:
    """ROC-AUC and average precision of one ranking, for any weights of the groups.

    Parameters
    ----------
    labels : np.ndarray [shape=(n,), dtype=bool]
    scores : np.ndarray [shape=(n,)]
    groups : np.ndarray [shape=(n,), dtype=int]
        Group of each item, counted from 0.
    count : int
        Number of groups.

    Examples
    --------
    >>> ranking = Ranking(np.array([True, False, True]), np.array([0.9, 0.6, 0.3]), np.array([0, 1, 2]), 3)
    >>> areas = ranking.areas(np.ones((3, 1), np.float32), positives=np.array([2.0]), negatives=np.array([1.0]))
    >>> areas["roc_auc"].tolist()
    [0.5]
    """

    def __init__(self, labels: Flags, scores: Values, groups: Indices, count: int) -> None:
        order = np.argsort(-scores, kind="stable")
        labels = labels[order]
        groups = groups[order]
        falling = scores[order]
        ties = np.concatenate([[0], np.cumsum(falling[1:] != falling[:-1])])
        has_positive = np.bincount(ties, weights=labels) > 0
        steps = int(has_positive.sum())
        # A step is a set of tied items with at least one positive. Each item gets the number of its own step, or of the next
        # step if its tie has no positive. Items after the last step do not change the areas.
        step: Indices = (np.cumsum(has_positive) - has_positive)[ties]
        counted = ~labels & (step < steps)
        tied = ~labels & has_positive[ties]
        self._side = min(SIDE, isqrt(steps) + 1)
        # steps without items fill the last block
        shape = -(-steps // self._side**2) * self._side**2, count
        self._positive = _sums(step[labels], groups[labels], shape)
        self._negative = _sums(step[counted], groups[counted], shape)
        self._tied = _sums(step[tied], groups[tied], shape) if tied.any() else None

    def areas(self, weights: Array32, positives: Array64, negatives: Array64) -> dict[str, Array64]:
        """Compute ROC-AUC and average precision for each column of `weights`, with an error of at most 1e-6.

        A tie of a positive and a negative counts half in ROC-AUC.

        Parameters
        ----------
        weights : np.ndarray [shape=(groups, resamples), dtype=float32]
            Whole numbers.
        positives, negatives : np.ndarray [shape=(resamples,)]
            Total weight of the positives and of the negatives.

        Returns
        -------
        dict of str to np.ndarray [shape=(resamples,)]
            ``roc_auc`` and ``pr_auc``; NaN where they are not defined.
        """
        # running totals: negatives and positives ranked so far, pairs in the wrong order, and summed precision
        false_total, hits_total, lost, precise = np.zeros((4, weights.shape[1]))
        size = self._side**2
        for start in range(0, self._positive.shape[0], size):
            rows = slice(start, start + size)
            new = self._positive[rows] @ weights
            hits = _running_sums(new.copy(), self._side)
            hits += hits_total
            false = _running_sums(self._negative[rows] @ weights, self._side)
            false += false_total
            ranked = hits + false
            hits_total = hits[-1].copy()
            false_total = false[-1].copy()
            if self._tied is not None:
                false -= (self._tied[rows] @ weights) / 2
            lost += np.einsum("ij,ij->j", new, false)
            hits *= new
            hits /= np.maximum(ranked, 1)
            precise += hits.sum(axis=0)
        return {"roc_auc": 1 - ratio(lost, positives * negatives), "pr_auc": ratio(precise, positives)}


def _sums(rows: Indices, columns: Indices, shape: tuple[int, int]) -> csr_array:
    """Count how often each pair of row and column occurs, as a sparse matrix."""
    return coo_array((np.ones(len(rows), np.float32), (rows, columns)), shape=shape).tocsr()


def _running_sums(values: Array32, side: int) -> Array32:
    """Compute running sums down the columns of `values` [shape=(side * side, n)], in place.

    The rows are summed in strips, which takes a fifth of the time of `np.cumsum`.
    """
    strips = values.reshape(side, side, -1)
    for row in range(1, side):
        strips[:, row] += strips[:, row - 1]
    for strip in range(1, side):
        strips[strip] += strips[strip - 1, -1]
    return values


def ratio(numerator: Array64, denominator: Array64, otherwise: float = np.nan) -> Array64:
    """Divide element by element; the result is `otherwise` where the denominator is 0.

    Examples
    --------
    >>> ratio(np.array([1.0, 2.0]), np.array([2.0, 0.0]))
    array([0.5, nan])
    """
    quotient: Array64 = np.divide(numerator, denominator, out=np.full(np.shape(denominator), otherwise), where=denominator > 0)
    return quotient
