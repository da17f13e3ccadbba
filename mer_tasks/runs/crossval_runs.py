"""Sub-runs of a cross-validation: one for each fold, and one for each candidate in a fold (a trial).

A fold is an ordinary one, named by its number, or the fold that leaves out a genre, named by that genre.

In: the run of a cross-validation. Out: runs whose documents are below its own; stages `folds`, `trial` and `crossval` use them.
"""

from typing import Any

from mer_tasks.errors import ConfigError
from mer_tasks.runs.crossval_config import FIELDS, CrossvalConfig, candidate
from mer_tasks.runs.run import Run, safe_name
from mer_tasks.runs.sub_runs import CORPUS, SubRun, sub_run

SEEDS = 2**31
"""Upper limit of seeds, exclusive."""
FoldName = int | str
"""Number of an ordinary fold, from 1, or the genre that a fold leaves out."""


def fold_run(run: Run, repeat: int, fold: FoldName, inner_folds: int = 0) -> SubRun:
    """Make the sub-run of a fold, whose split has this fold as test part. Repeats count from 1.

    All folds of a repeat have the same seed. With `inner_folds`, the other tracks are divided into so many inner folds, for
    candidates that are cross-fitted; without, into a train and a validation part.
    """
    seed = (run.config.seed + repeat - 1) % SEEDS
    name = f"fold-{fold}" if isinstance(fold, int) else f"genre-{safe_name(fold)}"
    division = f"/crossfit-{inner_folds}" if inner_folds else ""
    return sub_run(run, f"crossval/repeat-{repeat}/{name}{division}", (*CORPUS, "labels"), seed=seed)


def inner_folds_of(run: Run, name: str) -> int:
    """Return the number of inner folds of the candidate `name`; 0 if it is not cross-fitted."""
    if candidate(name).baseline:
        return 0
    return sub_run(run, safe_name(name), **candidate(name).changes).config.inner_folds


def describe_trial(repeat: int, fold: FoldName, name: str) -> str:
    """Name a trial for people.

    Examples
    --------
    >>> describe_trial(1, 2, "extra-trees")
    'extra-trees, repeat 1, fold 2'
    >>> describe_trial(1, "rock", "extra-trees")
    'extra-trees, repeat 1, without rock'
    """
    return f"{name}, repeat {repeat}, " + (f"fold {fold}" if isinstance(fold, int) else f"without {fold}")


def crossval_config(run: Run) -> CrossvalConfig:
    """Return the configuration of a cross-validation's run; raises :class:`ConfigError` for any other run."""
    if not isinstance(run.config, CrossvalConfig):
        raise ConfigError(
            f"run {run.run_id}: the configuration of a run, expected that of a crossval with folds and candidates"
        )
    return run.config


def trial_run(run: Run, repeat: int, fold: FoldName, name: str) -> SubRun:
    """Make the sub-run of the candidate `name` within a fold's run."""
    parent = fold_run(run, repeat, fold, inner_folds_of(run, name))
    return sub_run(parent, safe_name(name), (*CORPUS, "labels", "split"), **candidate(name).changes)


def write_trial(run: Run, repeat: int, fold: FoldName, name: str) -> str:
    """Write the document of a trial, and return its key."""
    file = f"{trial_run(run, repeat, fold, name).run_id.removeprefix(f'{run.run_id}/crossval/').replace('/', '-')}.json"
    return run.write_json("folds/trials", file, {"repeat": repeat, "fold": fold, "candidate": name})


def training_settings(run: Run) -> dict[str, Any]:
    """Return the fields of a run's configuration that decide how its network is trained, as JSON values."""
    config = run.config
    values = {
        **config.values(),
        **{"preset": config.network, "batch_size": config.step_size, "learning_rate": config.first_learning_rate},
        **{"crossfit": "on" if config.inner_folds else "off"},
    }
    return {name: values[name] for name in ("preset", *FIELDS)}


def genre_scores_key(run: Run) -> str:
    """Return the key of the newest scores on genres that were left out, for the label set of `run`; reports show them."""
    return f"pointers/crossval/{run.label_set.digest}/genres.json"
