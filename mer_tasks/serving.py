"""Served predictions, and the lock under which they and the champion change.

In: a cursor of a transaction. Out: the lock is held until its end; ``mer.serving`` has what the champion has said.
"""

from typing import Any

from mer_tasks.database import SQL

LOCK = 0x6D657203
"""Key of the advisory lock: "mer" in ASCII and a number."""
LOCK_WAIT = "10min"


def lock(cursor: Any) -> None:
    """Wait until nobody else publishes or decides; until the end of the transaction nobody else does."""
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_WAIT])
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def serve(cursor: Any) -> int:
    """Serve what the champion has said; returns how many tracks are served by another run than before."""
    cursor.execute((SQL / "publish" / "serve.sql").read_text(encoding="utf-8"))
    return int(cursor.rowcount)
