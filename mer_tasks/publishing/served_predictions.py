"""Served predictions, and the lock under which they and the champion change.

In: a cursor of a transaction. Out: the lock is held until its end; ``mer.serving`` has what the champion has said, and
``mer.listing`` what is served.
"""

from typing import Any

from mer_tasks.database.connection import SQL

LOCK = 0x6D657203
"""Key of the advisory lock: "mer" in ASCII and a number."""
LOCK_WAIT = "10min"
ROOM = {"work_mem": "64MB", "max_parallel_workers_per_gather": "0", "gin_pending_list_limit": "64MB"}
"""Memory for each sort and hash of a statement, of which the largest have three or four, and for names of new tracks, which are
sorted into their index in pieces. Parallel workers would share what they hash in /dev/shm, of which a container has 64 MB."""
FEW = 10_000
"""So many tracks are always listed one by one, in seconds."""
MUCH = 0.2
"""From this share of the list on, to make it anew is quicker: a row of it then takes a tenth of the time."""


def room(cursor: Any) -> None:
    """Let the statements of the transaction sort and hash in memory."""
    for name, value in ROOM.items():
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


def lock(cursor: Any) -> None:
    """Wait until nobody else publishes or decides; until the end of the transaction nobody else does, and it has room."""
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_WAIT])
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    room(cursor)


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

    Where there is no champion, what is served is what the latest run said, so that any run may change it. If much of the list
    changes, all of it is made anew, unless somebody reads it for longer than that may wait.
    """
    cursor.execute(statements("changed"), {"run_no": run_no})
    cursor.execute("SELECT mer.tidy_names(), (SELECT count(*) FROM relisted), (SELECT count(*) FROM mer.listing)")
    _, changed, listed = cursor.fetchone()
    if changed < FEW or changed < listed * MUCH or not _listed_anew(cursor):
        cursor.execute(statements("list"))
    cursor.execute(statements("summarise"))


def _listed_anew(cursor: Any) -> bool:
    """Make the list anew; False if somebody keeps it."""
    cursor.execute("SELECT mer.list_anew()")
    cursor.execute(statements("list_anew"))
    cursor.execute("SELECT mer.listed_anew()")
    return bool(cursor.fetchone()[0])


def statements(name: str) -> str:
    """A file of ``sql/publish``."""
    return (SQL / "publish" / f"{name}.sql").read_text(encoding="utf-8")
