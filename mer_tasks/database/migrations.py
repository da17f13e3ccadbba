"""Migrations of the schema ``mer`` in Postgres: create its roles and database, and apply migrations in order.

In: ``sql/roles.sql`` and the numbered files of ``sql/migrations``. Each migration is applied once, in its own transaction. The
database stores its checksum, so an applied file must never change: put every change into a new file. A new schema adopts the
configured label set (:mod:`mer_tasks.database.label_rows`).
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
from mer_tasks.database.label_rows import adopt_first_label_set
from mer_tasks.errors import AccessDenied, ConfigError, IntegrityError
from mer_tasks.label_set import LabelSet

logger = logging.getLogger(__name__)

ROLES = ("mer_owner", "mer_writer", "mer_reader")
MIGRATION_LOCK = 0x6D657201
ROLES_LOCK = 0x6D657202
"""Keys of advisory locks of Postgres: "mer" in ASCII and a number."""

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
    """A file of ``sql/migrations``.

    Attributes
    ----------
    number : int
        Number in its name, ``NNNN_what.sql``.
    name : str
        Name of the file.
    text : str
        SQL statements.
    """

    number: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Return the sha256 of the text, in hex; the kind of line ends does not change it."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def read_migrations(folder: Path) -> list[Migration]:
    """Read the migrations in `folder`, in order; raises :class:`ConfigError` if a name lacks a number or repeats one."""
    by_number: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        number = re.match(r"(\d{4})_", path.name)
        if not number or int(number[1]) in by_number:
            raise ConfigError(f"{path}: expected a name like 0001_what.sql with a number of its own")
        by_number[int(number[1])] = Migration(int(number[1]), path.name, path.read_text(encoding="utf-8"))
    return list(by_number.values())


def pending_migrations(available: list[Migration], applied: Mapping[int, tuple[str, str]]) -> list[Migration]:
    """Return the migrations that are not applied yet, in order.

    Parameters
    ----------
    available : list of Migration
        All migrations of this version.
    applied : mapping of int to (str, str)
        Name and sha256 of each applied migration, by its number.

    Raises
    ------
    IntegrityError
        If an applied file has changed or does not exist here, or a pending file has a lower number than an applied one.

    Examples
    --------
    >>> tables, views = Migration(1, "0001_tables.sql", ""), Migration(2, "0002_views.sql", "")
    >>> pending_migrations([tables, views], {1: (tables.name, tables.sha256)}) == [views]
    True
    """
    by_number = {migration.number: migration for migration in available}
    for number, (name, sha256) in sorted(applied.items()):
        file = by_number.get(number)
        if file is None:
            raise IntegrityError(f"the database has migration {name}, which this version does not have: update the platform")
        if file.sha256 != sha256:
            raise IntegrityError(f"migration {file.name} has changed since it was applied (as {name}): add a new file instead")
    pending = [migration for migration in available if migration.number not in applied]
    if pending and applied and pending[0].number < max(applied):
        newest = applied[max(applied)][0]
        raise IntegrityError(f"migration {pending[0].name} is older than {newest}, which is applied: give it a new number")
    return pending


def migrate(url: str, folder: Path = SQL / "migrations", label_set: LabelSet | None = None) -> list[str]:
    """Apply all pending migrations to schema ``mer``. Processes that run this at the same time apply each migration once.

    A database without a label set then adopts one.

    Parameters
    ----------
    url : str
        URL for the role mer_owner.
    folder : Path
        Folder of the migrations.
    label_set : LabelSet, optional
        Label set of a new database; by default, the configured one (``MER_LABELS``).

    Returns
    -------
    list of str
        Names of the migrations that this call applied.

    Raises
    ------
    IntegrityError
        See :func:`pending_migrations`.
    ConfigError
        If a new database would adopt the configured label set, and that cannot be read.
    AccessDenied, DatabaseUnavailable
    """
    available = read_migrations(folder)
    applied_names: list[str] = []
    while True:
        with transaction(url, any_schema=True) as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [MIGRATION_LOCK])
            cursor.execute("SELECT to_regclass('mer.migration')")
            if cursor.fetchone()[0] is None:
                cursor.execute(MIGRATIONS_TABLE)
            cursor.execute("SELECT number, name, sha256 FROM mer.migration")
            pending = pending_migrations(available, {number: (name, sha256) for number, name, sha256 in cursor})
            if not pending:
                adopt_first_label_set(cursor, label_set)
                return applied_names
            cursor.execute(pending[0].text)
            cursor.execute(
                "INSERT INTO mer.migration (number, name, sha256) VALUES (%s, %s, %s)",
                [pending[0].number, pending[0].name, pending[0].sha256],
            )
        logger.info("applied migration %s", pending[0].name)
        applied_names.append(pending[0].name)


def create_vector_extension(url: str) -> str | None:
    """Create the extension vector (pgvector) in a database, or update it; returns in one line why that is impossible, if it is.

    Only the search of similar tracks needs it.

    Parameters
    ----------
    url : str
        URL of the database, for a superuser: the extension's files do not say that an owner may create it.
    """
    try:
        with transaction(url, any_schema=True) as cursor:
            cursor.execute("SELECT default_version FROM pg_available_extensions WHERE name = 'vector'")
            if not cursor.fetchone():
                return "the server lacks pgvector, expected its extension vector 0.8 or newer"
            cursor.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")
            cursor.execute("ALTER EXTENSION vector UPDATE")
    except (AccessDenied, IntegrityError) as error:
        return str(error)
    return None


def bootstrap(
    admin_url: str,
    database: str = "mer",
    passwords: Mapping[str, str] | None = None,
    label_set: LabelSet | None = None,
) -> dict[str, str]:
    """Create the roles and the database unless they exist, set the roles' passwords, and apply the migrations.

    The extension vector (pgvector) is created too, if the server has it. If not, one line of the log says so.

    Parameters
    ----------
    admin_url : str
        URL of any database of the server, for a superuser.
    database : str
        Name of the database to create.
    passwords : mapping of str to str, optional
        Password of each role. A role without an entry gets a generated password, which replaces its old one.
    label_set : LabelSet, optional
        Label set of a new database; by default, the configured one (``MER_LABELS``).

    Returns
    -------
    dict of str to str
        Role (``mer_owner``, ``mer_writer``, ``mer_reader``) to the URL of the database with this role and its password.
    """
    role_passwords = {role: (passwords or {}).get(role) or secrets.token_urlsafe(24) for role in ROLES}
    name = sql.Identifier(database)
    admin_engine = engine(admin_url, any_schema=True).execution_options(isolation_level="AUTOCOMMIT")
    try:
        with errors(admin_url), admin_engine.connect() as connection:
            cursor = connection.connection.cursor()
            cursor.execute("SELECT pg_advisory_lock(%s)", [ROLES_LOCK])
            cursor.execute((SQL / "roles.sql").read_text(encoding="utf-8"))
            for role in ROLES:
                cursor.execute(
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(role_passwords[role]))
                )
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
            if not cursor.fetchone():
                cursor.execute(sql.SQL("CREATE DATABASE {} OWNER mer_owner").format(name))
            cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
            cursor.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO mer_writer, mer_reader").format(name))
            cursor.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {} TO mer_writer").format(name))
    finally:
        admin_engine.dispose()
    base = database_url(admin_url).set(database=database)
    if missing := create_vector_extension(base.render_as_string(hide_password=False)):
        logger.warning("database %s: no search of similar tracks: %s", database, missing)
    urls = {
        role: base.set(username=role, password=role_passwords[role]).render_as_string(hide_password=False) for role in ROLES
    }
    migrate(urls["mer_owner"], label_set=label_set)
    return urls
