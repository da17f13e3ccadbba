"""Inner folds: the division of the train part for cross-fitting.

In: labels and groups of the train tracks. Out: the fold of each track. A group is never divided, and the folds resemble each
other in all labels (:mod:`mer_tasks.corpus.stratification`). Stage `train` fits one network for each fold to the tracks of all
other folds, so each track is predicted by a network that was not fitted to its group.
"""

import logging
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.corpus.stratification import stratify
from mer_tasks.errors import CorpusError
from mer_tasks.runs.artifacts import SPLIT_TABLE
from mer_tasks.runs.run import Run

logger = logging.getLogger(__name__)

FOLD = "fold"
"""Column of ``split.parquet``, if the run is cross-fitted: the inner fold of a train track, from 0, or ``NO_FOLD``."""
NO_FOLD = -1
Folds = npt.NDArray[np.int16]


def is_cross_fitted(run: Run) -> bool:
    """Return whether the model of a run is cross-fitted: its split has inner folds."""
    return FOLD in run.read_table("split", SPLIT_TABLE)


def draw_inner_folds(labels: npt.NDArray[np.bool_], groups: Sequence[str], folds: int, seed: int) -> Folds:
    """Draw the inner fold of each train track, by iterative stratification.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, labels), dtype=bool]
    groups : sequence of str
        Group of each track.
    folds : int
        Number of folds; fewer are drawn, and the log says so, if there are fewer groups.
    seed : int

    Returns
    -------
    np.ndarray [shape=(tracks,), dtype=int16]
        From 0; every fold up to the largest has a track.

    Raises
    ------
    CorpusError
        If all tracks are one group.

    Examples
    --------
    >>> labels = np.ones((4, 2), bool)
    >>> folds = draw_inner_folds(labels, ["a", "a", "b", "c"], 5, seed=0)
    >>> bool(folds[0] == folds[1]), sorted(set(folds.tolist()))
    (True, [0, 1, 2])
    """
    count = len(set(groups))
    if count < 2:
        raise CorpusError(
            f"{count} group of tracks in the train part, expected at least 2 for cross-fitting: land more music, or use"
            " crossfit=off"
        )
    if count < folds:
        logger.warning("%d groups of tracks in the train part: cross-fitting with %d folds in place of %d", count, count, folds)
    used = min(folds, count)
    names = stratify(labels, groups, [1 / used] * used, seed, parts=[str(fold) for fold in range(used)])
    # a fold can stay empty if few groups have most tracks
    numbers, _ = pd.factorize(np.array(names, dtype=object), sort=True)
    if numbers.max() == 0:
        raise CorpusError("all tracks of the train part are in one fold, expected groups of similar size, or crossfit=off")
    return numbers.astype(np.int16)
