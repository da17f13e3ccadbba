"""MLSMOTE: synthetic samples for rare labels where a sample has several labels, on imbalanced-learn's classes; and mere copies.

Charte, Rivera, del Jesus, Herrera (2015), MLSMOTE: Approaching imbalanced multilabel learning through synthetic instance
generation, doi 10.1016/j.knosys.2015.07.019. What they leave open, or did not have to think of, is decided so:

- Parents are real samples, and which labels are rare is found once, before any sample is made. The paper's listing updates both
  from label to label, so that its outcome depends on their order; its authors' own program does as we do (doi
  10.1016/j.neucom.2023.126806).
- Samples of one group (segments of one recording) are never neighbours. The paper knows no groups, and the nearest neighbour of
  a segment is mostly a piece of the same track with the same labels: a point between them adds next to nothing, and the ranking
  would only count that track's labels several times.
- Where fewer than k neighbours exist, those that do are used, and "more than half" is counted among them and the base.
- The soft target (share) of a sample lies between its parents' as far as its features do, as in mixup (Zhang et al. 2018,
  arXiv:1710.09412). So a sample that hardly differs from a parent has its share, which the mean over neighbours would not give.
- There are never more than `max_growth` times as many synthetic samples as real ones; beyond it, every label's bases are a
  random choice, in the same proportion.
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
"""So many neighbours are held at a time while they are searched: 64 MB of distances and indices."""

Flags = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.int64]


def imbalance(counts: npt.NDArray[np.int64]) -> tuple[list[Fraction | None], Fraction]:
    """IRLbl of every label, and MeanIR.

    Parameters
    ----------
    counts : np.ndarray [shape=(labels,), dtype=int64]
        Samples that carry each label.

    Returns
    -------
    list of Fraction or None
        Samples of the most frequent label for each sample of this one, exactly; None for a label that no sample carries.
    Fraction
        Mean of these over the labels that are carried; 0 if none is.
    """
    most = int(counts.max(initial=0))
    ratios = [Fraction(most, int(count)) if count else None for count in counts]
    present = [ratio for ratio in ratios if ratio is not None]
    return ratios, sum(present, Fraction(0)) / max(1, len(present))


def rare(labels: Flags) -> dict[int, Indices]:
    """Samples of each label whose IRLbl is above MeanIR, by the label's column."""
    ratios, mean = imbalance(labels.sum(axis=0, dtype=np.int64))
    return {label: np.flatnonzero(labels[:, label]) for label, ratio in enumerate(ratios) if ratio is not None and ratio > mean}


def oversampled(labels: Flags, shares: npt.NDArray[np.float32], *, max_growth: float = 1.0, seed: int = 0) -> Plan:
    """Copies of samples that carry rare labels, as many of each label as it has samples, drawn with replacement.

    Charte, Rivera, del Jesus, Herrera (2015), Addressing imbalance in multilabel classification: Measures and random resampling
    algorithms, doi 10.1016/j.neucom.2014.08.091: their ML-ROS, with the number of copies that :class:`MLSMOTE` makes, so that
    the two differ in nothing but what a copy is.

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
        Rows of `labels`; both parents of a copy are the sample itself.
    """
    random = np.random.default_rng(seed)
    bags = rare(labels)
    room = min(1.0, max_growth * len(labels) / max(1, sum(map(len, bags.values()))))
    drawn = [random.choice(bag, int(room * len(bag))) for bag in bags.values()]
    base = np.concatenate([np.zeros(0, np.int64), *drawn]).astype(np.int32)
    return Plan(base, base, np.zeros(len(base), np.float32), labels[base], shares[base])


