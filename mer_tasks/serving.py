"""Served predictions, and the lock under which they and the champion change.

In: a cursor of a transaction. Out: the lock is held until its end; ``mer.serving`` has what the champion has said, and
``mer.listing`` what is served.
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


def serve(cursor: Any, run_no: int | None = None) -> int:
    """Serve what the champion has said; returns how many tracks are served by another run than before.

    `run_no` is that of the run that was just published, if one was.
    """
    cursor.execute(statements("serve"))
    served = int(cursor.rowcount)
    relist(cursor, run_no)
    return served


def relist(cursor: Any, run_no: int | None = None) -> None:
    """List what is served: after each change of the champion, and after a run was published, whose number is `run_no`.

    Where there is no champion, what is served is what the latest run said, so that any run may change it.
    """
    cursor.execute(statements("list"), {"run_no": run_no})


def statements(name: str) -> str:
    """A file of ``sql/publish``."""
    return (SQL / "publish" / f"{name}.sql").read_text(encoding="utf-8")
