"""Parse and merge annotation files: CSV files with the listeners' votes, one row per listener and track.

A file is CSV in UTF-8 with Emotify's header: ``track id``, ``genre``, and the nine emotions with 0 or 1. Columns are found by
name, in any order, and spaces around names and values are ignored. Other columns (mood, liked, age, ...) only help to
distinguish the rows of listeners. A byte order mark, CRLF, quoted fields and empty lines are allowed.

Several files may overlap: a newer export often contains the rows of an older one. A row that is in both is one listener's
answer. Each distinct row therefore counts as often as it stands in the file that repeats it most, and not as often as in all
files together. Two rows are the same if they agree in every column that all files have, apart from the genre. A row that stands
twice in one file counts twice, because two listeners can agree. A file with only new rows adds all of them, except rows that
look exactly like an older row.

No column identifies a listener, so no file can withdraw a vote of another file. If corrected votes lie in a second export
beside the first one, both count, as if there were more listeners. :func:`find_contested` finds signs of this: two files have
equally many rows for a track, the rows agree in all other columns, and the votes differ.
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
REQUIRED_COLUMNS = (TRACK, GENRE, *EMOTIONS)
LINE, COUNT = "(line)", "(count)"
"""Columns that are added: the line at which a row ends in its file, and how often the row counts. The parentheses distinguish
these names from the columns of a file."""
MIN_ROWS_TO_COMPARE = 2
"""Fewest rows of a track that a file must have before it is compared with another file. One row each is no contradiction: there
may be one file per listener."""
SCHEMA = pa.DataFrameSchema(
    {
        TRACK: pa.Column(str, pa.Check(lambda ids: ids != "", error="a track id")),
        **{emotion: pa.Column(str, pa.Check.isin(["0", "1"], error="0 or 1")) for emotion in EMOTIONS},
    }
)


@dataclass(frozen=True)
class Annotations:
    """Merged rows of all annotation files.

    Attributes
    ----------
    rows : pd.DataFrame
        ``track_id``, one column of 0 and 1 per emotion (int64), and ``(count)``: how often this row counts.
    genres : dict
        Track id to the genres that the files name for it.
    rows_read : int
        Number of rows in all files.
    rows_repeated : int
        Number of these rows that do not count, because another file already has them.
    contested : dict
        Track id to the addresses of two files that may contradict each other; see :func:`find_contested`.
    """

    rows: pd.DataFrame
    genres: dict[str, set[str]]
    rows_read: int
    rows_repeated: int
    contested: dict[str, tuple[str, str]] = field(default_factory=dict)


def parse(data: bytes, name: str) -> pd.DataFrame:
    """Parse and check one annotation file.

    Parameters
    ----------
    data : bytes
        Content of the file.
    name : str
        Address of the file, for messages.

    Returns
    -------
    pd.DataFrame
        One row per listener and track: all columns of the file as text, and ``(line)``, the number of the line at which the
        row ends.

    Raises
    ------
    AnnotationError
        One line with the file, the line, the column, the value and what was expected.
    """
    header, rows, lines = _parse_csv(_decode_text(data, name), name)
    table = pd.DataFrame(rows, columns=header, dtype=str)
    table[LINE] = lines
    try:
        SCHEMA.validate(table, lazy=True)
    except pa.errors.SchemaErrors as errors:
        raise AnnotationError(_first_failure(errors.failure_cases, table, name)) from None
    return table


def _decode_text(data: bytes, name: str) -> str:
    """Decode a file as UTF-8; refuse binary and empty files."""
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise AnnotationError(f"{name}: line {line}: a zero byte, not text; expected CSV in UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise AnnotationError(
            f"{name}: line {line}, byte {column}: 0x{data[error.start]:02x}, expected text in UTF-8"
        ) from None
    if not text.strip():
        raise AnnotationError(f"{name}: {len(data)} bytes, empty; expected the header {', '.join(REQUIRED_COLUMNS)}")
    return text


def _parse_csv(text: str, name: str) -> tuple[list[str], list[list[str]], list[int]]:
    """Return the header, the rows, and the number of the line at which each row ends."""
    reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True)
    header: list[str] = []
    rows: list[list[str]] = []
    lines: list[int] = []
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


def _checked_header(header: list[str], location: str) -> list[str]:
    """Return the header with a name for each unnamed column; raise if a required column is missing or a column repeats."""
    missing = [column for column in REQUIRED_COLUMNS if column not in header]
    if missing:
        raise AnnotationError(
            f"{location}: no column {', '.join(map(repr, missing))} in {','.join(header)[:200]!r},"
            f" expected {', '.join(REQUIRED_COLUMNS)}, with commas between them"
        )
    repeated = sorted({column for column in header if column and header.count(column) > 1})
    if repeated:
        raise AnnotationError(f"{location}: column {repeated[0]!r} {header.count(repeated[0])} times, expected once")
    return [column or f"(unnamed {index})" for index, column in enumerate(header)]


def _first_failure(failures: pd.DataFrame, table: pd.DataFrame, name: str) -> str:
    """Describe the failure of the first line and, within it, of the first column; count the other failures."""
    positions = failures["column"].map(list(table.columns).index)
    failures = failures.assign(position=positions).sort_values(["index", "position"])
    first = failures.iloc[0]
    line = int(table[LINE].iloc[int(first["index"])])
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    return f"{name}: line {line}, column {first['column']!r}: {first['failure_case']!r}, expected {first['check']}{more}"


def _shared_columns(tables: Sequence[pd.DataFrame]) -> list[str]:
    """Return the columns that all files have, except genre and line, in the order of the first file."""
    shared = [column for column in tables[0].columns if all(column in table for table in tables)]
    return [column for column in shared if column not in (GENRE, LINE)]


def find_contested(tables: Mapping[str, pd.DataFrame]) -> dict[str, tuple[str, str]]:
    """Find contested tracks: two files have different votes for them, as if one file corrected the other.

    For such a track, both files have equally many rows, at least two, and the rows differ only in votes. Two files of different
    listeners can look the same way, so the result is good for a warning only.

    Parameters
    ----------
    tables : mapping of str to pd.DataFrame
        Address of each file to its table from :func:`parse`.

    Returns
    -------
    dict
        Track id to the addresses of the first two such files, in order of track ids.

    Examples
    --------
    >>> header = "track id,genre," + ",".join(EMOTIONS)
    >>> old = parse(f"{header}\\n7,rock,1,0,0,0,0,0,0,0,0\\n7,rock,1,0,0,0,0,0,0,0,0".encode(), "old.csv")
    >>> new = parse(f"{header}\\n7,rock,0,1,0,0,0,0,0,0,0\\n7,rock,1,0,0,0,0,0,0,0,0".encode(), "new.csv")
    >>> find_contested({"old.csv": old, "new.csv": new})
    {'7': ('old.csv', 'new.csv')}
    """
    shared = _shared_columns(list(tables.values()))
    not_votes = [column for column in shared if column not in EMOTIONS]
    sums_per_file = []
    for name, table in tables.items():
        # a sum of hashes is equal for files that have the same rows equally often, in any order
        columns = {"listeners": table[not_votes], "answers": table[sorted(shared)]}
        hashes = pd.DataFrame({key: pd.util.hash_pandas_object(rows, index=False) for key, rows in columns.items()})
        groups = hashes.groupby(table[TRACK].to_numpy())
        comparable = groups.sum()[groups.size() >= MIN_ROWS_TO_COMPARE]
        sums_per_file.append(comparable.rename_axis(TRACK).reset_index().assign(name=name))
    sums = pd.concat(sums_per_file).drop_duplicates([TRACK, "listeners", "answers"])
    contested = sums[sums.duplicated([TRACK, "listeners"], keep=False)].sort_values(TRACK, kind="stable")
    names_by_track = contested.groupby(TRACK)["name"].agg(list)
    return {str(track): (names[0], names[1]) for track, names in names_by_track.items()}


def merge(tables: Sequence[pd.DataFrame]) -> Annotations:
    """Merge the rows of several parsed files, so that each listener's answer counts once.

    Parameters
    ----------
    tables : sequence of pd.DataFrame
        Tables from :func:`parse`; at least one.
    """
    shared = _shared_columns(tables)
    counts = pd.concat([table.groupby(shared, sort=False).size().rename(COUNT) for table in tables])
    rows = counts.groupby(level=list(range(len(shared))), sort=False).max().reset_index()
    genres: dict[str, set[str]] = {}
    for table in tables:
        for track_id, genre in table[[TRACK, GENRE]].drop_duplicates().itertuples(index=False):
            genres.setdefault(track_id, set()).add(genre)
    rows = rows[[TRACK, *EMOTIONS, COUNT]].astype(dict.fromkeys(EMOTIONS, "int64")).rename(columns={TRACK: "track_id"})
    rows_read = sum(map(len, tables))
    return Annotations(rows, genres, rows_read, rows_read - int(rows[COUNT].sum()))


def read_annotation_files(files: Mapping[str, bytes]) -> Annotations:
    """Parse and merge annotation files; files with equal content count once.

    Parameters
    ----------
    files : mapping of str to bytes
        Address of each file to its content.

    Raises
    ------
    AnnotationError
        If there is no file, or one of the files cannot be used.

    Examples
    --------
    >>> votes = ("track id,genre," + ",".join(EMOTIONS) + "\\n7,rock,1,0,0,0,0,0,0,0,0").encode()
    >>> annotations = read_annotation_files({"a.csv": votes, "copy of a.csv": votes})
    >>> annotations.rows_read, annotations.genres
    (1, {'7': {'rock'}})
    """
    if not files:
        raise AnnotationError("no annotation file, expected at least one .csv below annotations/ of the landing zone")
    distinct: dict[bytes, tuple[str, bytes]] = {}
    for name, data in files.items():
        distinct.setdefault(hashlib.sha256(data).digest(), (name, data))
    tables = {name: parse(data, name) for name, data in distinct.values()}
    return replace(merge(list(tables.values())), contested=find_contested(tables))
