"""Start a real Postgres for tests: one embedded server per session, one new migrated database per test.

The migrations are applied once per session, and each test gets a copy of the migrated database.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from mer_tasks.database.migrations import bootstrap
from mer_tasks.local_stack.embedded_postgres import EmbeddedPostgres

UNSAFE_BUT_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Settings of a server that may lose its data in a crash: it is faster."""
PASSWORDS = dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "for tests: %/@")


@pytest.fixture(scope="session")
def postgres():
    """Start the server in a folder whose path is short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="mer-pg-"))
    server = EmbeddedPostgres(folder, UNSAFE_BUT_FAST)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


def _execute(postgres: EmbeddedPostgres, statement: str) -> None:
    """Execute a statement that no transaction may contain."""
    connection = psycopg2.connect(postgres.url().replace("+psycopg2", ""))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


@pytest.fixture(scope="session")
def template(postgres):
    """Create a migrated database that no test writes to, and return its name."""
    bootstrap(postgres.url(), "mer_template", PASSWORDS)
    return "mer_template"


@pytest.fixture
def database(postgres, template):
    """Create a new, migrated database, and yield its URLs by role."""
    _execute(postgres, f"CREATE DATABASE mer_test OWNER mer_owner TEMPLATE {template}")
    yield bootstrap(postgres.url(), "mer_test", PASSWORDS)
    _execute(postgres, "DROP DATABASE mer_test WITH (FORCE)")


@pytest.fixture
def database_url(database):
    """URL of the database for the role mer_writer."""
    return database["mer_writer"]


@pytest.fixture
def reader_url(database):
    """URL of the database for the role mer_reader."""
    return database["mer_reader"]


@pytest.fixture
def owner_url(database):
    """URL of the database for the role mer_owner."""
    return database["mer_owner"]


@pytest.fixture
def unlabelled_database(database):
    """URLs by role of a migrated database that has not adopted a label set yet."""
    connection = psycopg2.connect(database["mer_owner"].replace("+psycopg2", ""))
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT name FROM mer.label_indexes()")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX mer.{name}")
        cursor.execute("TRUNCATE mer.label, mer.label_set RESTART IDENTITY CASCADE")
        cursor.execute("DROP VIEW mer.track_emotions, mer.best_tracks")
    connection.close()
    return database


def rows(url: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a statement on the database at `url`, which need not be the platform's."""
    connection = psycopg2.connect(url.replace("+psycopg2", ""))
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()
    finally:
        connection.close()
