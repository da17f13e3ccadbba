"""Parse and merge metadata files: CSV files with the names of tracks, one row per track.

A file is CSV in UTF-8 with a header: ``track id``, then any of title, artist, album, isrc, year and track number, in any order.
Upper and lower case, ``_`` and spaces around names make no difference. Other columns are kept as JSON. A byte order mark, CRLF,
quoted fields and empty lines are allowed. An empty value says nothing.

Several rows may describe one track. Rows of one file name artists together, since some exports have a row for each artist. In
all else, and between files, the later value counts: later files are later in the order of their names. Values that differ are
conflicts, which are counted.

Ids are compared in composed form (NFC), because a Mac decomposes the characters of a file's name.
"""

import csv
import io
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mer_tasks.errors import MetadataError
from mer_tasks.track_names import ARTIST_SEPARATOR, clean_text, parse_track_number, parse_year

TRACK = "track id"
TEXTS = ("title", "album", "isrc")
NUMBERS = {"year": parse_year, "track number": parse_track_number}
KNOWN_COLUMNS = ("title", "artist", "album", "isrc", "year", "track number")
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
    unknown : Findings
        Ids without a track.
    conflicts : Findings
        Values that differ from an earlier value for the same track, with both places.
    wrong_numbers : Findings
        Values of year and track number that are none; they are left out.
    """

    names: dict[str, Names] = field(default_factory=dict)
    unknown: Findings = field(default_factory=Findings)
    conflicts: Findings = field(default_factory=Findings)
    wrong_numbers: Findings = field(default_factory=Findings)


def normalized_id(track_id: str) -> str:
    """Return a track id in the form in which ids are compared."""
    return unicodedata.normalize("NFC", track_id)


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
        Number of the line at which a row ends, and its values that are not empty, by the name of the column. Known columns have
        the names in ``KNOWN_COLUMNS``.

    Raises
    ------
    MetadataError
        One line with the file, the line, the value and what was expected.

    Examples
    --------
    >>> list(parse(b"Track_ID,Title,Mood\\n7,Beyond Late,\\n", "names.csv"))
    [(2, {'track id': '7', 'title': 'Beyond Late'})]
    """
    _check_text(data, name)
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline=""), skipinitialspace=True, strict=True)
    header: list[str] = []
    try:
        for cells in reader:
            values = [cell.strip() for cell in cells]
            place = f"{name}: line {reader.line_num}"
            if not any(values):
                continue
            if not header:
                header = _header(values, place)
                continue
            if len(values) != len(header):
                raise MetadataError(f"{place}: {len(values)} fields, expected {len(header)} as in the header")
            row = {column: value for column, value in zip(header, values, strict=True) if value}
            if TRACK not in row:
                raise MetadataError(f"{place}: no track id, expected one in each row")
            yield reader.line_num, row
    except csv.Error as error:
        raise MetadataError(f"{name}: line {reader.line_num}: {error}; expected CSV") from None
    if not header:
        raise MetadataError(f"{name}: {len(data)} bytes, empty; expected a header with {TRACK} and {', '.join(KNOWN_COLUMNS)}")


def _check_text(data: bytes, name: str) -> None:
    """Raise an error unless the file is text in UTF-8."""
    zero = data.find(b"\0")
    if zero >= 0:
        raise MetadataError(f"{name}: line {data.count(10, 0, zero) + 1}: a zero byte, not text; expected CSV in UTF-8")
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MetadataError(f"{name}: line {line}: byte 0x{data[error.start]:02x}, expected text in UTF-8") from None


def _header(cells: list[str], place: str) -> list[str]:
    """Return the names of the columns: known names in one spelling, others as they are written."""
    folded = [" ".join(cell.replace("_", " ").split()).casefold() for cell in cells]
    known = (TRACK, *KNOWN_COLUMNS)
    header = [
        fold if fold in known else clean_text(cell) or f"(unnamed {index})"
        for index, (fold, cell) in enumerate(zip(folded, cells, strict=True))
    ]
    if TRACK not in header:
        written = ",".join(cells)[:200]
        known_names = ", ".join(KNOWN_COLUMNS)
        raise MetadataError(f"{place}: no column {TRACK!r} in {written!r}, expected it and any of {known_names}, with commas")
    repeated = sorted({column for column in header if header.count(column) > 1})
    if repeated:
        raise MetadataError(f"{place}: column {repeated[0]!r} {header.count(repeated[0])} times, expected once")
    return header


def read_metadata_files(files: Iterable[tuple[str, bytes]], track_ids: Iterable[str]) -> Metadata:
    """Parse and merge metadata files.

    Parameters
    ----------
    files : iterable of (str, bytes)
        Address and content of each file, in the order of their names. One content is in memory at a time.
    track_ids : iterable of str
        Ids of the tracks that exist.

    Raises
    ------
    MetadataError
        If one of the files cannot be used.

    Examples
    --------
    >>> metadata = read_metadata_files([("names.csv", b"track id,artist,year\\n7,Brad Senne,2004\\n9,Ann,99")], ["7"])
    >>> metadata.names["7"].artist, metadata.names["7"].year, metadata.unknown.named
    ('Brad Senne', 2004, ['9'])
    """
    ids_by_form: dict[str, list[str]] = {}
    for track_id in track_ids:
        ids_by_form.setdefault(normalized_id(track_id), []).append(track_id)
    merger = _Merger(ids_by_form.keys())
    for name, data in files:
        merger.add_file(name, data)
    merged = merger.metadata
    merged.names = {track_id: names for form, names in merged.names.items() for track_id in ids_by_form[form]}
    return merged


class _Merger:
    """Merges rows into the names of each track."""

    def __init__(self, known_ids: Iterable[str]) -> None:
        self.metadata = Metadata()
        self._known_ids = frozenset(known_ids)
        self._unknown_ids: set[str] = set()
        self._last_file: dict[str, str] = {}
        self._shared_texts: dict[str, str] = {}

    def add_file(self, name: str, data: bytes) -> None:
        for line, row in parse(data, name):
            track_id = normalized_id(row.pop(TRACK))
            if track_id in self._known_ids:
                self._add_row(track_id, row, name, line)
            elif track_id not in self._unknown_ids:
                self._unknown_ids.add(track_id)
                self.metadata.unknown.add(track_id)

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
