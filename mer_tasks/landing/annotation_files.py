"""Annotation files: what listeners said about tracks, one row per listener and track.

A file is CSV in UTF-8 with Emotify's header: ``track id``, ``genre``, and the nine emotions with 0 or 1. Columns are found by
name, in any order, and spaces around names and values do not count. Other columns (mood, liked, age, ...) only help to tell one
listener's row from another's. A byte order mark, CRLF, quoted fields and empty lines are all right.

Several files may overlap. A row that is in two files, as when a newer export holds the older one, is one listener's answer, so
for each distinct row the number of times that it counts is the largest that a single file has it, not the sum. Rows are the
same if they agree in every column that all files have, apart from the genre. A row that a file has twice counts twice: two
listeners can agree. So a file with only new rows adds them all, except those that look exactly like an older one.

Nothing names a listener, so no file can take back what another says. A second export with corrected votes beside the older one
counts as more listeners; it shows where two files have a track with as many rows, of equal listeners by all other columns, and
other votes (:func:`contested`).
"""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd
import pandera.pandas as pa

from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import AnnotationError

TRACK, GENRE = "track id", "genre"
REQUIRED = (TRACK, GENRE, *EMOTIONS)
LINE, COUNT = "(line)", "(count)"
"""Columns that say where a row stands in its file, and how often it counts: no header of a file has brackets."""
ENOUGH = 2
"""So many rows of a track must a file have to be compared with another: a file for each listener is no contradiction."""
SCHEMA = pa.DataFrameSchema(
    {
        TRACK: pa.Column(str, pa.Check(lambda ids: ids != "", error="a track id")),
        **{emotion: pa.Column(str, pa.Check.isin(["0", "1"], error="0 or 1")) for emotion in EMOTIONS},
    }
)


@dataclass(frozen=True)
class Annotations:
    """Rows of all annotation files together.

    Attributes
    ----------
    rows : pd.DataFrame
        ``track_id``, one column of 0 and 1 per emotion (int64), and ``(count)``: how often this row counts.
    genres : dict
        Track id to the genres that the files give it.
    read : int
        Rows in the files.
    repeated : int
        Rows of these that do not count, because another file has them already.
    contested : dict
        Track id to the addresses of two files that may contradict each other; see :func:`contested`.
    """

    rows: pd.DataFrame
    genres: dict[str, set[str]]
    read: int
    repeated: int
    contested: dict[str, tuple[str, str]] = field(default_factory=dict)


def parse(data: bytes, name: str) -> pd.DataFrame:
    """Read and check one annotation file.

    Parameters
    ----------
    data : bytes
        Content of the file.
    name : str
        Its address, for messages.

    Returns
    -------
    pd.DataFrame
        One row per listener and track, all columns of the file as text, and ``(line)``, the number of the row's line.

    Raises
    ------
    AnnotationError
        One line with the file, the line, the column, the value and what was expected.
    """
    header, rows, lines = _cells(_text(data, name), name)
    table = pd.DataFrame(rows, columns=header, dtype=str)
    table[LINE] = lines
    try:
        SCHEMA.validate(table, lazy=True)
    except pa.errors.SchemaErrors as errors:
        raise AnnotationError(_first_failure(errors.failure_cases, table, name)) from None
    return table


def _text(data: bytes, name: str) -> str:
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise AnnotationError(f"{name}: line {line}: a zero byte, not text; expected CSV in UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        place = error.start - data.rfind(b"\n", 0, error.start)
        raise AnnotationError(f"{name}: line {line}, byte {place}: 0x{data[error.start]:02x}, expected text in UTF-8") from None
    if not text.strip():
        raise AnnotationError(f"{name}: {len(data)} bytes, empty; expected the header {', '.join(REQUIRED)}")
    return text


def _cells(text: str, name: str) -> tuple[list[str], list[list[str]], list[int]]:
    """Header, rows, and the line at which each row ends."""
    reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True)
    header: list[str] = []
    rows, lines = [], []
    try:
        for cells in reader:
            if not cells:
                continue
            stripped = [cell.strip() for cell in cells]
            if not header:
                header = _checked_header(stripped, f"{name}: line {reader.line_num}")
            elif len(stripped) != len(header):
                raise AnnotationError(
                    f"{name}: line {reader.line_num}: {len(stripped)} fields, expected {len(header)} as in the header"
                )
            else:
                rows.append(stripped)
                lines.append(reader.line_num)
    except csv.Error as error:
        raise AnnotationError(f"{name}: line {reader.line_num}: {error}; expected CSV") from None
    if not rows:
        raise AnnotationError(f"{name}: a header without rows, expected one row per listener and track")
    return header, rows, lines


