"""The landing zone: classify its files by their keys, such as ``<genre>/<track_id>.<ext>`` and ``annotations/*.csv``.

Input: a listing. Output: tracks, annotation and metadata files, rejected files, and the number of ignored files. The id of a
track is the name of its file without the extension, in Unicode's normal form NFC. A file that should have been a track is
rejected with a reason:

- ``unknown_extension``: the file lies beside the tracks of a genre, but its extension is none that the platform reads;
- ``misplaced``: the file is audio, but it does not lie directly in the folder of a genre;
- ``bad_name``: the name is not Unicode.

Of files with one id, :mod:`mer_tasks.landing.duplicate_ids` rejects all but one. Ignored are the files whose names
:mod:`mer_tasks.landing.ignored_files` knows, and files outside the folders of genres that are not audio. Only keys decide:
apart from :func:`content_hash`, nothing here reads a file.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from posixpath import splitext
from typing import Any, Literal
from unicodedata import normalize

from mer_tasks.errors import ConfigError
from mer_tasks.landing.ignored_files import ignored_kind
from mer_tasks.storage.base import MAX_NAMES, LeftOut, ObjectInfo, ObjectStore

ANNOTATIONS_FOLDER = "annotations"
METADATA_FOLDER = "metadata"
"""The folders of the landing zone that are no genres."""
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
MAX_NAMED_FILES = MAX_NAMES
"""Largest number of files that a message names."""


@dataclass(frozen=True)
class LandedFile:
    """A file of the landing zone that is a track, or should have been one.

    Attributes
    ----------
    info : ObjectInfo
    genre : str or None
        Name of the file's top folder, in NFC; None if the file lies in no folder.
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
        """Name of the file without its extension, in NFC: macOS may write the same name with other bytes."""
        return normalize("NFC", splitext(self.info.key[self.info.key.rfind("/") + 1 :])[0])

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
    annotations, metadata : list of ObjectInfo
        Annotation files and metadata files.
    left_out : LeftOut
        Ignored files by kind, and what the listing left out.
    """

    files: list[LandedFile] = field(default_factory=list)
    annotations: list[ObjectInfo] = field(default_factory=list)
    metadata: list[ObjectInfo] = field(default_factory=list)
    left_out: LeftOut = field(default_factory=LeftOut)


def role(key: str) -> Literal["audio", "other", "annotations", "metadata"] | None:
    """Return the role of a file in the landing zone.

    Returns
    -------
    {"audio", "other", "annotations", "metadata"} or None
        ``other`` is a file beside the tracks of a genre that may have been meant as a track. None is a file that is ignored.

    Examples
    --------
    >>> role("rock/1.mp3"), role("rock/2.m4p"), role("annotations/votes.csv"), role("rock/cover.jpg")
    ('audio', 'other', 'annotations', None)
    """
    folder, _, name = key.rpartition("/")
    extension = splitext(name)[1].lower()
    in_top_folder = bool(folder) and "/" not in folder
    ignored = ignored_kind(key)
    if ignored in ("hidden", "system"):
        return None
    if folder.split("/")[0] == ANNOTATIONS_FOLDER:
        return "annotations" if in_top_folder and extension == ".csv" else None
    if folder.split("/")[0] == METADATA_FOLDER:
        return "metadata" if in_top_folder and extension == ".csv" else None
    if extension in AUDIO_EXTENSIONS:
        return "audio"
    return "other" if in_top_folder and ignored == "elsewhere" else None


def genre_of(key: str) -> str | None:
    """Return the genre of a file: the name of its top folder, in NFC; None if it lies in no folder."""
    folder, slash, _ = key.partition("/")
    return normalize("NFC", folder) if slash else None


def classify_files(listing: Iterable[ObjectInfo], left_out: LeftOut | None = None) -> ClassifiedFiles:
    """Classify the files of a listing by their keys: tracks, rejected files, annotation and metadata files, and ignored files.

    Parameters
    ----------
    listing : iterable of ObjectInfo
    left_out : LeftOut, optional
        What the listing leaves out; the ignored files are added.

    Examples
    --------
    >>> listing = [ObjectInfo(key, size=1, version="1") for key in ("pop/1.mp3", "rock/2.wav", "rock/2.xyz")]
    >>> [(file.info.key, file.reason) for file in classify_files(listing).files]
    [('pop/1.mp3', ''), ('rock/2.wav', ''), ('rock/2.xyz', 'unknown_extension')]
    """
    classified = ClassifiedFiles(left_out=left_out or LeftOut())
    for info in listing:
        match role(info.key):
            case None:
                classified.left_out.add(ignored_kind(info.key), info.key)
            case "annotations":
                classified.annotations.append(info)
            case "metadata":
                classified.metadata.append(info)
            case _:
                classified.files.append(_check_name(info))
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
    genre = genre_of(info.key)
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
    wanted = [normalize("NFC", genre) for genre in genres]
    missing = [genre for genre in wanted if genre not in existing]
    if missing:
        expected = ", ".join(existing) or "(none there)"
        raise ConfigError(f"genres: {location} has no genre {missing[0]!r}, expected some of {expected}")
    return [file for file in files if not wanted or file.genre in wanted]


def content_hash(store: ObjectStore, key: str, version: str | None = None) -> str:
    """Compute the sha256 of an object's content, in hex; one chunk is in memory at a time.

    Raises
    ------
    ObjectMissing
        If there is no such object.
    ObjectChanged
        If `version` is given, and the object has another version at the first byte or at the last one.
    """
    digest = hashlib.sha256()
    for chunk in store.chunks(key, version):
        digest.update(chunk)
    return digest.hexdigest()
