"""Served predictions: which run's predictions the database shows for each track, and the lock that changes of them need.

Input: a cursor of a transaction. Output: ``mer.serving`` has, for each track, the run whose predictions by the champion are
served, and ``mer.listing`` has the served predictions themselves. The lock is held until the end of the transaction.
"""

from typing import Any

from mer_tasks.database.connection import SQL

LOCK = 0x6D657203
"""Key of the advisory lock: "mer" in ASCII and a number."""
LOCK_WAIT = "10min"
MEMORY_SETTINGS = {"work_mem": "64MB", "max_parallel_workers_per_gather": "0", "gin_pending_list_limit": "64MB"}
"""Postgres settings of a publishing transaction. ``work_mem`` is for each sort and hash; the largest statements have three or
four of them. The pending list is for names of new tracks, which are sorted into their index piece by piece. Parallel workers
are off, because they would share their hash tables in /dev/shm, which has only 64 MB in a container."""
REBUILD_MIN_TRACKS = 10_000
"""If fewer tracks change, the listing is updated row by row, which takes seconds at most."""
REBUILD_MIN_SHARE = 0.2
"""If a smaller share of the listing changes, it is updated row by row. From this share on a rebuild is quicker, because it
takes a tenth of the time for each row."""


def set_memory(cursor: Any) -> None:
    """Set ``MEMORY_SETTINGS`` for the transaction, so that its statements sort and hash in memory."""
    for name, value in MEMORY_SETTINGS.items():
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])


def lock_served_predictions(cursor: Any) -> None:
    """Take the advisory lock on the champion and the served predictions, until the end of the transaction.

    Only one transaction at a time can publish or decide on a champion. This one waits up to ``LOCK_WAIT`` for another, and then
    gets ``MEMORY_SETTINGS``.
    """
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_WAIT])
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    set_memory(cursor)


def serve(cursor: Any, run_no: int | None = None) -> int:
    """Serve the champion's predictions, and update the listing.

    Parameters
    ----------
    cursor : psycopg2 cursor
    run_no : int, optional
        Number of the run that this transaction published, if it did.

    Returns
    -------
    int
        Number of tracks that are now served from another run than before.
    """
    cursor.execute(read_statements("serve"))
    served = int(cursor.rowcount)
    update_listing(cursor, run_no)
    return served


def update_listing(cursor: Any, run_no: int | None = None) -> None:
    """Update ``mer.listing`` after the champion changed or a run was published.

    Before the first promotion the predictions of the latest run are served, so every published run can change the listing. If a
    large part of the listing changes, it is rebuilt; if another transaction reads it for too long, it is updated row by row.

    Parameters
    ----------
    cursor : psycopg2 cursor
    run_no : int, optional
        Number of the run that this transaction published, if it did.
    """
    cursor.execute(read_statements("changed"), {"run_no": run_no})
    cursor.execute("SELECT mer.tidy_names(), (SELECT count(*) FROM relisted), (SELECT count(*) FROM mer.listing)")
    _, changed, listed = cursor.fetchone()
    few_changes = changed < REBUILD_MIN_TRACKS or changed < listed * REBUILD_MIN_SHARE
    if few_changes or not _rebuild_listing(cursor):
        cursor.execute(read_statements("list"))
    cursor.execute(read_statements("summarise"))


def _rebuild_listing(cursor: Any) -> bool:
    """Rebuild the listing; return False if another transaction reads it and it could not be replaced."""
    cursor.execute("SELECT mer.list_anew()")
    cursor.execute(read_statements("list_anew"))
    cursor.execute("SELECT mer.listed_anew()")
    return bool(cursor.fetchone()[0])


def read_statements(name: str) -> str:
    """Read the SQL statements of the file `name` in ``sql/publish``."""
    return (SQL / "publish" / f"{name}.sql").read_text(encoding="utf-8")
