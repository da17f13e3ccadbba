"""Open the object store at a URL: a folder or an S3 bucket."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from mer_tasks.errors import ConfigError
from mer_tasks.storage.base import ObjectStore
from mer_tasks.storage.local import FileStore


def open_store(url: str) -> ObjectStore:
    """Open the object store at `url`. This creates no folder and sends no request.

    Raises
    ------
    ConfigError
        If `url` is neither ``file:///folder`` nor ``s3://bucket[/prefix]``.

    Examples
    --------
    >>> open_store("file:///data/mer").uri("runs/r1")
    'file:///data/mer/runs/r1'
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return FileStore(Path(unquote(parts.path)))
    if parts.scheme == "s3" and parts.netloc:
        from mer_tasks.storage.s3 import S3Store

        return S3Store(parts.netloc, unquote(parts.path.strip("/")))
    raise ConfigError(f"object store {url!r}: expected file:///absolute/folder or s3://bucket/prefix")
