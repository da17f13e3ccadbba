import os
import stat
import subprocess
import sys
import time

import psutil
import psycopg2
import pytest

from mer_tasks.errors import ConfigError, DatabaseUnavailable
from mer_tasks.local_stack.embedded_postgres import EmbeddedPostgres
from tests.support.postgres import UNSAFE_BUT_FAST


@pytest.fixture
def server(tmp_path):
    server = EmbeddedPostgres(tmp_path / "a folder" / "pg's", UNSAFE_BUT_FAST)
    yield server
    server.stop()


def query(url: str, statement: str = "SELECT current_user"):
    """Run a statement; returns the first value of its result."""
    connection = psycopg2.connect(url.replace("+psycopg2", ""))
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]
    finally:
        connection.close()


def alive(process: psutil.Process) -> bool:
    """Whether a process runs; a zombie does not, although it stays in containers where nothing reaps orphans."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_second_start_or_stop_does_nothing(server):
    server.start()
    first = server.process()
    EmbeddedPostgres(server.folder).start()
    assert server.process() == first
    server.stop()
    assert server.process() is None
    assert not alive(first)
    server.stop()


def test_data_and_password_are_the_same_after_a_stop_and_a_start(server):
    server.start()
    url = server.create_database("mine", "me", "my/secret@")
    query(url, "CREATE TABLE kept AS SELECT 42 AS x; COMMIT; SELECT 1")
    server.stop()
    with pytest.raises(psycopg2.OperationalError):
        query(url)
    EmbeddedPostgres(server.folder, UNSAFE_BUT_FAST).start()
    assert query(url, "SELECT x FROM kept") == 42
    assert query(server.url()) == "postgres"


def test_the_server_outlives_the_process_that_starts_it(server):
    code = (
        "import sys, pathlib; from mer_tasks.local_stack.embedded_postgres import *;"
        " EmbeddedPostgres(pathlib.Path(sys.argv[1])).start()"
    )
    subprocess.run([sys.executable, "-c", code, str(server.folder)], check=True)
    assert query(server.url()) == "postgres"


def test_stopping_a_server_does_not_stop_another(server, tmp_path):
    other = EmbeddedPostgres(tmp_path / "other", UNSAFE_BUT_FAST)
    server.start()
    other.start()
    try:
        server.stop()
        assert query(other.url()) == "postgres"
    finally:
        other.stop()


def test_the_server_accepts_only_its_user_with_a_password_and_no_network_connection(server):
    server.start()
    assert not server.process().net_connections("inet")
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.folder / "password").stat().st_mode) == 0o600
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        query(server.url(password="guess"))
    with pytest.raises(psycopg2.OperationalError, match="no password supplied"):
        query(server.url(password=""))


def test_only_its_owner_can_use_a_database(server):
    server.start()
    mine = server.create_database("mine", "me", "x")
    server.create_database("yours", "you", "y")
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        query(mine.replace("/mine?", "/yours?"))
    changed = server.create_database("mine", "me", "z")
    assert query(changed) == "me"
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        query(mine)


def test_postgres_variables_of_the_environment_have_no_effect(server, monkeypatch):
    for name, value in {
        "PGPORT": "1",
        "PGHOST": "nowhere",
        "PGDATABASE": "none",
        "PGUSER": "nobody",
        "PGDATA": "/nowhere",
    }.items():
        monkeypatch.setenv(name, value)
    server.start()
    assert query(server.url()) == "postgres"


def test_the_socket_is_in_a_folder_with_a_short_path_if_the_servers_path_is_too_long(tmp_path):
    server = EmbeddedPostgres(tmp_path / ("x" * 100), UNSAFE_BUT_FAST)
    try:
        server.start()
        assert query(server.url()) == "postgres"
        assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
        assert server.socket_folder != server.folder
    finally:
        server.stop()
    assert not server.socket_folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can enter a folder that the server's user cannot")
def test_root_can_start_a_server_in_a_folder_that_others_may_not_enter(tmp_path):
    (tmp_path / "hidden").mkdir(mode=0o700)
    server = EmbeddedPostgres(tmp_path / "hidden" / "pg", UNSAFE_BUT_FAST)
    try:
        server.start()
        assert query(server.url()) == "postgres"
        assert server.process().uids().real != 0
    finally:
        server.stop()
    assert stat.S_IMODE((tmp_path / "hidden").stat().st_mode) == 0o700


def test_a_program_that_reuses_the_process_id_is_not_stopped_and_does_not_prevent_a_start(server):
    server.start()
    pid_file = server.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    server.stop()
    with subprocess.Popen(["sleep", "60"]) as other:
        for path in (pid_file, server.socket_folder / ".s.PGSQL.5432.lock"):
            path.parent.mkdir(mode=0o700, exist_ok=True)  # a separate socket folder was removed when the server stopped
            path.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        server.stop()
        assert other.poll() is None
        server.start()
        assert query(server.url()) == "postgres"
        server.stop()
        assert other.poll() is None
        other.kill()


def test_a_crashed_server_can_be_started_again(server):
    server.start()
    process = server.process()
    children = process.children()
    process.kill()
    while any(map(alive, [process, *children])):
        time.sleep(0.05)
    server.start()
    assert query(server.url()) == "postgres"


def test_a_first_start_that_was_interrupted_is_repeated_from_the_beginning(server):
    server.start()
    server.stop()
    server.data.rename(server.folder / "data.unfinished")
    (server.folder / "data.unfinished" / "PG_VERSION").unlink()
    server.start()
    assert query(server.url()) == "postgres"


def test_the_error_of_a_server_that_cannot_start_has_the_reason(tmp_path):
    server = EmbeddedPostgres(tmp_path / "pg", {"shared_buffers": "lots"})
    with pytest.raises(DatabaseUnavailable, match=r"pg_ctl ended with exit code 1: .*shared_buffers"):
        server.start()
    assert server.process() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder that is another user's")
def test_a_folder_of_another_user_is_refused(tmp_path):
    (tmp_path / "pg").mkdir()
    os.chown(tmp_path / "pg", 12345, 12345)
    with pytest.raises(ConfigError, match="expected a folder of user 0, it belongs to user 12345"):
        EmbeddedPostgres(tmp_path / "pg").start()


def test_asyncpg_can_connect_to_the_socket_as_airflow_does(server):
    import asyncio

    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    server.start()
    url = server.create_database("airflow", "airflow", "x y%").replace("psycopg2", "asyncpg")

    async def current_user() -> str:
        engine = create_async_engine(url)
        try:
            async with engine.connect() as connection:
                return (await connection.execute(text("SELECT current_user"))).scalar_one()
        finally:
            await engine.dispose()

    assert asyncio.run(current_user()) == "airflow"
