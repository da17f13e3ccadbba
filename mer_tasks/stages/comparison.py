"""Stage ``comparison``: whether the way in which a run balances its training part is a good one.

In: the run as it is after `thresholds`. Out: ``comparison.json``: what each way of balancing (``balance``) is worth on the
validation part, and how much better or worse it is than the run's own, with paired intervals. For each of the other ways a run
within the run (:mod:`mer_tasks.runs.sub_runs`) goes through `balance`, `train` and `thresholds` on the same split, and leaves
its predictions. The test part is not read, so what is chosen by this can still be judged on it.

Calibration and thresholds come from the validation part too, so all figures but rankings are better than on new tracks: it is
the differences that count. Those of a small validation part are wide; `crossval` judges the same ways on all tracks.
"""

import logging
from typing import Any, get_args

import keras
import numpy as np
import pandas as pd

from mer_tasks.config import Config
from mer_tasks.corpus.segments import track_targets
from mer_tasks.evaluation.crossval_scores import compare, said_of
from mer_tasks.evaluation.metrics import CALIBRATIONS
from mer_tasks.runs.artifacts import COMPARISON, LABELS, MODEL, PREDICTIONS, SPLIT_TABLE
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.pipeline import run_stage
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.runs.sub_runs import CORPUS, sub_run

logger = logging.getLogger(__name__)

STAGE = "comparison"
WAYS: tuple[str, ...] = get_args(Config.model_fields["balance"].annotation)
METRICS = ("roc_auc", "pr_auc", "f1", *CALIBRATIONS)
"""Of one emotion; with ``_macro``, means over emotions."""
LINE = ("balance", "emotion", "metric", "value", "low", "high", "difference", "difference_low", "difference_high")
"""Fields of a line, and columns of ``mer.comparison``."""


def best_of(lines: list[dict[str, Any]]) -> str | None:
    """The way with the highest macro ROC-AUC, of equal ones the first; None if it is not defined."""
    found = {line["balance"]: line["value"] for line in lines if line["metric"] == "roc_auc_macro"}
    known = {way: value for way, value in found.items() if value is not None}
    return max(known, key=known.__getitem__) if known else None


def _fitted(run: Run, way: str) -> pd.DataFrame:
    """What a network that is fitted with another way of balancing says of the validation part."""
    keras.utils.clear_session()
    one = sub_run(run, f"{STAGE}/{way}", (*CORPUS, "labels", "split"), balance=way)
    for stage in ("balance", "train", "thresholds"):
        run_stage(one, stage)
    one.store.delete(one.key("train", MODEL))
    return one.read_table("thresholds", PREDICTIONS)


@reads_once
def comparison(run: Run) -> Manifest:
    """Compare ways of balancing on the validation part of a run.

    Raises
    ------
    PermanentError
        If the loss of a network is no number any more.
    IntegrityError, ObjectMissing
        If documents or features are not those that the run says.
    TransientError
        When the store does not answer.
    """
    own: str = run.config.balance
    with Stopwatch() as watch:
        tables = {own: run.read_table("thresholds", PREDICTIONS)}
        tables |= {way: _fitted(run, way) for way in WAYS if way != own}
        tracks = tables[own]["track_id"].tolist()
        groups = run.read_table("split", SPLIT_TABLE).set_index("track_id").loc[tracks, "group_id"].to_numpy()
        labels = track_targets(tuple(tracks), run.read_table("labels", LABELS)) > 0
        said = {way: [said_of(table.set_index("track_id").loc[tracks])] for way, table in tables.items()}
        lines = [
            dict(zip(LINE, (line["candidate"], *(line[name] for name in LINE[1:])), strict=True))
            for line in compare(labels, groups, said, [np.zeros(len(tracks), int)], seed=run.config.seed)
            if line["metric"].removesuffix("_macro") in METRICS
        ]
        run.write_json(STAGE, COMPARISON, {"run_id": run.run_id, "own": own, "tracks": len(tracks), "metrics": lines})
    best = best_of(lines)
    logger.info("macro ROC-AUC on %d validation tracks is highest with balance=%s; the run has %s", len(tracks), best, own)
    counters = {"ways": len(WAYS), "tracks": len(tracks), **watch.counters()}
    return run.write_manifest(STAGE, {"own": own, "best": best, "counters": counters})
