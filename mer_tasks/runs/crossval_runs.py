"""Runs within the run of a crossval: one for each fold, and one for each candidate in a fold.

In: the run of a crossval. Out: runs whose documents lie below it, which `folds`, `trial` and `crossval` take alike.
"""

from mer_tasks.errors import ConfigError
from mer_tasks.runs.crossval_config import CrossvalConfig, candidate
from mer_tasks.runs.run import Run, safe_name
from mer_tasks.runs.sub_runs import CORPUS, SubRun, sub_run

SEEDS = 2**31
"""Seeds are below this."""


def fold_run(run: Run, repeat: int, fold: int) -> SubRun:
    """The run within `run` that has the split of a fold, both counted from 1; its seed is that of the repeat."""
    seed = (run.config.seed + repeat - 1) % SEEDS
    return sub_run(run, f"crossval/repeat-{repeat}/fold-{fold}", (*CORPUS, "labels"), seed=seed)


def crossval_config(run: Run) -> CrossvalConfig:
    """The configuration of `run`, which is to be that of a crossval."""
    if not isinstance(run.config, CrossvalConfig):
        raise ConfigError(
            f"run {run.run_id}: the configuration of a run, expected that of a crossval with folds and candidates"
        )
    return run.config


def trial_run(run: Run, repeat: int, fold: int, name: str) -> SubRun:
    """The run within a fold's run that has what the candidate `name` does there."""
    changes = candidate(name).changes
    return sub_run(fold_run(run, repeat, fold), safe_name(name), (*CORPUS, "labels", "split"), **changes)
