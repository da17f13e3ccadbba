"""Promotion decisions in Postgres: a row of ``mer.promotion`` for each, and the pointer ``mer.champion``.

In: a cursor of a transaction that holds the lock of what is served. Stage `promote` and ``rollback`` both write through here.
"""

from collections.abc import Mapping
from typing import Any

from psycopg2 import sql

from mer_tasks.publishing.served_predictions import serve

# history reads in the order of its times, also where a clock was put back
DECISION = """
INSERT INTO mer.promotion (decided_at, {names})
SELECT greatest(clock_timestamp(), max(decided_at)), {values} FROM mer.promotion RETURNING promotion_no
"""
POINTER = """
INSERT INTO mer.champion (run_no, model_sha256, promotion_no) VALUES (%s, %s, %s)
ON CONFLICT (only_one) DO UPDATE
SET run_no = excluded.run_no, model_sha256 = excluded.model_sha256, promotion_no = excluded.promotion_no
"""


def write_decision(cursor: Any, row: Mapping[str, Any]) -> int:
    """Add a row to ``mer.promotion``; returns its number."""
    statement = sql.SQL(DECISION).format(
        names=sql.SQL(", ").join(map(sql.Identifier, row)), values=sql.SQL(", ").join(map(sql.Placeholder, row))
    )
    cursor.execute(statement, row)
    return int(cursor.fetchone()[0])


def promote_model(cursor: Any, run_no: int, sha256: str, promotion_no: int) -> int:
    """Make a model the champion, and serve its predictions; see :func:`~mer_tasks.publishing.served_predictions.serve`."""
    cursor.execute(POINTER, [run_no, sha256, promotion_no])
    return serve(cursor)
