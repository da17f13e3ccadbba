"""The schema ``mer`` in Postgres: its roles, its database, and the migrations that make its tables and views.

In: ``sql/roles.sql`` and the numbered files of ``sql/migrations``. Each is applied once, in a transaction of its own, and the
database keeps its checksum: an applied file never changes, a change is a new file.
"""

import hashlib
import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from psycopg2 import sql

from mer_tasks.database.connection import SQL, database_url, engine, errors, transaction
from mer_tasks.errors import ConfigError, IntegrityError

logger = logging.getLogger(__name__)

ROLES = ("mer_owner", "mer_writer", "mer_reader")
MIGRATION_LOCK, ROLES_LOCK = 0x6D657201, 0x6D657202
"""Keys of advisory locks: "mer" in ASCII and a number."""

MIGRATIONS_TABLE = """
CREATE SCHEMA IF NOT EXISTS mer;
COMMENT ON SCHEMA mer IS 'Music emotion recognition: what runs published. Read its views.';
CREATE TABLE IF NOT EXISTS mer.migration (
  number integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE mer.migration IS 'Files of sql/migrations that have been applied.';
COMMENT ON COLUMN mer.migration.number IS 'Number that the file''s name begins with.';
COMMENT ON COLUMN mer.migration.name IS 'Name of the file.';
COMMENT ON COLUMN mer.migration.sha256 IS 'sha256 of the file when it was applied, in hex.';
COMMENT ON COLUMN mer.migration.applied_at IS 'When it was applied.';
"""


@dataclass(frozen=True)
class Migration:
    """One file of ``sql/migrations``.

    Attributes
    ----------
    number : int
        From its name, ``NNNN_what.sql``.
    name : str
    text : str
        Its statements.
    """

    number: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """sha256 of the text, in hex; line ends do not count."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations(folder: Path) -> list[Migration]:
    """The migrations in `folder`, in order; raises :class:`ConfigError` if a name has no number, or one that another has."""
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        number = re.match(r"(\d{4})_", path.name)
        if not number or int(number[1]) in found:
            raise ConfigError(f"{path}: expected a name like 0001_what.sql with a number of its own")
        found[int(number[1])] = Migration(int(number[1]), path.name, path.read_text(encoding="utf-8"))
    return list(found.values())


def missing(known: list[Migration], applied: Mapping[int, tuple[str, str]]) -> list[Migration]:
    """Those of `known` that still have to be applied.

    Parameters
    ----------
    known : list of Migration
    applied : mapping of int to (str, str)
        Name and sha256 of each migration in the database, by its number.

    Raises
    ------
    IntegrityError
        If an applied file has changed, is unknown, or is newer than one that was not applied.
    """
    by_number = {migration.number: migration for migration in known}
    for number, (name, sha256) in sorted(applied.items()):
        file = by_number.get(number)
        if file is None:
            raise IntegrityError(f"the database has migration {name}, which this version has not: update the platform")
        if file.sha256 != sha256:
            raise IntegrityError(f"migration {file.name} has changed since it was applied (as {name}): add a new file instead")
    ahead = [migration for migration in known if migration.number not in applied]
    if ahead and applied and ahead[0].number < max(applied):
        newest = applied[max(applied)][0]
        raise IntegrityError(f"migration {ahead[0].name} is older than {newest}, which is applied: give it a new number")
    return ahead


def migrate(url: str, folder: Path = SQL / "migrations") -> list[str]:
    """Bring schema ``mer`` up to date; two processes at once do it once.

    Parameters
    ----------
    url : str
        As mer_owner.
    folder : Path
        Of the migrations.

    Returns
    -------
    list of str
        Names of the migrations that were applied; each in a transaction of its own.

    Raises
    ------
    IntegrityError
        See :func:`missing`.
    AccessDenied, DatabaseUnavailable
    """
    known = migrations(folder)
    done: list[str] = []
    while True:
        with transaction(url, any_schema=True) as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [MIGRATION_LOCK])
            cursor.execute("SELECT to_regclass('mer.migration')")
            if cursor.fetchone()[0] is None:
                cursor.execute(MIGRATIONS_TABLE)
            cursor.execute("SELECT number, name, sha256 FROM mer.migration")
            ahead = missing(known, {number: (name, sha256) for number, name, sha256 in cursor})
            if not ahead:
                return done
            cursor.execute(ahead[0].text)
            cursor.execute(
                "INSERT INTO mer.migration (number, name, sha256) VALUES (%s, %s, %s)",
                [ahead[0].number, ahead[0].name, ahead[0].sha256],
            )
        logger.info("applied migration %s", ahead[0].name)
        done.append(ahead[0].name)


def bootstrap(admin_url: str, database: str = "mer", passwords: Mapping[str, str] | None = None) -> dict[str, str]:
    """Make the roles and the database, each if need be, give the roles passwords, and migrate.

    Parameters
    ----------
    admin_url : str
        As a superuser, of any database of the server.
    database : str
        Name of the database to make.
    passwords : mapping of str to str, optional
        By role; a role that is left out gets a generated one, which replaces what it had.

    Returns
    -------
    dict of str to str
        URLs of ``mer_owner``, ``mer_writer`` and ``mer_reader``.
    """
    secret = {role: (passwords or {}).get(role) or secrets.token_urlsafe(24) for role in ROLES}
    name = sql.Identifier(database)
    source = engine(admin_url, any_schema=True).execution_options(isolation_level="AUTOCOMMIT")
    try:
        with errors(admin_url), source.connect() as connection:
            cursor = connection.connection.cursor()
            cursor.execute("SELECT pg_advisory_lock(%s)", [ROLES_LOCK])
            cursor.execute((SQL / "roles.sql").read_text(encoding="utf-8"))
            for role in ROLES:
                cursor.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(secret[role])))
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
            if not cursor.fetchone():
                cursor.execute(sql.SQL("CREATE DATABASE {} OWNER mer_owner").format(name))
            cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
            cursor.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO mer_writer, mer_reader").format(name))
            cursor.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {} TO mer_writer").format(name))
    finally:
        source.dispose()
    place = database_url(admin_url).set(database=database)
    urls = {role: place.set(username=role, password=secret[role]).render_as_string(hide_password=False) for role in ROLES}
    migrate(urls["mer_owner"])
    return urls
