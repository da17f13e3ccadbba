"""Cross-validation runs whose features show the labels of each track, for tests without audio."""

from pathlib import Path
from typing import Any

import numpy as np

from mer_tasks.config import Config
from mer_tasks.evaluation.crossval_scores import compare
from mer_tasks.label_set import LabelSet
from mer_tasks.runs.artifacts import LABEL_SET
from mer_tasks.runs.crossval_config import CrossvalConfig
from mer_tasks.runs.run import Run
from mer_tasks.stages.crossval import publish_crossval
from tests.support.label_sets import EMOTIFY
from tests.support.learnable_runs import learnable

SMALL = {"folds": 2, "repeats": 2, "candidates": ("logistic-regression", "extra-trees")}


def learnable_crossval(folder: Path, label_set: LabelSet = EMOTIFY, **params: Any) -> Run:
    """Make a cross-validation run that has finished stage `labels`; the fields of the cross-validation are those of `SMALL`."""
    crossval_params = {name: params.pop(name) for name in list(params) if name not in Config.model_fields}
    return as_crossval(learnable(folder, label_set=label_set, **params), **crossval_params)


def as_crossval(run: Run, **params: Any) -> Run:
    """Return `run` with the configuration of a cross-validation."""
    values = {name: getattr(run.config, name) for name in Config.model_fields}
    return Run(CrossvalConfig(**{**values, **SMALL, **params}), run.run_id, run.try_number)


def published(folder: Path, database_url: str, run_id: str = "c1", try_number: int = 1, seed: int = 0) -> Run:
    """Publish a cross-validation of two candidates to the database; the first candidate predicts at random."""
    config = CrossvalConfig.load({"store_url": folder.as_uri(), "database_url": database_url, **SMALL})
    run = Run(config, run_id, try_number)
    run.write_json("discover", LABEL_SET, EMOTIFY.document())
    random = np.random.default_rng(seed)
    labels = random.random((40, 9)) < 0.4
    labels[:, 8] = False
    poor = random.random((2, 40, 9))
    good = (random.random((2, 40, 9)) + labels) / 2
    predictions = {
        name: [(values, values >= 0.5) for values in repeats]
        for name, repeats in zip(config.candidates, (poor, good), strict=True)
    }
    folds = [np.arange(40) % 2, np.arange(40) // 20]
    counts = {"folds": 2, "repeats": 2, "tracks": 40, "groups": 40}
    lines = compare(labels, np.arange(40), predictions, folds, EMOTIFY)
    publish_crossval(run, {"run_id": run_id, **counts, "candidates": list(config.candidates), "metrics": lines})
    return run
