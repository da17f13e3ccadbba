"""Labels of a database: the label set that it belongs to now, and the number of each label, as arrays of the views use it.

In: a connection of a role that may read the views. Out: :class:`StoredLabels`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace

import sqlalchemy as sa

from mer_tasks.database.connection import engine, errors
from mer_tasks.errors import PermanentError
from mer_tasks.label_set import Label, LabelSet, label_set_of

NEWEST_SET = "SELECT document FROM mer.label_sets WHERE is_current"
LABELS = "SELECT * FROM mer.labels ORDER BY label_no"


@dataclass(frozen=True)
class StoredLabels:
    """The labels of a database.

    Attributes
    ----------
    label_set : LabelSet
        The current version of the set. Labels that an earlier version had, and this one does not name, follow as retired.
    numbers : mapping of str to int
        ``label_no`` of each label by id, from 1: its position in ``probabilities`` of ``mer.listed_tracks``.
    """

    label_set: LabelSet
    numbers: Mapping[str, int]

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


def read_stored_labels(connection: sa.Connection) -> StoredLabels:
    """Read the labels of the database; raises :class:`PermanentError` if it has no label set yet."""
    document = connection.execute(sa.text(NEWEST_SET)).scalar_one_or_none()
    if document is None:
        raise PermanentError("the database has no label set, expected a migrated database: python -m mer_tasks migrate")
    label_set = label_set_of(document, "mer.label_sets", stored=True)
    rows = [dict(row) for row in connection.execute(sa.text(LABELS)).mappings()]
    names = [field.name for field in fields(Label) if field.name not in ("id", "retired")]
    dropped = [
        Label(row["label"], **{name: row[name] for name in names}, retired=True)
        for row in rows
        if row["label"] not in label_set.by_id
    ]
    numbers = {row["label"]: row["label_no"] for row in rows}
    return StoredLabels(replace(label_set, labels=(*label_set.labels, *dropped)), numbers)


def stored_labels_at(url: str) -> StoredLabels:
    """Read the labels of the database at `url`."""
    new_engine = engine(url)
    try:
        with errors(url), new_engine.connect() as connection:
            return read_stored_labels(connection)
    finally:
        new_engine.dispose()
