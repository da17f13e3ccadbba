"""Stage ``balance``: plan synthetic segments for the train part, so that the model sees rare labels more often.

Input: the features of the segments of the train part, and the labels of their tracks.

Output: ``plan.npz``, one row per synthetic segment. A row has the two parent segments (rows of the train part's
:class:`~mer_tasks.corpus.segments.SegmentIndex`), the position of the new segment between them, its labels and its shares. The
synthetic segments are computed batch by batch when they are used (:func:`~mer_tasks.corpus.synthetic_plan.materialise`). So
memory grows with the plan, 12 bytes per synthetic segment and 5 per label, and there is no second copy of the features.

MLSMOTE (:mod:`mer_tasks.modelling.mlsmote`) finds neighbours by the mean of each segment over its frames, with every column
scaled to unit variance. Only the train part is read, and the stored plan is checked: both parents must be train segments.

The field `balance` of the configuration decides what is planned:

- ``smote``: segments between two parents;
- ``oversampling``: copies, whose two parents are one segment;
- ``none`` and ``weights``: no segments. Stage `train` applies the weights.
"""

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mer_tasks.corpus.segments import BATCH
from mer_tasks.corpus.synthetic_plan import STAGE, Array32, Plan, check_parents, read_plan
from mer_tasks.runs.artifacts import LABELS, PLAN, SPLIT_TABLE
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.wording import listed

if TYPE_CHECKING:
    import pandas as pd

    from mer_tasks.corpus.segments import SegmentIndex

logger = logging.getLogger(__name__)

PLANNED = ("smote", "oversampling")
"""Values of `balance` that add synthetic segments."""
NAMED = 20
"""Most labels that a message names; the others are only counted."""


def neighbour_features(index: "SegmentIndex") -> Array32:
    """Compute the mean features by which MLSMOTE measures distances between segments.

    Parameters
    ----------
    index : SegmentIndex
        Segments whose features are read batch by batch.

    Returns
    -------
    np.ndarray [shape=(segments, 155), dtype=float32]
        Mean of each segment over its frames, scaled to zero mean and unit variance; 0 in a column without variance.
    """
    means = np.concatenate([index.read(rows).mean(axis=1) for rows in index.batches(BATCH)])
    means -= means.mean(axis=0, dtype=np.float64).astype(np.float32)
    deviation = means.std(axis=0, dtype=np.float64).astype(np.float32)
    means /= np.where(deviation > 0, deviation, 1)
    return means


def _plan(run: Run, index: "SegmentIndex", groups: npt.NDArray[Any], labels: "pd.DataFrame") -> Plan:
    """Draw the plan that the field `balance` asks for; `groups` has the group of each segment's track."""
    config = run.config
    if config.balance not in PLANNED:
        return Plan.empty(len(run.label_set))
    from mer_tasks.modelling.mlsmote import MLSMOTE, oversample  # this import takes seconds, and only drawing a plan needs it

    segment_labels = index.targets(labels, run.label_set).astype(np.uint8)
    shares = index.targets(labels, run.label_set, soft=True)
    if config.balance == "oversampling":
        return oversample(segment_labels, shares, seed=config.seed)
    sampler = MLSMOTE(k_neighbors=config.smote_neighbours, random_state=config.seed)
    return sampler.plan(neighbour_features(index), segment_labels, groups=groups, shares=shares)


@reads_once
def balance(run: Run) -> Manifest:
    """Plan the synthetic segments of the train part.

    Raises
    ------
    IntegrityError
        If a parent in the stored plan is not a segment of the train part.
    ObjectMissing
        If features that the corpus lists are missing in the store.
    TransientError
        When the store does not answer.
    """
    from mer_tasks.corpus.segments import segment_index

    with Stopwatch() as watch:
        split_sha256 = run.sha256("split", SPLIT_TABLE)
        index = segment_index(run, "train")
        labels = run.read_table("labels", LABELS)
        split = run.read_table("split", SPLIT_TABLE).set_index("track_id").loc[list(index.tracks)]
        plan = _plan(run, index, split["group_id"].to_numpy()[index.track], labels)
        run.write_arrays(STAGE, PLAN, asdict(plan))
        check_parents(read_plan(run), index, dict(zip(split.index, split["part"], strict=True)))
    label_set = run.label_set
    before = index.targets(labels, label_set).sum(axis=0).astype(int)
    absent = [name for name, number in zip(label_set.names, before, strict=True) if not number]
    if absent and run.config.balance in PLANNED:
        logger.warning("no train track has %s: these %s cannot be balanced", listed(absent, NAMED), label_set.noun[1])
    added = plan.labels.sum(axis=0, dtype=int)
    logger.info("%d synthetic segments, %d real segments", len(plan), len(index))
    positives = {
        "before": dict(zip(label_set.ids, map(int, before), strict=True)),
        "added": dict(zip(label_set.ids, map(int, added), strict=True)),
    }
    counters = {"segments": len(index), "synthetic": len(plan), "parents_outside_train": 0, **watch.counters()}
    manifest = {"balance": run.config.balance, "split_sha256": split_sha256, "positives": positives}
    return run.write_manifest(STAGE, {**manifest, "counters": counters})
