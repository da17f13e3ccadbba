"""Promotion decisions in Postgres: write a row of ``mer.promotion``, and point ``mer.champion`` at the promoted model.

Input: a cursor whose transaction holds the lock on the served predictions
(:func:`mer_tasks.publishing.served_predictions.lock_served_predictions`). Stage `promote` and the command ``rollback`` both
write through this module.
"""

from collections.abc import Mapping
from typing import Any

from psycopg2 import sql

from mer_tasks.publishing.served_predictions import serve

# A decision never has an earlier time than the decisions before it, even if the server's clock was set back.
INSERT_DECISION = """
INSERT INTO mer.promotion (decided_at, {names})
SELECT greatest(clock_timestamp(), max(decided_at)), {values} FROM mer.promotion RETURNING promotion_no
"""
SET_CHAMPION = """
INSERT INTO mer.champion (run_no, model_sha256, promotion_no) VALUES (%s, %s, %s)
ON CONFLICT (only_one) DO UPDATE
SET run_no = excluded.run_no, model_sha256 = excluded.model_sha256, promotion_no = excluded.promotion_no
"""


def write_decision(cursor: Any, row: Mapping[str, Any]) -> int:
    """Insert a decision into ``mer.promotion`` and return its number; `row` has values by column."""
    statement = sql.SQL(INSERT_DECISION).format(
        names=sql.SQL(", ").join(map(sql.Identifier, row)), values=sql.SQL(", ").join(map(sql.Placeholder, row))
    )
    cursor.execute(statement, row)
    return int(cursor.fetchone()[0])


def promote_model(cursor: Any, run_no: int, sha256: str, promotion_no: int) -> int:
    """Make a model the champion, and serve its predictions.

    Parameters
    ----------
    cursor : psycopg2 cursor
    run_no : int
        Number of the run that trained the model.
    sha256 : str
        sha256 of the model's file.
    promotion_no : int
        Number of the decision, from :func:`write_decision`.

    Returns
    -------
    int
        Number of tracks that are now served from another run than before.
    """
    cursor.execute(SET_CHAMPION, [run_no, sha256, promotion_no])
    return serve(cursor)
