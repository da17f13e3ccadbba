"""Content hashes of the landed files, which are stored between runs: only new and changed files are read.

Input: the landing zone, and the table of hashes of the last run. Output: the sha256 of each file, and the next table. The table
also has, for each file, whether it was the track with its id; :mod:`mer_tasks.landing.duplicate_ids` needs that.

A file is read again if its version differs from the stored one: neither its time nor its size decides alone
(:attr:`~mer_tasks.storage.base.ObjectInfo.version`). The hash is stored with the version that was read from the first byte to
the last, so a file that is written meanwhile is never stored under a version whose content was not hashed.
"""

import hashlib
import io
import logging
from collections.abc import Collection, Sequence
from dataclasses import replace
from multiprocessing.pool import ThreadPool

import pandas as pd

from mer_tasks.errors import AccessDenied, ObjectChanged, ObjectMissing
from mer_tasks.landing.duplicate_ids import has_id
from mer_tasks.landing.zone import LandedFile, content_hash, genre_of
from mer_tasks.runs.documents import parquet_table
from mer_tasks.storage.base import ObjectInfo, ObjectStore

logger = logging.getLogger(__name__)

HASH_COLUMNS = ["key", "size", "version", "sha256"]
FIRST = "first"
"""Column that says whether the file was the track with its id; tables of earlier versions lack it."""
READERS = 8
"""Threads that read new files. Most of the time a thread waits for the store."""
BATCH_SIZE = 1 << 10
"""New files that are given to the threads at a time."""
ATTEMPTS = 3
"""How many times a file is read that somebody writes meanwhile, before it is rejected."""