class MLSMOTE(BaseOverSampler):  # type: ignore[misc]  # imbalanced-learn publishes no types
    """Multi-label SMOTE.

    Parameters
    ----------
    k_neighbors : int or object
        Nearest neighbours to choose from, or an unfitted estimator with ``kneighbors``.
    max_growth : float
        Largest number of synthetic samples, as a multiple of the real ones.
    random_state : int, RandomState or None
        Decides neighbours and gaps.

    Attributes
    ----------
    sampling_strategy_ : dict
        Synthetic samples made for each minority label, by the label's column.
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
        """Which samples to make, without making them.

        Parameters
        ----------
        X : np.ndarray [shape=(samples, features)]
            What distances are measured on.
        y : np.ndarray [shape=(samples, labels)]
            0 or 1.
        groups : array-like [shape=(samples,)], optional
            Samples of one group are not each other's neighbours; without it, each is alone.
        shares : np.ndarray [shape=(samples, labels), dtype=float32], optional
            Soft targets; `y` if left out.

        Returns
        -------
        Plan
            Rows of `X`.

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
        """Base, neighbour, gap and labels of the samples made for each minority label."""
        random = check_random_state(self.random_state)
        bags = rare(y)
        room = Fraction(int(self.max_growth * len(y)), max(1, sum(map(len, bags.values()))))
        for label, bag in bags.items():
            found = self._neighbours(X[bag], members[bag])
            bases = np.flatnonzero(found[:, 0] >= 0)
            if len(bases) == 0:
                logger.warning("label %d: all %d samples are of one group, expected two groups at least", label, len(bag))
                continue
            if room < 1:
                bases = np.sort(random.choice(bases, int(room * len(bases)), replace=False))
            around = found[bases]
            known = (around >= 0).sum(axis=1)
            chosen = around[np.arange(len(bases)), random.randint(0, known)]
            # -1 points at the row of zeros that is added at the end: a neighbour that does not exist has no labels
            votes = y[bag[bases]] + np.concatenate([y[bag], np.zeros((1, y.shape[1]), y.dtype)])[around].sum(axis=1)
            labels = (2 * votes > (known + 1)[:, np.newaxis]).astype(np.uint8)
            self.sampling_strategy_[label] = len(bases)
            yield bag[bases], bag[chosen], random.random_sample(len(bases)), labels

    def _neighbours(self, X: npt.NDArray[Any], members: Indices) -> Indices:  # noqa: N803
        """The nearest rows of other groups, the nearest first, -1 where there are none [shape=(samples, k)]."""
        search = check_neighbors_object("k_neighbors", self.k_neighbors).fit(X)
        k = search.n_neighbors
        # of k neighbours and as many as the largest group has members, k are of other groups
        wanted = min(len(X), k + int(np.bincount(members).max()))
        found = np.full((len(X), k), -1, np.int64)
        for start in range(0, len(X), max(1, CELLS // wanted)):
            rows = slice(start, start + max(1, CELLS // wanted))
            near = search.kneighbors(X[rows], n_neighbors=wanted, return_distance=False)
            foreign = members[near] != members[rows, np.newaxis]
            first = np.argsort(~foreign, axis=1, kind="stable")[:, :k]
            nearest = np.where(np.take_along_axis(foreign, first, axis=1), np.take_along_axis(near, first, axis=1), -1)
            found[rows, : nearest.shape[1]] = nearest
        return found

    def _check_X_y(self, X: Any, y: Any, accept_sparse: Any = None) -> tuple[Any, Any, bool]:  # noqa: N802, N803
        """Features and labels as arrays; imbalanced-learn's own check refuses samples with several labels."""
        X, y = check_X_y(X, y, multi_output=True, dtype=[np.float32, np.float64])  # noqa: N806
        if y.ndim != 2 or not np.isin(y, (0, 1)).all():
            raise ValueError(f"y of shape {y.shape}, expected (samples, labels) of 0 and 1")
        return X, y.astype(np.uint8), False

    def fit_resample(self, X: Any, y: Any, *, groups: Any = None) -> tuple[npt.NDArray[Any], Flags]:  # noqa: N803
        """The real samples and, after them, the synthetic ones: :meth:`plan`, carried out."""
        X, y = self._check_X_y(X, y)[:2]  # noqa: N806
        return self._fit_resample(X, y, groups=groups)

    def _fit_resample(self, X: Any, y: Any, *, groups: Any = None) -> tuple[npt.NDArray[Any], Flags]:  # noqa: N803
        plan = self.plan(X, y, groups=groups)
        made = materialise(X[plan.base], X[plan.neighbour], plan.gap)
        return np.concatenate([X, made]), np.concatenate([y, plan.labels])
