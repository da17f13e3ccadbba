"""The published Emotify folder, made a landing zone.

In: ``<genre>/<n>.mp3`` beside ``data.csv``. Out: ``<genre>/<track id>.mp3`` and ``annotations/emotify.csv``. The folder numbers
its files within their genre, so the n-th file of a genre in natural order (2 before 10) is the n-th track id of that genre.
Data: Aljanaki, Wiering, Veltkamp (2016), doi 10.1016/j.ipm.2015.03.004.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from mer_tasks.errors import AnnotationError, ConfigError
from mer_tasks.landing.annotation_files import GENRE, TRACK, parse
from mer_tasks.landing.copy_folder import Move, copy
from mer_tasks.landing.zone import ANNOTATIONS, AUDIO
from mer_tasks.storage.base import ObjectStore

CSV = "data.csv"


def natural(name: str) -> list[str | int]:
    """Sort key that takes runs of digits as numbers: ``2.mp3`` comes before ``10.mp3``."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]


def ids_by_genre(data: bytes, name: str) -> dict[str, list[str]]:
    """Track ids of each genre in natural order.

    Parameters
    ----------
    data : bytes
        Content of the CSV.
    name : str
        Its address, for messages.

    Raises
    ------
    AnnotationError
        If it cannot be read, or gives one track two genres.
    """
    genres: dict[str, str] = {}
    table = parse(data, name)
    for track_id, genre in zip(table[TRACK], table[GENRE], strict=True):
        if genres.setdefault(track_id, genre) != genre:
            raise AnnotationError(f"{name}: track {track_id!r} is {genres[track_id]!r} and {genre!r}, expected one genre")
    found: dict[str, list[str]] = defaultdict(list)
    for track_id in sorted(genres, key=natural):
        found[genres[track_id]].append(track_id)
    return found


def plan(folder: Path) -> list[Move]:
    """What :func:`import_emotify` copies, the annotations last.

    Raises
    ------
    ConfigError
        If `folder` has no ``data.csv``, or a genre has not as many files as track ids; every such genre is named.
    AnnotationError
        If the CSV cannot be used.
    """
    if not (folder / CSV).is_file():
        raise ConfigError(f"{folder}: no {CSV}, expected Emotify's folder: <genre>/<n>.mp3 beside {CSV}")
    ids = ids_by_genre((folder / CSV).read_bytes(), str(folder / CSV))
    files: dict[str, list[str]] = {genre: [] for genre in ids}
    for path in folder.glob("*/*"):
        if path.suffix.lower() in AUDIO and not path.name.startswith("."):
            files.setdefault(path.parent.name, []).append(path.name)
    wrong = [
        f"genre {genre!r}: {len(names)} files in {folder / genre}, {len(ids.get(genre, ()))} track ids in {CSV}"
        for genre, names in sorted(files.items())
        if len(names) != len(ids.get(genre, ()))
    ]
    if wrong:
        raise ConfigError(f"{'; '.join(wrong)}; expected as many files as track ids, since their order joins them")
    return [
        *(
            Move(f"{genre}/{name}", f"{genre}/{track_id}{Path(name).suffix}")
            for genre, names in sorted(files.items())
            for name, track_id in zip(sorted(names, key=natural), ids[genre], strict=True)
        ),
        Move(CSV, f"{ANNOTATIONS}/emotify.csv"),
    ]


def import_emotify(folder: Path, landing: ObjectStore, progress: Callable[[int, int], None] | None = None) -> dict[str, int]:
    """Copy Emotify's folder into a landing zone.

    Parameters
    ----------
    folder : Path
    landing, progress
        See :func:`mer_tasks.landing.copy_folder.copy`.

    Returns
    -------
    dict
        ``tracks``, and of all files ``written`` and ``unchanged``.

    Raises
    ------
    ConfigError, AnnotationError
        As :func:`plan`; then nothing has been written.
    TransientError, AccessDenied
        When the store does not take an object.
    """
    moves = plan(folder)
    return {"tracks": len(moves) - 1, **copy(folder, moves, landing, progress)}
