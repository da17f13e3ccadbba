"""A real Postgres for tests: one embedded server a session, a fresh and migrated database a test.

The migrations are applied once a session; each test gets a copy of what they made.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from mer_tasks.database.migrations import bootstrap
from mer_tasks.local_stack.embedded_postgres import EmbeddedPostgres

HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Settings of a server whose data nobody will miss."""
PASSWORDS = dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "for tests: %/@")


@pytest.fixture(scope="session")
def postgres():
    """The server, in a folder whose path is short enough for its socket."""
    folder = Path(tempfile.mkdtemp(prefix="mer-pg-"))
    server = EmbeddedPostgres(folder, HASTY)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


def _command(postgres: EmbeddedPostgres, statement: str) -> None:
    """Let the server do what no transaction may hold."""
    connection = psycopg2.connect(postgres.url().replace("+psycopg2", ""))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


@pytest.fixture(scope="session")
def template(postgres):
    """Name of a migrated database that nothing is written to."""
    bootstrap(postgres.url(), "mer_template", PASSWORDS)
    return "mer_template"


@pytest.fixture
def database(postgres, template):
    """URLs of a fresh, migrated database, by role."""
    _command(postgres, f"CREATE DATABASE mer_test OWNER mer_owner TEMPLATE {template}")
    yield bootstrap(postgres.url(), "mer_test", PASSWORDS)
    _command(postgres, "DROP DATABASE mer_test WITH (FORCE)")


@pytest.fixture
def database_url(database):
    """As mer_writer."""
    return database["mer_writer"]


@pytest.fixture
def reader_url(database):
    """As mer_reader."""
    return database["mer_reader"]


@pytest.fixture
def owner_url(database):
    """As mer_owner."""
    return database["mer_owner"]


def rows(url: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """What any database at `url` answers, the platform's or not."""
    connection = psycopg2.connect(url.replace("+psycopg2", ""))
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()
    finally:
        connection.close()
