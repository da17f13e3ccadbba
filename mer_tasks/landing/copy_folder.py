"""Copy the files of a local folder into a landing zone.

Input: a folder that is already laid out as a landing zone, or the files of another folder with the keys that they shall get.

Output: the objects in the landing zone. A file that the landing zone already has with the same content is not written again.
Other files of the landing zone stay as they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mer_tasks.errors import ConfigError
from mer_tasks.landing.folder import warn_of_skipped
from mer_tasks.landing.zone import content_hash, role
from mer_tasks.storage.base import LeftOut, ObjectStore
from mer_tasks.storage.local import FileStore


@dataclass(frozen=True)
class PlannedCopy:
    """A file of a folder, and the key that its copy gets in the landing zone.

    Attributes
    ----------
    source : str
        Path of the file below the folder, with ``/`` between its parts.
    key : str
    """

    source: str
    key: str


def plan(folder: Path) -> list[PlannedCopy]:
    """List the files that :func:`land` copies, annotation files last.

    The watcher of the landing zone thus never sees votes before their tracks. Links are followed, also out of `folder`, so the
    landing zone gets the files themselves.

    Raises
    ------
    ConfigError
        If the subfolders of `folder` contain no audio.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> folder = Path(mkdtemp())
    >>> for name in ("annotations/votes.csv", "rock/1.mp3"):
    ...     (folder / name).parent.mkdir()
    ...     (folder / name).touch()
    >>> [planned.key for planned in plan(folder)]
    ['rock/1.mp3', 'annotations/votes.csv']
    """
    left_out = LeftOut()
    roles = {info.key: role(info.key) for info in FileStore(folder.absolute()).list(left_out=left_out)}
    warn_of_skipped(str(folder), left_out)
    if "audio" not in roles.values():
        raise ConfigError(f"{folder}: no audio, expected <genre>/<track id>.<ext> and annotations/*.csv")
    keys = [key for key, file_role in roles.items() if file_role]
    return [PlannedCopy(key, key) for key in sorted(keys, key=lambda key: roles[key] == "annotations")]


def copy(
    folder: Path, copies: Sequence[PlannedCopy], landing: ObjectStore, progress: Callable[[int, int], None] | None = None
) -> dict[str, int]:
    """Copy the planned files of `folder` into the landing zone, except files that it already has.

    Parameters
    ----------
    folder : Path
    copies : sequence of PlannedCopy
    landing : ObjectStore
    progress : callable, optional
        Called after each file with two numbers: the files that are finished, and all files.

    Returns
    -------
    dict
        How many files were ``written``, and how many were ``unchanged``.

    Raises
    ------
    TransientError, AccessDenied
        If the store does not accept an object.
    """
    source = FileStore(folder.absolute())
    sizes = {info.key: info.size for info in landing.list()}
    written = 0
    for finished, planned in enumerate(copies, 1):
        path = folder / planned.source
        same_size = sizes.get(planned.key) == path.stat().st_size
        if not same_size or content_hash(landing, planned.key) != content_hash(source, planned.source):
            landing.put_file(planned.key, path)
            written += 1
        if progress is not None:
            progress(finished, len(copies))
    return {"written": written, "unchanged": len(copies) - written}


def land(folder: Path, landing: ObjectStore, progress: Callable[[int, int], None] | None = None) -> dict[str, int]:
    """Copy a folder that is laid out as a landing zone into the landing zone.

    Parameters, result and errors are those of :func:`copy`; :class:`ConfigError` is raised as by :func:`plan`.
    """
    return copy(folder, plan(folder), landing, progress)
