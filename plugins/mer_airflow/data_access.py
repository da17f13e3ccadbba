"""Where the MER pages find things: the database as its reader, the documents of runs, the audio of tracks.

In: the environment of Airflow's API server. Out: a reader, runs, and local files; nothing is connected to before it is needed.
"""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from mer_airflow.connections import use_store_connection
from mer_tasks.config import Config
from mer_tasks.database.reader import Reader
from mer_tasks.errors import ConfigError, ObjectMissing
from mer_tasks.runs.run import Run, run_as_published, safe_name
from mer_tasks.runs.shards import line_of
from mer_tasks.storage.local import TEMPORARY

KEPT_BYTES = 1 << 30
"""Of copies of remote objects; beyond it the oldest go."""
IN_USE_SECONDS = 3600


class NotSetUp(ConfigError):
    """The environment lacks what the pages need."""


@cache
def reader_at(url: str) -> Reader:
    """The reader of the database at `url`: one for this process."""
    return Reader(url)


def reader() -> Reader:
    """The reader of the database that ``MER_READER_URL`` names; raises :class:`NotSetUp` without one."""
    url = os.environ.get("MER_READER_URL")
    if not url:
        raise NotSetUp("no database to read: expected MER_READER_URL, the URL of mer_reader, for Airflow's API server")
    try:
        return reader_at(url)
    except ConfigError as error:
        raise NotSetUp(f"MER_READER_URL: {error}") from None


def unpublished_run(name: str) -> Run:
    """A run that the database does not have, by its name or that of its DAG run, in the store of the environment."""
    return _run(safe_name(name), None)


def published_run(row: Mapping[str, Any]) -> Run:
    """A run by what the database has of it: ``run_id``, ``config`` and ``store_url``."""
    return run_as_published(_run(row["run_id"], row["store_url"]), row["run_id"], row["config"])


def _run(run_id: str, store_url: str | None) -> Run:
    use_store_connection()
    config = Config.load({"store_url": store_url})
    scratch = config.scratch_dir / "pages"
    trim(scratch, KEPT_BYTES)
    return Run(config.model_copy(update={"scratch_dir": scratch}), run_id)


def report_of(run: Run) -> bytes | None:
    """The report on a run; None if it has none."""
    try:
        return run.store.get(run.manifest("report")["report"])
    except ObjectMissing:
        return None


def audio_of(run: Run, genre: str, track_id: str) -> Path:
    """A local file with the audio of a track as `run` heard it: FLAC.

    Raises
    ------
    ObjectMissing
        If it is gone, or the run never had the track.
    TransientError, AccessDenied
        When the store does not answer.
    """
    line = line_of(run, "reformat", genre, track_id)
    if line is None:
        raise ObjectMissing(f"track {track_id!r}: no audio of it in run {run.run_id!r}")
    try:
        path = run.store.fetch(line["audio_key"], run.config.scratch_dir)
    except ObjectMissing as error:
        raise ObjectMissing(
            f"track {track_id!r}: its audio is gone ({error}); `reformat` of another run makes it again"
        ) from None
    if run.config.scratch_dir in path.parents:
        os.utime(path)  # for `trim`: a track that is listened to again stays
    return path


def trim(folder: Path, limit: int) -> None:
    """Remove the files of `folder` that were used longest ago, until the others have at most `limit` bytes.

    What is being written, or was used within the last hour and may be played now, stays.
    """
    kept = 0
    found = []
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # another request may have removed it
            if path.is_file() and not path.name.startswith(TEMPORARY):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
    for used, size, path in sorted(found, reverse=True):
        kept += size
        if kept > limit and used < time.time() - IN_USE_SECONDS:
            path.unlink(missing_ok=True)
