"""The plan of synthetic segments (SMOTE): which pairs of train segments, and how far between them.

In: rows of the train part's :class:`~mer_tasks.corpus.segments.SegmentIndex`. Out: a :class:`Plan`, 57 bytes a segment.
Segments themselves are made batch by batch where they are used (:func:`materialise`).
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
    """Synthetic samples that are still to be made.

    Attributes
    ----------
    base, neighbour : np.ndarray [shape=(n,), dtype=int32]
        Rows of the two parents.
    gap : np.ndarray [shape=(n,), dtype=float32]
        How far the sample lies from `base` to `neighbour`, in [0, 1].
    labels : np.ndarray [shape=(n, 9), dtype=uint8]
        0 or 1 for each emotion.
    shares : np.ndarray [shape=(n, 9), dtype=float32]
        Soft targets for each emotion.
    """

    base: npt.NDArray[np.int32]
    neighbour: npt.NDArray[np.int32]
    gap: Array32
    labels: npt.NDArray[np.uint8]
    shares: Array32

    def __len__(self) -> int:
        return len(self.base)

    @classmethod
    def empty(cls) -> "Plan":
        """A plan of no samples."""
        none = np.zeros(0, np.int32)
        return cls(none, none, np.zeros(0, np.float32), np.zeros((0, 9), np.uint8), np.zeros((0, 9), np.float32))


def materialise(base: Array32, neighbour: Array32, gap: Array32) -> Array32:
    """Make samples between their parents: ``base + gap * (neighbour - base)``.

    Chawla, Bowyer, Hall, Kegelmeyer (2002), doi 10.1613/jair.953.

    Parameters
    ----------
    base, neighbour : np.ndarray [shape=(n, ...), dtype=float32]
    gap : np.ndarray [shape=(n,), dtype=float32]

    Returns
    -------
    np.ndarray [shape=(n, ...), dtype=float32]
    """
    made = neighbour - base
    made *= gap.reshape(-1, *[1] * (base.ndim - 1))
    made += base
    return made


def read_plan(run: Run) -> Plan:
    """The plan that the stage stored for `run`; raises :class:`~mer_tasks.errors.ObjectMissing`."""
    return Plan(**run.read_arrays(STAGE, PLAN))


def check_parents(plan: Plan, index: "SegmentIndex", parts: Mapping[str, str]) -> None:
    """Refuse a plan with a parent that is not of the train part.

    Parameters
    ----------
    plan : Plan
    index : SegmentIndex
        Whose rows the plan names.
    parts : mapping of str to str
        Part by track id.

    Raises
    ------
    IntegrityError
    """
    parents = np.concatenate([plan.base, plan.neighbour])
    beyond = parents[(parents < 0) | (parents >= len(index))]
    if len(beyond):
        raise IntegrityError(
            f"plan leaks: {len(beyond)} parents outside train, first row {beyond[0]}, expected 0 to {len(index) - 1}"
        )
    inside = np.array([parts[track] == "train" for track in index.tracks], bool)
    others = parents[~inside[index.track[parents]]]
    if len(others):
        track = index.tracks[index.track[others[0]]]
        raise IntegrityError(
            f"plan leaks: {len(others)} parents outside train, first row {others[0]}, of track {track!r} in {parts[track]}"
        )
