"""Import the 4Q audio emotion dataset: clips with one quadrant of valence and arousal each, and the mood words of editors.

Input: the folder of the data set with its CSV files. They are recognised by their columns, so that later editions and folders
that are laid out as a landing zone are read too:

- ``Song`` and ``Quadrant`` (Q1 to Q4), or a column for each quadrant;
- metadata: ``Artist``, ``Title``, and lists of words with semicolons or commas in ``GenresStr`` and ``MoodsStr``; the words can
  also be in a file of their own, one in each row.

Output: the clips by their first genre, ``metadata/tracks.csv``, and either ``annotations/quadrants.csv`` or, if mood words are
wanted, ``annotations/moods.csv`` with those that enough clips have.

Data: Panda, Malheiro, Paiva (2018), doi 10.1109/TAFFC.2018.2820691.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from unicodedata import normalize

from mer_tasks.column_names import simplified
from mer_tasks.errors import AnnotationError, ConfigError
from mer_tasks.label_set import LABEL_SETS, LabelSet, label_set_of
from mer_tasks.landing.copy_folder import PlannedCopy
from mer_tasks.landing.csv_files import TRACK, read_rows
from mer_tasks.landing.imports import ImportPlan, audio_files, check_count, csv_bytes, label_ids
from mer_tasks.landing.zone import METADATA_FOLDER, genre_of
from mer_tasks.storage.label_files import read_label_set
from mer_tasks.wording import listed

QUADRANTS = ("q1", "q2", "q3", "q4")
IDS = ("song", "audiosong", simplified(TRACK), "id")
"""Simplified names of the column of ids, the best first."""
MOODS = ("moodsstr", "moodsall", "moods", "mood")
GENRES = ("genresstr", "genres", "genre")
"""Simplified names of columns of words, the best first; one that has only numbers is passed over."""
NO_GENRE = "unknown"
EDITORS = "editors"
"""Listener whose answer the mood words of a clip are."""
MAX_NAMED = 5


@dataclass
class Song:
    """What the CSV files say about a clip."""

    quadrants: set[str] = field(default_factory=set)
    moods: list[str] = field(default_factory=list)
    genres: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)


def plan(folder: Path, moods: int | None = None) -> ImportPlan:
    """Read the data set, and plan its import.

    Parameters
    ----------
    folder : Path
    moods : int, optional
        Import the mood words that at least so many clips have, in place of the quadrants.

    Raises
    ------
    ConfigError
        If there is no audio or no CSV file with quadrants or mood words, or if the mood words make no label set.
    AnnotationError
        If a CSV file cannot be used, or a clip has two quadrants or an unknown one.
    """
    audio = audio_files(folder)
    songs = _read_songs(folder)
    landed = {track_id: songs.get(track_id, Song()) for track_id in audio}
    copies = [
        PlannedCopy(path.relative_to(folder).as_posix(), f"{_genre(landed[track_id], path)}/{track_id}{path.suffix}")
        for track_id, path in audio.items()
    ]
    label_set, key, annotations = _quadrants(folder, songs) if moods is None else _mood_words(folder, landed, moods)
    files = {key: annotations}
    named = [[track_id, song.names.get("artist", ""), song.names.get("title", "")] for track_id, song in landed.items()]
    if any(row[1] or row[2] for row in named):
        files[f"{METADATA_FOLDER}/tracks.csv"] = csv_bytes((TRACK, "artist", "title"), named)
    return ImportPlan(folder, copies, files, label_set, _notes(songs, landed))


def _notes(songs: Mapping[str, Song], landed: Mapping[str, Song]) -> list[str]:
    absent = sorted(songs.keys() - landed.keys())
    unknown = sorted(landed.keys() - songs.keys())
    without_artist = sum(not song.names.get("artist") for song in landed.values())
    return [
        *([f"{len(absent)} songs of the CSV files have no audio: {listed(absent, MAX_NAMED)}"] if absent else []),
        *([f"{len(unknown)} audio files are in no CSV file: {listed(unknown, MAX_NAMED)}"] if unknown else []),
        *([f"{without_artist} tracks have no artist, so they are not grouped by artist"] if without_artist else []),
    ]


def _genre(song: Song, path: Path) -> str:
    """Return a folder's name for the first genre of a song, else its folder unless this is a quadrant."""
    genre = song.genres[0] if song.genres else path.parent.name
    name = re.sub(r"[^\w]+", "-", normalize("NFC", genre).casefold()).strip("-_")
    known = name and name not in QUADRANTS and genre_of(f"{name}/x") not in ("annotations", "metadata")
    return name if known else NO_GENRE


