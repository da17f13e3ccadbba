"""Interface of an object store: objects by key below one URL, ``file:///folder`` or ``s3://bucket/prefix``.

A write is atomic: readers see the whole object or none. A file is first written under a temporary name and then renamed; a put
to S3 is atomic. A blob never gets other content after its first write. Only pointers (small JSON documents) may change under
their keys, so readers read them again each time. Every failure is raised as an error of :mod:`mer_tasks.errors`. Its
message has the URI.
"""

import math
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mer_tasks.errors import ConfigError

CHUNK = 1 << 20
"""Largest number of bytes that are read at a time."""
MAX_NAMES = 5
"""Largest number of objects that a message names."""
VISIBLE = {code: ascii(chr(code))[1:-1] for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)}
"""Control characters and line separators, each with the escape sequence that messages show in its place."""


@dataclass(frozen=True)
class ObjectInfo:
    """Key, size and version of a listed object.

    Attributes
    ----------
    key : str
        Path of the object below the store's URL, with ``/`` between its parts.
    size : int
        Size in bytes.
    version : str
        Text that changes whenever the content changes: the ETag of S3; inode, size, modification time and change time of a
        file. A program may set the modification time back, but not the change time.
    modified : float
        Time of the last write, in seconds since 1970 by the store's clock; infinite if it is not known. Two infos are equal
        although their times differ, because the same object may be written again.
    """

    key: str
    size: int
    version: str
    modified: float = field(default=math.inf, compare=False)


class LeftOut:
    """What a listing leaves out: how many objects of each kind, and the keys of the first ones.

    Attributes
    ----------
    counts : Counter
        Number of objects of each kind.
    names : dict
        At most :data:`MAX_NAMES` keys of each kind; a folder's key ends with ``/``.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.names: dict[str, list[str]] = defaultdict(list)

    def add(self, kind: str, key: str) -> None:
        """Count the object `key` as one of `kind`."""
        self.counts[kind] += 1
        if len(self.names[kind]) < MAX_NAMES:
            self.names[kind].append(key)

    def named(self, kind: str) -> str:
        """Return the names of a kind, and how many more there are.

        Examples
        --------
        >>> left_out = LeftOut()
        >>> for number in range(7):
        ...     left_out.add("loop", f"rock/{number}/")
        >>> left_out.named("loop")
        "'rock/0/', 'rock/1/', 'rock/2/', 'rock/3/', 'rock/4/' and 2 more"
        """
        more = self.counts[kind] - len(self.names[kind])
        return ", ".join(map(ascii, self.names[kind])) + (f" and {more} more" if more else "")


class ObjectStore(ABC):
    """Object store: the operations that the platform needs.

    Keys are relative paths: they do not start with ``/`` and have no ``..`` part.
    """

    url: str

    def uri(self, key: str) -> str:
        """Return the full address of `key`, for messages and manifests; control characters are escaped."""
        return f"{self.url}/{key.translate(VISIBLE)}"

    @abstractmethod
    def put(self, key: str, data: bytes) -> None:
        """Write `data` under `key` atomically."""

    @abstractmethod
    def put_file(self, key: str, path: Path) -> None:
        """Write the content of the local file `path` under `key` atomically."""

    @abstractmethod
    def chunks(self, key: str, version: str | None = None) -> Iterator[bytes]:
        """Read the content of `key` in pieces of at most 1 MiB.

        Parameters
        ----------
        key : str
        version : str, optional
            Version that the object must have from the first piece to the last, as a listing gave it. None: any version.

        Raises
        ------
        ObjectMissing
            If there is no such object.
        ObjectChanged
            If the object has another version. The pieces that were read are then of no use.
        """

    def get(self, key: str) -> bytes:
        """Read the content of `key`; raise :class:`ObjectMissing` if there is no such object."""
        return b"".join(self.chunks(key))

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Return whether an object with this key exists."""

    @abstractmethod
    def list(self, prefix: str = "", left_out: LeftOut | None = None) -> Iterator[ObjectInfo]:
        """List the objects whose keys start with `prefix`, in order of their keys.

        Parameters
        ----------
        prefix : str
        left_out : LeftOut, optional
            Gets what cannot be an object: ``loop``, a link to a folder that contains it or to itself; ``special``, a pipe, a
            socket or a device; ``bad_key``, an object of a bucket with a key that no file can have. A store may add kinds.
        """

    @abstractmethod
    def delete(self, key: str) -> None:
        """Delete the object with this key; do nothing if there is none."""

    @abstractmethod
    def fetch(self, key: str, scratch: Path) -> Path:
        """Return a local file with the content of `key`: the object's own file, or a copy in the folder `scratch`.

        Use it only for objects that never change, because an existing copy is used again. Raises :class:`ObjectMissing`.
        """


def check_key(key: str) -> str:
    """Return `key` if it is a valid object key; raise :class:`ConfigError` if it is not.

    Examples
    --------
    >>> check_key("runs/r1/split/split.parquet")
    'runs/r1/split/split.parquet'
    >>> check_key("../secret")
    Traceback (most recent call last):
    mer_tasks.errors.ConfigError: object key '../secret': expected a relative path without empty, '.' or '..' parts
    """
    if not key or key.startswith("/") or any(part in ("", ".", "..") for part in key.split("/")):
        raise ConfigError(f"object key {key!r}: expected a relative path without empty, '.' or '..' parts")
    return key
