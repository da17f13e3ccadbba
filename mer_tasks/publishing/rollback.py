"""Taking back a promotion, or promoting by hand: an earlier model, or one that was kept out, is champion by one command.

In: the decisions so far. Out: one more row of ``mer.promotion`` (``rolled_back``), the pointer ``mer.champion`` and the served
predictions, in one transaction. What was decided before stays as it was written. Another rollback goes one further back: the
models that were champion lie on a stack, on which a promotion puts one, and from which a rollback takes all above its own.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mer_tasks.config import Config
from mer_tasks.database.connection import database_of, transaction
from mer_tasks.errors import ConfigError, IntegrityError
from mer_tasks.publishing.champion import Champion, same_store
from mer_tasks.publishing.decisions import promote_model, write_decision
from mer_tasks.publishing.served_predictions import lock
from mer_tasks.runs.run import Run

logger = logging.getLogger(__name__)

Model = tuple[int, str]
"""Number of the training run, and sha256 of the model's file."""
HISTORY = "SELECT run_no, model_sha256, outcome FROM mer.promotion WHERE outcome <> 'kept' ORDER BY promotion_no"
MODELS = "SELECT run_no, run_id, model_key, model_sha256, config, store_url FROM mer.run WHERE mode = 'train'"
CHAMPION = "SELECT run_no, model_sha256 FROM mer.champion"


@dataclass(frozen=True)
class Rollback:
    """What a rollback did.

    Attributes
    ----------
    before, after : str or None
        Runs of the champions; None where there was none.
    served : int
        Tracks that are served by another run than before.
    """

    before: str | None
    after: str
    served: int


def reigns(history: Iterable[tuple[int, str, str]]) -> list[Model]:
    """The champion, last, and those that rollbacks go back to, by decisions (run, sha256, outcome) in their order."""
    stack: list[Model] = []
    for run_no, sha256, outcome in history:
        model = run_no, sha256
        if outcome == "rolled_back" and model in stack:
            del stack[stack.index(model) + 1 :]
        else:
            stack.append(model)
    return stack


def _target(cursor: Any, to: str | None, present: Model | None) -> Champion:
    """The model that is to be champion."""
    if to is not None:
        cursor.execute(f"{MODELS} AND run_id = %s", [to])
        found = cursor.fetchone()
        if found is None:
            raise ConfigError(f"rollback to {to!r}: no published run of mode train, expected one of mer.runs")
        if (found[0], found[3]) == present:
            raise ConfigError(f"rollback to {to!r}: its model is the champion already")
    else:
        cursor.execute(HISTORY)
        earlier = reigns(cursor.fetchall())[:-1]
        if not earlier:
            there = "no champion before the present one" if present else "there is no champion yet"
            raise ConfigError(f"rollback: {there}, expected --to with a published run of mode train")
        run_no, sha256 = earlier[-1]
        cursor.execute(f"{MODELS} AND run_no = %s", [run_no])
        found = cursor.fetchone()
        if found[3] != sha256:
            raise IntegrityError(
                f"rollback to {found[1]!r}: the run was fitted again, its model has sha256 {found[3]}, expected {sha256} as it"
                " was champion; --to takes another run, or this one as it is now"
            )
    return Champion(*found)


def rollback(config: Config, to: str | None, by: str) -> Rollback:
    """Make an earlier model the champion.

    Parameters
    ----------
    config : Config
        Its database and store.
    to : str, optional
        A published run of mode train, also one that was never promoted. Without it, the champion before the present one.
    by : str
        Who decides.

    Raises
    ------
    ConfigError
        If there is no such run, or no champion to go back to; or the run's outputs are in another store.
    IntegrityError, ObjectMissing
        If the model's file is not the one that was published.
    TransientError
        When the store or the database does not answer.
    """
    run = Run(config, "rollback")
    with transaction(database_of(config)) as cursor:
        lock(cursor)
        cursor.execute(CHAMPION)
        present: Model | None = cursor.fetchone()
        target = _target(cursor, to, present)
        same_store(target, run)
        target.read_file(run.store)
        before = None
        if present:
            cursor.execute(f"{MODELS} AND run_no = %s", [present[0]])
            before = cursor.fetchone()[1]
        left, named = f"run {before}" if before else "no champion", "who named it" if to else "the champion before"
        row = {
            "run_no": target.run_no,
            "model_sha256": target.sha256,
            "champion_run_no": present and present[0],
            "outcome": "rolled_back",
            "decided_by": by,
            "rule": "rollback",
            "reason": f"from {left} to run {target.run_id} by {by}, {named}",
        }
        served = promote_model(cursor, target.run_no, target.sha256, write_decision(cursor, row))
    logger.info("rolled back: %s", row["reason"])
    return Rollback(before, target.run_id, served)
