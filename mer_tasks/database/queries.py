"""Queries on the schema ``mer``: the cookbook in ``sql/queries``, and queries that stages need.

In: the URL of a database, for a role that may read. Out: rows, or values from them. Failures are raised as in
:mod:`mer_tasks.database.connection`.
"""

import ast
import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from mer_tasks.database.connection import SQL, engine, errors, transaction
from mer_tasks.database.stored_labels import stored_labels_at
from mer_tasks.errors import ConfigError, PermanentError

DEFAULT = re.compile(r"^-- :(\w+) = ('[^']*'|[\w.]+)", re.MULTILINE)
"""Default of a parameter in a query's first comments: ``-- :metric = 'f1'``, ``-- :rows = 10``, ``-- :genre = NULL``."""
LABEL = re.compile(r"^-- :(\w+) = NULL +a label\b", re.MULTILINE)
"""Parameter whose value is a label, by the same comments: ``-- :emotion = NULL  a label; NULL: all labels``."""
NO_ROWS = re.compile(r"^-- No rows: (.+)$", re.MULTILINE)
"""Comment that says when a query has no rows."""


def previous_parts(url: str) -> dict[str, str]:
    """Read the part that audio had in earlier runs: train if a model was ever trained on it, else its latest part.

    Keys are the sha256 of files and the sha256 of their samples, so each track has two entries.
    """
    with transaction(url) as cursor:
        cursor.execute("SELECT sha256, part FROM mer.content_part")
        return dict(cursor)


def served_contents(url: str, model: Mapping[str, str]) -> dict[str, str]:
    """Read which content the served predictions of a model belong to: sha256 of the file by track id.

    Parameters
    ----------
    url : str
    model : mapping
        ``run_id`` of the run that fitted the model, and ``sha256`` of the model.

    Returns
    -------
    dict of str to str
        Track id to the sha256 of the audio content. Tracks without a served prediction of the model are left out.
    """
    with transaction(url) as cursor:
        cursor.execute(
            "SELECT track_id, split.sha256 FROM mer.serving JOIN mer.run USING (run_no) JOIN mer.split USING (run_no, track_no)"
            " JOIN mer.track USING (track_no) WHERE model_run_id = %(run_id)s AND model_sha256 = %(sha256)s",
            model,
        )
        return dict(cursor)


def last_training_digests(url: str) -> tuple[str | None, str | None, str, str | None] | None:
    """Return the digests of what the latest published training run has learnt from; None before the first run.

    ``labels_digest`` covers the audio content and the votes of all annotated tracks, ``artists_digest`` their artists in
    metadata files, ``label_set_digest`` the labels in use, and ``encoder_space`` the encoder, None without one.
    """
    with transaction(url) as cursor:
        cursor.execute(
            "SELECT labels_digest, artists_digest, label_set_digest, encoder_space FROM mer.run WHERE mode = 'train'"
            " ORDER BY run_no DESC LIMIT 1"
        )
        row = cursor.fetchone()
    return (row[0], row[1], row[2], row[3]) if row else None


def check_unpublished(url: str, run_id: str) -> None:
    """Raise an error if a run is published already: repeating it would make its files differ from its rows and decisions.

    Raises
    ------
    PermanentError
        The message says what to do instead.
    """
    with transaction(url) as cursor:
        cursor.execute("SELECT mode FROM mer.run WHERE run_id = %s", [run_id])
        row = cursor.fetchone()
    if row:
        raise PermanentError(
            f"run {run_id!r} is published already, in mode {row[0]}; expected a new run with another name (in Airflow:"
            " trigger one, or clear this one from publish on)"
        )


def published_model(url: str, model_run: str | None = None, store_url: str | None = None) -> dict[str, str]:
    """Find the model of a published run: ``run_id`` of the run that fitted it, ``key`` in the object store, ``sha256``.

    Parameters
    ----------
    url : str
    model_run : str, optional
        Name of the run; by default, the latest training run.
    store_url : str, optional
        Consider only runs whose documents are in this store.

    Raises
    ------
    ConfigError
        If there is no such run; the message names the latest training runs.
    """
    with transaction(url) as cursor:
        cursor.execute(
            "SELECT model_run_id, model_key, model_sha256 FROM mer.run"
            " WHERE CASE WHEN %(run)s IS NULL THEN mode = 'train' ELSE run_id = %(run)s END"
            " AND (%(store)s IS NULL OR store_url = %(store)s) ORDER BY run_no DESC LIMIT 1",
            {"run": model_run, "store": store_url},
        )
        row = cursor.fetchone()
        if row:
            return dict(zip(("run_id", "key", "sha256"), row, strict=True))
        cursor.execute("SELECT run_id, store_url FROM mer.run WHERE mode = 'train' ORDER BY run_no DESC LIMIT 10")
        latest = ", ".join(f"{run_id!r} in {store}" for run_id, store in cursor) or "none: train first"
    in_store = f" in {store_url}" if store_url else ""
    raise ConfigError(f"model_run={model_run!r}: no such published run{in_store}; the latest training runs are {latest}")


def why_no_rows(name: str) -> str:
    """Return what the query of this name says about an empty result, by a comment ``-- No rows: ...``; empty if nothing."""
    found = NO_ROWS.search((SQL / "queries" / f"{name}.sql").read_text(encoding="utf-8"))
    return found[1] if found else ""


def check_text(**values: object) -> None:
    """Raise :class:`ConfigError` for a text that Postgres cannot store: one with NUL or a lone surrogate."""
    for name, value in values.items():
        if isinstance(value, str) and any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value):
            raise ConfigError(f"{name}={value[:100]!r}: expected text without NUL and lone surrogates")


def query(url: str, name: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Run a query of the cookbook, and return its rows.

    Parameters
    ----------
    url : str
        URL for any of the roles.
    name : str
        Name of a file in ``sql/queries``, without ``.sql``.
    params : mapping, optional
        Values that replace the defaults. The file's first comments declare these as ``-- :name = value``.

    Raises
    ------
    ConfigError
        If there is no such query, it has no such parameter, or the database has no such label; the message names those that
        exist. Also if a value is a text that Postgres cannot store.
    """
    path = SQL / "queries" / f"{name}.sql"
    available = sorted(file.stem for file in path.parent.glob("*.sql"))
    if name not in available:
        raise ConfigError(f"query {name!r}: expected one of {', '.join(available)}")
    text = path.read_text(encoding="utf-8")
    values = {key: ast.literal_eval({"NULL": "None"}.get(value, value)) for key, value in DEFAULT.findall(text)}
    unknown = sorted((params or {}).keys() - values.keys())
    if unknown:
        raise ConfigError(f"query {name!r}: parameter {unknown[0]!r}, expected one of {', '.join(sorted(values)) or 'none'}")
    # without comments: they contain parameters too, and a value with a line break would end the comment
    statement = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    values |= params or {}
    check_text(**values)
    named = {key: values[key] for key in LABEL.findall(text) if values[key] is not None}
    if named:
        label_set = stored_labels_at(url).label_set
        for key, value in named.items():
            label_set.check_label(str(value), label_set.noun[0] if key == "emotion" else key, retired=True)
    return select_rows(url, statement, values)


def select_rows(url: str, statement: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run a statement with parameters such as ``:name``, and return its rows."""
    new_engine = engine(url)
    try:
        with errors(url), new_engine.connect() as connection:
            return [dict(row) for row in connection.execute(sa.text(statement), values).mappings()]
    finally:
        new_engine.dispose()
