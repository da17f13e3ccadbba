"""The landing zone: classify its files by their keys, ``<genre>/<track_id>.<ext>`` and ``annotations/*.csv``.

Input: a listing. Output: tracks, annotation files, rejected files, and the number of ignored files. The id of a track is the
name of its file without the extension. A file that should have been a track is rejected with a reason:

- ``unknown_extension``: the file lies beside the tracks of a genre, but its extension is none that the platform reads;
- ``duplicate_id``: another audio file, of this or another genre, has the same id. All files with this id are rejected, since
  the annotations do not say which of them they mean;
- ``misplaced``: the file is audio, but it does not lie directly in the folder of a genre;
- ``bad_name``: the name is not Unicode.

Hidden files are ignored, and so are files outside the folders of genres that are not audio, such as a ``README.txt``. Only
keys decide: apart from :func:`content_hash`, nothing here reads a file.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from posixpath import splitext
from typing import Any, Literal

from mer_tasks.errors import ConfigError
from mer_tasks.storage.base import ObjectInfo, ObjectStore

ANNOTATIONS_FOLDER = "annotations"
"""The only folder of the landing zone that is no genre."""
AUDIO_EXTENSIONS = (
    ".aac",
    ".aif",
    ".aifc",
    ".aiff",
    ".ape",
    ".au",
    ".caf",
    ".flac",
    ".m4a",
    ".m4b",
    ".mka",
    ".mp2",
    ".mp3",
    ".mp4",
    ".oga",
    ".ogg",
    ".opus",
    ".rf64",
    ".w64",
    ".wav",
    ".wave",
    ".webm",
    ".wma",
    ".wv",
)
"""Extensions, in lower case, of the formats that libsndfile or FFmpeg reads. Stage `reformat` finds out what a file contains.

Those of containers that often have pictures (.mp4, .webm) are among them, because services sell and stream music in them.
"""
MAX_NAMED_FILES = 5
"""Largest number of files that a message names."""


@dataclass(frozen=True)
class LandedFile:
    """A file of the landing zone that is a track, or should have been one.

    Attributes
    ----------
    info : ObjectInfo
    genre : str or None
        Name of the file's top folder; None if the file lies in no folder.
    reason, detail : str
        Why the file is rejected; empty for a track.
    sha256 : str or None
        Hash of the content; None if it has not been computed.
    """

    info: ObjectInfo
    genre: str | None
    reason: str = ""
    detail: str = ""
    sha256: str | None = None

    @property
    def track_id(self) -> str:
        """Name of the file without its extension."""
        return splitext(self.info.key[self.info.key.rfind("/") + 1 :])[0]

    def catalogue_row(self) -> dict[str, Any]:
        """Return the file's row in the catalogue."""
        listed = {"key": self.info.key, "size": self.info.size, "version": self.info.version}
        return {"track_id": self.track_id, "genre": self.genre, **listed, "sha256": self.sha256}

    def rejection(self) -> dict[str, Any]:
        """Return the file's entry in the list of rejected files."""
        names = {"track_id": self.track_id, "genre": self.genre, "key": self.info.key, "sha256": self.sha256}
        return {**names, "stage": "discover", "reason": self.reason, "detail": self.detail}


@dataclass
class ClassifiedFiles:
    """A listing of the landing zone, classified.

    Attributes
    ----------
    files : list of LandedFile
        Tracks and rejected files, in the order of the listing.
    annotations : list of ObjectInfo
        Annotation files.
    ignored : int
        Number of ignored files.
    """

    files: list[LandedFile] = field(default_factory=list)
    annotations: list[ObjectInfo] = field(default_factory=list)
    ignored: int = 0


def role(key: str) -> Literal["audio", "other", "annotations"] | None:
    """Return the role of a file in the landing zone.

    Returns
    -------
    {"audio", "other", "annotations"} or None
        ``other`` is a file beside the tracks of a genre that is not audio. None is a file that is ignored.

    Examples
    --------
    >>> role("rock/1.mp3"), role("rock/cover.jpg"), role("annotations/votes.csv"), role("README.txt")
    ('audio', 'other', 'annotations', None)
    """
    folder, _, name = key.rpartition("/")
    extension = splitext(name)[1].lower()
    in_top_folder = bool(folder) and "/" not in folder
    if any(part.startswith(".") for part in key.split("/")):
        return None
    if folder.split("/")[0] == ANNOTATIONS_FOLDER:
        return "annotations" if in_top_folder and extension == ".csv" else None
    if extension in AUDIO_EXTENSIONS:
        return "audio"
    return "other" if in_top_folder else None


