"""Label sets in Postgres: adopt a version of the set, check that a run has one that was adopted, and number its labels.

A database belongs to one label set, which it adopts when its schema is made. Later versions of the set can add labels and
retire others; runs of all adopted versions can be published. A label keeps its number (``label_no``) in all versions.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg2 import sql
from psycopg2.extras import Json, execute_values

from mer_tasks.config import Config
from mer_tasks.database.connection import transaction
from mer_tasks.database.stored_labels import find_stored_labels, read_stored_labels, stored_labels_at
from mer_tasks.errors import ConfigError, IntegrityError
from mer_tasks.label_set import LabelSet
from mer_tasks.storage.label_files import read_label_set

MOST_ADOPTED = 800
"""Largest number of labels of all versions: a row with all their probabilities must fit into a page of Postgres, 8 KiB."""
UPDATE_LABELS = """
UPDATE mer.label
SET name = new.name, description = new.description, colour = new.colour, valence = new.valence, arousal = new.arousal,
  retired = new.retired
FROM (VALUES %s) AS new (label_id, name, description, colour, valence, arousal, retired)
WHERE label.label_id = new.label_id
"""
INSERT_LABELS = "INSERT INTO mer.label (label_no, label_id, name, description, colour, valence, arousal, retired) VALUES %s"
INSERT_SET = "INSERT INTO mer.label_set (name, version, kind, digest, label_nos, document) VALUES (%s, %s, %s, %s, %s, %s)"


def adopt_label_set(url: str, label_set: LabelSet) -> list[str] | None:
    """Adopt a version of the database's label set: later runs must have it, and earlier runs keep theirs.

    Parameters
    ----------
    url : str
        URL for the role mer_owner.
    label_set : LabelSet
        A newer version of the set, with all labels of the current version in their order; some may be retired, and others added
        at any place. Or the current version itself, which changes nothing.

    Returns
    -------
    list of str or None
        What changed in the labels (:func:`label_changes`); None if `label_set` is the current version already.

    Raises
    ------
    ConfigError
        In one line that says both sets, if it is another set or lacks a label.
    IntegrityError
        If the views cannot be made again, as when other views use them.
    AccessDenied, DatabaseUnavailable
    """
    with transaction(url) as cursor:
        return adopt(cursor, label_set)


def adopt_first_label_set(cursor: Any, label_set: LabelSet | None) -> None:
    """Adopt `label_set`, or if it is None the configured one, unless the database has adopted a set before."""
    if find_stored_labels(cursor) is None:
        adopt(cursor, read_label_set(Config.load().labels) if label_set is None else label_set)


def adopt(cursor: Any, label_set: LabelSet) -> list[str] | None:
    """Adopt a version of the label set within a transaction of mer_owner; see :func:`adopt_label_set`."""
    cursor.execute("LOCK TABLE mer.label_set IN SHARE ROW EXCLUSIVE MODE")
    stored = find_stored_labels(cursor)
    if stored and stored.current == label_set:
        return None
    if stored:
        check_newer_version(stored.current, label_set)
    numbers = dict(stored.numbers) if stored else {}
    added = [label for label in label_set.labels if label.id not in numbers]
    if len(numbers) + len(added) > MOST_ADOPTED:
        raise ConfigError(
            f"label set {label_set}: {len(numbers) + len(added)} labels with those of earlier versions, expected at most"
            f" {MOST_ADOPTED}"
        )
    known = [label for label in label_set.labels if label.id in numbers]
    if known:
        rows = [(x.id, x.name, x.description, x.colour, x.valence, x.arousal, x.retired) for x in known]
        casts = "(%s, %s, %s, %s, %s::double precision, %s::double precision, %s)"
        execute_values(cursor, UPDATE_LABELS, rows, casts)
    for label in added:
        numbers[label.id] = len(numbers) + 1
    if added:
        fresh = [(numbers[x.id], x.id, x.name, x.description, x.colour, x.valence, x.arousal, x.retired) for x in added]
        execute_values(cursor, INSERT_LABELS, fresh)
    used = [numbers[label_id] for label_id in label_set.ids]
    document = Json(label_set.document())
    cursor.execute(INSERT_SET, [label_set.name, label_set.version, label_set.kind, label_set.digest, used, document])
    cursor.execute("SELECT mer.make_label_views()")
    return label_changes(stored.label_set, label_set) if stored else []


def label_changes(before: LabelSet, after: LabelSet) -> list[str]:
    """Describe what changes from one version of a label set to another, in some short texts; none if nothing changes."""
    if (before.name, before.kind) != (after.name, after.kind):
        return [f"another set: {before.name} ({before.kind}) and {after.name} ({after.kind})"]
    lists = {
        "added": [label_id for label_id in after.ids if label_id not in before.by_id],
        "in use again": [label_id for label_id in after.ids if label_id in before.by_id and label_id not in before.ids],
        "retired": [label_id for label_id in before.ids if label_id not in after.ids],
        "other texts": [
            label_id for label_id in after.ids if label_id in before.ids and before.by_id[label_id] != after.by_id[label_id]
        ],
    }
    return [f"{what}: {', '.join(ids)}" for what, ids in lists.items() if ids]


def check_newer_version(current: LabelSet, new: LabelSet) -> None:
    """Raise :class:`ConfigError` unless `new` is a newer version of `current`.

    Examples
    --------
    >>> from mer_tasks.label_set import parse_label_set
    >>> text = 'name = "moods"\\nkind = "multi"\\nversion = {}\\nlabels = {}'
    >>> first = parse_label_set(text.format(1, '["calm", "happy"]'), "one.toml")
    >>> check_newer_version(first, parse_label_set(text.format(2, '["calm", "sad", "happy"]'), "two.toml"))
    """
    both = f"the database has label set {current}, not {new}"
    if (new.name, new.kind) != (current.name, current.kind):
        raise ConfigError(f"{both}: expected a newer version of the same set, or another database")
    if missing := [label_id for label_id in current.ids if label_id not in new.by_id]:
        raise ConfigError(
            f"{both}: it lacks {_named(missing)}, expected every label, with retired = true where it is no longer used"
        )
    order = [label.id for label in current.labels if label.id in new.by_id]
    if [label.id for label in new.labels if label.id in current.by_id] != order:
        raise ConfigError(
            f"{both}: its labels have another order, expected {_named(order)} in this order, with new ones between"
        )
    if new.version <= current.version:
        raise ConfigError(f"{both}: it differs, expected version = {current.version + 1} or more in its file")


def check_label_set(url: str, label_set: LabelSet) -> None:
    """Raise an error unless `label_set` is the current version of the database's label set.

    Raises
    ------
    ConfigError
        In one line that says both sets.
    """
    current = stored_labels_at(url).current
    if current.digest != label_set.digest:
        raise ConfigError(
            f"label set {label_set} (MER_LABELS): the database has {current}; expected the same set, or another database, or"
            " mer labels add where labels were added or retired"
        )


def check_label_set_at_start(url: str, label_set: LabelSet) -> str:
    """Check the label set of a platform that starts, on the database at `url`.

    Returns
    -------
    str
        Empty, or a line that says that `label_set` is a newer version than the database's.

    Raises
    ------
    ConfigError
        In one line that says both sets, if the database belongs to another set.
    """
    current = stored_labels_at(url).current
    if current.digest == label_set.digest:
        return ""
    check_newer_version(current, label_set)
    return f"the database has label set {current}, not {label_set}: runs fail until mer labels add has added it"


def label_numbers(cursor: Any, label_set: LabelSet) -> dict[str, int]:
    """Read the numbers of the labels in use of a run's label set.

    Returns
    -------
    dict of str to int
        Label id to ``label_no``, in the order of the set.

    Raises
    ------
    ConfigError
        In one line that says both sets, if the database has adopted no such version.
    """
    cursor.execute("SELECT label_nos FROM mer.label_set WHERE digest = %s LIMIT 1", [label_set.digest])
    row = cursor.fetchone()
    if row is None:
        raise ConfigError(
            f"the run has label set {label_set}, the database has {read_stored_labels(cursor).current}:"
            " expected a version of the same set, or another database"
        )
    return dict(zip(label_set.ids, row[0], strict=True))


def numbered(lines: Sequence[Mapping[str, Any]], columns: Sequence[str], numbers: Mapping[str, int]) -> list[tuple[Any, ...]]:
    """Make rows of a document's lines; the number of their label takes the place of ``emotion``, its id or None.

    Parameters
    ----------
    lines : sequence of mapping
    columns : sequence of str
        Entries of a line that a row has.
    numbers : mapping of str to int
        See :func:`label_numbers`.

    Raises
    ------
    IntegrityError
        If a line has a label that the run's label set does not have.

    Examples
    --------
    >>> numbered([{"emotion": "calm", "value": 0.5}, {"emotion": None, "value": 1}], ["emotion", "value"], {"calm": 3})
    [(3, 0.5), (None, 1)]
    """
    known: dict[str | None, int | None] = {None: None}
    known.update(numbers)
    for line in lines:
        if "emotion" in columns and line["emotion"] not in known:
            raise IntegrityError(f"label {line['emotion']!r} in a line of metrics: expected one of {_named([*numbers])}")
    return [tuple(known[line[name]] if name == "emotion" else line[name] for name in columns) for line in lines]


def values_per_label(numbers: Mapping[str, int], *prefixes: str) -> sql.Composed:
    """Make the lines of ``VALUES`` that turn a row of all labels into a row for each label.

    Parameters
    ----------
    numbers : mapping of str to int
        See :func:`label_numbers`.
    *prefixes : str
        Prefixes of the columns of a label, such as ``votes`` of ``votes_power``.

    Returns
    -------
    sql.Composed
        For each label its number and its columns, sorted by number, as the keys of the rows are.
    """
    lines = [
        sql.SQL("({}::smallint, {})").format(
            sql.Literal(number), sql.SQL(", ").join(sql.Identifier(f"{prefix}_{label}") for prefix in prefixes)
        )
        for label, number in sorted(numbers.items(), key=lambda item: item[1])
    ]
    return sql.SQL(", ").join(lines)


def numbered_columns(columns: Sequence[str]) -> list[str]:
    """Name the columns of a table for the entries `columns` of a line: ``label_no`` in place of ``emotion``."""
    return ["label_no" if name == "emotion" else name for name in columns]


def _named(ids: Sequence[str], most: int = 10) -> str:
    """Name some labels for a message."""
    return ", ".join(ids[:most]) + (f" and {len(ids) - most} more" if len(ids) > most else "")
