"""Parse and merge metadata files: CSV files with the names of tracks, one row per track.

A file has a header: ``track id``, then any of title, artist, album, isrc, year and track number, in any order.
:data:`COLUMN_NAMES` has the names that these columns may have. Other columns are kept as JSON. What a CSV file may look like is
in :mod:`mer_tasks.landing.csv_files`. An empty value says nothing.

Several rows may describe one track. Rows of one file name artists together, since some exports have a row for each artist. In
all else, and between files, the later value counts: later files are newer. Values that differ are conflicts, which are counted.

Which track an id means is decided in :mod:`mer_tasks.landing.id_matching`.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from unicodedata import normalize

from mer_tasks.column_names import simplified
from mer_tasks.config import IdMatch
from mer_tasks.errors import MetadataError
from mer_tasks.landing.csv_files import TRACK, check_columns_once, read_rows
from mer_tasks.landing.id_matching import TrackIndex
from mer_tasks.track_names import ARTIST_SEPARATOR, clean_text, parse_track_number, parse_year

TEXTS = ("title", "album", "isrc")
NUMBERS = {"year": parse_year, "track number": parse_track_number}
COLUMN_NAMES = {
    "title": ("title", "track title", "track name", "song", "song title", "song name"),
    "artist": (
        *("artist", "artists", "artist name", "artist names", "artist(s)", "artist(s) name"),
        *("track artist", "track artists", "song artist"),
    ),
    "album": ("album", "album title", "album name"),
    "isrc": ("isrc", "isrc code"),
    "year": ("year", "release year", "year of release"),
    "track number": ("track number", "track no", "track no.", "track nr", "track nr."),
}
"""Names that a known column may have, by its meaning."""
DATES = (simplified("release date"), simplified("date of release"))
"""Names of columns whose dates have the year, in a file without a column of years."""
MEANINGS = {simplified(name): meaning for meaning, names in {TRACK: (TRACK,), **COLUMN_NAMES}.items() for name in names}
MAX_LENGTH = 2_000
"""Characters of a text that may name several artists, or of a column that is kept as JSON; the rest is cut off."""
MAX_ARTISTS = 100
"""Rows of one file that may name an artist of one track."""
MAX_NAMED = 5
"""Largest number of tracks that a list for a message names."""


@dataclass(slots=True)
class Names:
    """What metadata files say about one track; None where they say nothing.

    Attributes
    ----------
    title, artist, album, isrc : str, optional
        Several artists are separated by semicolons.
    year, track_number : int, optional
    extra : dict of str to str, optional
        Values of other columns, by the names of the columns.
    """

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    isrc: str | None = None
    year: int | None = None
    track_number: int | None = None
    extra: dict[str, str] | None = None

    def row(self) -> dict[str, Any]:
        """Return the values as a row of the table of metadata, where the other columns are JSON."""
        extra = json.dumps(self.extra, ensure_ascii=False, sort_keys=True) if self.extra else None
        names = {name: getattr(self, name) for name in ("title", "artist", "album", "year", "track_number", "isrc")}
        return {**names, "metadata": extra}


@dataclass
class Findings:
    """Number of things of one kind that a person should know, with the first of them.

    Attributes
    ----------
    count : int
    named : list of str
        At most five of them.
    """

    count: int = 0
    named: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        """Count one more."""
        self.count += 1
        if len(self.named) < MAX_NAMED:
            self.named.append(name)


@dataclass
class Metadata:
    """Merged metadata files.

    Attributes
    ----------
    names : dict of str to Names
        By track id, for the tracks that exist.
    unknown : list of str
        Ids without a track, each once.
    conflicts : Findings
        Values that differ from an earlier value for the same track, with both places.
    wrong_numbers : Findings
        Values of year and track number that are none; they are left out.
    unused_artists : Findings
        Columns of files without a known column of artists whose names have the word artist, with their places.
    """

    names: dict[str, Names] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    conflicts: Findings = field(default_factory=Findings)
    wrong_numbers: Findings = field(default_factory=Findings)
    unused_artists: Findings = field(default_factory=Findings)


def read_header(names: list[str], place: str) -> list[str]:
    """Return the meaning of each column, which is one of :data:`COLUMN_NAMES` or ``track id``; others keep their names.

    Parameters
    ----------
    names : list of str
        Names of the columns, as the file has them.
    place : str
        File and line, for messages.

    Raises
    ------
    MetadataError
        If there is no column of track ids, a column stands twice, or two columns have one meaning.

    Examples
    --------
    >>> read_header(["Track_ID", "Artist Name", "Mood", ""], "names.csv: line 1")
    ['track id', 'artist', 'Mood', '(unnamed 3)']
    """
    cleaned = [clean_text(name) or f"(unnamed {index})" for index, name in enumerate(names)]
    meanings = [MEANINGS.get(simplified(name), name) for name in cleaned]
    if "year" not in meanings:
        meanings = ["year" if simplified(name) in DATES else meaning for name, meaning in zip(cleaned, meanings, strict=True)]
    if TRACK not in meanings:
        raise MetadataError(
            f"{place}: no column {TRACK!r} in {','.join(names)[:200]!r}, expected it and any of {', '.join(COLUMN_NAMES)},"
            " with commas, semicolons or tabs between them"
        )
    check_columns_once(names, meanings, place, MetadataError)
    return meanings


def parse(data: bytes, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Parse a metadata file.

    Parameters
    ----------
    data : bytes
        Content of the file.
    name : str
        Address of the file, for messages.

    Yields
    ------
    (int, dict of str to str)
        Number of the line at which a row ends, and its values by the meanings of the columns (:func:`read_header`). The header
        comes first: its values are the names of the columns. Values of other rows are not empty.

    Raises
    ------
    MetadataError
        One line with the file, the line, the value and what was expected.

    Examples
    --------
    >>> list(parse(b"Track_ID,Title,Mood\\n7,Beyond Late,\\n", "names.csv"))[1:]
    [(2, {'track id': '7', 'title': 'Beyond Late'})]
    """
    rows = read_rows(data, name, f"a header with {TRACK} and {', '.join(COLUMN_NAMES)}", MetadataError)
    first = next(rows)
    columns = read_header(first.fields, f"{name}: line {first.line}")
    yield first.line, dict(zip(columns, first.fields, strict=True))
    for line, fields in rows:
        row = {column: value for column, value in zip(columns, fields, strict=True) if value}
        if TRACK not in row:
            raise MetadataError(f"{name}: line {line}: no track id, expected one in each row")
        yield line, row


