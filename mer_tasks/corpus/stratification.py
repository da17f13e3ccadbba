"""Iterative stratification: parts that resemble each other in every emotion, without dividing a group of tracks.

Sechidis, Tsoumakas, Vlahavas (2011), On the stratification of multi-label data, doi 10.1007/978-3-642-23808-6_10.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

PARTS = ("train", "validation", "test")
"""In the order in which they decide over a group that has content of several."""

Counts = npt.NDArray[np.int64]


def assign(
    labels: npt.NDArray[np.bool_],
    groups: Sequence[str],
    fractions: Sequence[float],
    seed: int,
    previous: Mapping[str, str] | None = None,
    parts: Sequence[str] = PARTS,
) -> list[str]:
    """Part of each labelled track.

    The emotion with the fewest tracks left is dealt out first, each of its groups to the part that lacks most tracks of it, of
    several such parts to the one that lacks most tracks. A group takes the place of the paper's example; those with most tracks
    of the emotion come first, while there is room. The time is proportional to the number of tracks.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, emotions), dtype=bool]
    groups : sequence of str
        Group of each track. The outcome does not depend on the order of tracks.
    fractions : sequence of float
        Wanted share of the tracks for each part; sums to 1.
    seed : int
        Decides the order of groups that are alike, and between parts that lack the same.
    previous : mapping of str to str, optional
        Parts of groups that have one already; they are kept.
    parts : sequence of str
        Names of the parts.

    Returns
    -------
    list of str
        One of `parts` for each track.
    """
    which, names = pd.factorize(pd.Series(groups, dtype="str"), sort=True)
    sizes = np.bincount(which, minlength=len(names))
    counts = np.stack([np.bincount(which, column, len(names)) for column in labels.T], axis=1).astype(np.int64)
    known = previous or {}
    kept = np.array([parts.index(known[name]) if name in known else -1 for name in names], np.int64)
    dealer = _Dealer(counts, sizes, fractions, kept, np.random.default_rng(seed))
    dealer.deal()
    return np.array(parts)[dealer.part[which]].tolist() if len(which) else []


class _Dealer:
    """State of one stratification: what each part was given and wants.

    Attributes
    ----------
    part : np.ndarray [shape=(groups,), dtype=int64]
        Place among the parts, -1 while a group has none.
    """

    def __init__(
        self, counts: Counts, sizes: Counts, fractions: Sequence[float], kept: Counts, random: np.random.Generator
    ) -> None:
        # one more column than emotions: the tracks themselves, which every group has
        self._counts = np.concatenate([counts, sizes[:, np.newaxis]], axis=1)
        self._wanted = [[fraction * int(total) for total in self._counts.sum(axis=0)] for fraction in fractions]
        self._given = [self._counts[kept == place].sum(axis=0).tolist() for place in range(len(fractions))]
        self._order = random.permutation(len(sizes))
        self._coins = random.random(len(sizes))
        self.part = kept.copy()

    def deal(self) -> None:
        """Give every group a part."""
        while (column := self._scarcest()) is not None:
            waiting = self._order[(self.part[self._order] < 0) & (self._counts[self._order, column] > 0)]
            waiting = waiting[np.argsort(-self._counts[waiting, column], kind="stable")]
            rows, coins = self._counts[waiting].tolist(), self._coins[waiting].tolist()
            self.part[waiting] = [self._place(row, column, coin) for row, coin in zip(rows, coins, strict=True)]

    def _scarcest(self) -> int | None:
        """The emotion with the fewest tracks that still wait; the tracks without emotion last; None at the end."""
        left = self._counts[self.part < 0].sum(axis=0)
        if not left[-1]:
            return None
        emotions = np.where(left[:-1] > 0, left[:-1], np.iinfo(np.int64).max)
        return int(np.argmin(emotions)) if left[:-1].any() else len(left) - 1

    def _place(self, row: list[int], column: int, coin: float) -> int:
        """The part that lacks most of `column`, which is given the group with the counts `row`."""
        lacks = [
            (wanted[column] - given[column], wanted[-1] - given[-1])
            for wanted, given in zip(self._wanted, self._given, strict=True)
        ]
        most = max(lacks)
        equal = [place for place, lack in enumerate(lacks) if lack == most]
        place = equal[int(coin * len(equal))]
        given = self._given[place]
        for index, number in enumerate(row):
            if number:
                given[index] += number
        return place
