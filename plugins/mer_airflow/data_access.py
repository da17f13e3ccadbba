"""Data access of the MER pages: the database (as role ``mer_reader``), the documents of runs, and the audio of tracks.

In: the environment of Airflow's API server. Out: a reader, runs, and local files. Connections are opened when they are first
needed.
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
from mer_tasks.runs.shards import reported_track
from mer_tasks.storage.local import TEMPORARY

CACHE_BYTES = 1 << 30
"""Limit of the local copies of remote objects; beyond it, the copies that were used longest ago are removed."""
IN_USE_SECONDS = 3600
"""A copy that was used within this time may be playing, and is never removed."""


class NotSetUp(ConfigError):
    """The environment lacks a setting that the pages need."""


@cache
def reader_at(url: str) -> Reader:
    """Return this process's only reader of the database at `url`."""
    return Reader(url)


def reader() -> Reader:
    """Return the reader of the database at ``MER_READER_URL``; raises :class:`NotSetUp` if it is missing or malformed."""
    url = os.environ.get("MER_READER_URL")
    if not url:
        raise NotSetUp("no database to read: expected MER_READER_URL, the URL of mer_reader, for Airflow's API server")
    try:
        return reader_at(url)
    except ConfigError as error:
        raise NotSetUp(f"MER_READER_URL: {error}") from None


def unpublished_run(name: str) -> Run:
    """Open a run that is not in the database, in the environment's object store; `name` is its id or that of its DAG run."""
    return _run(safe_name(name), None)


def published_run(row: Mapping[str, Any]) -> Run:
    """Open a published run from its database row, which has ``run_id``, ``config`` and ``store_url``."""
    return run_as_published(_run(row["run_id"], row["store_url"]), row["run_id"], row["config"])


def _run(run_id: str, store_url: str | None) -> Run:
    use_store_connection()
    config = Config.load({"store_url": store_url})
    scratch = config.scratch_dir / "pages"
    trim(scratch, CACHE_BYTES)
    return Run(config.model_copy(update={"scratch_dir": scratch}), run_id)


def report_of(run: Run) -> bytes | None:
    """Read the report (HTML) of a run; returns None if the run has no report."""
    try:
        return run.store.get(run.manifest("report")["report"])
    except ObjectMissing:
        return None


def audio_of(run: Run, genre: str, track_id: str) -> Path:
    """Fetch the audio of a track, in the form that `run` processed, into a local FLAC file.

    Raises
    ------
    ObjectMissing
        If the audio has been deleted, or the run does not contain the track.
    TransientError, AccessDenied
        If the object store does not answer, or refuses.
    """
    line = reported_track(run, "reformat", genre, track_id)
    if line is None:
        raise ObjectMissing(f"track {track_id!r}: no audio of it in run {run.run_id!r}")
    try:
        path = run.store.fetch(line["audio_key"], run.config.scratch_dir)
    except ObjectMissing as error:
        raise ObjectMissing(
            f"track {track_id!r}: its audio is gone ({error}); `reformat` of another run makes it again"
        ) from None
    if run.config.scratch_dir in path.parents:
        os.utime(path)  # marks the copy as just used, so that `trim` keeps it
    return path


def trim(folder: Path, limit: int) -> None:
    """Remove the files of `folder` that were used longest ago, until the remaining files have at most `limit` bytes.

    Files that are still being written stay, and so do files that were used within the last hour: they may be playing now.
    """
    remaining_bytes = 0
    files = []
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # another request may have removed it
            if path.is_file() and not path.name.startswith(TEMPORARY):
                status = path.stat()
                files.append((status.st_mtime, status.st_size, path))
    for last_used, size, path in sorted(files, reverse=True):
        remaining_bytes += size
        if remaining_bytes > limit and last_used < time.time() - IN_USE_SECONDS:
            path.unlink(missing_ok=True)
