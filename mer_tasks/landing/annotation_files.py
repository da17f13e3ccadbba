"""Read annotation files: CSV files with the votes of listeners.

The header decides which of the forms of :mod:`mer_tasks.landing.annotation_forms` a file has. What a CSV file may look like is
in :mod:`mer_tasks.landing.csv_files`.

:mod:`mer_tasks.landing.vote_merging` merges the files.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa

from mer_tasks.column_names import simplified
from mer_tasks.errors import AnnotationError
from mer_tasks.label_set import LabelSet
from mer_tasks.landing.annotation_forms import (
    GENRE,
    IMPORT_HINT,
    LABEL,
    LISTENER,
    LISTENERS,
    MAX_NAMED,
    PREFIXES,
    Form,
    Header,
    fitting_hint,
    label_spellings,
    read_header,
)
from mer_tasks.landing.csv_files import TRACK, read_rows
from mer_tasks.landing.rounded_shares import votes_of_sums
from mer_tasks.wording import listed

LINE, COUNT = "(line)", "(count)"
"""Columns that are added: the line at which a row ends in its file, and the number of listeners whose votes the row has. The
parentheses distinguish these names from the columns of a file."""
ROWS_AT_A_TIME = 100_000
"""Rows that are lists of Python strings at one time; a table of them needs a fraction of that memory."""
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
ANSWER_CELL = pa.Column(str, pa.Check.isin(["0", "1"], error="0 or 1"))
NUMBER = re.compile(r"\d{1,9}")


@lru_cache(maxsize=64)
def schema(header_form: Form, columns: tuple[str, ...], label_set: LabelSet) -> pa.DataFrameSchema:
    """Make the schema of the rows of a file: of a form, with `columns` of labels, for a label set."""
    if header_form == "labels":
        return pa.DataFrameSchema({**ANY_TEXT, LABEL: _label_cell(label_set)})
    if header_form == "answers":
        return pa.DataFrameSchema({**ANY_TEXT, **dict.fromkeys(columns, ANSWER_CELL)})
    cell = COUNT_CELL if header_form == "counts" else SHARE_CELL
    return pa.DataFrameSchema({**ANY_TEXT, LISTENERS: LISTENERS_CELL, **dict.fromkeys(columns, cell)})


def _label_cell(label_set: LabelSet) -> pa.Column:
    """Make the column ``label``: a label's id or name; nothing, if a listener may choose none."""
    accepted = {*label_spellings(label_set), ""}
    one = f"one of {listed(label_set.ids, MAX_NAMED)}"

    def known(labels: "pd.Series[str]") -> "pd.Series[bool]":
        return labels.isin([label for label in labels.unique() if simplified(label) in accepted])

    def given(labels: "pd.Series[str]") -> "pd.Series[bool]":
        return labels.isin([label for label in labels.unique() if simplified(label)])

    if not label_set.single:
        return pa.Column(str, pa.Check(known, error=f"{one}, or nothing for no {label_set.noun[0]}"))
    reason = f"because the label set {label_set.name} gives each track one"
    return pa.Column(str, [pa.Check(known, error=one), pa.Check(given, error=f"{one}, {reason}")])


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
        votes of the row for each label in use (int64), ``(count)``, the number of listeners whose votes these are, ``(line)``,
        and all other columns as text.
    label_set : LabelSet
    unknown : list of str
        Columns that the file seems to have for labels which the label set does not have.
    retired_votes : int
        Number of votes for retired labels, which do not count.
    """

    name: str
    header: Header
    table: pd.DataFrame
    label_set: LabelSet
    unknown: list[str]
    retired_votes: int

    @property
    def labels(self) -> list[str]:
        """Ids of the labels in use, which are the columns of votes."""
        return list(self.label_set.ids)

    @property
    def names_listeners(self) -> bool:
        """Whether each row names its listener."""
        return LISTENER in self.table


def parse(data: bytes, name: str, label_set: LabelSet, original_names: Mapping[str, str] | None = None) -> AnnotationFile:
    """Parse and check one annotation file.

    Parameters
    ----------
    data : bytes
        Content of the file.
    name : str
        Address of the file, for messages.
    label_set : LabelSet
    original_names : mapping of str to str, optional
        For messages, if `data` was made of a file with other names of columns: those names, by the names in `data`.

    Raises
    ------
    AnnotationError
        One line with the file, the line, the column, the value and what was expected.

    Examples
    --------
    >>> from mer_tasks.label_set import parse_label_set
    >>> moods = parse_label_set('name = "moods"\\nkind = "multi"\\nlabels = ["calm", "happy"]', "moods.toml")
    >>> file = parse(b"track id;label;user\\n7;calm;Ann\\n7;;Bob\\n", "votes.csv", moods)
    >>> file.header.form, file.table["calm"].tolist(), file.table["listener"].tolist()
    ('labels', [1, 0], ['Ann', 'Bob'])
    """
    header, table = _read_table(data, name, label_set)
    if original_names:
        header = replace(header, names=[original_names.get(column, column) for column in header.names])
    for column in table.columns.intersection([TRACK, LISTENER]):
        table[column] = table[column].str.normalize("NFC")
    columns = tuple(label.id for label in label_set.labels if label.id in table) if PREFIXES[header.form] else ()
    try:
        schema(header.form, columns, label_set).validate(table, lazy=True)
    except pa.errors.SchemaErrors as errors:
        message = _first_failure(errors.failure_cases, table, header, name)
        raise AnnotationError(message + _hint_for_labels(table, header, label_set)) from None
    unknown = _unknown_labels(table, header)
    table = _with_votes(table, header, columns, name, label_set)
    if label_set.single:
        _check_one_label(table, columns or label_set.by_id.keys(), header, name, label_set)
    return _of_labels_in_use(name, header, table, label_set, unknown)


def _hint_for_labels(table: pd.DataFrame, header: Header, label_set: LabelSet) -> str:
    """Name the label sets of the platform that have all labels of a file of labels, if `label_set` lacks some."""
    if header.form != "labels":
        return ""
    chosen = {label for label in table[LABEL].unique() if simplified(label)}
    known = label_spellings(label_set).keys() & {*map(simplified, chosen)}
    if len(known) == len({*map(simplified, chosen)}):
        return ""
    return fitting_hint(chosen, ("",), label_set, all_used=False) or ("" if known else IMPORT_HINT)


def _read_table(data: bytes, name: str, label_set: LabelSet) -> tuple[Header, pd.DataFrame]:
    """Return the header, and all rows as text with the number of the line at which each ends."""
    expected = f"the header {TRACK}, {GENRE}, {listed(label_set.ids, MAX_NAMED)}"
    lines = read_rows(data, name, expected, AnnotationError)
    first = next(lines)
    header = read_header(first.fields, f"{name}: line {first.line}", label_set)
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


def _unknown_labels(table: pd.DataFrame, header: Header) -> list[str]:
    """Return the columns without a meaning whose cells are votes: 0 and 1, shares, or numbers of the row's listeners."""
    if header.form == "labels":
        return []
    unknown = []
    for column in header.others:
        cells = table[column]
        if header.form == "answers":
            votes = set(cells.unique()) <= {"0", "1"}
        elif header.form == "shares":
            votes = simplified(column).startswith("share")
        else:
            sizes = table[LISTENERS].astype("int64")
            votes = bool(cells.str.fullmatch(NUMBER.pattern).all()) and bool((cells.astype("int64") <= sizes).all())
        if votes:
            unknown.append(column)
    return unknown


