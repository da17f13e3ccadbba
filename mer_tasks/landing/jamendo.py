"""Import the mood and theme tags of the MTG-Jamendo data set, with its published split if it is wanted.

Input: the folder of the data set's TSV files: ``autotagging_moodtheme.tsv`` with TRACK_ID, ARTIST_ID, ALBUM_ID, PATH, DURATION
and TAGS (as many fields as the track has tags), and below it ``split-<n>/autotagging_moodtheme-{train,validation,test}.tsv``;
and the folder of the audio files, which have the names of PATH or, in low quality, ``<number>.low.mp3``.

Output: the audio files as genre ``jamendo``, ``annotations/jamendo-moodtheme.csv`` with one answer for each track, and
``metadata/jamendo.csv`` with artists, albums and, with a split, the column ``part`` (:mod:`mer_tasks.corpus.given_parts`).

Data: Bogdanov, Won, Tovstogan, Porter, Serra (2019), The MTG-Jamendo Dataset for Automatic Music Tagging, ICML workshop.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mer_tasks.column_names import simplified
from mer_tasks.errors import AnnotationError, ConfigError
from mer_tasks.label_set import LABEL_SETS, LabelSet
from mer_tasks.landing.annotation_forms import label_spellings
from mer_tasks.landing.copy_folder import PlannedCopy
from mer_tasks.landing.csv_files import TRACK
from mer_tasks.landing.imports import ImportPlan, csv_bytes
from mer_tasks.landing.zone import METADATA_FOLDER
from mer_tasks.storage.label_files import read_label_set
from mer_tasks.wording import listed

NAME = "jamendo-moodtheme"
TSV = "autotagging_moodtheme.tsv"
COLUMNS = ("TRACK_ID", "ARTIST_ID", "ALBUM_ID", "PATH", "DURATION", "TAGS")
PREFIX = "mood/theme---"
"""Beginning of the tags that are moods or themes."""
GENRE = "jamendo"
TAGGER = "artist"
"""Listener whose answer the tags of a track are."""
PARTS = ("train", "validation", "test")
MAX_NAMED = 5


@dataclass(frozen=True)
class TaggedTrack:
    """A row of a TSV file."""

    track_id: str
    artist: str
    album: str
    path: str
    tags: tuple[str, ...]


def read_tsv(path: Path) -> Iterator[TaggedTrack]:
    """Read a TSV file of the data set.

    Raises
    ------
    AnnotationError
        If the header is another one, a row is too short, or a track stands twice.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (UnicodeDecodeError, OSError) as error:
        raise AnnotationError(f"{path}: {error}; expected a TSV file in UTF-8") from None
    if not lines or tuple(lines[0].split("\t")) != COLUMNS:
        header = "".join(lines[:1])[:200]
        raise AnnotationError(f"{path}: line 1: {header!r}, expected {', '.join(COLUMNS)} with tabs between them")
    seen: set[str] = set()
    for number, line in enumerate(lines[1:], 2):
        fields = line.split("\t")
        if len(fields) < len(COLUMNS) or not all(fields[:4]):
            raise AnnotationError(
                f"{path}: line {number}: {line[:100]!r}, expected {len(COLUMNS)} fields or more, with an id and a path"
            )
        if fields[0] in seen:
            raise AnnotationError(f"{path}: line {number}: track {fields[0]!r} twice, expected one row for each track")
        seen.add(fields[0])
        yield TaggedTrack(fields[0], fields[1], fields[2], fields[3], tuple(tag for tag in fields[5:] if tag))


def plan(folder: Path, audio: Path, split: int | None = None) -> ImportPlan:
    """Read the data set, and plan its import.

    Parameters
    ----------
    folder : Path
        Folder of the TSV files.
    audio : Path
        Folder of the audio files.
    split : int, optional
        Number of the published split that the parts come from.

    Raises
    ------
    ConfigError
        If a file is missing, or there is no audio file of a track.
    AnnotationError
        If a TSV file cannot be used, or a track is in two parts of the split.
    """
    source = _find(folder, TSV)
    tracks = list(read_tsv(source))
    label_set = read_label_set(str(LABEL_SETS / f"{NAME}.toml"))
    copies, absent = _copies(tracks, audio)
    if not copies:
        example = f" such as {tracks[0].path}" if tracks else ""
        raise ConfigError(f"{audio}: none of {len(tracks)} tracks of {source}, expected audio files{example}")
    parts = {} if split is None else _parts(folder, split)
    annotations, unknown = _annotations(tracks, label_set)
    columns = (TRACK, "artist", "album", *(["part"] if parts else []))
    names = [(track.track_id, track.artist, track.album, parts.get(track.track_id, ""))[: len(columns)] for track in tracks]
    files = {
        f"{METADATA_FOLDER}/jamendo.csv": csv_bytes(columns, names),
        f"annotations/{NAME}.csv": annotations,
    }
    notes = [f"{absent} of {len(tracks)} tracks have no audio in {audio}"] if absent else []
    if unknown:
        named = [f"{tag} ({count})" for tag, count in unknown.most_common()]
        notes.append(f"{len(unknown)} tags are not in the label set {NAME} and are left out: {listed(named, MAX_NAMED)}")
    if parts:
        without = sum(track.track_id not in parts for track in tracks)
        notes += [f"{without} tracks are in no part of split {split}: the platform chooses their parts"] if without else []
        notes.append("set MER_SPLIT_BY=metadata to keep the parts of the published split")
    return ImportPlan(audio, copies, files, label_set, notes)


def _find(folder: Path, name: str) -> Path:
    found = sorted(folder.rglob(name))
    if not found:
        raise ConfigError(f"{folder}: no {name}, expected the folder of MTG-Jamendo's TSV files")
    return found[0]


def _copies(tracks: list[TaggedTrack], audio: Path) -> tuple[list[PlannedCopy], int]:
    """Plan the copies of the audio files that exist, and count the tracks without one."""
    copies = []
    for track in tracks:
        path = Path(track.path)
        names = [path.as_posix(), path.with_suffix(f".low{path.suffix}").as_posix()]
        found = [name for name in names if ".." not in path.parts and (audio / name).is_file()]
        if found:
            copies.append(PlannedCopy(found[0], f"{GENRE}/{track.track_id}{path.suffix}"))
    return copies, len(tracks) - len(copies)


def _annotations(tracks: list[TaggedTrack], label_set: LabelSet) -> tuple[bytes, Counter[str]]:
    """Make the annotation file, and count the uses of moods and themes that the label set lacks."""
    spellings = label_spellings(label_set)
    unknown: Counter[str] = Counter()
    rows = []
    for track in tracks:
        moods = [tag.removeprefix(PREFIX) for tag in track.tags if tag.startswith(PREFIX)]
        labels = [spellings[simplified(mood)] for mood in moods if simplified(mood) in spellings]
        unknown.update(mood for mood in moods if simplified(mood) not in spellings)
        rows += [(track.track_id, TAGGER, label) for label in dict.fromkeys(labels or [""])]
    return csv_bytes((TRACK, "listener", "label"), rows), unknown


def _parts(folder: Path, split: int) -> dict[str, str]:
    """Read the part of each track in a published split."""
    parts: dict[str, str] = {}
    for part in PARTS:
        path = _find(folder, f"split-{split}/autotagging_moodtheme-{part}.tsv")
        for track in read_tsv(path):
            if parts.setdefault(track.track_id, part) != part:
                both = f"{parts[track.track_id]} and {part}"
                raise AnnotationError(f"{path}: track {track.track_id!r} is in {both}, expected one part")
    return parts
