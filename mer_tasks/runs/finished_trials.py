"""Recognise finished trials of a cross-validation, which are not repeated unless something that decides them has changed.

In: the sub-run of a trial. Out: a digest of its inputs, and its manifest if it has finished with them.
"""

import hashlib
from importlib.metadata import version

from mer_tasks.errors import ObjectMissing
from mer_tasks.runs.artifacts import LABELS, SPLIT_TABLE
from mer_tasks.runs.code_digest import sources_digest
from mer_tasks.runs.run import Manifest, Run

CODE = (
    *("stages/balance", "stages/train", "stages/thresholds", "stages/trial", "runs/crossval_runs"),
    *("corpus/inner_folds", "corpus/segments", "corpus/synthetic_plan"),
    *(f"modelling/{name}" for name in ("training", "training_targets", "cross_fitting", "parallel_networks")),
    *(f"modelling/{name}" for name in ("mlsmote", "batches", "networks", "losses", "segment_statistics", "checkpoint")),
    *(f"modelling/{name}" for name in ("calibration", "threshold_search", "predictions", "baselines")),
)
"""Modules that decide the predictions of a trial."""


def code_digest() -> str:
    """Compute the sha256, in hex, of the modules that decide the predictions of a trial."""
    return sources_digest(CODE)


def inputs_digest(sub_run: Run) -> str:
    """Compute the sha256, in hex, of all inputs of a trial: configuration, code, version of Keras, label set, split, labels."""
    documents = [sub_run.sha256("split", SPLIT_TABLE), sub_run.sha256("labels", LABELS)]
    return hashlib.sha256(
        " ".join([sub_run.config.digest(), sub_run.label_set.digest, code_digest(), version("keras"), *documents]).encode()
    ).hexdigest()


def finished_manifest(sub_run: Run, inputs: str) -> Manifest | None:
    """Read the manifest of a trial that has finished with these inputs; None if it has not."""
    try:
        manifest = sub_run.manifest("trial")
    except ObjectMissing:
        return None
    return manifest if manifest["inputs"] == inputs else None
