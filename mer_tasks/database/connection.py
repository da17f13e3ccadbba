"""Connections to Postgres: engines, transactions, the check of the schema's version, and translation of errors.

Every failure is raised as an error of :mod:`mer_tasks.errors`, without the password of the URL. The comments in
``sql/migrations`` document the tables; ``sql/queries`` has the cookbook's queries. Each new connection is refused unless the
schema ``mer`` has the version that this code expects.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from mer_tasks.config import Config
from mer_tasks.errors import AccessDenied, ConfigError, DatabaseUnavailable, IntegrityError, MerError, PermanentError

PACKAGE = Path(__file__).resolve().parents[1]
SQL = next(folder for folder in (PACKAGE / "sql", PACKAGE.parent / "sql") if folder.is_dir())
"""Folder of migrations, queries and the SQL of `publish`: inside the installed package, or beside it in a checkout."""
CONNECT_OPTIONS = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    "application_name": "mer",
    "client_encoding": "utf8",
}
"""Options of libpq. With them, a server that no longer responds is noticed within about a minute."""

REFUSAL_MESSAGE = re.compile(
    r"authentication failed|no password supplied|pg_hba\.conf|permission denied|not permitted|role .* does not exist"
)
"""Messages of a server that refuses a connection; psycopg2 has no SQLSTATE for these errors."""
NEWEST_MIGRATION = "SELECT name FROM mer.migrations ORDER BY number DESC LIMIT 1"
CALLER_SQLSTATE = "MER01"
"""Code of an error that a function of schema ``mer`` raises because of its arguments; its message is for people."""
TRANSIENT_SQLSTATES = ("08", "40", "53", "57", "58", "55P03")
"""Prefixes of SQLSTATE codes after which a retry can help.

In order: connection lost, deadlock, out of resources (disk full), shut down or cancelled, I/O error, lock not available.
"""


def database_url(url: str) -> URL:
    """Parse and check a database URL, and set its driver to psycopg2.

    Raises
    ------
    ConfigError
        If it is not a Postgres URL; the message does not contain its password.

    Examples
    --------
    >>> database_url("postgresql://me:secret@host/mer")
    postgresql+psycopg2://me:***@host/mer
    """
    expected = "expected postgresql+psycopg2://user:password@host/database"
    try:
        parsed = make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise ConfigError(f"database URL that begins with {url.partition(':')[0]!r}: not a URL; {expected}") from None
    if not parsed.drivername.startswith("postgres"):
        raise ConfigError(f"database URL {_without_password(parsed)}: {expected}")
    return parsed.set(drivername="postgresql+psycopg2")


def _without_password(url: URL) -> str:
    """Format `url` for messages: without its password, also if that is in the query."""
    return url.difference_update_query(["password"]).render_as_string(hide_password=True)


def engine(url: str, *, any_schema: bool = False) -> sa.Engine:
    """Create a SQLAlchemy engine that notices lost connections. Options of libpq in the URL override
    ``CONNECT_OPTIONS``.

    Parameters
    ----------
    url : str
    any_schema : bool
        Skip the check of the schema's version (:func:`check_schema`) on new connections.
    """
    parsed = database_url(url)
    options = {name: value for name, value in CONNECT_OPTIONS.items() if name not in parsed.query}
    new_engine = sa.create_engine(parsed, pool_pre_ping=True, connect_args=options)
    if not any_schema:
        sa.event.listen(new_engine, "connect", lambda connection, _: check_schema(connection, _without_password(parsed)))
    return new_engine


def check_schema(connection: Any, name: str) -> None:
    """Raise an error if the schema ``mer`` has another version than this code: queries could fail or return wrong results.

    Parameters
    ----------
    connection : psycopg2.connection
        A new connection; it is closed if the check fails.
    name : str
        Name of the database, for messages.

    Raises
    ------
    PermanentError
        If the schema is newer, older or missing.
    psycopg2.Error
        If the query fails for another reason.
    """
    expected = max(path.name for path in (SQL / "migrations").glob("*.sql"))
    try:
        with connection.cursor() as cursor:
            cursor.execute(NEWEST_MIGRATION)
            (applied,) = cursor.fetchone()
        connection.rollback()
    except psycopg2.errors.UndefinedTable:
        applied = ""
    except psycopg2.Error:
        connection.close()
        raise
    if applied == expected:
        return
    connection.close()
    if applied > expected:
        raise PermanentError(f"{name}: its newest migration is {applied}, that of this version {expected}: update the platform")
    state = f"its newest migration is {applied}" if applied else "it has no schema mer, or an old one"
    raise PermanentError(f"{name}: {state}; expected a migrated database with {expected}: python -m mer_tasks migrate")


def database_error(error: Exception, url: str) -> MerError:
    """Translate an error of the driver to an error of the platform, in one line that names the database.

    Parameters
    ----------
    error : psycopg2.Error or sqlalchemy.exc.DBAPIError
    url : str
        URL of the database, with or without its password.
    """
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig else error
    code = getattr(cause, "pgcode", None) or ""
    if code == CALLER_SQLSTATE and isinstance(cause, psycopg2.Error):
        return ConfigError(cause.diag.message_primary)
    message = f"{_without_password(database_url(url))}: {' '.join(str(cause).split())}"
    if code.startswith("28") or code == "42501" or (not code and REFUSAL_MESSAGE.search(message)):
        return AccessDenied(f"{message}; expected a role with a valid password and the necessary rights")
    if code in ("3D000", "3F000", "42P01") or (not code and re.search(r"database .* does not exist", message)):
        return ConfigError(f"{message}; expected a migrated database")
    if code.startswith(TRANSIENT_SQLSTATES) or isinstance(cause, (psycopg2.OperationalError, psycopg2.InterfaceError)):
        return DatabaseUnavailable(message)
    return IntegrityError(message)


@contextmanager
def errors(url: str) -> Iterator[None]:
    """Raise the driver's errors within a ``with`` block as errors of the platform; see :func:`database_error`."""
    try:
        yield
    except (psycopg2.Error, sa.exc.DBAPIError) as error:
        raise database_error(error, url) from None


@contextmanager
def transaction(url: str, *, any_schema: bool = False) -> Iterator[Any]:
    """Open a transaction and yield its psycopg2 cursor; commit at the end of the block, or roll back if it raises.

    The parameters are those of :func:`engine`.
    """
    new_engine = engine(url, any_schema=any_schema)
    try:
        with errors(url), new_engine.begin() as connection:
            yield connection.connection.cursor()
    finally:
        new_engine.dispose()


def database_of(config: Config) -> str:
    """Return the configured database URL with its password; raises :class:`ConfigError` if none is configured."""
    if config.database_url is None:
        raise ConfigError("no database to find the champion in: expected MER_DATABASE_URL or --database-url")
    return config.database_url.get_secret_value()
