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
from tests.support.postgres import HASTY


@pytest.fixture
def server(tmp_path):
    server = EmbeddedPostgres(tmp_path / "a folder" / "pg's", HASTY)
    yield server
    server.stop()


def answer(url: str, statement: str = "SELECT current_user"):
    connection = psycopg2.connect(url.replace("+psycopg2", ""))
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]
    finally:
        connection.close()


def alive(process: psutil.Process) -> bool:
    """Whether it runs; a zombie, which stays where nobody reaps orphans, does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_starting_twice_is_one_server_and_stopping_twice_is_none(server):
    server.start()
    first = server.process()
    EmbeddedPostgres(server.folder).start()
    assert server.process() == first
    server.stop()
    assert server.process() is None
    assert not alive(first)
    server.stop()


def test_data_and_password_outlive_a_stop(server):
    server.start()
    url = server.create_database("mine", "me", "my/secret@")
    answer(url, "CREATE TABLE kept AS SELECT 42 AS x; COMMIT; SELECT 1")
    server.stop()
    with pytest.raises(psycopg2.OperationalError):
        answer(url)
    EmbeddedPostgres(server.folder, HASTY).start()
    assert answer(url, "SELECT x FROM kept") == 42
    assert answer(server.url()) == "postgres"


def test_it_outlives_the_process_that_starts_it(server):
    code = (
        "import sys, pathlib; from mer_tasks.local_stack.embedded_postgres import *;"
        " EmbeddedPostgres(pathlib.Path(sys.argv[1])).start()"
    )
    subprocess.run([sys.executable, "-c", code, str(server.folder)], check=True)
    assert answer(server.url()) == "postgres"


def test_stopping_one_leaves_the_others(server, tmp_path):
    other = EmbeddedPostgres(tmp_path / "other", HASTY)
    server.start()
    other.start()
    try:
        server.stop()
        assert answer(other.url()) == "postgres"
    finally:
        other.stop()


def test_nobody_else_can_reach_it(server):
    server.start()
    assert not server.process().net_connections("inet")
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.folder / "password").stat().st_mode) == 0o600
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        answer(server.url(password="guess"))
    with pytest.raises(psycopg2.OperationalError, match="no password supplied"):
        answer(server.url(password=""))


def test_a_database_belongs_to_its_owner_alone(server):
    server.start()
    mine = server.create_database("mine", "me", "x")
    server.create_database("yours", "you", "y")
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        answer(mine.replace("/mine?", "/yours?"))
    changed = server.create_database("mine", "me", "z")
    assert answer(changed) == "me"
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        answer(mine)


def test_variables_of_the_environment_do_not_lead_elsewhere(server, monkeypatch):
    for name, value in {
        "PGPORT": "1",
        "PGHOST": "nowhere",
        "PGDATABASE": "none",
        "PGUSER": "nobody",
        "PGDATA": "/nowhere",
    }.items():
        monkeypatch.setenv(name, value)
    server.start()
    assert answer(server.url()) == "postgres"


def test_a_path_that_is_too_long_for_a_socket_gets_a_short_one(tmp_path):
    server = EmbeddedPostgres(tmp_path / ("x" * 100), HASTY)
    try:
        server.start()
        assert answer(server.url()) == "postgres"
        assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
        assert server.socket_folder != server.folder
    finally:
        server.stop()
    assert not server.socket_folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can enter a folder that the server's user cannot")
def test_root_may_have_it_in_a_folder_that_others_may_not_enter(tmp_path):
    (tmp_path / "hidden").mkdir(mode=0o700)
    server = EmbeddedPostgres(tmp_path / "hidden" / "pg", HASTY)
    try:
        server.start()
        assert answer(server.url()) == "postgres"
        assert server.process().uids().real != 0
    finally:
        server.stop()
    assert stat.S_IMODE((tmp_path / "hidden").stat().st_mode) == 0o700


def test_a_process_id_that_is_another_programs_is_left_alone(server):
    server.start()
    pid_file = server.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    server.stop()
    with subprocess.Popen(["sleep", "60"]) as other:
        for path in (pid_file, server.socket_folder / ".s.PGSQL.5432.lock"):
            path.parent.mkdir(mode=0o700, exist_ok=True)  # a socket folder of its own went when the server stopped
            path.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        server.stop()
        assert other.poll() is None
        server.start()
        assert answer(server.url()) == "postgres"
        server.stop()
        assert other.poll() is None
        other.kill()


def test_a_crashed_server_starts_again(server):
    server.start()
    process = server.process()
    children = process.children()
    process.kill()
    while any(map(alive, [process, *children])):
        time.sleep(0.05)
    server.start()
    assert answer(server.url()) == "postgres"


def test_a_first_start_that_was_cut_short_begins_anew(server):
    server.start()
    server.stop()
    server.data.rename(server.folder / "data.unfinished")
    (server.folder / "data.unfinished" / "PG_VERSION").unlink()
    server.start()
    assert answer(server.url()) == "postgres"


def test_a_server_that_cannot_start_says_why(tmp_path):
    server = EmbeddedPostgres(tmp_path / "pg", {"shared_buffers": "lots"})
    with pytest.raises(DatabaseUnavailable, match=r"pg_ctl ended with 1: .*shared_buffers"):
        server.start()
    assert server.process() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a folder that is another user's")
def test_a_folder_of_another_user_is_refused(tmp_path):
    (tmp_path / "pg").mkdir()
    os.chown(tmp_path / "pg", 12345, 12345)
    with pytest.raises(ConfigError, match="expected a folder of user 0, it is user 12345's"):
        EmbeddedPostgres(tmp_path / "pg").start()


def test_the_socket_answers_asyncpg_as_airflow_asks_it(server):
    import asyncio

    from sqlalchemy import text
    from sqlalchemy.ext.asyncio import create_async_engine

    server.start()
    url = server.create_database("airflow", "airflow", "x y%").replace("psycopg2", "asyncpg")

    async def ask() -> str:
        source = create_async_engine(url)
        try:
            async with source.connect() as connection:
                return (await connection.execute(text("SELECT current_user"))).scalar_one()
        finally:
            await source.dispose()

    assert asyncio.run(ask()) == "airflow"
