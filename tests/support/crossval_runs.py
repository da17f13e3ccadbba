"""Crossvals over features that say which emotions a track carries, for tests that need no sound."""

from pathlib import Path
from typing import Any

import numpy as np

from mer_tasks.config import Config
from mer_tasks.evaluation.crossval_scores import compare
from mer_tasks.runs.crossval_config import CrossvalConfig
from mer_tasks.runs.run import Run
from mer_tasks.stages.crossval import publish as publish_crossval
from tests.support.learnable_runs import learnable

SMALL = {"folds": 2, "repeats": 2, "candidates": ("logistic-regression", "extra-trees")}


def learnable_crossval(folder: Path, **params: Any) -> Run:
    """A run that has been through `labels`, as one of a crossval; of its parameters, those of a crossval are `SMALL`."""
    protocol = {name: params.pop(name) for name in list(params) if name not in Config.model_fields}
    return as_crossval(learnable(folder, **params), **protocol)


def as_crossval(run: Run, **params: Any) -> Run:
    """`run` with the configuration of a crossval."""
    values = {name: getattr(run.config, name) for name in Config.model_fields}
    return Run(CrossvalConfig(**{**values, **SMALL, **params}), run.run_id, run.try_number)


def published(folder: Path, database_url: str, run_id: str = "c1", try_number: int = 1, seed: int = 0) -> Run:
    """A crossval of two candidates, of which one knows nothing, whose figures are in the database."""
    config = CrossvalConfig.load({"store_url": folder.as_uri(), "database_url": database_url, **SMALL})
    run = Run(config, run_id, try_number)
    random = np.random.default_rng(seed)
    labels = random.random((40, 9)) < 0.4
    labels[:, 8] = False
    blind, good = random.random((2, 40, 9)), (random.random((2, 40, 9)) + labels) / 2
    said = {
        name: [(values, values >= 0.5) for values in repeats]
        for name, repeats in zip(config.candidates, (blind, good), strict=True)
    }
    folds = [np.arange(40) % 2, np.arange(40) // 20]
    counts = {"folds": 2, "repeats": 2, "tracks": 40, "groups": 40}
    lines = compare(labels, np.arange(40), said, folds)
    publish_crossval(run, {"run_id": run_id, **counts, "candidates": list(config.candidates), "metrics": lines})
    return run
