"""Interface of an object store: objects by key below one URL, ``file:///folder`` or ``s3://bucket/prefix``.

A write is atomic: readers see the whole object or none. A file is first written under a temporary name and then renamed; a put
to S3 is atomic. A blob never gets other content after its first write. Only pointers (small JSON documents) may change under
their keys, so readers read them again each time. Every failure is raised as an error of :mod:`mer_tasks.errors`. Its
message has the URI.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mer_tasks.errors import ConfigError

CHUNK = 1 << 20
"""Largest number of bytes that are read at a time."""


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
        Text that changes whenever the content changes: the ETag of S3, or inode, size and modification time of a file.
    modified : float
        Time of the last write, in seconds since 1970 by the store's clock; infinite if it is not known. Two infos are equal
        although their times differ, because the same object may be written again.
    """

    key: str
    size: int
    version: str
    modified: float = field(default=math.inf, compare=False)


class ObjectStore(ABC):
    """Object store: the operations that the platform needs.

    Keys are relative paths: they do not start with ``/`` and have no ``..`` part.
    """

    url: str

    def uri(self, key: str) -> str:
        """Return the full address of `key`, for messages and manifests."""
        return f"{self.url}/{key}"

    @abstractmethod
    def put(self, key: str, data: bytes) -> None:
        """Write `data` under `key` atomically."""

    @abstractmethod
    def put_file(self, key: str, path: Path) -> None:
        """Write the content of the local file `path` under `key` atomically."""

    @abstractmethod
    def chunks(self, key: str) -> Iterator[bytes]:
        """Read the content of `key` in pieces of at most 1 MiB; raise :class:`ObjectMissing` if there is no such object."""

    def get(self, key: str) -> bytes:
        """Read the content of `key`; raise :class:`ObjectMissing` if there is no such object."""
        return b"".join(self.chunks(key))

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Return whether an object with this key exists."""

    @abstractmethod
    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """List the objects whose keys start with `prefix`, in order of their keys."""

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