def _read_songs(folder: Path) -> dict[str, Song]:
    """Read all CSV files below a folder that have a column of ids."""
    songs: dict[str, Song] = {}
    found = [path for path in sorted(folder.rglob("*.csv")) if not path.name.startswith(".")]
    for path in found:
        _read_file(path, songs)
    if not any(song.quadrants or song.moods for song in songs.values()):
        raise ConfigError(
            f"{folder}: no quadrants in {len(found)} CSV files, expected the 4Q data set: a CSV file with Song and Quadrant"
        )
    return songs


def _read_file(path: Path, songs: dict[str, Song]) -> None:
    data = path.read_bytes()
    rows = read_rows(data, str(path), "the header Song, Quadrant", AnnotationError)
    names = [simplified(name) for name in next(rows).fields]
    of_id = next((names.index(name) for name in IDS if name in names), None)
    if of_id is None:
        return
    for line, fields in rows:
        values = dict(zip(names, fields, strict=False))
        song_id = normalize("NFC", fields[of_id].strip())
        if len(fields) != len(names) or not song_id:
            raise AnnotationError(f"{path}: line {line}: {len(fields)} fields, id {song_id!r}, expected {len(names)} and an id")
        song = songs.setdefault(song_id, Song())
        song.quadrants |= set(_quadrants_of(values, f"{path}: line {line}"))
        if len(song.quadrants) > 1:
            both = " and ".join(sorted(map(str.upper, song.quadrants)))
            raise AnnotationError(f"{path}: line {line}: song {song_id!r} has {both}, expected one quadrant")
        song.moods += [word for word in _words(values, MOODS) if word not in song.moods]
        song.genres = song.genres or _words(values, GENRES)
        for name in ("artist", "title"):
            if values.get(name):
                song.names.setdefault(name, values[name])


def _quadrants_of(values: Mapping[str, str], place: str) -> Iterator[str]:
    """Yield the quadrants that a row names: in one column, or by 1 in one of four columns."""
    if value := values.get("quadrant"):
        if value.casefold() not in QUADRANTS:
            raise AnnotationError(f"{place}, column 'Quadrant': {value!r}, expected one of {', '.join(QUADRANTS).upper()}")
        yield value.casefold()
    cells = {name: values[name] for name in QUADRANTS if name in values}
    if cells:
        wrong = [cell for cell in cells.values() if cell not in ("0", "1")]
        if wrong or len(cells) < len(QUADRANTS) or [*cells.values()].count("1") != 1:
            given = ",".join(cells.values())
            raise AnnotationError(f"{place}: {given!r} for {','.join(cells)}, expected 1 for one of the four, else 0")
        yield next(name for name, cell in cells.items() if cell == "1")


def _words(values: Mapping[str, str], names: tuple[str, ...]) -> list[str]:
    for name in names:
        words = [word.strip() for word in re.split("[;,]", values.get(name, "")) if word.strip()]
        if words and not all(word.isdecimal() for word in words):
            return list(dict.fromkeys(words))
    return []


def _quadrants(folder: Path, songs: Mapping[str, Song]) -> tuple[LabelSet, str, bytes]:
    rows = [[song_id, *song.quadrants] for song_id, song in songs.items() if song.quadrants]
    if not rows:
        raise ConfigError(f"{folder}: no quadrants, expected a CSV file with Song and Quadrant")
    label_set = read_label_set(str(LABEL_SETS / "quadrants.toml"))
    return label_set, "annotations/quadrants.csv", csv_bytes((TRACK, "label"), rows)


def _mood_words(folder: Path, songs: Mapping[str, Song], fewest: int) -> tuple[LabelSet, str, bytes]:
    """Make a label set of the mood words that enough songs have; one answer for each song with any word."""
    ids = label_ids([word for song in songs.values() for word in song.moods])
    names: dict[str, str] = {}
    for word, label in ids.items():
        names.setdefault(label, word)
    counts = Counter(label for song in songs.values() for label in {ids[word] for word in song.moods})
    labels = sorted(label for label, count in counts.items() if count >= fewest)
    check_count(len(labels), f"mood words with at least {fewest} tracks in {folder}", "choose another number of tracks")
    entries = [{"id": label, "name": names[label], "description": f"{counts[label]} tracks at import."} for label in labels]
    document = {"name": "moods", "kind": "multi", "noun": ["mood", "moods"], "labels": entries}
    rows = []
    for song_id, song in songs.items():
        chosen = sorted({ids[word] for word in song.moods} & {*labels})
        rows += [[song_id, EDITORS, label] for label in chosen or ([""] if song.moods else [])]
    return label_set_of(document, "mood words"), "annotations/moods.csv", csv_bytes((TRACK, "listener", "label"), rows)
