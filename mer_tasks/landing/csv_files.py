"""CSV files of the landing zone: decode them, recognise the separator, and read rows as text with their line numbers.

In: the bytes of an annotation or metadata file. Out: its header and its rows, all of the same length.

The text is UTF-8; a byte order mark, CRLF, quoted fields and empty lines are allowed. A row of empty fields counts as an empty
line, and so does a first line ``sep=;``, which tells Excel the separator. Commas, semicolons or tabs are between the columns:
the header decides, by the column of track ids. Blanks around names and values are ignored, except those of a track id: only
blanks directly after a separator are never part of it.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mer_tasks.column_names import simplified
from mer_tasks.errors import PermanentError

TRACK = "track id"
"""Name of the column of track ids, which every file has."""
SEPARATORS = ",;\t"
SEPARATOR_LINE = re.compile(rf'"?sep=[{SEPARATORS}]"?[{SEPARATORS}]*\s*', re.IGNORECASE)
"""First line of a file that only names the separator; a program may have filled it up with separators."""


class Row(NamedTuple):
    """A row of a CSV file that is not empty.

    Attributes
    ----------
    line : int
        Number of the line at which the row ends.
    fields : list of str
        Its fields without surrounding blanks; a track id keeps its own.
    """

    line: int
    fields: list[str]


def read_rows(data: bytes, name: str, expected: str, error: type[PermanentError], id_column: str = TRACK) -> Iterator[Row]:
    """Read the rows of a CSV file; the first one is the header.

    Parameters
    ----------
    data : bytes
        Content of the file.
    name : str
        Address of the file, for messages.
    expected : str
        What a file should have, for the message about an empty one.
    error : type of PermanentError
        Class of the errors.
    id_column : str
        Name of the column of track ids.

    Yields
    ------
    Row
        As many fields as the header has, as long as this has a column of track ids or none at all.

    Raises
    ------
    PermanentError
        Of the class `error`, if the file is empty, is no CSV in UTF-8, or has a row of another length. The message is one line
        with the file, the line, the value and what was expected.

    Examples
    --------
    >>> for row in read_rows(b"Track_ID;Title\\n7 ; Late\\n;\\n", "names.csv", "a header", PermanentError):
    ...     print(row.line, row.fields)
    1 ['Track_ID', 'Title']
    2 ['7 ', 'Late']
    """
    _check_text(data, name, error)
    track_column, width = -1, 0
    try:
        for line, cells, blanks in _split(data, _separator(data, id_column)):
            fields = [cell.strip() for cell in cells]
            if not any(fields):
                continue
            if not width:
                width = len(fields)
                track_column = _track_column(fields, id_column)
            elif len(fields) != width:
                raise error(f"{name}: line {line}: {len(fields)} fields, expected {width} as in the header")
            elif track_column >= 0 and fields[track_column]:
                fields[track_column] = cells[track_column] if track_column else blanks + cells[0]
            yield Row(line, fields)
    except _NoCsv as problem:
        raise error(f"{name}: {problem}; expected CSV") from None
    if not width:
        raise error(f"{name}: {len(data)} bytes, empty; expected {expected}")


def check_columns_once(names: Sequence[str], meanings: Sequence[str], place: str, error: type[PermanentError]) -> None:
    """Refuse a header in which a column stands twice, or two columns have one meaning.

    Parameters
    ----------
    names : sequence of str
        Names of the columns, as the file has them. Several may be empty.
    meanings : sequence of str
        For each column its meaning, or an empty text.
    place : str
        File and line, for messages.
    error : type of PermanentError
        Class of the errors.

    Examples
    --------
    >>> check_columns_once(["user", "worker"], ["listener", "listener"], "a.csv: line 1", PermanentError)
    Traceback (most recent call last):
    mer_tasks.errors.PermanentError: a.csv: line 1: columns 'user' and 'worker' for 'listener', expected one of them
    """
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        raise error(f"{place}: column {repeated[0]!r} {names.count(repeated[0])} times, expected once")
    for meaning in filter(None, meanings):
        same = [name for name, other in zip(names, meanings, strict=True) if other == meaning]
        if len(same) > 1:
            raise error(f"{place}: columns {' and '.join(map(repr, same))} for {meaning!r}, expected one of them")


class _NoCsv(ValueError):
    """A line is no CSV."""


def _check_text(data: bytes, name: str, error: type[PermanentError]) -> None:
    """Refuse a file that is not text in UTF-8."""
    zero = data.find(b"\0")
    if zero >= 0:
        raise error(f"{name}: line {data.count(10, 0, zero) + 1}: a zero byte, not text; expected CSV in UTF-8")
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        column = problem.start - data.rfind(b"\n", 0, problem.start)
        raise error(f"{name}: line {line}, byte {column}: 0x{data[problem.start]:02x}, expected text in UTF-8") from None


def _track_column(names: Sequence[str], id_column: str) -> int:
    """Return the position of the first column of track ids; -1 if there is none."""
    return next((index for index, name in enumerate(names) if simplified(name) == simplified(id_column)), -1)


def _separator(data: bytes, id_column: str) -> str:
    """Return the separator under which the header has a column of track ids; a comma if there is none."""
    for separator in SEPARATORS:
        try:
            header = next((cells for _, cells, _ in _split(data, separator) if any(map(str.strip, cells))), [])
        except _NoCsv:  # quotes that do not close, under a separator that is not the file's
            continue
        if _track_column(header, id_column) >= 0:
            return separator
    return ","


def _split(data: bytes, separator: str) -> Iterator[tuple[int, list[str], str]]:
    """Yield for each row the number of its last line, its fields, and the blanks at its beginning."""
    lines: list[str] = []

    def remembered() -> Iterator[str]:
        for index, line in enumerate(io.TextIOWrapper(io.BytesIO(data), "utf-8-sig", newline="")):
            lines.append("\n" if index == 0 and SEPARATOR_LINE.fullmatch(line) else line)
            yield lines[-1]

    reader = csv.reader(remembered(), delimiter=separator, skipinitialspace=True, strict=True)
    try:
        for cells in reader:
            first = lines[0]
            lines.clear()
            yield reader.line_num, cells, first[: len(first) - len(first.lstrip(" "))]
    except csv.Error as problem:
        raise _NoCsv(f"line {reader.line_num}: {problem}") from None
