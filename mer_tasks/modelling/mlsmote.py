"""MLSMOTE: synthetic samples for rare labels of multi-label data, on the classes of imbalanced-learn.

The algorithm is that of Charte, Rivera, del Jesus, Herrera (2015), MLSMOTE: Approaching imbalanced multilabel learning through
synthetic instance generation, doi 10.1016/j.knosys.2015.07.019. Some details the paper leaves open or does not cover. This
module decides them as follows:

- Parents are real samples, and the rare labels are determined once, before any sample is made. The paper's listing updates both
  after each label, so its result depends on the order of labels. The authors' own program does as this module does (doi
  10.1016/j.neucom.2023.126806).
- Samples of one group (segments of one recording) are never neighbours. The paper has no groups. The nearest neighbour of a
  segment is mostly a segment of the same track with the same labels. A point between them adds next to nothing, and the vote
  on labels would count that track's labels several times.
- If fewer than k neighbours exist, the existing ones are used, and "more than half" is counted among them and the base sample.
- The soft target (share) of a sample lies between those of its parents, in the same proportion as its features, as in mixup
  (Zhang et al. 2018, arXiv:1710.09412). So a sample that hardly differs from a parent has that parent's share. The mean over
  neighbours would not give that.
- There are at most `max_growth` times as many synthetic samples as real ones. Above that limit, the base samples of every label
  are a random choice, in the same proportion.

If each sample has exactly one label, a synthetic sample has that of its base: all its parents have this label.

Random oversampling (:func:`oversample`), which copies samples, is here too.
"""

import logging
from collections.abc import Iterator
from fractions import Fraction
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_neighbors_object
from sklearn.utils import check_random_state, check_X_y
from sklearn.utils._param_validation import HasMethods, Interval

from mer_tasks.corpus.synthetic_plan import Plan, materialise

logger = logging.getLogger(__name__)

CELLS = 4_000_000
"""Largest number of neighbours in memory during the search: 64 MB of distances and indices."""

Flags = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.int64]


def imbalance(counts: npt.NDArray[np.int64]) -> tuple[list[Fraction | None], Fraction]:
    """Compute the imbalance ratio of every label (IRLbl), and the mean of these ratios (MeanIR).

    Parameters
    ----------
    counts : np.ndarray [shape=(labels,), dtype=int64]
        Number of samples that have each label.

    Returns
    -------
    list of Fraction or None
        Count of the most frequent label divided by the count of this label; None for a label that no sample has.
    Fraction
        Mean of the ratios over the labels that a sample has; 0 if there is no such label.

    Examples
    --------
    >>> imbalance(np.array([8, 2, 0]))
    ([Fraction(1, 1), Fraction(4, 1), None], Fraction(5, 2))
    """
    most = int(counts.max(initial=0))
    ratios = [Fraction(most, int(count)) if count else None for count in counts]
    present = [ratio for ratio in ratios if ratio is not None]
    return ratios, sum(present, Fraction(0)) / max(1, len(present))


def rare(labels: Flags) -> dict[int, Indices]:
    """Find the samples of each rare label, by the label's column: a label is rare if its IRLbl is above MeanIR."""
    ratios, mean = imbalance(labels.sum(axis=0, dtype=np.int64))
    return {label: np.flatnonzero(labels[:, label]) for label, ratio in enumerate(ratios) if ratio is not None and ratio > mean}


def oversample(labels: Flags, shares: npt.NDArray[np.float32], *, max_growth: float = 1.0, seed: int = 0) -> Plan:
    """Plan random oversampling: copies of samples that have rare labels, drawn with replacement.

    Each rare label gets as many copies as it has samples. This is ML-ROS of Charte, Rivera, del Jesus, Herrera (2015),
    Addressing imbalance in multilabel classification: Measures and random resampling algorithms, doi
    10.1016/j.neucom.2014.08.091, with the number of samples that :class:`MLSMOTE` makes. So the two methods differ only in how
    a new sample is made.

    Parameters
    ----------
    labels : np.ndarray [shape=(samples, labels), dtype=uint8]
        0 or 1.
    shares : np.ndarray [shape=(samples, labels), dtype=float32]
        Soft targets.
    max_growth : float
        Largest number of copies, as a multiple of the real samples.
    seed : int

    Returns
    -------
    Plan
        With rows of `labels`; both parents of a copy are the copied sample.

    Examples
    --------
    >>> labels = np.array([[1, 0], [1, 0], [1, 0], [1, 1]], np.uint8)
    >>> oversample(labels, labels.astype(np.float32)).base
    array([3], dtype=int32)
    """
    random = np.random.default_rng(seed)
    bags = rare(labels)
    room = min(1.0, max_growth * len(labels) / max(1, sum(map(len, bags.values()))))
    drawn = [random.choice(bag, int(room * len(bag))) for bag in bags.values()]
    base = np.concatenate([np.zeros(0, np.int64), *drawn]).astype(np.int32)
    return Plan(base, base, np.zeros(len(base), np.float32), labels[base], shares[base])


