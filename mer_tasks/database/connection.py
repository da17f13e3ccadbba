"""Postgres: connecting to it, and asking the schema ``mer``.

Every failure leaves here as one of the errors of :mod:`mer_tasks.errors`, without the password of the URL. What the tables mean
is said in ``sql/migrations``; what users ask them, in ``sql/queries``. A schema of another version than this code's is refused
at each connection, before anything is asked of it.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from mer_tasks.errors import AccessDenied, ConfigError, DatabaseUnavailable, IntegrityError, MerError, PermanentError

SQL = Path(__file__).resolve().parents[2] / "sql"
CONNECT = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    "application_name": "mer",
    "client_encoding": "utf8",
}
"""libpq's options. A server that vanishes without a word is noticed within about a minute."""

REFUSED = re.compile(
    r"authentication failed|no password supplied|pg_hba\.conf|permission denied|not permitted|role .* does not exist"
)
"""Of a server that refuses a connection; psycopg2 gives no code then."""
DEFAULT = re.compile(r"^-- :(\w+) = ('[^']*'|[\w.]+)", re.MULTILINE)
"""Of a parameter, in the head of a query: ``-- :emotion = 'calmness'``, ``-- :rows = 10``, ``-- :genre = NULL``."""
NEWEST = "SELECT name FROM mer.migrations ORDER BY number DESC LIMIT 1"
WEATHER = ("08", "40", "53", "57", "58", "55P03")
"""SQLSTATE: connection lost, deadlock, out of resources (disk full), shut down or cancelled, I/O error, lock not available."""


def database_url(url: str) -> URL:
    """`url` checked and bound to psycopg2.

    Raises
    ------
    ConfigError
        If it is not a Postgres URL; the message leaves out its password.
    """
    expected = "expected postgresql+psycopg2://user:password@host/database"
    try:
        parsed = make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise ConfigError(f"database URL that begins with {url.partition(':')[0]!r}: not a URL; {expected}") from None
    if not parsed.drivername.startswith("postgres"):
        raise ConfigError(f"database URL {_named(parsed)}: {expected}")
    return parsed.set(drivername="postgresql+psycopg2")


def _named(url: URL) -> str:
    """`url` for messages: without its password, wherever that stands."""
    return url.difference_update_query(["password"]).render_as_string(hide_password=True)


def engine(url: str, *, any_schema: bool = False) -> sa.Engine:
    """A SQLAlchemy engine on `url` that notices lost connections; options of libpq in the URL win over those above.

    Parameters
    ----------
    url : str
    any_schema : bool
        Do without the check of the schema's version that each new connection else begins with (:func:`check_schema`).
    """
    parsed = database_url(url)
    options = {name: value for name, value in CONNECT.items() if name not in parsed.query}
    made = sa.create_engine(parsed, pool_pre_ping=True, connect_args=options)
    if not any_schema:
        sa.event.listen(made, "connect", lambda connection, _: check_schema(connection, _named(parsed)))
    return made


def check_schema(connection: Any, place: str) -> None:
    """Refuse a schema ``mer`` that this version was not written for: its queries may fail there, or say something else.

    Parameters
    ----------
    connection : psycopg2.connection
        A new one, which is closed if it is refused.
    place : str
        For messages.

    Raises
    ------
    PermanentError
        If the schema is newer, or older, or not there.
    psycopg2.Error
    """
    expected = max(path.name for path in (SQL / "migrations").glob("*.sql"))
    try:
        with connection.cursor() as cursor:
            cursor.execute(NEWEST)
            (found,) = cursor.fetchone()
        connection.rollback()
    except psycopg2.errors.UndefinedTable:
        found = ""
    except psycopg2.Error:
        connection.close()
        raise
    if found == expected:
        return
    connection.close()
    if found > expected:
        raise PermanentError(f"{place}: its newest migration is {found}, that of this version {expected}: update the platform")
    there = f"its newest migration is {found}" if found else "it has no schema mer, or an old one"
    raise PermanentError(f"{place}: {there}; expected a migrated database with {expected}: python -m mer_tasks migrate")


def translated(error: Exception, url: str) -> MerError:
    """What an error of the driver means, in one line that names the database.

    Parameters
    ----------
    error : psycopg2.Error or sqlalchemy.exc.DBAPIError
    url : str
        Of the database, with or without its password.
    """
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig else error
    code = getattr(cause, "pgcode", None) or ""
    message = f"{_named(database_url(url))}: {' '.join(str(cause).split())}"
    if code.startswith("28") or code == "42501" or (not code and REFUSED.search(message)):
        return AccessDenied(f"{message}; expected a role with a right password and the rights that this needs")
    if code in ("3D000", "3F000", "42P01") or (not code and re.search(r"database .* does not exist", message)):
        return ConfigError(f"{message}; expected a migrated database")
    if code.startswith(WEATHER) or isinstance(cause, (psycopg2.OperationalError, psycopg2.InterfaceError)):
        return DatabaseUnavailable(message)
    return IntegrityError(message)


@contextmanager
def errors(url: str) -> Iterator[None]:
    """Let errors of the driver leave the block as the platform's own."""
    try:
        yield
    except (psycopg2.Error, sa.exc.DBAPIError) as error:
        raise translated(error, url) from None


@contextmanager
def transaction(url: str, *, any_schema: bool = False) -> Iterator[Any]:
    """A psycopg2 cursor in one transaction: committed if the block ends well, else rolled back; see :func:`engine`."""
    source = engine(url, any_schema=any_schema)
    try:
        with errors(url), source.begin() as connection:
            yield connection.connection.cursor()
    finally:
        source.dispose()


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