def _with_votes(table: pd.DataFrame, header: Header, columns: Sequence[str], name: str, label_set: LabelSet) -> pd.DataFrame:
    """Turn the cells of checked rows into votes, of retired labels too."""
    if header.form == "labels":
        votes = _votes_of_choices(table[LABEL], label_set)
        return pd.concat([table.drop(columns=LABEL), votes.assign(**{COUNT: 1})], axis=1)
    ids = list(columns)
    if header.form == "answers":
        votes = pd.DataFrame((table[ids] == "1").to_numpy("int64"), table.index, ids)
        return pd.concat([table.drop(columns=ids), votes.assign(**{COUNT: 1})], axis=1)
    sums, failures = {}, []
    for column in ids:
        sums[column], failed = votes_of_sums(table[column], table[LISTENERS], shares=header.form == "shares")
        failures.append(failed.assign(column=column))
    if any(map(len, failures)):
        raise AnnotationError(_first_failure(pd.concat(failures), table, header, name))
    votes = pd.DataFrame({**sums, COUNT: table[LISTENERS].astype("int64")})
    return pd.concat([table.drop(columns=[*ids, LISTENERS]), votes], axis=1)


def _votes_of_choices(choices: "pd.Series[str]", label_set: LabelSet) -> pd.DataFrame:
    """Return 1 for the label that each row chooses, else 0, for all labels of the set."""
    columns = {label: number for number, label in enumerate(label_set.by_id)}
    spellings = label_spellings(label_set)
    numbers = {text: columns.get(spellings.get(simplified(text), ""), -1) for text in choices.unique()}
    chosen = choices.map(numbers).to_numpy()
    votes = np.zeros((len(choices), len(columns)), np.int64)
    rows = np.flatnonzero(chosen >= 0)
    votes[rows, chosen[rows]] = 1
    return pd.DataFrame(votes, choices.index, list(columns))


def _check_one_label(table: pd.DataFrame, columns: Iterable[str], header: Header, name: str, label_set: LabelSet) -> None:
    """Refuse a row in which a listener has chosen two labels or none, where the label set has exactly one for each track."""
    ids = list(columns)
    votes = table[ids].to_numpy()
    wrong = np.flatnonzero(votes.sum(axis=1) != table[COUNT].to_numpy())
    if not len(wrong):
        return
    first = int(wrong[0])
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    chosen = [label for label, count in zip(ids, votes[first].tolist(), strict=True) if count]
    if header.one_row_per_track:
        problem = f"{int(votes[first].sum())} votes of {int(table[COUNT].iloc[first])} listeners, expected as many as listeners"
    else:
        labels = f"{len(chosen)} labels ({listed(chosen, MAX_NAMED)})" if chosen else "no label"
        problem = f"{labels}, expected exactly one"
    reason = f"the label set {label_set.name} gives each track one of {listed(label_set.ids, MAX_NAMED)}"
    raise AnnotationError(f"{name}: line {int(table[LINE].iloc[first])}: {problem}, because {reason}{more}")


def _of_labels_in_use(
    name: str, header: Header, table: pd.DataFrame, label_set: LabelSet, unknown: list[str]
) -> AnnotationFile:
    """Leave out the votes for retired labels."""
    retired = [label.id for label in label_set.labels if label.retired and label.id in table]
    if not retired:
        return AnnotationFile(name, header, table, label_set, unknown, 0)
    votes = int(table[retired].to_numpy().sum())
    if label_set.single:  # who chose a retired label has no answer
        table = table.assign(**{COUNT: table[COUNT] - table[retired].sum(axis=1)})
    return AnnotationFile(name, header, table.drop(columns=retired), label_set, unknown, votes)
