"""Objects by key under one URL: ``file:///folder`` or ``s3://bucket/prefix``.

A write is whole or absent: a file is renamed into place, an S3 put is atomic. Blobs are never written twice with other
content; what may change under its key is a pointer (a small JSON document), and readers re-read it. Every failure leaves
here as one of the errors of :mod:`mer_tasks.errors`, with the URI in its message.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mer_tasks.errors import ConfigError

CHUNK = 1 << 20
"""Bytes that are read at a time."""


@dataclass(frozen=True)
class ObjectInfo:
    """One listed object.

    Attributes
    ----------
    key : str
        Path below the store's URL, with ``/`` between its parts.
    size : int
        Bytes.
    version : str
        Changes whenever the content does: S3's ETag, or inode, size and modification time of a file.
    modified : float
        When it was written, in seconds since 1970 by the store's clock; infinite where that is not known. Not compared: the
        same object may be written again.
    """

    key: str
    size: int
    version: str
    modified: float = field(default=math.inf, compare=False)


class ObjectStore(ABC):
    """What the platform asks of a store. Keys are relative, never start with ``/`` and have no ``..`` part."""

    url: str

    def uri(self, key: str) -> str:
        """Full address of `key`, for messages and manifests."""
        return f"{self.url}/{key}"

    @abstractmethod
    def put(self, key: str, data: bytes) -> None:
        """Write `data` under `key`, whole or not at all."""

    @abstractmethod
    def put_file(self, key: str, path: Path) -> None:
        """Write the content of the local file `path` under `key`, whole or not at all."""

    @abstractmethod
    def chunks(self, key: str) -> Iterator[bytes]:
        """Content of `key` in pieces of at most 1 MiB; raises :class:`ObjectMissing`."""

    def get(self, key: str) -> bytes:
        """Content of `key`; raises :class:`ObjectMissing`."""
        return b"".join(self.chunks(key))

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Whether `key` is there."""

    @abstractmethod
    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Objects whose key starts with `prefix`, in order of key."""

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove `key`; nothing happens if it is not there."""

    @abstractmethod
    def fetch(self, key: str, scratch: Path) -> Path:
        """A local file with the content of an immutable `key`: the object itself, or a copy below `scratch` made once."""


def checked(key: str) -> str:
    """`key`, if it is one; raises :class:`ConfigError`."""
    if not key or key.startswith("/") or any(part in ("", ".", "..") for part in key.split("/")):
        raise ConfigError(f"object key {key!r}: expected a relative path without empty, '.' or '..' parts")
    return key
