"""Import the published Emotify folder into a landing zone.

Input: ``<genre>/<n>.mp3`` beside ``data.csv``. Output: ``<genre>/<track id>.mp3`` and ``annotations/emotify.csv``.

Emotify numbers the files within each genre. In natural order (2 before 10), the n-th file of a genre belongs to the n-th track
id of that genre.

Data: Aljanaki, Wiering, Veltkamp (2016), doi 10.1016/j.ipm.2015.03.004.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from mer_tasks.errors import AnnotationError, ConfigError
from mer_tasks.landing.annotation_files import parse
from mer_tasks.landing.annotation_forms import GENRE
from mer_tasks.landing.copy_folder import PlannedCopy, copy
from mer_tasks.landing.csv_files import TRACK
from mer_tasks.landing.zone import ANNOTATIONS_FOLDER, AUDIO_EXTENSIONS
from mer_tasks.storage.base import ObjectStore
from mer_tasks.storage.label_files import read_label_set

CSV = "data.csv"


def natural_sort_key(name: str) -> list[str | int]:
    """Return a sort key that compares runs of digits as numbers, so that ``2.mp3`` comes before ``10.mp3``.

    Examples
    --------
    >>> sorted(["10.mp3", "2.mp3"], key=natural_sort_key)
    ['2.mp3', '10.mp3']
    """
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]


def ids_by_genre(data: bytes, name: str) -> dict[str, list[str]]:
    """Return the track ids of each genre, in natural order.

    Parameters
    ----------
    data : bytes
        Content of the CSV file.
    name : str
        Address of the file, for messages.

    Raises
    ------
    AnnotationError
        If the file cannot be used, or names no genre or two genres for a track.
    """
    genres: dict[str, str] = {}
    table = parse(data, name, read_label_set(None)).table
    for track_id, genre in zip(table[TRACK], table[GENRE], strict=True):
        if not genre:
            raise AnnotationError(f"{name}: no genre for track {track_id!r}, expected a column 'genre' that has it")
        if genres.setdefault(track_id, genre) != genre:
            raise AnnotationError(f"{name}: track {track_id!r} is {genres[track_id]!r} and {genre!r}, expected one genre")
    ids: dict[str, list[str]] = defaultdict(list)
    for track_id in sorted(genres, key=natural_sort_key):
        ids[genres[track_id]].append(track_id)
    return ids


def plan(folder: Path) -> list[PlannedCopy]:
    """List the files that :func:`import_emotify` copies, the annotation file last.

    Raises
    ------
    ConfigError
        If `folder` has no ``data.csv``, or if the number of files of a genre is not the number of its track ids. The message
        names every such genre.
    AnnotationError
        If the CSV file cannot be used.
    """
    if not (folder / CSV).is_file():
        raise ConfigError(f"{folder}: no {CSV}, expected Emotify's folder: <genre>/<n>.mp3 beside {CSV}")
    ids = ids_by_genre((folder / CSV).read_bytes(), str(folder / CSV))
    files: dict[str, list[str]] = {genre: [] for genre in ids}
    for path in folder.glob("*/*"):
        if path.suffix.lower() in AUDIO_EXTENSIONS and not path.name.startswith("."):
            files.setdefault(path.parent.name, []).append(path.name)
    mismatches = [
        f"genre {genre!r}: {len(names)} files in {folder / genre}, {len(ids.get(genre, ()))} track ids in {CSV}"
        for genre, names in sorted(files.items())
        if len(names) != len(ids.get(genre, ()))
    ]
    if mismatches:
        raise ConfigError(f"{'; '.join(mismatches)}; expected as many files as track ids, since their order joins them")
    return [
        *(
            PlannedCopy(f"{genre}/{name}", f"{genre}/{track_id}{Path(name).suffix}")
            for genre, names in sorted(files.items())
            for name, track_id in zip(sorted(names, key=natural_sort_key), ids[genre], strict=True)
        ),
        PlannedCopy(CSV, f"{ANNOTATIONS_FOLDER}/emotify.csv"),
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
        The number of ``tracks``, and how many of all files were ``written`` and ``unchanged``.

    Raises
    ------
    ConfigError, AnnotationError
        As :func:`plan` raises them; nothing has been written then.
    TransientError, AccessDenied
        If the store does not accept an object.
    """
    copies = plan(folder)
    return {"tracks": len(copies) - 1, **copy(folder, copies, landing, progress)}
