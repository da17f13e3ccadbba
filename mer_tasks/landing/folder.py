"""Open the landing zone; a landing zone that is a folder reads nothing from outside of it.

Whoever may write into a landing zone could otherwise have a run read any file of the machine, by a symbolic link to it. A link
that leads out of the folder is left out of listings, and a read through such a link is refused. Links within the folder are
followed. The folder itself may be a link.

Hidden folders and folders of operating systems are not entered: no run reads a file of theirs, some contain a copy of
everything, and some, such as ``lost+found``, cannot be listed.
"""

import logging
import os
from pathlib import Path

from mer_tasks.errors import AccessDenied
from mer_tasks.landing.ignored_files import ignored_kind
from mer_tasks.storage import open_store
from mer_tasks.storage.base import LeftOut, ObjectStore
from mer_tasks.storage.local import FileStore

logger = logging.getLogger(__name__)

SKIPPED = {
    "outside": "links that lead out of the landing zone",
    "loop": "links that lead round in a circle",
    "special": "pipes, sockets and devices",
    "bad_key": "objects whose key has empty, '.' or '..' parts",
}
"""Kinds of what a listing leaves out although somebody may miss it, each with its words in a warning."""


class LandingFolder(FileStore):
    """Landing zone in a folder: a store of which no link leads out.

    Raises
    ------
    AccessDenied
        From each method with a key, if the key leads out of the folder.
    """

    def _is_inside(self, path: str | Path) -> bool:
        root = os.path.realpath(self.root)
        return os.path.commonpath([root, os.path.realpath(path)]) == root

    def _path(self, key: str) -> Path:
        path = super()._path(key)
        if not self._is_inside(path):
            raise AccessDenied(f"{self.uri(key)}: a link that leads out of the landing zone, expected a file in it")
        return path

    def _leaves_out(self, entry: "os.DirEntry[str]", key: str, left_out: LeftOut) -> bool:
        if super()._leaves_out(entry, key, left_out):
            return True
        if entry.is_dir(follow_symlinks=False) and (kind := ignored_kind(key)) in ("hidden", "system"):
            left_out.add(kind, f"{key}/")
            return True
        if entry.is_symlink() and not self._is_inside(entry.path):
            left_out.add("outside", key)
            return True
        return False


def open_landing(url: str) -> ObjectStore:
    """Open the landing zone at `url`, as :func:`~mer_tasks.storage.open_store` opens a store."""
    store = open_store(url)
    return LandingFolder(store.root) if isinstance(store, FileStore) else store


def warn_of_skipped(url: str, left_out: LeftOut) -> int:
    """Log one warning for each kind of :data:`SKIPPED` that a listing of `url` left out, and return their number."""
    for kind, words in SKIPPED.items():
        if left_out.counts[kind]:
            logger.warning("%s: %d skipped, %s: %s", url, left_out.counts[kind], words, left_out.named(kind))
    return sum(left_out.counts[kind] for kind in SKIPPED)
