"""Stage ``balance``: which synthetic segments the training part gets, so that rare emotions are heard more often.

In: the features of the train part's segments, and the tracks' labels. Out: ``plan.npz``, one row per synthetic segment: two
rows of the train part's :class:`~mer_tasks.corpus.segments.SegmentIndex`, how far the new segment lies from the first to the
second, its labels and its shares. The segments themselves are made batch by batch where they are used
(:func:`~mer_tasks.corpus.synthetic_plan.materialise`), so memory grows with the plan, 57 bytes a segment, not with a second
copy of the features.

Neighbours are found by MLSMOTE (:mod:`mer_tasks.modelling.mlsmote`) on each segment's mean over its frames, every column scaled
to unit variance. Only train is ever read; the stored plan is checked for that. `balance` says what is planned: for
``oversampling`` copies (both parents are one segment), for ``none`` and ``weights``, which stage `train` takes care of,
nothing.
"""

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mer_tasks.corpus.segments import BATCH
from mer_tasks.corpus.synthetic_plan import STAGE, Array32, Plan, check_parents, read_plan
from mer_tasks.emotions import EMOTIONS
from mer_tasks.runs.artifacts import LABELS, PLAN, SPLIT_TABLE
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch

if TYPE_CHECKING:
    import pandas as pd

    from mer_tasks.corpus.segments import SegmentIndex

logger = logging.getLogger(__name__)

PLANNED = ("smote", "oversampling")
"""Ways to balance that add segments."""


def reduced(index: "SegmentIndex") -> Array32:
    """What distances between segments are measured on: means over frames, scaled to zero mean and unit variance.

    Parameters
    ----------
    index : SegmentIndex
        Read in batches, in its own order.

    Returns
    -------
    np.ndarray [shape=(segments, 155), dtype=float32]
        A column without variance is 0.
    """
    means = np.concatenate([index.read(rows).mean(axis=1) for rows in index.batches(BATCH)])
    means -= means.mean(axis=0, dtype=np.float64).astype(np.float32)
    deviation = means.std(axis=0, dtype=np.float64).astype(np.float32)
    means /= np.where(deviation > 0, deviation, 1)
    return means


def _draw(run: Run, index: "SegmentIndex", groups: npt.NDArray[Any], labels: "pd.DataFrame") -> Plan:
    """The plan that the configuration asks for; `groups` are those of the segments."""
    config = run.config
    if config.balance not in PLANNED:
        return Plan.empty()
    from mer_tasks.modelling.mlsmote import MLSMOTE, oversampled  # seconds that those who only read a plan need not wait for

    hard, soft = index.targets(labels).astype(np.uint8), index.targets(labels, soft=True)
    if config.balance == "oversampling":
        return oversampled(hard, soft, seed=config.seed)
    sampler = MLSMOTE(k_neighbors=config.smote_neighbours, random_state=config.seed)
    return sampler.plan(reduced(index), hard, groups=groups, shares=soft)


@reads_once
def balance(run: Run) -> Manifest:
    """Plan the synthetic segments of the train part.

    Raises
    ------
    IntegrityError
        If the stored plan names a segment outside train.
    ObjectMissing
        If features that the corpus lists are gone.
    TransientError
        When the store does not answer.
    """
    from mer_tasks.corpus.segments import segment_index

    with Stopwatch() as watch:
        split_sha256 = run.sha256("split", SPLIT_TABLE)
        index = segment_index(run, "train")
        labels = run.read_table("labels", LABELS)
        split = run.read_table("split", SPLIT_TABLE).set_index("track_id").loc[list(index.tracks)]
        plan = _draw(run, index, split["group_id"].to_numpy()[index.track], labels)
        run.write_arrays(STAGE, PLAN, asdict(plan))
        check_parents(read_plan(run), index, dict(zip(split.index, split["part"], strict=True)))
    before = index.targets(labels).sum(axis=0).astype(int)
    rare = [emotion for emotion, number in zip(EMOTIONS, before, strict=True) if not number]
    if rare and run.config.balance in PLANNED:
        logger.warning("no train track carries %s: nothing to balance there", ", ".join(rare))
    added = plan.labels.sum(axis=0, dtype=int)
    logger.info("%d synthetic segments beside %d real ones", len(plan), len(index))
    figures = {"before": before, "added": added}
    positives = {name: dict(zip(EMOTIONS, map(int, values), strict=True)) for name, values in figures.items()}
    counters = {"segments": len(index), "synthetic": len(plan), "parents_outside_train": 0, **watch.counters()}
    drawn = {"balance": run.config.balance, "split_sha256": split_sha256, "positives": positives}
    return run.write_manifest(STAGE, {**drawn, "counters": counters})
