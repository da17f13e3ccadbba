"""Queries on the schema ``mer``: those of the cookbook in ``sql/queries``, and those that stages ask.

In: the URL of a database, as any role that may read. Out: rows, or what they mean. Failures leave here as in
:mod:`mer_tasks.database.connection`.
"""

import ast
import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from mer_tasks.database.connection import SQL, engine, errors, transaction
from mer_tasks.errors import ConfigError, PermanentError

DEFAULT = re.compile(r"^-- :(\w+) = ('[^']*'|[\w.]+)", re.MULTILINE)
"""Of a parameter, in the head of a query: ``-- :emotion = 'calmness'``, ``-- :rows = 10``, ``-- :genre = NULL``."""


def previous_parts(url: str) -> dict[str, str]:
    """Part that audio had in earlier runs: train if it was ever trained on, else its latest.

    Each is there twice, under the sha256 of the file and under that of its samples.
    """
    with transaction(url) as cursor:
        cursor.execute("SELECT sha256, part FROM mer.content_part")
        return dict(cursor)


def served_contents(url: str, model: Mapping[str, str]) -> dict[str, str]:
    """Track id to the sha256 of the content of which a prediction by `model` is served.

    Parameters
    ----------
    url : str
    model : mapping
        ``run_id`` and ``sha256``.
    """
    with transaction(url) as cursor:
        cursor.execute(
            "SELECT track_id, split.sha256 FROM mer.serving JOIN mer.run USING (run_no) JOIN mer.split USING (run_no, track_no)"
            " JOIN mer.track USING (track_no) WHERE model_run_id = %(run_id)s AND model_sha256 = %(sha256)s",
            model,
        )
        return dict(cursor)


def last_labels_digest(url: str) -> str | None:
    """``labels_digest`` of the latest published training run: what there was to learn from; None before the first."""
    with transaction(url) as cursor:
        cursor.execute("SELECT labels_digest FROM mer.run WHERE mode = 'train' ORDER BY run_no DESC LIMIT 1")
        found = cursor.fetchone()
    return found[0] if found else None


def check_unpublished(url: str, run_id: str) -> None:
    """Refuse to make a run again that is published: its rows, files and what was decided on them would no longer be one.

    Raises
    ------
    PermanentError
        With what helps.
    """
    with transaction(url) as cursor:
        cursor.execute("SELECT mode FROM mer.run WHERE run_id = %s", [run_id])
        found = cursor.fetchone()
    if found:
        raise PermanentError(
            f"run {run_id!r} is published already, in mode {found[0]}; expected a new run with a name of its own (in Airflow:"
            " trigger one, or clear this one from publish on)"
        )


def published_model(url: str, model_run: str | None = None, store_url: str | None = None) -> dict[str, str]:
    """The model of a published run: ``run_id`` of the run that fitted it, ``key`` in the object store, ``sha256``.

    Parameters
    ----------
    url : str
    model_run : str, optional
        Name of a run; without it, the latest training run.
    store_url : str, optional
        Only runs whose outputs are in this store.

    Raises
    ------
    ConfigError
        If there is no such run; the message names the latest ones.
    """
    with transaction(url) as cursor:
        cursor.execute(
            "SELECT model_run_id, model_key, model_sha256 FROM mer.run"
            " WHERE CASE WHEN %(run)s IS NULL THEN mode = 'train' ELSE run_id = %(run)s END"
            " AND (%(store)s IS NULL OR store_url = %(store)s) ORDER BY run_no DESC LIMIT 1",
            {"run": model_run, "store": store_url},
        )
        found = cursor.fetchone()
        if found:
            return dict(zip(("run_id", "key", "sha256"), found, strict=True))
        cursor.execute("SELECT run_id, store_url FROM mer.run WHERE mode = 'train' ORDER BY run_no DESC LIMIT 10")
        there = ", ".join(f"{run_id!r} in {store}" for run_id, store in cursor) or "none: train first"
    wanted = f" in {store_url}" if store_url else ""
    raise ConfigError(f"model_run={model_run!r}: no such published run{wanted}; the latest training runs are {there}")


def checked(**values: object) -> None:
    """Refuse text that Postgres cannot be asked for; raises :class:`ConfigError`."""
    for name, value in values.items():
        if isinstance(value, str) and any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value):
            raise ConfigError(f"{name}={value[:100]!r}: expected text without NUL and lone surrogates")


def query(url: str, name: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Rows of a query of the cookbook.

    Parameters
    ----------
    url : str
        As any of the roles.
    name : str
        File in ``sql/queries``, without ``.sql``.
    params : mapping, optional
        Values that replace the defaults, which stand in the file's head as ``-- :name = value``.

    Raises
    ------
    ConfigError
        If there is no such query, or it has no such parameter; the message names those there are. If a value is no text that
        Postgres can be asked for.
    """
    path = SQL / "queries" / f"{name}.sql"
    there = sorted(file.stem for file in path.parent.glob("*.sql"))
    if name not in there:
        raise ConfigError(f"query {name!r}: expected one of {', '.join(there)}")
    text = path.read_text(encoding="utf-8")
    values = {key: ast.literal_eval({"NULL": "None"}.get(value, value)) for key, value in DEFAULT.findall(text)}
    unknown = sorted((params or {}).keys() - values.keys())
    if unknown:
        raise ConfigError(f"query {name!r}: parameter {unknown[0]!r}, expected one of {', '.join(sorted(values)) or 'none'}")
    # without the head: it names the parameters too, and a value with a line break would end its comment
    statement = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    values |= params or {}
    checked(**values)
    return answered(url, statement, values)


def answered(url: str, statement: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of a statement; its parameters are written ``:name``."""
    source = engine(url)
    try:
        with errors(url), source.connect() as connection:
            return [dict(row) for row in connection.execute(sa.text(statement), values).mappings()]
    finally:
        source.dispose()