class MLSMOTE(BaseOverSampler):  # type: ignore[misc]  # imbalanced-learn publishes no types
    """MLSMOTE over-sampler: synthetic samples for the rare labels of multi-label data.

    Parameters
    ----------
    k_neighbors : int or object
        Number of nearest neighbours to choose from, or an unfitted estimator with ``kneighbors``.
    max_growth : float
        Largest number of synthetic samples, as a multiple of the real ones.
    random_state : int, RandomState or None
        Decides neighbours and gaps.

    Attributes
    ----------
    sampling_strategy_ : dict
        Number of synthetic samples made for each rare label, by the label's column.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseOverSampler._parameter_constraints,
        "k_neighbors": [Interval(Integral, 1, None, closed="left"), HasMethods(["kneighbors", "kneighbors_graph"])],
        "max_growth": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(self, *, k_neighbors: Any = 5, max_growth: float = 1.0, random_state: Any = None) -> None:
        super().__init__(sampling_strategy="auto")
        self.k_neighbors = k_neighbors
        self.max_growth = max_growth
        self.random_state = random_state

    def plan(
        self,
        X: npt.NDArray[np.float32],  # noqa: N803
        y: Flags,
        *,
        groups: npt.ArrayLike | None = None,
        shares: npt.NDArray[np.float32] | None = None,
    ) -> Plan:
        """Plan the synthetic samples without computing their features.

        Parameters
        ----------
        X : np.ndarray [shape=(samples, features)]
            Features that distances are computed from.
        y : np.ndarray [shape=(samples, labels)]
            0 or 1.
        groups : array-like [shape=(samples,)], optional
            Samples of one group are not each other's neighbours. By default, every sample is a group of its own.
        shares : np.ndarray [shape=(samples, labels), dtype=float32], optional
            Soft targets; by default `y`.

        Returns
        -------
        Plan
            With rows of `X`.

        Raises
        ------
        ValueError
            From scikit-learn, if `X`, `y` or a parameter is not as above.
        """
        self._validate_params()
        X, y = self._check_X_y(X, y)[:2]  # noqa: N806
        members = np.arange(len(y)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
        self.sampling_strategy_: dict[int, int] = {}
        pieces = list(self._pieces(X, y, members))
        empty = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros((0, y.shape[1]), np.uint8))
        base, neighbour, gap, labels = map(np.concatenate, zip(empty, *pieces, strict=True))
        gap = gap.astype(np.float32)
        soft = y.astype(np.float32) if shares is None else shares
        return Plan(
            base.astype(np.int32), neighbour.astype(np.int32), gap, labels, materialise(soft[base], soft[neighbour], gap)
        )

    def _pieces(self, X: npt.NDArray[Any], y: Flags, members: Indices) -> Iterator[tuple[npt.NDArray[Any], ...]]:  # noqa: N803
        """Yield base, neighbour, gap and labels of the synthetic samples of each rare label."""
        random = check_random_state(self.random_state)
        bags = rare(y)
        room = Fraction(int(self.max_growth * len(y)), max(1, sum(map(len, bags.values()))))
        for label, bag in bags.items():
            neighbours = self._neighbours(X[bag], members[bag])
            bases = np.flatnonzero(neighbours[:, 0] >= 0)
            if len(bases) == 0:
                logger.warning("label %d: all %d samples are of one group, expected two groups at least", label, len(bag))
                continue
            if room < 1:
                bases = np.sort(random.choice(bases, int(room * len(bases)), replace=False))
            nearest = neighbours[bases]
            existing = (nearest >= 0).sum(axis=1)
            chosen = nearest[np.arange(len(bases)), random.randint(0, existing)]
            # index -1 selects the row of zeros that is added at the end: a neighbour that does not exist has no labels
            votes = y[bag[bases]] + np.concatenate([y[bag], np.zeros((1, y.shape[1]), y.dtype)])[nearest].sum(axis=1)
            labels = (2 * votes > (existing + 1)[:, np.newaxis]).astype(np.uint8)
            self.sampling_strategy_[label] = len(bases)
            yield bag[bases], bag[chosen], random.random_sample(len(bases)), labels

    def _neighbours(self, X: npt.NDArray[Any], members: Indices) -> Indices:  # noqa: N803
        """Find the nearest rows of other groups, the nearest first [shape=(samples, k)]; -1 where there are fewer than k."""
        search = check_neighbors_object("k_neighbors", self.k_neighbors).fit(X)
        k = search.n_neighbors
        # with k neighbours more than the largest group has members, at least k neighbours are of other groups
        wanted = min(len(X), k + int(np.bincount(members).max()))
        neighbours = np.full((len(X), k), -1, np.int64)
        for start in range(0, len(X), max(1, CELLS // wanted)):
            rows = slice(start, start + max(1, CELLS // wanted))
            near = search.kneighbors(X[rows], n_neighbors=wanted, return_distance=False)
            foreign = members[near] != members[rows, np.newaxis]
            first = np.argsort(~foreign, axis=1, kind="stable")[:, :k]
            nearest = np.where(np.take_along_axis(foreign, first, axis=1), np.take_along_axis(near, first, axis=1), -1)
            neighbours[rows, : nearest.shape[1]] = nearest
        return neighbours

    def _check_X_y(self, X: Any, y: Any, accept_sparse: Any = None) -> tuple[Any, Any, bool]:  # noqa: N802, N803
        """Check features and labels, and return them as arrays; imbalanced-learn's own check refuses multi-label data."""
        X, y = check_X_y(X, y, multi_output=True, dtype=[np.float32, np.float64])  # noqa: N806
        if y.ndim != 2 or not np.isin(y, (0, 1)).all():
            raise ValueError(f"y of shape {y.shape}, expected (samples, labels) of 0 and 1")
        return X, y.astype(np.uint8), False

    def fit_resample(self, X: Any, y: Any, *, groups: Any = None) -> tuple[npt.NDArray[Any], Flags]:  # noqa: N803
        """Return the real samples and, after them, the synthetic samples of :meth:`plan`."""
        X, y = self._check_X_y(X, y)[:2]  # noqa: N806
        return self._fit_resample(X, y, groups=groups)

    def _fit_resample(self, X: Any, y: Any, *, groups: Any = None) -> tuple[npt.NDArray[Any], Flags]:  # noqa: N803
        plan = self.plan(X, y, groups=groups)
        synthetic = materialise(X[plan.base], X[plan.neighbour], plan.gap)
        return np.concatenate([X, synthetic]), np.concatenate([y, plan.labels])
