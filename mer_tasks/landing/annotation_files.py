"""Read annotation files: CSV files with the votes of listeners.

The header decides which of the forms of :mod:`mer_tasks.landing.annotation_forms` a file has. What a CSV file may look like is
in :mod:`mer_tasks.landing.csv_files`.

:mod:`mer_tasks.landing.vote_merging` merges the files.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import AnnotationError
from mer_tasks.landing.annotation_forms import GENRE, LABEL, LISTENER, LISTENERS, Form, Header, read_header
from mer_tasks.landing.csv_files import TRACK, read_rows, simplified

LINE, COUNT = "(line)", "(count)"
"""Columns that are added: the line at which a row ends in its file, and the number of listeners whose votes the row has. The
parentheses distinguish these names from the columns of a file."""
ROWS_AT_A_TIME = 100_000
"""Rows that are lists of Python strings at one time; a table of them needs a fraction of that memory."""
FLOAT_ERROR = Fraction(1, 10**9)
"""Largest error that computing with floating-point numbers may leave in a share."""
LABELS = {simplified(label): label for label in ("", *EMOTIONS)}
"""What a cell of the column ``label`` may be. An empty one is an answer without an emotion."""
ANY_TEXT = {
    TRACK: pa.Column(str, pa.Check(lambda ids: ids != "", error="a track id")),
    LISTENER: pa.Column(
        str, pa.Check(lambda names: names != "", error="the listener in every row, or no such column"), required=False
    ),
}
LISTENERS_CELL = pa.Column(str, pa.Check.str_matches(r"^0*[1-9]\d{0,8}$", error="a number of listeners, at least 1"))
COUNT_CELL = pa.Column(
    str, pa.Check.str_matches(r"^\d{1,9}$", error="a whole number of votes; shares need columns such as 'share power'")
)
SHARE_CELL = pa.Column(str, pa.Check.str_matches(r"^(0*[01]|0*[01]?[.,]\d+|\d(\.\d+)?e-\d{1,3})$", error="a share from 0 to 1"))
LABEL_CELL = pa.Column(
    str,
    pa.Check(
        lambda labels: labels.map(simplified).isin(LABELS), error=f"one of {', '.join(EMOTIONS)}, or nothing for no emotion"
    ),
)
ANSWER_CELL = pa.Column(str, pa.Check.isin(["0", "1"], error="0 or 1"))
SCHEMAS: dict[Form, pa.DataFrameSchema] = {
    "answers": pa.DataFrameSchema({**ANY_TEXT, **dict.fromkeys(EMOTIONS, ANSWER_CELL)}),
    "labels": pa.DataFrameSchema({**ANY_TEXT, LABEL: LABEL_CELL}),
    "counts": pa.DataFrameSchema({**ANY_TEXT, LISTENERS: LISTENERS_CELL, **dict.fromkeys(EMOTIONS, COUNT_CELL)}),
    "shares": pa.DataFrameSchema({**ANY_TEXT, LISTENERS: LISTENERS_CELL, **dict.fromkeys(EMOTIONS, SHARE_CELL)}),
}


@dataclass(frozen=True)
class AnnotationFile:
    """Content of an annotation file.

    Attributes
    ----------
    name : str
        Address of the file.
    header : Header
    table : pd.DataFrame
        Rows of the file: ``track id`` and ``genre`` (empty if the file has none) as text, ``listener`` if the file has it, the
        votes of the row for each emotion (int64), ``(count)``, the number of listeners whose votes these are, ``(line)``, and
        all other columns as text.
    """

    name: str
    header: Header
    table: pd.DataFrame

    @property
    def names_listeners(self) -> bool:
        """Whether each row names its listener."""
        return LISTENER in self.table


def parse(data: bytes, name: str) -> AnnotationFile:
    """Parse and check one annotation file.

    Parameters
    ----------
    data : bytes
        Content of the file.
    name : str
        Address of the file, for messages.

    Raises
    ------
    AnnotationError
        One line with the file, the line, the column, the value and what was expected.

    Examples
    --------
    >>> file = parse(b"track id;label;user\\n7;power;Ann\\n7;;Bob\\n", "votes.csv")
    >>> file.header.form, file.table["power"].tolist(), file.table["listener"].tolist()
    ('labels', [1, 0], ['Ann', 'Bob'])
    """
    header, table = _read_table(data, name)
    for column in table.columns.intersection([TRACK, LISTENER]):
        table[column] = table[column].str.normalize("NFC")
    try:
        SCHEMAS[header.form].validate(table, lazy=True)
    except pa.errors.SchemaErrors as errors:
        raise AnnotationError(_first_failure(errors.failure_cases, table, header, name)) from None
    return AnnotationFile(name, header, _with_votes(table, header, name))


def _read_table(data: bytes, name: str) -> tuple[Header, pd.DataFrame]:
    """Return the header, and all rows as text with the number of the line at which each ends."""
    lines = read_rows(data, name, f"the header {TRACK}, {GENRE}, {', '.join(EMOTIONS)}", AnnotationError)
    first = next(lines)
    header = read_header(first.fields, f"{name}: line {first.line}")
    rows: list[list[Any]] = []
    tables: list[pd.DataFrame] = []
    for line, fields in lines:
        rows.append([*fields, line])
        if len(rows) == ROWS_AT_A_TIME:
            tables.append(_table_of(rows, header))
            rows = []
    if not (rows or tables):
        raise AnnotationError(f"{name}: a header without rows, expected one row per listener and track")
    return header, pd.concat([*tables, _table_of(rows, header)], ignore_index=True)


def _table_of(rows: list[list[Any]], header: Header) -> pd.DataFrame:
    """Make a table of rows of text, whose last field is the line number; add the genre if there is none."""
    table = pd.DataFrame(rows, columns=[*header.columns, LINE]).astype({**dict.fromkeys(header.columns, "str"), LINE: "int64"})
    return table if GENRE in table else table.assign(**{GENRE: pd.Series("", index=table.index, dtype="str")})


def _first_failure(failures: pd.DataFrame, table: pd.DataFrame, header: Header, name: str) -> str:
    """Describe the failure of the first line and, within it, of the first column; count the other failures."""
    positions = failures["column"].map(list(table.columns).index)
    failures = failures.assign(position=positions).sort_values(["index", "position"])
    first = failures.iloc[0]
    line = int(table[LINE].iloc[int(first["index"])])
    more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
    column = header.names[header.columns.index(first["column"])]
    return f"{name}: line {line}, column {column!r}: {first['failure_case']!r}, expected {first['check']}{more}"


def _with_votes(table: pd.DataFrame, header: Header, name: str) -> pd.DataFrame:
    """Turn the cells of checked rows into votes."""
    if header.form == "labels":
        chosen = table[LABEL].map(simplified).map(LABELS)
        votes = {emotion: (chosen == emotion).astype("int64") for emotion in EMOTIONS}
        return table.drop(columns=LABEL).assign(**votes, **{COUNT: 1})
    if header.form == "answers":
        return table.astype(dict.fromkeys(EMOTIONS, "int64")).assign(**{COUNT: 1})
    sums, failures = {}, []
    for emotion in EMOTIONS:
        sums[emotion], failed = _votes_of_sums(table[emotion], table[LISTENERS], shares=header.form == "shares")
        failures.append(failed.assign(column=emotion))
    if any(map(len, failures)):
        raise AnnotationError(_first_failure(pd.concat(failures), table, header, name))
    return table.drop(columns=LISTENERS).assign(**sums, **{COUNT: table[LISTENERS].astype("int64")})


def _votes_of_sums(cells: pd.Series, listeners: pd.Series, *, shares: bool) -> "tuple[pd.Series, pd.DataFrame]":
    """Return the votes in a column of counts or shares, and the cells that fit no number of votes."""
    cell_codes, cell_values = pd.factorize(cells)
    size_codes, sizes = pd.factorize(listeners)
    pairs, inverse = np.unique(cell_codes.astype("int64") * len(sizes) + size_codes, return_inverse=True)
    read = votes_of_share if shares else _votes_of_count
    results = [read(cell_values[pair // len(sizes)], int(sizes[pair % len(sizes)])) for pair in pairs.tolist()]
    problems = np.array([result if isinstance(result, str) else "" for result in results], dtype=object)[inverse]
    votes = np.array([0 if isinstance(result, str) else result for result in results], dtype="int64")[inverse]
    failed = np.flatnonzero(problems != "")
    failures = {"index": failed, "failure_case": cells.to_numpy()[failed], "check": problems[failed]}
    return pd.Series(votes, index=cells.index), pd.DataFrame(failures)


def _votes_of_count(cell: str, listeners: int) -> int | str:
    return int(cell) if int(cell) <= listeners else f"at most {listeners}, the number of listeners"


def votes_of_share(cell: str, listeners: int) -> int | str:
    """Return the number of votes that has this share, or what was expected.

    A share may be rounded: it stands for the only number of votes whose share, with as many decimals, is the same.

    Parameters
    ----------
    cell : str
        Share from 0 to 1, with a decimal point or comma.
    listeners : int

    Examples
    --------
    >>> votes_of_share("0.33", 3), votes_of_share("0,3", 10)
    (1, 3)
    >>> votes_of_share("0.5", 3)
    'a whole number of votes of 3 listeners; the nearest share is 0.666667'
    """
    text = cell.replace(",", ".")
    share = Fraction(text)
    if share > 1:
        return "a share from 0 to 1"
    nearest = round(share * listeners)
    if share * listeners == nearest:
        return nearest
    decimals = len(text.partition(".")[2].partition("e")[0]) + int(text.partition("e-")[2] or 0)
    tolerance = max(Fraction(1, 2 * 10**decimals), FLOAT_ERROR)
    fitting = [votes for votes in (nearest - 1, nearest, nearest + 1) if abs(Fraction(votes, listeners) - share) <= tolerance]
    if len(fitting) == 1:
        return nearest
    if fitting:
        return f"more decimals: this may be {fitting[0]} or {fitting[1]} votes of {listeners} listeners"
    return f"a whole number of votes of {listeners} listeners; the nearest share is {nearest / listeners:g}"