class LandedHashes:
    """Hashes of the files of one landing zone.

    Parameters
    ----------
    store : ObjectStore
        Store in which the table of hashes lies.
    landing : ObjectStore
        The landing zone.
    """

    def __init__(self, store: ObjectStore, landing: ObjectStore) -> None:
        self._store = store
        self._landing = landing
        self._key = f"pointers/discover/{hashlib.sha256(landing.url.encode()).hexdigest()[:16]}/hashes.parquet"
        self._before = self._load()
        self._now: dict[str, tuple[ObjectInfo, str]] = {}

    def _load(self) -> dict[str, tuple[ObjectInfo, str, bool]]:
        try:
            table = parquet_table(self._store.get(self._key))
            rows = zip(table[HASH_COLUMNS].to_numpy(), table.get(FIRST, [False] * len(table)), strict=True)
            return {key: (ObjectInfo(key, size, version), sha, bool(first)) for (key, size, version, sha), first in rows}
        except ObjectMissing:
            return {}
        except (ValueError, KeyError, OSError) as error:  # pyarrow's errors are subclasses of these
            logger.warning("%s: %s; all files are read again", self._store.uri(self._key), str(error).splitlines()[0])
            return {}

    def is_unchanged(self, info: ObjectInfo) -> bool:
        """Return whether the size and the version of the file are those of the last run."""
        return info.key in self._before and self._before[info.key][0] == info

    def hashed(self, file: LandedFile) -> LandedFile:
        """Return a file with the hash of its content, or rejected as ``unreadable`` or ``changed``.

        The file is read only if it is new or changed. If somebody writes it meanwhile, it is returned with its newest version.
        Several threads may call this at the same time.

        Raises
        ------
        AccessDenied, ObjectMissing, TransientError
            If the landing zone as a whole cannot be used.
        """
        if file.reason == "bad_name":
            return file
        try:
            info, sha256 = self._read(file.info)
        except (AccessDenied, ObjectMissing) as error:
            # If the landing zone can still be listed, only this file is lost or locked. If not, listing it raises the error.
            next(self._landing.list(file.info.key[: file.info.key.rfind("/") + 1]), None)
            return replace(file, reason=file.reason or "unreadable", detail=file.detail or str(error))
        except ObjectChanged as error:
            return replace(file, reason=file.reason or "changed", detail=file.detail or str(error))
        self._now[info.key] = (info, sha256)
        return replace(file, info=info, sha256=sha256)

    def _read(self, info: ObjectInfo) -> tuple[ObjectInfo, str]:
        """Return the hash of one version of a file, and this version, which is newer than `info` if somebody wrote the file."""
        if self.is_unchanged(info):
            return info, self._before[info.key][1]
        for attempts_left in reversed(range(ATTEMPTS)):
            try:
                return info, content_hash(self._landing, info.key, info.version)
            except ObjectChanged:
                if not attempts_left:
                    raise
            present = next((found for found in self._landing.list(info.key) if found.key == info.key), None)
            if present is None:
                raise ObjectMissing(f"{self._landing.uri(info.key)}: no such object")
            if present == info:  # this server gives an object one version in a listing and another when it is read
                return info, content_hash(self._landing, info.key)
            info = present
        raise AssertionError("the last attempt returns or raises")

    def all_hashed(self, files: Sequence[LandedFile]) -> list[LandedFile]:
        """Return all files as :meth:`hashed` does; new files are read in parallel."""
        new_files = [file for file in files if not self.is_unchanged(file.info)]
        read: dict[str, LandedFile] = {}
        with ThreadPool(READERS) as pool:  # an interrupted command does not wait for the threads of this pool
            for start in range(0, len(new_files), BATCH_SIZE):
                batch = new_files[start : start + BATCH_SIZE]
                read.update((file.info.key, file) for file in pool.imap(self.hashed, batch))
        return [read.get(file.info.key) or self.hashed(file) for file in files]

    def first_files(self, track_ids: Collection[str]) -> dict[str, tuple[str, str]]:
        """Return key and sha256 of the files that were the tracks with these ids in the last run."""
        first = (LandedFile(info, None, sha256=sha256) for info, sha256, is_first in self._before.values() if is_first)
        return {file.track_id: (file.info.key, file.sha256 or "") for file in first if file.track_id in track_ids}

    def counters(self) -> dict[str, int]:
        """Count the files that this run ``hashed``, and the files whose hash was already ``known``."""
        unchanged = sum(self.is_unchanged(info) for info, _ in self._now.values())
        return {"hashed": len(self._now) - unchanged, "known": unchanged}

    def changes(self, files: Sequence[LandedFile], genres: Sequence[str]) -> dict[str, int]:
        """Count the ``new``, ``changed`` and ``gone`` files of the chosen genres since the last run."""
        present = {file.info.key for file in files}
        before = {key: known[1] for key, known in self._before.items() if not genres or genre_of(key) in genres}
        changed = sum(key in before and before[key] != sha256 for key, (_, sha256) in self._now.items())
        return {"new": len(present - before.keys()), "changed": changed, "gone": len(before.keys() - present)}

    def save(self, files: Sequence[LandedFile], genres: Sequence[str]) -> None:
        """Store the table for the next run.

        Parameters
        ----------
        files : sequence of LandedFile
            All files of the landing zone, as this run has accepted or rejected them.
        genres : sequence of str
            The chosen genres. Files of other genres keep their row, and so do files that could not be read.
        """
        listed = {file.info.key for file in files}
        kept = [key for key in self._before if key in listed or (genres and genre_of(key) not in genres)]
        rows = {key: self._before[key] for key in kept} | {key: (*read, False) for key, read in self._now.items()}
        first = {file.info.key: file.track_id for file in files if has_id(file) and file.info.key in rows}
        taken = set(first.values())  # only by files with a row: a file of another genre that was moved has none yet
        table = [
            (key, info.size, info.version, sha256, key in first or (was_first and LandedFile(info, None).track_id not in taken))
            for key, (info, sha256, was_first) in rows.items()
        ]
        buffer = io.BytesIO()
        pd.DataFrame(table, columns=[*HASH_COLUMNS, FIRST]).to_parquet(buffer, index=False)
        self._store.put(self._key, buffer.getvalue())
