"""Files of a folder, copied into a landing zone.

In: a folder that is a landing zone already, on any disk; or the files of another one and the keys that they shall have. Out:
the objects. What is there already with the same content is not written again, and other files of the landing zone stay.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mer_tasks.errors import ConfigError
from mer_tasks.landing.zone import content_hash, role
from mer_tasks.storage.base import ObjectStore
from mer_tasks.storage.local import FileStore


@dataclass(frozen=True)
class Move:
    """A file of a folder and its key in the landing zone."""

    source: str
    key: str


def plan(folder: Path) -> list[Move]:
    """What :func:`land` copies, annotations last: whoever watches sees votes when their tracks are there.

    Raises
    ------
    ConfigError
        If there is no audio in the folders of `folder`.
    """
    roles = {info.key: role(info.key) for info in FileStore(folder.absolute()).list()}
    if "audio" not in roles.values():
        raise ConfigError(f"{folder}: no audio, expected <genre>/<track id>.<ext> and annotations/*.csv")
    keys = [key for key, what in roles.items() if what]
    return [Move(key, key) for key in sorted(keys, key=lambda key: roles[key] == "annotations")]


def copy(
    folder: Path, moves: Sequence[Move], landing: ObjectStore, progress: Callable[[int, int], None] | None = None
) -> dict[str, int]:
    """Copy files of `folder`.

    Parameters
    ----------
    folder : Path
    moves : sequence of Move
    landing : ObjectStore
    progress : callable, optional
        Called with the files that are done and their total, after each.

    Returns
    -------
    dict
        How many files were ``written``, and how many ``unchanged``.

    Raises
    ------
    TransientError, AccessDenied
        When the store does not take an object.
    """
    source = FileStore(folder.absolute())
    sizes = {info.key: info.size for info in landing.list()}
    written = 0
    for done, move in enumerate(moves, 1):
        path = folder / move.source
        same_size = sizes.get(move.key) == path.stat().st_size
        if not same_size or content_hash(landing, move.key) != content_hash(source, move.source):
            landing.put_file(move.key, path)
            written += 1
        if progress is not None:
            progress(done, len(moves))
    return {"written": written, "unchanged": len(moves) - written}


def land(folder: Path, landing: ObjectStore, progress: Callable[[int, int], None] | None = None) -> dict[str, int]:
    """Copy a landing zone that is in `folder`; raises :class:`ConfigError` as :func:`plan`, and what :func:`copy` does."""
    return copy(folder, plan(folder), landing, progress)