def _checked_header(header: list[str], place: str) -> list[str]:
    missing = [column for column in REQUIRED if column not in header]
    if missing:
        raise AnnotationError(
            f"{place}: no column {', '.join(map(repr, missing))} in {','.join(header)[:200]!r},"
            f" expected {', '.join(REQUIRED)}, with commas between them"
        )
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise AnnotationError(f"{place}: column {twice[0]!r} {header.count(twice[0])} times, expected once")
    return [column or f"(unnamed {place})" for place, column in enumerate(header)]


def _first_failure(cases: pd.DataFrame, table: pd.DataFrame, name: str) -> str:
    cases = cases.assign(place=cases["column"].map(list(table.columns).index)).sort_values(["index", "place"])
    first = cases.iloc[0]
    line = int(table[LINE].iloc[int(first["index"])])
    more = f" (and {len(cases) - 1} more)" if len(cases) > 1 else ""
    return f"{name}: line {line}, column {first['column']!r}: {first['failure_case']!r}, expected {first['check']}{more}"


def _comparable(tables: Sequence[pd.DataFrame]) -> list[str]:
    """Columns that all files have and that tell rows apart, in the order of the first file."""
    shared = [column for column in tables[0].columns if all(column in table for table in tables)]
    return [column for column in shared if column not in (GENRE, LINE)]


def contested(tables: Mapping[str, pd.DataFrame]) -> dict[str, tuple[str, str]]:
    """Tracks of which two files say different things, as if one corrected the other.

    Both files have the track with as many rows, two at least, that differ in nothing but votes. New listeners who are as many
    and alike look the same, so this is for a warning.

    Parameters
    ----------
    tables : mapping of str to pd.DataFrame
        Address of each file to its table, as :func:`parse` gives it.

    Returns
    -------
    dict
        Track id to the addresses of the first two such files, in order of track ids.
    """
    same = _comparable(list(tables.values()))
    listener = [column for column in same if column not in EMOTIONS]
    seen = []
    for name, table in tables.items():
        # sums of hashes are equal where the same rows are there equally often, in any order
        hashes = {"listeners": table[listener], "answers": table[sorted(same)]}
        sums = pd.DataFrame({key: pd.util.hash_pandas_object(rows, index=False) for key, rows in hashes.items()})
        groups = sums.groupby(table[TRACK].to_numpy())
        seen.append(groups.sum()[groups.size() >= ENOUGH].rename_axis(TRACK).reset_index().assign(name=name))
    rows = pd.concat(seen).drop_duplicates([TRACK, "listeners", "answers"])
    doubtful = rows[rows.duplicated([TRACK, "listeners"], keep=False)].sort_values(TRACK, kind="stable")
    pairs = doubtful.groupby(TRACK)["name"].agg(list)
    return {str(track): (names[0], names[1]) for track, names in pairs.items()}


def merge(tables: Sequence[pd.DataFrame]) -> Annotations:
    """Rows of several parsed files, each listener's answer counted once.

    Parameters
    ----------
    tables : sequence of pd.DataFrame
        As :func:`parse` gives them; at least one.
    """
    same = _comparable(tables)
    counted = pd.concat([table.groupby(same, sort=False).size().rename(COUNT) for table in tables])
    rows = counted.groupby(level=list(range(len(same))), sort=False).max().reset_index()
    genres: dict[str, set[str]] = {}
    for table in tables:
        for track_id, genre in table[[TRACK, GENRE]].drop_duplicates().itertuples(index=False):
            genres.setdefault(track_id, set()).add(genre)
    rows = rows[[TRACK, *EMOTIONS, COUNT]].astype(dict.fromkeys(EMOTIONS, "int64")).rename(columns={TRACK: "track_id"})
    read = sum(map(len, tables))
    return Annotations(rows, genres, read, read - int(rows[COUNT].sum()))


def read_all(files: Mapping[str, bytes]) -> Annotations:
    """Parse and merge files; equal content counts once.

    Parameters
    ----------
    files : mapping of str to bytes
        Address to content.

    Raises
    ------
    AnnotationError
        If there is no file, or one cannot be used.
    """
    if not files:
        raise AnnotationError("no annotation file, expected at least one .csv below annotations/ of the landing zone")
    distinct: dict[bytes, tuple[str, bytes]] = {}
    for name, data in files.items():
        distinct.setdefault(hashlib.sha256(data).digest(), (name, data))
    tables = {name: parse(data, name) for name, data in distinct.values()}
    return replace(merge(list(tables.values())), contested=contested(tables))
