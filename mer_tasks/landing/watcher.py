"""Watch the landing zone: compare listings, and make one event for each change that has settled.

Input: listings of the landing zone, one after another. Output: an event when files have changed and then nothing changed for a
while. It counts the files that are new, changed and gone since the last event, and names some of them.

Only files that a run reads count: audio, annotation and metadata files. Hidden files do not, since they may still be being
written. A listing is written to a temporary file, its catalogue, and hashed on the way, so memory does not grow with its
length. The catalogue of the last event is stored in the object store under its digest, and the next catalogue is compared with
it.

An empty or missing landing zone makes no event, because a disk that is not mounted looks like that.
"""

import gzip
import hashlib
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

from mer_tasks.errors import ObjectMissing, StoreUnavailable
from mer_tasks.landing.zone import MAX_NAMED_FILES, check_store_outside, role
from mer_tasks.storage.base import ObjectInfo, ObjectStore
from mer_tasks.storage.local import FileStore

EMPTY = hashlib.sha256().hexdigest()
"""Digest of a catalogue without files."""
Entry = tuple[str, int, str]
"""Entry of a catalogue: key, size and version of a file."""
Event = dict[str, Any]
"""A settled change of the landing zone, ready for JSON; :meth:`Watch.poll` lists its keys."""


def write_catalogue(listing: Iterable[ObjectInfo], file: IO[bytes]) -> str:
    """Write one line for each file of `listing` that a run reads, and return the sha256 of all lines, in hex."""
    digest = hashlib.sha256()
    for info in listing:
        if role(info.key) in ("audio", "annotations", "metadata"):
            line = json.dumps([info.key, info.size, info.version]).encode() + b"\n"
            digest.update(line)
            file.write(line)
    return digest.hexdigest()


def read_catalogue(file: Iterable[bytes]) -> Iterator[Entry]:
    """Yield the entries that :func:`write_catalogue` wrote."""
    for line in file:
        key, size, version = json.loads(line)
        yield key, size, version


@dataclass
class Changes:
    """Differences between two catalogues.

    Attributes
    ----------
    new, changed, gone : int
        Number of files.
    annotations, metadata : bool
        Whether an annotation file, or a metadata file, is among them.
    named : list of str
        The first :data:`~mer_tasks.landing.zone.MAX_NAMED_FILES` of them, each after the word new, changed or gone.
    """

    new: int = 0
    changed: int = 0
    gone: int = 0
    annotations: bool = False
    metadata: bool = False
    named: list[str] = field(default_factory=list)

    def add(self, word: str, key: str) -> None:
        """Count the file `key` as `word`, which is "new", "changed" or "gone"."""
        setattr(self, word, getattr(self, word) + 1)
        self.annotations |= role(key) == "annotations"
        self.metadata |= role(key) == "metadata"
        if len(self.named) < MAX_NAMED_FILES:
            self.named.append(f"{word} {key.encode('utf-8', 'backslashreplace').decode()}")


def compare_catalogues(before: Iterable[Entry], after: Iterable[Entry]) -> Changes:
    """Compare two catalogues.

    Parameters
    ----------
    before, after : iterable of Entry
        Entries in order of the bytes of their keys. One entry of each is in memory at a time.

    Examples
    --------
    >>> compare_catalogues([("rock/1.mp3", 5, "a")], [("rock/1.mp3", 6, "b"), ("rock/2.mp3", 5, "c")]).named
    ['changed rock/1.mp3', 'new rock/2.mp3']
    """
    changes = Changes()
    both = merge(_with_side("before", before), _with_side("after", after), key=itemgetter(0))
    for _, group in groupby(both, key=itemgetter(0)):
        entries = {side: entry for _, side, entry in group}
        if "before" not in entries:
            changes.add("new", entries["after"][0])
        elif "after" not in entries:
            changes.add("gone", entries["before"][0])
        elif entries["before"] != entries["after"]:
            changes.add("changed", entries["after"][0])
    return changes


def _with_side(side: str, entries: Iterable[Entry]) -> Iterator[tuple[bytes, str, Entry]]:
    """Yield for each entry the bytes of its key, its side ("before" or "after"), and the entry."""
    return ((os.fsencode(entry[0]), side, entry) for entry in entries)


@dataclass
class SettleTimer:
    """Timer that detects when a change of the landing zone has settled.

    Attributes
    ----------
    seconds : float
        How long the landing zone must stay the same.
    last_event : str
        Digest of the catalogue of the last event.

    Examples
    --------
    >>> timer = SettleTimer(seconds=60)
    >>> [timer.observe("digest of the listing", now) for now in (0, 30, 60)]
    [False, False, True]
    """

    seconds: float
    last_event: str = EMPTY
    _seen: str | None = None
    _since: float = 0.0

    def observe(self, digest: str, now: float) -> bool:
        """Return whether a new event is due, when the catalogue has this digest at the monotonic time `now`."""
        if digest != self._seen:
            self._seen = digest
            self._since = now
        return digest not in (self.last_event, EMPTY) and now - self._since >= self.seconds


