"""Where metrics lie by chance: what they are where labels are dealt anew among those that were judged, whatever the model says.

In: labels, probabilities and decisions of tracks or segments, and the group of each; all of a group carry the same labels. Out:
of every figure of :func:`mer_tasks.evaluation.metrics.figures` its values under permutations of the groups' labels, and of all
figures together the interval that each must leave for one of them to be more than chance.

Figures differ in spread, and depend on each other. So each is measured in its own standard deviations, and what is compared is
the greatest distance of any (the permutation test by the maximum: Westfall and Young (1993), Resampling-Based Multiple Testing;
Nichols and Holmes (2002), doi 10.1002/hbm.1058): the chance that one figure of all leaves its interval is exactly what is asked
for, however many there are.

What a permutation changes is linear in the labels, so a block of permutations is one matrix product, but for average precision
and the means over tracks, which are counted item by item.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mer_tasks.emotions import EMOTIONS
from mer_tasks.evaluation.bootstrap import Samples, assembled
from mer_tasks.evaluation.metrics import BINS, Flags, Values, bins
from mer_tasks.evaluation.weighted_rankings import Array64, ratio

Places = npt.NDArray[np.intp]

DRAWS = 999
"""Permutations; with what is judged they are 1,000."""
RISK = 0.01
"""Chance that any figure leaves its interval though nothing was learnt."""
ROUNDING = 1e-6
"""Figures that differ by less are equal: those that no permutation changes have no deviation."""
ITEMS = 1 << 22
"""Labels that are held at a time."""


class Dealing:
    """What a model said of some tracks or segments; their labels may be dealt anew.

    Parameters
    ----------
    labels, decisions : np.ndarray [shape=(n, 9), dtype=bool]
    probabilities : np.ndarray [shape=(n, 9)]
    groups : np.ndarray [shape=(n,), dtype=int]
        Group of each, from 0; those of a group have equal labels.

    Attributes
    ----------
    labels : np.ndarray [shape=(groups, 9), dtype=bool]
        Of each group.
    size : int
        How many were judged.
    """

    def __init__(self, labels: Flags, probabilities: Values, decisions: Flags, groups: Places) -> None:
        _, first = np.unique(groups, return_index=True)
        self.labels: Flags = labels[first]
        if (self.labels[groups] != labels).any():
            raise ValueError("tracks of one group have different labels, expected equal ones")
        self._groups, self._decisions = groups, decisions
        self.size = len(groups)
        self._sizes = self._summed(np.ones(len(groups)))
        values = probabilities.astype(np.float64)
        self._squares = (values**2).sum(axis=0)
        self._excess = np.stack(
            [np.bincount(bin_, column, BINS) for bin_, column in zip(bins(values).T, values.T, strict=True)]
        )
        # of each emotion, what is summed over the groups that carry it: hits, probabilities, and items of each bin
        self._carried = [
            np.stack([self._summed(column) for column in (decided, value, *np.eye(BINS)[bin_].T)], axis=1)
            for decided, value, bin_ in zip(decisions.T, values.T, bins(values).T, strict=True)
        ]
        self._orders = [_Order(column) for column in values.T]
        self._pooled = _Order(values.ravel())

    def _summed(self, values: npt.NDArray[np.generic]) -> Array64:
        return np.asarray(np.bincount(self._groups, values, len(self.labels)), np.float64)

    def figures(self, deals: Places) -> Samples:
        """Every figure for each row of `deals`.

        Parameters
        ----------
        deals : np.ndarray [shape=(draws, groups), dtype=int]
            From which group each group gets its labels.
        """
        dealt = self.labels[deals]
        wide = np.moveaxis(dealt, 2, 0).astype(np.float64)  # emotions, draws, groups
        items = dealt[:, self._groups]  # draws, items, emotions
        carried = wide @ self._sizes
        sums = np.stack([flags @ columns for flags, columns in zip(wide, self._carried, strict=True)])
        hits, likely, filled = sums[..., 0], sums[..., 1], np.moveaxis(sums[..., 2:], 2, 0)
        rows = [
            np.full((1, len(deals)), float(self.size)),
            self._samples(items),
            hits,
            np.broadcast_to(self._decisions.sum(axis=0)[:, np.newaxis], hits.shape),
            carried,
            self._squares[:, np.newaxis] - 2 * likely + carried,
            *(self._excess.T[:, :, np.newaxis] - filled),
        ]
        areas = [order.areas(items[..., place]) for place, order in enumerate(self._orders)]
        return assembled(np.concatenate(rows), areas, self._pooled.areas(items.reshape(len(deals), -1)))

    def _samples(self, items: Flags) -> Array64:
        """F1, precision and recall of each item, summed [shape=(3, draws)]."""
        both = (items & self._decisions).sum(axis=2, dtype=np.float64)
        carried = items.sum(axis=2, dtype=np.float64)
        decided = np.broadcast_to(self._decisions.sum(axis=1, dtype=np.float64), carried.shape)
        each = ratio(2 * both, decided + carried, 0.0), ratio(both, decided, 0.0), ratio(both, carried, 0.0)
        return np.stack([values.sum(axis=1) for values in each])


class _Order:
    """One ranking, whose items may carry any labels.

    Parameters
    ----------
    scores : np.ndarray [shape=(n,)]
    """

    def __init__(self, scores: Array64) -> None:
        self._order = np.argsort(-scores, kind="stable")
        falling = scores[self._order]
        self._ends = np.flatnonzero(np.append(falling[1:] != falling[:-1], True))

    def areas(self, labels: Flags) -> dict[str, Array64]:
        """Area under the ROC curve and average precision for each row of `labels` [shape=(draws, n)]; NaN if not defined."""
        found = np.cumsum(labels[:, self._order], axis=1, dtype=np.int32)[:, self._ends].astype(np.float64)
        passed = self._ends + 1.0
        new, new_passed = np.diff(found, axis=1, prepend=0), np.diff(passed, prepend=0)
        positives = found[:, -1]
        # negatives of a tie count half
        above = passed - found - (new_passed - new) / 2
        lost, precise = (new * above).sum(axis=1), (new * found / passed).sum(axis=1)
        return {"roc_auc": 1 - ratio(lost, positives * (labels.shape[1] - positives)), "pr_auc": ratio(precise, positives)}


def permutations(dealing: Dealing, *, draws: int = DRAWS, seed: int = 0) -> Samples:
    """Every figure in each of `draws` permutations; a seed gives tracks and their segments the same ones."""
    random, count = np.random.default_rng(seed), len(dealing.labels)
    block = max(1, ITEMS // (dealing.size * len(EMOTIONS)))
    blocks = []
    for start in range(0, draws, block):
        deals = np.stack([random.permutation(count) for _ in range(min(block, draws - start))])
        blocks.append(dealing.figures(deals))
    return {figure: np.concatenate([found[figure] for found in blocks]) for figure in blocks[0]}


class Chance:
    """What several figures are by chance, together.

    Parameters
    ----------
    samples : mapping of Any to np.ndarray [shape=(draws,)]
        Values of each figure; all in the same permutations. Those that are not defined are left out.

    Attributes
    ----------
    farthest : np.ndarray [shape=(draws,), dtype=float64]
        In each permutation the greatest distance of any figure from its mean, in its standard deviations.
    """

    def __init__(self, samples: Mapping[Any, Array64]) -> None:
        defined = {figure: values for figure, values in samples.items() if not np.isnan(values).any()}
        self._centre = {
            figure: (float(values.mean()), max(float(values.std()), ROUNDING)) for figure, values in defined.items()
        }
        self.farthest = np.max(
            [
                np.abs(values - mean) / deviation
                for values, (mean, deviation) in zip(defined.values(), self._centre.values(), strict=True)
            ],
            axis=0,
        )

    def distance(self, figure: Any, value: float) -> float:
        """How far `value` is from the mean, in standard deviations."""
        mean, deviation = self._centre[figure]
        return abs(value - mean) / deviation

    def interval(self, figure: Any, limit: float) -> tuple[float, float]:
        """What is not farther than `limit` from the mean, within the 0 and 1 that no figure can leave."""
        mean, deviation = self._centre[figure]
        return max(0.0, mean - limit * deviation), min(1.0, mean + limit * deviation)


def limit(chances: Sequence[Chance], risk: float = RISK) -> float:
    """Distance that a figure of all of `chances`, which do not depend on each other, passes with a chance of at most `risk`."""
    farthest = np.sort(np.max([chance.farthest for chance in chances], axis=0))
    place = math.ceil((1 - risk) * (len(farthest) + 1))
    if place > len(farthest):
        raise ValueError(f"{len(farthest)} permutations, expected at least {math.ceil(1 / risk) - 1} for a risk of {risk:g}")
    return max(1.0, float(farthest[place - 1]))  # where no permutation changes anything, rounding is no distance
