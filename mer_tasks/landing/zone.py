"""The landing zone: ``<genre>/<track_id>.<ext>`` and ``annotations/*.csv``.

In: a listing. Out: its tracks, its annotation files, and what is neither. The name of a file without its ending is the id of
the track. What should have been a track is rejected with a reason:

- ``unknown_extension``: beside the tracks of a genre, but no ending of audio that the platform reads;
- ``duplicate_id``: another audio file, of this or another genre, has the same id; both are rejected, since nobody knows which
  the annotations mean;
- ``misplaced``: audio that is not directly in the folder of a genre;
- ``bad_name``: a name that is not Unicode.

Hidden files, and files outside the folders of genres that are not audio (a ``README.txt``), are left alone. Nothing is read
here, and keys alone decide.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from posixpath import splitext
from typing import Any, Literal

from mer_tasks.errors import ConfigError
from mer_tasks.storage.base import ObjectInfo, ObjectStore

ANNOTATIONS = "annotations"
"""Folder of the landing zone that is no genre."""
AUDIO = (".aif", ".aifc", ".aiff", ".au", ".caf", ".flac", ".mp3", ".oga", ".ogg", ".opus", ".rf64", ".w64", ".wav", ".wave")
"""Endings, in lower case, of what libsndfile reads; what is in a file is for `reformat` to find out."""
NAMED = 5
"""So many files are named in a message."""


@dataclass(frozen=True)
class File:
    """A file of the landing zone that is, or should have been, a track.

    Attributes
    ----------
    info : ObjectInfo
    genre : str or None
        None outside a genre's folder.
    reason, detail : str
        Why it is rejected; empty for a track.
    sha256 : str or None
        Of its content; None if that is not known.
    """

    info: ObjectInfo
    genre: str | None
    reason: str = ""
    detail: str = ""
    sha256: str | None = None

    @property
    def track_id(self) -> str:
        """The file's name without its ending."""
        return splitext(self.info.key[self.info.key.rfind("/") + 1 :])[0]

    def line(self) -> dict[str, Any]:
        """The file's row of the catalogue."""
        listed = {"key": self.info.key, "size": self.info.size, "version": self.info.version}
        return {"track_id": self.track_id, "genre": self.genre, **listed, "sha256": self.sha256}

    def rejection(self) -> dict[str, Any]:
        """The file's line among the rejected ones."""
        names = {"track_id": self.track_id, "genre": self.genre, "key": self.info.key, "sha256": self.sha256}
        return {**names, "stage": "discover", "reason": self.reason, "detail": self.detail}


@dataclass
class Landed:
    """A listing, sorted out.

    Attributes
    ----------
    files : list of File
        In order of their keys.
    annotations : list of ObjectInfo
    ignored : int
        Files that were left alone.
    """

    files: list[File] = field(default_factory=list)
    annotations: list[ObjectInfo] = field(default_factory=list)
    ignored: int = 0


def role(key: str) -> Literal["audio", "other", "annotations"] | None:
    """What a file of that key is: audio, another file beside the tracks of a genre, or annotations; None: left alone."""
    folder, _, name = key.rpartition("/")
    ending = splitext(name)[1].lower()
    in_folder = bool(folder) and "/" not in folder
    if any(part.startswith(".") for part in key.split("/")):
        return None
    if folder.split("/")[0] == ANNOTATIONS:
        return "annotations" if in_folder and ending == ".csv" else None
    if ending in AUDIO:
        return "audio"
    return "other" if in_folder else None


def sort_out(listing: Iterable[ObjectInfo]) -> Landed:
    """Tell tracks, annotation files and the rest apart, by their keys alone."""
    landed = Landed()
    for info in listing:
        match role(info.key):
            case None:
                landed.ignored += 1
            case "annotations":
                landed.annotations.append(info)
            case _:
                landed.files.append(_judged(info))
    landed.files = _without_duplicates(landed.files)
    return landed


def check_apart(landing: str, store: str) -> None:
    """Refuse a landing zone that the store's own objects would land in.

    Parameters
    ----------
    landing, store : str
        Their URLs.

    Raises
    ------
    ConfigError
    """
    if f"{store}/".startswith(f"{landing}/"):
        raise ConfigError(f"landing zone {landing} holds the store {store}, expected a place of its own")


def _judged(info: ObjectInfo) -> File:
    folder, _, name = info.key.rpartition("/")
    genre, ending = folder.split("/")[0] or None, splitext(name)[1].lower()
    try:
        info.key.encode()
    except UnicodeEncodeError:
        return File(info, genre, "bad_name", f"name {info.key!r}, expected Unicode (UTF-8)")
    if ending not in AUDIO:
        return File(info, genre, "unknown_extension", f"ending {ending!r}, expected one of {' '.join(AUDIO)}")
    if not folder or "/" in folder:
        return File(info, genre, "misplaced", f"audio at {info.key!r}, expected <genre>/<track id>{ending}")
    return File(info, genre)


def _without_duplicates(files: list[File]) -> list[File]:
    keys: dict[str, list[str]] = defaultdict(list)
    for file in files:
        if not file.reason:
            keys[file.track_id].append(file.info.key)
    return [_unless_alone(file, keys[file.track_id]) if not file.reason else file for file in files]


def _unless_alone(file: File, keys: Sequence[str]) -> File:
    others = [repr(key) for key in keys if key != file.info.key]
    if not others:
        return file
    more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
    detail = f"id {file.track_id!r} is also that of {', '.join(others[:NAMED])}{more}; expected one file per id in all genres"
    return replace(file, reason="duplicate_id", detail=detail)


def of_genres(files: Sequence[File], genres: Sequence[str], place: str) -> list[File]:
    """The files of the chosen genres; all files if none is chosen.

    Parameters
    ----------
    files : sequence of File
    genres : sequence of str
    place : str
        Address of the landing zone, for messages.

    Raises
    ------
    ConfigError
        If a genre has no folder; the message names those there are.
    """
    there = sorted({file.genre for file in files if file.genre})
    unknown = [genre for genre in genres if genre not in there]
    if unknown:
        raise ConfigError(f"genres: {place} has no genre {unknown[0]!r}, expected some of {', '.join(there) or '(none there)'}")
    return [file for file in files if not genres or file.genre in genres]


def content_hash(store: ObjectStore, key: str) -> str:
    """sha256 of an object, in hex; memory does not grow with it."""
    digest = hashlib.sha256()
    for chunk in store.chunks(key):
        digest.update(chunk)
    return digest.hexdigest()
