"""Stage ``comparison``: compare the ways of balancing the train part (field ``balance``) on tracks outside the test part.

Input: the run after stage `thresholds`. For each of the other ways of balancing, a sub-run (:mod:`mer_tasks.runs.sub_runs`)
runs the stages `balance`, `train` and `thresholds` on the same split, and its predictions are stored.

Output: ``comparison.json``. It has the metrics of each way of balancing on the tracks that decide thresholds, and their
differences to the run's own way, with paired confidence intervals. With cross-fitting these are the out-of-fold predictions of
the train part, otherwise the predictions of the validation part. The test part is not read, so it can still judge the way that
is chosen.

Calibration and thresholds are chosen on these tracks too. So all metrics except rankings (ROC-AUC and PR-AUC) are better here
than on new tracks; use the differences. If the validation part is small, the intervals of the differences are wide; then
`crossval` can compare the same ways on all tracks.
"""

import logging
from typing import Any, get_args

import keras
import numpy as np
import pandas as pd

from mer_tasks.config import Config
from mer_tasks.corpus.inner_folds import is_cross_fitted
from mer_tasks.corpus.segments import track_targets
from mer_tasks.evaluation.absent_labels import warn_of_absent_labels
from mer_tasks.evaluation.crossval_scores import compare, predictions_from_table
from mer_tasks.evaluation.metrics import CALIBRATIONS
from mer_tasks.runs.artifacts import COMPARISON, LABELS, MODEL, PREDICTIONS, SPLIT_TABLE
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.pipeline import run_stage
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.runs.sub_runs import CORPUS, sub_run

logger = logging.getLogger(__name__)

STAGE = "comparison"
WAYS: tuple[str, ...] = get_args(Config.model_fields["balance"].annotation)
"""Ways of balancing: the values of the field ``balance``."""
METRICS = ("accuracy", "roc_auc", "pr_auc", "f1", *CALIBRATIONS)
"""Metrics of one label; names with ``_macro`` are means over labels. Only tracks with exactly one label have an accuracy."""
LINE = ("balance", "emotion", "metric", "value", "low", "high", "difference", "difference_low", "difference_high")
"""Fields of a line, and columns of ``mer.comparison``."""


def best_of(lines: list[dict[str, Any]]) -> str | None:
    """Return the way of balancing with the highest macro ROC-AUC.

    If two ways are equal, the first is returned; if no ROC-AUC is defined, None.

    Examples
    --------
    >>> values = {"none": 0.6, "smote": 0.7, "weights": None}
    >>> best_of([{"balance": way, "metric": "roc_auc_macro", "value": value} for way, value in values.items()])
    'smote'
    """
    values = {line["balance"]: line["value"] for line in lines if line["metric"] == "roc_auc_macro"}
    defined = {way: value for way, value in values.items() if value is not None}
    return max(defined, key=defined.__getitem__) if defined else None


def _predictions_with(run: Run, way: str) -> pd.DataFrame:
    """Train a network with another way of balancing, and return the predictions from which its thresholds were chosen."""
    keras.utils.clear_session()
    other = sub_run(run, f"{STAGE}/{way}", (*CORPUS, "labels", "split"), balance=way)
    for stage in ("balance", "train", "thresholds"):
        run_stage(other, stage)
    other.store.delete(other.key("train", MODEL))
    return other.read_table("thresholds", PREDICTIONS)


@reads_once
def comparison(run: Run) -> Manifest:
    """Compare the ways of balancing on the tracks that decide the thresholds of a run.

    Raises
    ------
    PermanentError
        If the loss of a network is no longer a finite number.
    IntegrityError, ObjectMissing
        If documents or features are missing, or are not the ones that the run's documents name.
    TransientError
        When the store does not answer.
    """
    own: str = run.config.balance
    with Stopwatch() as watch:
        tables = {own: run.read_table("thresholds", PREDICTIONS)}
        tables |= {way: _predictions_with(run, way) for way in WAYS if way != own}
        tracks = tables[own]["track_id"].tolist()
        groups = run.read_table("split", SPLIT_TABLE).set_index("track_id").loc[tracks, "group_id"].to_numpy()
        labels = track_targets(tuple(tracks), run.read_table("labels", LABELS), run.label_set) > 0
        predictions = {
            way: [predictions_from_table(table.set_index("track_id").loc[tracks], run.label_set)]
            for way, table in tables.items()
        }
        fold = [np.zeros(len(tracks), int)]
        lines = [
            dict(zip(LINE, (line["candidate"], *(line[name] for name in LINE[1:])), strict=True))
            for line in compare(labels, groups, predictions, fold, run.label_set, seed=run.config.seed)
            if line["metric"].removesuffix("_macro") in METRICS
        ]
        run.write_json(STAGE, COMPARISON, {"run_id": run.run_id, "own": own, "tracks": len(tracks), "metrics": lines})
    part = "train" if is_cross_fitted(run) else "validation"
    absent = warn_of_absent_labels(labels, run.label_set, f"{part} track")
    best = best_of(lines)
    logger.info("macro ROC-AUC on %d %s tracks is highest with balance=%s; this run has %s", len(tracks), part, best, own)
    counters = {"ways": len(WAYS), "tracks": len(tracks), **absent, **watch.counters()}
    return run.write_manifest(STAGE, {"own": own, "best": best, "counters": counters})
