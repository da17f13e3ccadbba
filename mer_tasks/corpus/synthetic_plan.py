"""Plan of synthetic segments (SMOTE): pairs of train segments, and the position of each synthetic segment between them.

In: rows of the train part's :class:`~mer_tasks.corpus.segments.SegmentIndex`. Out: a :class:`Plan`, 12 bytes a segment
and 5 more for each label. The features of synthetic segments are interpolated batch by batch when they are used
(:func:`materialise`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mer_tasks.errors import IntegrityError
from mer_tasks.runs.artifacts import PLAN
from mer_tasks.runs.run import Run

if TYPE_CHECKING:
    from mer_tasks.corpus.segments import SegmentIndex

STAGE = "balance"
Array32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Plan:
    """Synthetic samples whose features are not computed yet.

    Attributes
    ----------
    base, neighbour : np.ndarray [shape=(n,), dtype=int32]
        Row numbers of the two parents.
    gap : np.ndarray [shape=(n,), dtype=float32]
        Position of the sample on the line from `base` (0) to `neighbour` (1).
    labels : np.ndarray [shape=(n, labels), dtype=uint8]
        0 or 1 for each label.
    shares : np.ndarray [shape=(n, labels), dtype=float32]
        Soft targets for each label.
    """

    base: npt.NDArray[np.int32]
    neighbour: npt.NDArray[np.int32]
    gap: Array32
    labels: npt.NDArray[np.uint8]
    shares: Array32

    def __len__(self) -> int:
        return len(self.base)

    @classmethod
    def empty(cls, labels: int) -> "Plan":
        """Make a plan without samples, for a set of so many `labels`."""
        no_rows, shape = np.zeros(0, np.int32), (0, labels)
        return cls(no_rows, no_rows, np.zeros(0, np.float32), np.zeros(shape, np.uint8), np.zeros(shape, np.float32))


def materialise(base: Array32, neighbour: Array32, gap: Array32) -> Array32:
    """Interpolate synthetic samples between their parents: ``base + gap * (neighbour - base)``.

    Chawla, Bowyer, Hall, Kegelmeyer (2002), doi 10.1613/jair.953.

    Parameters
    ----------
    base, neighbour : np.ndarray [shape=(n, ...), dtype=float32]
        Features of the two parents.
    gap : np.ndarray [shape=(n,), dtype=float32]
        Position between them, in [0, 1].

    Returns
    -------
    np.ndarray [shape=(n, ...), dtype=float32]

    Examples
    --------
    >>> materialise(np.float32([[0, 0]]), np.float32([[4, 8]]), np.float32([0.25])).tolist()
    [[1.0, 2.0]]
    """
    samples = neighbour - base
    samples *= gap.reshape(-1, *[1] * (base.ndim - 1))
    samples += base
    return samples


def read_plan(run: Run) -> Plan:
    """Read the plan that stage `balance` stored for `run`; raises :class:`~mer_tasks.errors.ObjectMissing`."""
    return Plan(**run.read_arrays(STAGE, PLAN))


def check_parents(plan: Plan, index: "SegmentIndex", parts: Mapping[str, str]) -> None:
    """Raise an error if a plan has a parent outside the train part.

    Parameters
    ----------
    plan : Plan
    index : SegmentIndex
        Index whose row numbers the plan has.
    parts : mapping of str to str
        Part of each track, by track id.

    Raises
    ------
    IntegrityError
        If a row number is not in the index, or its track is not in train.
    """
    parents = np.concatenate([plan.base, plan.neighbour])
    beyond = parents[(parents < 0) | (parents >= len(index))]
    if len(beyond):
        raise IntegrityError(
            f"plan leaks: {len(beyond)} parents outside train, first row {beyond[0]}, expected 0 to {len(index) - 1}"
        )
    inside = np.array([parts[track] == "train" for track in index.tracks], bool)
    outside = parents[~inside[index.track[parents]]]
    if len(outside):
        track = index.tracks[index.track[outside[0]]]
        raise IntegrityError(
            f"plan leaks: {len(outside)} parents outside train, first row {outside[0]}, of track {track!r} in {parts[track]}"
        )
