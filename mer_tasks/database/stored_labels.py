"""Labels of a database: the label set that it belongs to now, and the number of each label, as arrays of the views use it.

In: a cursor or a URL of a role that may read the views. Out: :class:`StoredLabels`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

from mer_tasks.database.connection import transaction
from mer_tasks.errors import ConfigError
from mer_tasks.label_set import Label, LabelSet, label_set_of

CURRENT_SET = "SELECT document FROM mer.label_sets WHERE is_current"
LABELS = "SELECT * FROM mer.labels ORDER BY label_no"


@dataclass(frozen=True)
class StoredLabels:
    """The labels of a database.

    Attributes
    ----------
    current : LabelSet
        The current version of the set, as its file was when the database adopted it.
    dropped : tuple of Label
        Retired labels that an earlier version had, and the current one does not name.
    numbers : mapping of str to int
        ``label_no`` of each label by id, from 1: its position in ``probabilities`` of ``mer.listed_tracks``.
    """

    current: LabelSet
    dropped: tuple[Label, ...]
    numbers: Mapping[str, int]

    @cached_property
    def label_set(self) -> LabelSet:
        """The current version of the set, followed by the dropped labels: all labels that predictions may have."""
        return replace(self.current, labels=(*self.current.labels, *self.dropped))

    def by_label(self, values: Iterable[float | None]) -> dict[str, float]:
        """Name the values of an array of the database by label, in the order of the set, without those that are null.

        Parameters
        ----------
        values : iterable of float or None
            Value of each label, in the order of ``label_no``; labels at the end may be missing.
        """
        known = dict(enumerate(values, 1))
        found = {label_id: known.get(self.numbers[label_id]) for label_id in self.label_set.by_id}
        return {label_id: value for label_id, value in found.items() if value is not None}


def find_stored_labels(cursor: Any) -> StoredLabels | None:
    """Read the labels of the database by a psycopg2 cursor; None if it has adopted no label set yet."""
    cursor.execute(CURRENT_SET)
    row = cursor.fetchone()
    if row is None:
        return None
    current = label_set_of(row[0], "of the database", stored=True)
    cursor.execute(LABELS)
    columns = [column.name for column in cursor.description]
    rows = [dict(zip(columns, row, strict=True)) for row in cursor]
    names = [field.name for field in fields(Label) if field.name not in ("id", "retired")]
    dropped = tuple(
        Label(row["label"], **{name: row[name] for name in names}, retired=True)
        for row in rows
        if row["label"] not in current.by_id
    )
    return StoredLabels(current, dropped, {row["label"]: row["label_no"] for row in rows})


def read_stored_labels(cursor: Any) -> StoredLabels:
    """Read the labels of the database by a psycopg2 cursor.

    Raises
    ------
    ConfigError
        If it has adopted no label set, because its migration was interrupted.
    """
    stored = find_stored_labels(cursor)
    if stored is None:
        raise ConfigError("the database has no label set, expected a migrated database: python -m mer_tasks migrate")
    return stored


def stored_labels_at(url: str) -> StoredLabels:
    """Read the labels of the database at `url`, as any role; see :func:`read_stored_labels`."""
    with transaction(url) as cursor:
        return read_stored_labels(cursor)
