"""Open the object store at a URL: a folder or an S3 bucket.

What follows ``file://`` is a path in which ``%`` and two hexadecimal digits stand for a byte, as in all file URLs; ``%25``
stands for ``%``. All other characters mean themselves, also ``#``, ``?`` and spaces, since a folder has neither fragment nor
query. What follows ``s3://bucket/`` is the prefix of the keys as it is, also with ``%``. A URL that may mean another place than
it seems to is refused.
"""

import os
import re
from pathlib import Path
from urllib.parse import unquote_to_bytes

from mer_tasks.errors import ConfigError
from mer_tasks.storage.base import VISIBLE, ObjectStore
from mer_tasks.storage.local import FileStore

FORMS = "file:///absolute/folder or s3://bucket/prefix"
LOOSE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")


def open_store(url: str) -> ObjectStore:
    """Open the object store at `url`. This creates no folder and sends no request.

    Raises
    ------
    ConfigError
        If `url` is neither ``file:///folder`` nor ``s3://bucket[/prefix]``, or if it does not name one place.

    Examples
    --------
    >>> open_store("file:///data/mer").uri("runs/r1")
    'file:///data/mer/runs/r1'
    >>> open_store("file:///data/music #1").url
    'file:///data/music%20%231'
    """
    if any(ord(character) in VISIBLE for character in url):
        raise ConfigError(f"object store {url!r}: a control character, expected {FORMS}")
    scheme, separator, place = url.partition("://")
    top, _, rest = place.partition("/")
    if separator and scheme.lower() == "file" and top in ("", "localhost") and "/" in place:
        return FileStore(_folder(url, rest))
    if separator and scheme.lower() == "s3" and top:
        from mer_tasks.storage.s3 import S3Store

        return S3Store(top, _prefix(url, rest))
    raise ConfigError(f"object store {url!r}: expected {FORMS}")


def _folder(url: str, path: str) -> Path:
    """Return the folder at the percent-encoded `path`, which has no ``/`` at its start."""
    if LOOSE_PERCENT.search(path):
        raise ConfigError(f"object store {url!r}: % without two hexadecimal digits, expected %25 for each % of a folder's name")
    try:
        decoded = os.fsdecode(unquote_to_bytes(os.fsencode(path))).strip("/")
    except UnicodeEncodeError:
        raise ConfigError(f"object store {url!r}: a lone surrogate, expected Unicode (UTF-8)") from None
    if not decoded or "\0" in decoded or ".." in decoded.split("/"):
        raise ConfigError(f"object store {url!r}: expected a folder below /, without zero bytes and '..' parts")
    folder, literal = f"/{decoded}", f"/{path}"
    if folder != literal and os.path.isdir(literal) and not os.path.exists(folder):
        raise ConfigError(
            f"object store {url!r}: no folder {folder!r}, but {literal!r}; expected %25 for each % of a folder's name"
        )
    return Path(folder)


def _prefix(url: str, text: str) -> str:
    """Return the prefix of the keys, without the ``/`` at its end."""
    prefix = text.removesuffix("/")
    if text and any(part in ("", ".", "..") for part in prefix.split("/")):
        raise ConfigError(f"object store {url!r}: expected a prefix without empty, '.' or '..' parts")
    return prefix
