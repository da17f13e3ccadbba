"""Rollback of a promotion: the command ``rollback`` makes an earlier model, or any published model, the champion.

Input: the decisions in ``mer.promotion``. Output, in one transaction: one more row of ``mer.promotion`` (``rolled_back``), the
pointer ``mer.champion``, and the served predictions. Earlier decisions are not changed.

A second rollback goes back one model further. The models that were champion form a stack: a promotion puts its model on top,
and a rollback removes all models above the one that it goes back to.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mer_tasks.config import Config
from mer_tasks.database.connection import database_of, transaction
from mer_tasks.errors import ConfigError, IntegrityError
from mer_tasks.publishing.champion import Champion, check_store
from mer_tasks.publishing.decisions import promote_model, write_decision
from mer_tasks.publishing.served_predictions import lock_served_predictions
from mer_tasks.runs.run import Run
from mer_tasks.wording import PROVISIONAL

logger = logging.getLogger(__name__)

Model = tuple[int, str]
"""Number of the run that trained the model, and sha256 of the model's file."""
HISTORY = "SELECT run_no, model_sha256, outcome FROM mer.promotion WHERE outcome <> 'kept' ORDER BY promotion_no"
MODELS = "SELECT run_no, run_id, model_key, model_sha256, config, store_url FROM mer.run WHERE mode = 'train'"
CHAMPION = "SELECT run_no, model_sha256 FROM mer.champion"


@dataclass(frozen=True)
class Rollback:
    """The result of a rollback.

    Attributes
    ----------
    before : str or None
        Training run of the champion before the rollback; None if there was no champion.
    after : str
        Training run of the champion after the rollback.
    served : int
        Number of tracks that are now served from another run than before.
    """

    before: str | None
    after: str
    served: int


def champion_stack(history: Iterable[tuple[int, str, str]]) -> list[Model]:
    """Compute the stack of champions from the history of decisions; the last model is the present champion.

    Parameters
    ----------
    history : iterable of (int, str, str)
        Number of the training run, sha256 of the model, and outcome (``promoted`` or ``rolled_back``) of each decision that
        changed the champion, in the order of the decisions.

    Returns
    -------
    list of (int, str)
        Each rollback without a named run goes back to the model before the last one.

    Examples
    --------
    >>> champion_stack([(1, "a", "promoted"), (2, "b", "promoted"), (1, "a", "rolled_back"), (3, "c", "promoted")])
    [(1, 'a'), (3, 'c')]
    """
    stack: list[Model] = []
    for run_no, sha256, outcome in history:
        model = run_no, sha256
        if outcome == "rolled_back" and model in stack:
            del stack[stack.index(model) + 1 :]
        else:
            stack.append(model)
    return stack


def _target(cursor: Any, to: str | None, present: Model | None) -> Champion:
    """Find the model that becomes the champion: that of run `to`, or without `to` that of the champion before `present`."""
    if to is not None:
        cursor.execute(f"{MODELS} AND run_id = %s", [to])
        row = cursor.fetchone()
        if row is None:
            raise ConfigError(f"rollback to {to!r}: no published run of mode train, expected one of mer.runs")
        if (row[0], row[3]) == present:
            raise ConfigError(f"rollback to {to!r}: its model is the champion already")
    else:
        cursor.execute(HISTORY)
        earlier = champion_stack(cursor.fetchall())[:-1]
        if not earlier:
            state = "no champion before the present one" if present else "there is no champion yet"
            raise ConfigError(f"rollback: {state}, expected --to with a published run of mode train")
        run_no, sha256 = earlier[-1]
        cursor.execute(f"{MODELS} AND run_no = %s", [run_no])
        row = cursor.fetchone()
        if row[3] != sha256:
            raise IntegrityError(
                f"rollback to {row[1]!r}: the run was trained again, its model has sha256 {row[3]}, expected {sha256}, which"
                " was champion; --to names another run, or this one to promote its new model"
            )
    return Champion(*row)


def rollback(config: Config, to: str | None, by: str) -> Rollback:
    """Make an earlier model the champion.

    Parameters
    ----------
    config : Config
        Names the database and the store.
    to : str, optional
        A published run of mode train, also one whose model was never promoted. Without it, the model that was champion before
        the present one.
    by : str
        Who decides.

    Raises
    ------
    ConfigError
        If there is no such run, or no champion to go back to; or if the run's outputs are in another store.
    IntegrityError
        If the model's file is not the one that was published, or the run was trained again since its model was champion.
    ObjectMissing
        If the model's file is missing.
    TransientError
        When the store or the database does not answer.
    """
    run = Run(config, "rollback")
    with transaction(database_of(config)) as cursor:
        lock_served_predictions(cursor)
        cursor.execute(CHAMPION)
        present: Model | None = cursor.fetchone()
        target = _target(cursor, to, present)
        check_store(target, run)
        target.read_file(run.store)
        before = None
        if present:
            cursor.execute(f"{MODELS} AND run_no = %s", [present[0]])
            before = cursor.fetchone()[1]
        origin = f"run {before}" if before else "no champion"
        choice = "the run that was named" if to else "the champion before that"
        cursor.execute("SELECT provisional FROM mer.model_grades WHERE run_no = %s", [target.run_no])
        provisional = f"; {PROVISIONAL}" if cursor.fetchone()[0] else ""
        row = {
            "run_no": target.run_no,
            "model_sha256": target.sha256,
            "champion_run_no": present and present[0],
            "outcome": "rolled_back",
            "decided_by": by,
            "rule": "rollback",
            "reason": f"from {origin} to run {target.run_id}, {choice}, by {by}{provisional}",
        }
        served = promote_model(cursor, target.run_no, target.sha256, write_decision(cursor, row))
    logger.info("rolled back: %s", row["reason"])
    return Rollback(before, target.run_id, served)
