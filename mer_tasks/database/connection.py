"""Postgres: connecting to it, and asking the schema ``mer``.

Every failure leaves here as one of the errors of :mod:`mer_tasks.errors`, without the password of the URL. What the tables mean
is said in ``sql/migrations``; what users ask them, in ``sql/queries``. A schema of another version than this code's is refused
at each connection, before anything is asked of it.
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
"""Migrations, queries and what `publish` executes: within the package where it is installed, else beside it in the checkout."""
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


def database_of(config: Config) -> str:
    """The configured database URL with its password; raises :class:`ConfigError` without one."""
    if config.database_url is None:
        raise ConfigError("no database to find the champion in: expected MER_DATABASE_URL or --database-url")
    return config.database_url.get_secret_value()
