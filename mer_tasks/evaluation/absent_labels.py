"""Absent labels: labels that no track of a part has, so that most of their metrics are not defined there.

In: labels of some tracks. Out: the number of absent labels, and one line in the log that names at most some of them. Means over
labels leave them out (:func:`mer_tasks.evaluation.metrics.all_metrics`).
"""

import logging

from mer_tasks.evaluation.metrics import Flags
from mer_tasks.label_set import LabelSet
from mer_tasks.wording import listed

logger = logging.getLogger(__name__)

MAX_NAMED = 5
"""Largest number of labels that the log names."""


def warn_of_absent_labels(labels: Flags, label_set: LabelSet, tracks: str) -> dict[str, int]:
    """Warn in one line of the labels that no track has.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, labels), dtype=bool]
    label_set : LabelSet
    tracks : str
        What the tracks are, for the log, such as ``"test track"``.

    Returns
    -------
    dict of str to int
        The counter ``absent_labels``; empty if each label is on a track.
    """
    absent = [name for column, name in enumerate(label_set.names) if not labels[:, column].any()]
    if not absent:
        return {}
    logger.warning(
        "no %s has %d of the %d %s: %s; only their Hamming loss is defined, and means leave them out",
        *(tracks, len(absent), len(label_set), label_set.noun[1], listed(absent, MAX_NAMED)),
    )
    return {"absent_labels": len(absent)}
