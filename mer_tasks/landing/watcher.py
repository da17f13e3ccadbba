"""What has changed in the landing zone, and whether the change has settled.

In: listings of the landing zone, one after the other. Out: one event for each change that nothing was added to for a while:
how many files are new, changed and gone since the last event, and some of their names.

Only files that a run would read count: audio and annotations, not what is still being written under a hidden name. A listing
is streamed to a temporary file and hashed on the way, so memory does not grow with it. The catalogue of the last event is kept
in the object store under its digest, for the next one to be compared with. A landing zone that is empty, or not there, is no
change: that is what a disk which is not mounted looks like.
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
from mer_tasks.landing.zone import NAMED, check_apart, role
from mer_tasks.storage.base import ObjectInfo, ObjectStore
from mer_tasks.storage.local import FileStore

EMPTY = hashlib.sha256().hexdigest()
"""Digest of a catalogue without files."""
Entry = tuple[str, int, str]
"""Key, size and version of a file."""
Event = dict[str, Any]


def write_catalogue(listing: Iterable[ObjectInfo], file: IO[bytes]) -> str:
    """Write a line for each file of `listing` that a run would read; returns the sha256 of them all, in hex."""
    digest = hashlib.sha256()
    for info in listing:
        if role(info.key) in ("audio", "annotations"):
            line = json.dumps([info.key, info.size, info.version]).encode() + b"\n"
            digest.update(line)
            file.write(line)
    return digest.hexdigest()


def read_catalogue(file: Iterable[bytes]) -> Iterator[Entry]:
    """The entries that :func:`write_catalogue` wrote."""
    for line in file:
        key, size, version = json.loads(line)
        yield key, size, version


@dataclass
class Changes:
    """How one catalogue differs from another.

    Attributes
    ----------
    new, changed, gone : int
        Files.
    annotations : bool
        Whether an annotation file is among them.
    named : list of str
        The first of them, each with what became of it.
    """

    new: int = 0
    changed: int = 0
    gone: int = 0
    annotations: bool = False
    named: list[str] = field(default_factory=list)

    def add(self, word: str, key: str) -> None:
        """Count a file that is `word`."""
        setattr(self, word, getattr(self, word) + 1)
        self.annotations |= role(key) == "annotations"
        if len(self.named) < NAMED:
            self.named.append(f"{word} {key.encode('utf-8', 'backslashreplace').decode()}")


def changes(before: Iterable[Entry], after: Iterable[Entry]) -> Changes:
    """Compare two catalogues, both in order of their keys' bytes; of each only one entry is held at a time."""
    found = Changes()
    both = merge(_side("before", before), _side("after", after), key=itemgetter(0))
    for _, group in groupby(both, key=itemgetter(0)):
        entries = {side: entry for _, side, entry in group}
        if "before" not in entries:
            found.add("new", entries["after"][0])
        elif "after" not in entries:
            found.add("gone", entries["before"][0])
        elif entries["before"] != entries["after"]:
            found.add("changed", entries["after"][0])
    return found


def _side(name: str, entries: Iterable[Entry]) -> Iterator[tuple[bytes, str, Entry]]:
    return ((os.fsencode(entry[0]), name, entry) for entry in entries)


@dataclass
class Settling:
    """Tells when a change has come to rest.

    Attributes
    ----------
    seconds : float
        So long must the landing zone stay as it is.
    told : str
        Digest of the catalogue that the last event was about.
    """

    seconds: float
    told: str = EMPTY
    _seen: str | None = None
    _since: float = 0.0

    def observe(self, digest: str, now: float) -> bool:
        """Whether the landing zone, which has this digest at monotonic time `now`, is worth an event."""
        if digest != self._seen:
            self._seen, self._since = digest, now
        return digest not in (self.told, EMPTY) and now - self._since >= self.seconds


class Catalogues:
    """Catalogues of one landing zone, kept in the store.

    Parameters
    ----------
    store : ObjectStore
    landing : str
        URL of the landing zone.
    """

    def __init__(self, store: ObjectStore, landing: str) -> None:
        self._store = store
        self._prefix = f"pointers/watch/{hashlib.sha256(landing.encode()).hexdigest()[:16]}/"

    def _key(self, digest: str) -> str:
        return f"{self._prefix}{digest}.jsonl.gz"

    def keep(self, digest: str, file: IO[bytes]) -> None:
        """Keep the catalogue that lies in `file`."""
        with tempfile.NamedTemporaryFile() as packed:
            with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1, mtime=0) as lines:
                for line in file:
                    lines.write(line)
            packed.flush()
            self._store.put_file(self._key(digest), Path(packed.name))

    def read(self, digest: str) -> Iterator[Entry]:
        """Entries of a catalogue; none if it is not kept."""
        with tempfile.TemporaryFile() as packed:
            try:
                for chunk in self._store.chunks(self._key(digest)):
                    packed.write(chunk)
            except ObjectMissing:
                return
            packed.seek(0)
            with gzip.GzipFile(fileobj=packed) as lines:
                yield from read_catalogue(lines)

    def forget(self, but: Iterable[str]) -> None:
        """Remove all catalogues but those of the digests `but`."""
        kept = {self._key(digest) for digest in but}
        for key in [info.key for info in self._store.list(self._prefix) if info.key not in kept]:
            self._store.delete(key)


class Watch:
    """Looks at a landing zone from time to time, and says what has changed and settled.

    Parameters
    ----------
    landing, store : ObjectStore
        As for :meth:`use`.
    settle_seconds : float
    processed : str
        Digest of the catalogue that the last event was about which nobody will lose any more.
    clock : callable
        Seconds of a clock that nobody sets.
    """

    def __init__(
        self,
        landing: ObjectStore,
        store: ObjectStore,
        settle_seconds: float,
        processed: str = EMPTY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lock = threading.Lock()  # what is just being kept must not be taken for old
        self.use(landing, store)
        self._clock, self._processed = clock, processed
        self._settling = Settling(settle_seconds, processed)

    def use(self, landing: ObjectStore, store: ObjectStore) -> None:
        """Go on with these, which may have been opened anew.

        Raises
        ------
        ConfigError
            If the landing zone holds the store.
        """
        check_apart(landing.url, store.url)
        self._landing, self._catalogues = landing, Catalogues(store, landing.url)

    def look(self) -> Event | None:
        """List the landing zone once; an event when a change has settled.

        Returns
        -------
        dict or None
            ``landing``, ``digest``, ``new``, ``changed``, ``gone``, ``annotations`` and ``named``, ready for JSON. The
            catalogue is in the store then.

        Raises
        ------
        MerError
            If the landing zone or the store cannot be used.
        """
        if isinstance(self._landing, FileStore) and not self._landing.root.is_dir():
            raise StoreUnavailable(f"{self._landing.url}: no such folder, expected the landing zone")
        with self._lock, tempfile.TemporaryFile() as file:
            digest = write_catalogue(self._landing.list(), file)
            if not self._settling.observe(digest, self._clock()):
                return None
            file.seek(0)
            found = changes(self._catalogues.read(self._settling.told), read_catalogue(file))
            file.seek(0)
            self._catalogues.keep(digest, file)
            self._settling.told = digest
        return {"landing": self._landing.url, "digest": digest, **asdict(found)}

    def settled(self, digest: str) -> None:
        """The event of that digest will not be lost any more: older catalogues may go."""
        with self._lock:
            self._processed = digest
            self._catalogues.forget(but=(digest, self._settling.told))

    def again(self) -> None:
        """The last event was lost: tell it again."""
        self._settling.told = self._processed
