"""Sub-runs of a cross-validation: one for each fold, and one for each candidate in a fold (a trial).

In: the run of a cross-validation. Out: runs whose documents are below its own; stages `folds`, `trial` and `crossval` use them.
"""

from mer_tasks.errors import ConfigError
from mer_tasks.runs.crossval_config import CrossvalConfig, candidate
from mer_tasks.runs.run import Run, safe_name
from mer_tasks.runs.sub_runs import CORPUS, SubRun, sub_run

SEEDS = 2**31
"""Upper limit of seeds, exclusive."""


def fold_run(run: Run, repeat: int, fold: int) -> SubRun:
    """Make the sub-run of a fold, whose split has this fold as test part. Repeats and folds count from 1.

    All folds of a repeat have the same seed.
    """
    seed = (run.config.seed + repeat - 1) % SEEDS
    return sub_run(run, f"crossval/repeat-{repeat}/fold-{fold}", (*CORPUS, "labels"), seed=seed)


def crossval_config(run: Run) -> CrossvalConfig:
    """Return the configuration of a cross-validation's run; raises :class:`ConfigError` for any other run."""
    if not isinstance(run.config, CrossvalConfig):
        raise ConfigError(
            f"run {run.run_id}: the configuration of a run, expected that of a crossval with folds and candidates"
        )
    return run.config


def trial_run(run: Run, repeat: int, fold: int, name: str) -> SubRun:
    """Make the sub-run of the candidate `name` within a fold's run."""
    changes = candidate(name).changes
    return sub_run(fold_run(run, repeat, fold), safe_name(name), (*CORPUS, "labels", "split"), **changes)