def read_metadata_files(
    files: Iterable[tuple[str, bytes]], track_ids: Collection[str], id_match: IdMatch = "exact"
) -> Metadata:
    """Parse and merge metadata files.

    Parameters
    ----------
    files : iterable of (str, bytes)
        Address and content of each file, from the oldest to the newest file. One content is in memory at a time.
    track_ids : collection of str
        Ids of the tracks that exist, each once.
    id_match : {"exact", "blanks", "case", "number", "file_name", "loose"}
        When an id means a track; see :data:`mer_tasks.landing.id_matching.RULES`.

    Raises
    ------
    MetadataError
        If one of the files cannot be used, or an id can mean two tracks.

    Examples
    --------
    >>> metadata = read_metadata_files([("names.csv", b"track id,artist,year\\n7,Brad Senne,2004\\n9,Ann,99")], ["7"])
    >>> metadata.names["7"].artist, metadata.names["7"].year, metadata.unknown
    ('Brad Senne', 2004, ['9'])
    """
    merger = _Merger(TrackIndex(track_ids, id_match))
    for name, data in files:
        merger.add_file(name, data)
    return merger.metadata


class _Merger:
    """Merges rows into the names of each track."""

    def __init__(self, index: TrackIndex) -> None:
        self.metadata = Metadata()
        self._index = index
        self._unknown_ids: set[str] = set()
        self._last_file: dict[str, str] = {}
        self._shared_texts: dict[str, str] = {}

    def add_file(self, name: str, data: bytes) -> None:
        rows = parse(data, name)
        line, columns = next(rows)
        if "artist" not in columns:
            for column in filter(lambda column: "artist" in column.casefold(), columns):
                self.metadata.unused_artists.add(f"{name}: line {line}: column {column!r}")
        for line, row in rows:
            given = normalize("NFC", row.pop(TRACK))
            track_id = self._index.find(given, MetadataError)
            if track_id is not None:
                self._add_row(track_id, row, name, line)
            elif given not in self._unknown_ids:
                self._unknown_ids.add(given)
                self.metadata.unknown.append(given)

    def _add_row(self, track_id: str, row: Mapping[str, str], name: str, line: int) -> None:
        names = self.metadata.names.setdefault(track_id, Names())
        same_file = self._last_file.get(track_id) == name
        self._last_file[track_id] = self._share(name)
        place = f"track {track_id!r}, {name}: line {line}"
        for column, value in row.items():
            if column in NUMBERS:
                number = NUMBERS[column](value)
                if number is None:
                    self.metadata.wrong_numbers.add(f"{place}: {column} {value[:40]!r}")
                else:
                    self._set(names, column.replace(" ", "_"), number, place)
            elif column in TEXTS:
                self._set(names, column, self._share(clean_text(value)), place)
            elif column == "artist":
                self._add_artist(names, clean_text(value, MAX_LENGTH), same_file, place)
            else:
                self._add_extra(names, column, clean_text(value, MAX_LENGTH), place)

    def _set(self, names: Names, attribute: str, value: str | int, place: str) -> None:
        earlier = getattr(names, attribute)
        if earlier is not None and earlier != value:
            self.metadata.conflicts.add(f"{place}: {attribute.replace('_', ' ')} {value!r}, before {earlier!r}")
        setattr(names, attribute, value or None)

    def _add_artist(self, names: Names, artist: str, same_file: bool, place: str) -> None:
        if not (same_file and names.artist):
            self._set(names, "artist", self._share(artist), place)
            return
        artists = names.artist.split(ARTIST_SEPARATOR)
        if len(artists) >= MAX_ARTISTS:
            self.metadata.conflicts.add(f"{place}: artist {artist[:40]!r} after {MAX_ARTISTS} others, which is left out")
        elif artist not in artists:
            names.artist = self._share(ARTIST_SEPARATOR.join([*artists, artist]))

    def _add_extra(self, names: Names, column: str, value: str, place: str) -> None:
        names.extra = names.extra or {}
        earlier = names.extra.get(column, value)
        if earlier != value:
            self.metadata.conflicts.add(f"{place}: {column} {value[:40]!r}, before {earlier[:40]!r}")
        names.extra[column] = self._share(value)

    def _share(self, text: str) -> str:
        """Return an equal text that is in memory once: artists and albums have many tracks."""
        return self._shared_texts.setdefault(text, text)
