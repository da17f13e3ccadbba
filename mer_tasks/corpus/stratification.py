"""Iterative stratification: split groups of tracks into parts with similar rates of every label.

Sechidis, Tsoumakas, Vlahavas (2011), On the stratification of multi-label data, doi 10.1007/978-3-642-23808-6_10.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

PARTS = ("train", "validation", "test")
"""Parts of a split. If the content of a group had several parts in earlier runs, the group gets the first of them."""

Counts = npt.NDArray[np.int64]


def stratify(
    labels: npt.NDArray[np.bool_],
    groups: Sequence[str],
    fractions: Sequence[float],
    seed: int,
    previous: Mapping[str, str] | None = None,
    parts: Sequence[str] = PARTS,
) -> list[str]:
    """Choose a part for each labelled track by iterative stratification.

    The paper assigns examples; this function assigns groups. In each round it takes the label with the fewest tracks that
    have no part yet. Each group with that label goes to the part that lacks most tracks of it, and among equal parts to the
    one that lacks most tracks. Groups with most tracks of the label come first, while parts have room. The time is
    proportional to the number of tracks.

    A label of fewer groups than parts would fill the largest part alone, and many such labels would leave the others empty. So
    a group of such a label only goes to a part that lacks tracks, if there is one.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, labels), dtype=bool]
    groups : sequence of str
        Group of each track. The result does not depend on the order of tracks.
    fractions : sequence of float
        Wanted share of the tracks in each part; their sum is 1.
    seed : int
        Random seed: it decides the order of equal groups, and the choice between parts that lack equally many tracks.
    previous : mapping of str to str, optional
        Parts of groups that have a part already; these groups keep it.
    parts : sequence of str
        Names of the parts.

    Returns
    -------
    list of str
        One of `parts` for each track.

    Examples
    --------
    >>> labels = np.array([[True], [True], [False], [False]])
    >>> parts = stratify(labels, ["g1", "g2", "g3", "g4"], [0.5, 0.5], seed=1, parts=("train", "test"))
    >>> sorted(parts[:2]), sorted(parts[2:])
    (['test', 'train'], ['test', 'train'])
    """
    which, names = pd.factorize(pd.Series(groups, dtype="str"), sort=True)
    sizes = np.bincount(which, minlength=len(names))
    counts = np.stack([np.bincount(which, column, len(names)) for column in labels.T], axis=1).astype(np.int64)
    previous = previous or {}
    fixed = np.array([parts.index(previous[name]) if name in previous else -1 for name in names], np.int64)
    stratification = _Stratification(counts, sizes, fractions, fixed, np.random.default_rng(seed))
    stratification.assign_groups()
    return np.array(parts)[stratification.part[which]].tolist() if len(which) else []


class _Stratification:
    """State of one stratification: the tracks that each part has and the tracks that it should get.

    Attributes
    ----------
    part : np.ndarray [shape=(groups,), dtype=int64]
        Index of each group's part, -1 while the group has none.
    """

    def __init__(
        self, counts: Counts, sizes: Counts, fractions: Sequence[float], fixed: Counts, random: np.random.Generator
    ) -> None:
        # the last column is no label: it counts the tracks of a group
        self._counts = np.concatenate([counts, sizes[:, np.newaxis]], axis=1)
        self._wanted = [[fraction * int(total) for total in self._counts.sum(axis=0)] for fraction in fractions]
        self._given = [self._counts[fixed == index].sum(axis=0).tolist() for index in range(len(fractions))]
        self._has_few_groups = ((self._counts > 0).sum(axis=0) < len(fractions)).tolist()
        self._order = random.permutation(len(sizes))
        self._coins = random.random(len(sizes))
        self.part = fixed.copy()

    def assign_groups(self) -> None:
        """Assign a part to every group that has none."""
        while (column := self._scarcest()) is not None:
            waiting = self._order[(self.part[self._order] < 0) & (self._counts[self._order, column] > 0)]
            waiting = waiting[np.argsort(-self._counts[waiting, column], kind="stable")]
            rows, coins = self._counts[waiting].tolist(), self._coins[waiting].tolist()
            self.part[waiting] = [self._assign_group(row, column, coin) for row, coin in zip(rows, coins, strict=True)]

    def _scarcest(self) -> int | None:
        """Return the column of the label with the fewest tracks that have no part yet.

        Groups without any label come last, by the column of tracks. None if every group has a part.
        """
        left = self._counts[self.part < 0].sum(axis=0)
        if not left[-1]:
            return None
        labels = np.where(left[:-1] > 0, left[:-1], np.iinfo(np.int64).max)
        return int(np.argmin(labels)) if left[:-1].any() else len(left) - 1

    def _assign_group(self, row: list[int], column: int, coin: float) -> int:
        """Add a group with the counts `row` to the part that lacks most of `column`, and return the index of that part.

        `coin`, a random number in [0, 1), chooses between parts that lack equally many.
        """
        lacks = [
            (wanted[column] - given[column], wanted[-1] - given[-1])
            for wanted, given in zip(self._wanted, self._given, strict=True)
        ]
        most = max([lack for lack in lacks if self._has_few_groups[column] and lack[1] > 0] or lacks)
        equal = [index for index, lack in enumerate(lacks) if lack == most]
        chosen = equal[int(coin * len(equal))]
        given = self._given[chosen]
        for index, number in enumerate(row):
            if number:
                given[index] += number
        return chosen