class CatalogueStore:
    """The stored catalogues of one landing zone.

    Parameters
    ----------
    store : ObjectStore
        Object store that the catalogues are stored in.
    landing : str
        URL of the landing zone.
    """

    def __init__(self, store: ObjectStore, landing: str) -> None:
        self._store = store
        self._prefix = f"pointers/watch/{hashlib.sha256(landing.encode()).hexdigest()[:16]}/"

    def _key(self, digest: str) -> str:
        return f"{self._prefix}{digest}.jsonl.gz"

    def save(self, digest: str, file: IO[bytes]) -> None:
        """Compress the catalogue in `file` and store it under its digest."""
        with tempfile.NamedTemporaryFile() as packed:
            with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1, mtime=0) as lines:
                for line in file:
                    lines.write(line)
            packed.flush()
            self._store.put_file(self._key(digest), Path(packed.name))

    def read(self, digest: str) -> Iterator[Entry]:
        """Yield the entries of a stored catalogue; no entries if it is not stored."""
        with tempfile.TemporaryFile() as packed:
            try:
                for chunk in self._store.chunks(self._key(digest)):
                    packed.write(chunk)
            except ObjectMissing:
                return
            packed.seek(0)
            with gzip.GzipFile(fileobj=packed) as lines:
                yield from read_catalogue(lines)

    def delete_except(self, digests: Iterable[str]) -> None:
        """Delete all stored catalogues except those with these digests."""
        needed = {self._key(digest) for digest in digests}
        for key in [info.key for info in self._store.list(self._prefix) if info.key not in needed]:
            self._store.delete(key)


class Watch:
    """Watcher of one landing zone: each poll lists it, and returns an event if a change has settled.

    Parameters
    ----------
    landing, store : ObjectStore
        See :meth:`use_stores`.
    settle_seconds : float
        How long the landing zone must stay the same before a change makes an event.
    processed : str
        Digest of the catalogue of the last event that was processed, which means that it can no longer be lost.
    clock : callable
        Returns the seconds of a monotonic clock.
    """

    def __init__(
        self,
        landing: ObjectStore,
        store: ObjectStore,
        settle_seconds: float,
        processed: str = EMPTY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lock = threading.Lock()  # a catalogue that one thread is storing must not be deleted as old by another
        self.use_stores(landing, store)
        self._clock = clock
        self._processed = processed
        self._timer = SettleTimer(settle_seconds, processed)

    def use_stores(self, landing: ObjectStore, store: ObjectStore) -> None:
        """Use these objects from now on, for example after both stores were opened again.

        Parameters
        ----------
        landing : ObjectStore
            The landing zone.
        store : ObjectStore
            The object store, for the catalogues.

        Raises
        ------
        ConfigError
            If the landing zone contains the store.
        """
        check_store_outside(landing.url, store.url)
        self._landing = landing
        self._catalogues = CatalogueStore(store, landing.url)

    def poll(self) -> Event | None:
        """List the landing zone once, and return an event if a change has settled.

        Returns
        -------
        dict or None
            ``landing``, ``digest``, ``new``, ``changed``, ``gone``, ``annotations``, ``metadata`` and ``named``, ready for
            JSON. The catalogue is in the store when this returns. None if there is no settled change.

        Raises
        ------
        MerError
            If the landing zone or the store cannot be used.
        """
        if isinstance(self._landing, FileStore) and not self._landing.root.is_dir():
            raise StoreUnavailable(f"{self._landing.url}: no such folder, expected the landing zone")
        with self._lock, tempfile.TemporaryFile() as file:
            digest = write_catalogue(self._landing.list(), file)
            if not self._timer.observe(digest, self._clock()):
                return None
            file.seek(0)
            changes = compare_catalogues(self._catalogues.read(self._timer.last_event), read_catalogue(file))
            file.seek(0)
            self._catalogues.save(digest, file)
            self._timer.last_event = digest
        return {"landing": self._landing.url, "digest": digest, **asdict(changes)}

    def mark_processed(self, digest: str) -> None:
        """Record that the event with this digest can no longer be lost, and delete older catalogues."""
        with self._lock:
            self._processed = digest
            self._catalogues.delete_except((digest, self._timer.last_event))

    def resend_event(self) -> None:
        """Make the next poll return the last event again, because it was lost."""
        self._timer.last_event = self._processed
