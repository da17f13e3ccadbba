"""Import annotations from any CSV file: options say which column is the id and which are labels.

Input: a CSV file with one column of ids, and either a column for each label (0 and 1 or, with a column of the number of
listeners, votes) or one column with a label in each row. Output: an annotation file with the columns of the platform, and a
label set with these labels. Audio files are not copied: ``mer land`` does that.

The annotation file has each row in the line of the original, and the plan keeps the original's names of columns: messages name
the line and the column that are to be mended.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mer_tasks.column_names import simplified
from mer_tasks.errors import AnnotationError, ConfigError
from mer_tasks.label_set import LabelSet, label_set_of
from mer_tasks.landing.annotation_forms import LABEL, LISTENER, LISTENERS
from mer_tasks.landing.csv_files import TRACK, Row, read_rows
from mer_tasks.landing.imports import ImportPlan, check_count, label_ids, plain_id

EDITOR = "editor"
"""Listener whose answer all labels of a track are, if the file names no listener and a track may have several labels."""


@dataclass(frozen=True)
class Columns:
    """Names of columns of a CSV file.

    Attributes
    ----------
    of_id : str
        Column of track ids.
    labels : sequence of str
        Columns of one label each; empty if `label` is given.
    label : str, optional
        Column that has a label in each row.
    listener : str, optional
        Column that names the listener.
    listeners : str, optional
        Column of the number of listeners whose votes a row has.
    """

    of_id: str
    labels: Sequence[str] = ()
    label: str | None = None
    listener: str | None = None
    listeners: str | None = None


def plan(path: Path, columns: Columns, name: str | None = None, *, single: bool = False) -> ImportPlan:
    """Read the CSV file, and plan its import.

    Parameters
    ----------
    path : Path
    columns : Columns
    name : str, optional
        Name of the label set; by default made of the file's name.
    single : bool
        Whether each track has exactly one label.

    Raises
    ------
    ConfigError
        If the columns are not those of the file, or the labels make no label set.
    AnnotationError
        If the file is no CSV.
    """
    if columns.listener and columns.listeners:
        raise ConfigError("--listener and --listeners: expected one of them, a row of one listener or the votes of several")
    if bool(columns.labels) == bool(columns.label):
        raise ConfigError("--labels and --label: expected one of them, columns of one label each or a column of labels")
    rows = list(read_rows(path.read_bytes(), str(path), f"a header with {columns.of_id}", AnnotationError, columns.of_id))
    header = rows[0].fields
    positions = {column: _position(header, column, path) for column in _named(columns)}
    words = list(columns.labels) or sorted({row.fields[positions[columns.label or ""]] for row in rows[1:]} - {""})
    check_count(len(words), f"labels in {path}", "choose other columns")
    ids = label_ids(words)
    _check_different(ids, path)
    set_name = name or plain_id(path.stem) or "labels"
    entries = [{"id": label, "name": word} for word, label in ids.items()]
    kind = "single" if single else "multi"
    label_set = label_set_of({"name": set_name, "kind": kind, "labels": entries}, f"labels of {path}")
    used = _used(columns, ids)
    data = _annotations(rows, {meaning: positions[column] for meaning, column in used.items()}, columns, label_set, ids)
    source_names = {meaning: header[positions[column]] for meaning, column in used.items()}
    notes = [f"review names and descriptions of the {len(label_set)} labels in the label file"]
    return ImportPlan(path.parent, [], {f"annotations/{set_name}.csv": data}, label_set, notes, str(path), source_names)


def _check_different(ids: Mapping[str, str], path: Path) -> None:
    """Refuse two labels that would have one id."""
    words: dict[str, str] = {}
    for word, label in ids.items():
        if words.setdefault(label, word) != word:
            raise ConfigError(
                f"{path}: labels {words[label]!r} and {word!r}, expected labels that differ in more than case, accents and"
                f" signs, because both would have the id {label!r}; write them alike if they mean the same"
            )


def _named(columns: Columns) -> list[str]:
    others = (columns.label, columns.listener, columns.listeners)
    return [columns.of_id, *columns.labels, *(column for column in others if column)]


def _position(header: Sequence[str], column: str, path: Path) -> int:
    found = [index for index, name in enumerate(header) if simplified(name) == simplified(column)]
    if len(found) != 1:
        raise ConfigError(f"{path}: {len(found)} columns {column!r} in {','.join(header)[:200]!r}, expected one")
    return found[0]


def _used(columns: Columns, ids: Mapping[str, str]) -> dict[str, str]:
    """Return the used columns of the file by the names that they get in the annotation file, in its order."""
    others = {LABEL: columns.label, LISTENER: columns.listener, LISTENERS: columns.listeners}
    labels = {ids[column]: column for column in columns.labels}
    return {TRACK: columns.of_id, **labels, **{meaning: column for meaning, column in others.items() if column}}


def _annotations(
    rows: Sequence[Row], positions: Mapping[str, int], columns: Columns, label_set: LabelSet, ids: Mapping[str, str]
) -> bytes:
    """Write the annotation file: each row ends in the line in which it ends in the original.

    `positions` has the positions of the used columns in the original, by their names in the annotation file.
    """
    names = list(positions)
    editor = columns.label and not (columns.listener or label_set.single)
    lines: list[str] = []
    end = 0
    for number, row in enumerate(rows):
        cells = names if number == 0 else [row.fields[index] for index in positions.values()]
        if columns.label and number:
            place = names.index(LABEL)
            cells[place] = ids.get(cells[place], "")
        text = _csv_line([*cells, *([EDITOR if number else LISTENER] if editor else [])])
        lines.append("\n" * max(0, row.line - end - text.count("\n")) + text)
        end += lines[-1].count("\n")
    return "".join(lines).encode()


def _csv_line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