def classify_files(listing: Iterable[ObjectInfo]) -> ClassifiedFiles:
    """Classify the files of a listing by their keys: tracks, rejected files, annotation files, and ignored files.

    Examples
    --------
    >>> listing = [ObjectInfo(key, size=1, version="1") for key in ("pop/1.mp3", "rock/1.wav", "rock/2.wav", "rock/2.txt")]
    >>> [(file.info.key, file.reason) for file in classify_files(listing).files]
    [('pop/1.mp3', 'duplicate_id'), ('rock/1.wav', 'duplicate_id'), ('rock/2.wav', ''), ('rock/2.txt', 'unknown_extension')]
    """
    classified = ClassifiedFiles()
    for info in listing:
        match role(info.key):
            case None:
                classified.ignored += 1
            case "annotations":
                classified.annotations.append(info)
            case _:
                classified.files.append(_check_name(info))
    classified.files = _reject_duplicates(classified.files)
    return classified


def check_store_outside(landing: str, store: str) -> None:
    """Refuse a landing zone that contains the object store: the store's objects would count as landed files.

    Parameters
    ----------
    landing, store : str
        URLs of both.

    Raises
    ------
    ConfigError
    """
    if f"{store}/".startswith(f"{landing}/"):
        raise ConfigError(f"landing zone {landing} holds the store {store}, expected a place of its own")


def _check_name(info: ObjectInfo) -> LandedFile:
    """Return the file as a track, or rejected for its name, extension or folder."""
    folder, _, name = info.key.rpartition("/")
    genre = folder.split("/")[0] or None
    extension = splitext(name)[1].lower()
    try:
        info.key.encode()
    except UnicodeEncodeError:
        return LandedFile(info, genre, "bad_name", f"name {info.key!r}, expected Unicode (UTF-8)")
    if extension not in AUDIO_EXTENSIONS:
        expected = " ".join(AUDIO_EXTENSIONS)
        return LandedFile(info, genre, "unknown_extension", f"ending {extension!r}, expected one of {expected}")
    if not folder or "/" in folder:
        return LandedFile(info, genre, "misplaced", f"audio at {info.key!r}, expected <genre>/<track id>{extension}")
    return LandedFile(info, genre)


def _reject_duplicates(files: list[LandedFile]) -> list[LandedFile]:
    keys: dict[str, list[str]] = defaultdict(list)
    for file in files:
        if not file.reason:
            keys[file.track_id].append(file.info.key)
    return [file if file.reason else _reject_if_duplicate(file, keys[file.track_id]) for file in files]


def _reject_if_duplicate(file: LandedFile, keys: Sequence[str]) -> LandedFile:
    """Return `file`, rejected if `keys`, the files with its track id, has another file."""
    others = [repr(key) for key in keys if key != file.info.key]
    if not others:
        return file
    more = f" and {len(others) - MAX_NAMED_FILES} more" if len(others) > MAX_NAMED_FILES else ""
    named = ", ".join(others[:MAX_NAMED_FILES])
    detail = f"id {file.track_id!r} is also that of {named}{more}; expected one file per id in all genres"
    return replace(file, reason="duplicate_id", detail=detail)


def select_genres(files: Sequence[LandedFile], genres: Sequence[str], location: str) -> list[LandedFile]:
    """Select the files of the chosen genres; all files if no genre is chosen.

    Parameters
    ----------
    files : sequence of LandedFile
    genres : sequence of str
        Chosen genres; empty means all genres.
    location : str
        Address of the landing zone, for messages.

    Raises
    ------
    ConfigError
        If a chosen genre has no folder; the message names the genres that have one.
    """
    existing = sorted({file.genre for file in files if file.genre})
    missing = [genre for genre in genres if genre not in existing]
    if missing:
        expected = ", ".join(existing) or "(none there)"
        raise ConfigError(f"genres: {location} has no genre {missing[0]!r}, expected some of {expected}")
    return [file for file in files if not genres or file.genre in genres]


def content_hash(store: ObjectStore, key: str) -> str:
    """Compute the sha256 of an object's content, in hex; one chunk is in memory at a time."""
    digest = hashlib.sha256()
    for chunk in store.chunks(key):
        digest.update(chunk)
    return digest.hexdigest()
