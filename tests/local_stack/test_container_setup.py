import os
import subprocess
import sys
from collections.abc import Callable, Mapping

import psycopg2
import pytest
from sqlalchemy.engine import make_url

from mer_tasks.config import CHECKOUT
from mer_tasks.database.queries import previous_parts
from mer_tasks.errors import AccessDenied, ConfigError, DatabaseUnavailable, WorkerLost
from mer_tasks.local_stack import container_setup
from mer_tasks.local_stack.container_setup import (
    AIRFLOW_URL,
    ROLE_URLS,
    airflow,
    initialise,
    login,
    make_buckets,
    make_databases,
)
from tests.support.postgres import rows
from tests.support.s3_servers import Bucket

AIRFLOW = """#!/bin/sh
echo "$@" >> "$CALLS"
case "$*" in
"pools get gpu") test -e "$CALLS.pool" ;;
"pools set gpu"*) touch "$CALLS.pool" ;;
"db migrate") echo; echo "one line"; echo "the last words"; exit "${MIGRATED:-0}" ;;
esac
"""


@pytest.fixture
def environment(postgres):
    """What the containers have, for databases of the test's own."""

    def url(role: str, database: str) -> str:
        return postgres.url(database, role, f"password of {role}: %/@")

    roles = {variable: url(role, "mer_boxed") for role, variable in ROLE_URLS.items()}
    yield {**roles, "MER_ADMIN_URL": postgres.url(), AIRFLOW_URL: url("airflow_boxed", "airflow_boxed")}
    connection = psycopg2.connect(postgres.url().replace("+psycopg2", ""))
    connection.autocommit = True
    with connection.cursor() as cursor:
        for name in ("mer_boxed", "airflow_boxed"):
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute("DROP ROLE IF EXISTS airflow_boxed")
    connection.close()


@pytest.fixture
def calls(tmp_path, monkeypatch) -> Callable[[], list[str]]:
    """An Airflow that only notes how it is called; gives the calls."""
    program = tmp_path / "bin" / "airflow"
    program.parent.mkdir()
    program.write_text(AIRFLOW)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    return lambda: (tmp_path / "calls").read_text().splitlines()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", r"not a URL; expected postgresql"),
        ("redis://:secret@redis/0", "expected postgresql"),
        ("postgresql://mer_owner@postgres/mer", "MER_OWNER_URL: expected a URL with a role, its password and a database"),
        ("postgresql://:secret@postgres/mer", "MER_OWNER_URL: expected a URL with a role"),
        ("postgresql://mer_owner:secret@postgres", "MER_OWNER_URL: expected a URL with a role"),
    ],
)
def test_a_url_has_to_say_who_and_where(url, message):
    with pytest.raises(ConfigError, match=message) as refused:
        login({"MER_OWNER_URL": url}, "MER_OWNER_URL")
    assert "secret" not in str(refused.value)


def test_databases_are_made_once_and_a_second_time_changes_nothing(environment):
    make_databases(environment)
    identity = "SELECT oid FROM pg_class WHERE relnamespace = 'mer'::regnamespace ORDER BY oid"
    before = rows(environment["MER_OWNER_URL"], identity)
    make_databases(environment)
    assert rows(environment["MER_OWNER_URL"], identity) == before
    assert previous_parts(environment["MER_DATABASE_URL"]) == {}
    assert rows(environment["MER_READER_URL"], "SELECT count(*) FROM mer.runs") == [(0,)]
    assert rows(environment[AIRFLOW_URL], "SELECT current_user::text, current_database()::text") == [("airflow_boxed",) * 2]
    for variable, place in ((AIRFLOW_URL, "mer_boxed"), ("MER_READER_URL", "airflow_boxed")):
        with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
            rows(make_url(environment[variable]).set(database=place).render_as_string(hide_password=False), "SELECT 1")


def changed(environment: Mapping[str, str], variable: str, **parts: str) -> dict[str, str]:
    return {**environment, variable: make_url(environment[variable]).set(**parts).render_as_string(hide_password=False)}


def test_urls_that_do_not_fit_each_other_make_nothing(environment, postgres):
    with pytest.raises(ConfigError, match="MER_READER_URL: role 'mer_writer', expected 'mer_reader'"):
        make_databases(changed(environment, "MER_READER_URL", username="mer_writer"))
    with pytest.raises(ConfigError, match="databases mer_boxed, mer_other, expected one"):
        make_databases(changed(environment, "MER_DATABASE_URL", database="mer_other"))
    assert rows(postgres.url(), "SELECT datname FROM pg_database WHERE datname LIKE '%%boxed'") == []


def test_a_superuser_that_is_none_or_whose_server_is_away_is_named(environment):
    with pytest.raises(AccessDenied, match="password authentication failed"):
        make_databases(changed(environment, "MER_ADMIN_URL", password="swordfish"))
    with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1"):
        make_databases({**environment, "MER_ADMIN_URL": "postgresql://postgres:secret@127.0.0.1:1/postgres"})


def test_each_place_in_a_bucket_gets_its_bucket_and_folders_get_nothing(bucket: Bucket, tmp_path) -> None:
    try:
        for _ in range(2):
            make_buckets({"MER_STORE_URL": f"{bucket.url}/store", "MER_LANDING_URL": f"{bucket.url}-landing/music"})
        there = [one["Name"] for one in bucket.admin.list_buckets()["Buckets"]]
        assert {bucket.name, f"{bucket.name}-landing"} <= set(there)
    finally:
        bucket.admin.delete_bucket(Bucket=f"{bucket.name}-landing")
    make_buckets({"MER_STORE_URL": (tmp_path / "store").as_uri()})
    assert not (tmp_path / "store").exists()


def test_all_of_it_is_made_and_a_pool_that_is_there_keeps_its_slots(environment, calls, bucket: Bucket) -> None:
    for _ in range(2):
        initialise({**environment, "MER_STORE_URL": bucket.url})
    once = ["db migrate", "pools get gpu"]
    assert calls() == [*once, "pools set gpu 1 Tasks that use the GPU: one at a time.", *once]


def test_a_command_of_airflow_that_fails_says_its_last_words(calls, monkeypatch) -> None:
    monkeypatch.setenv("MIGRATED", "3")
    with pytest.raises(WorkerLost, match=r"^airflow db migrate ended with 3: one line \| the last words$"):
        airflow("db", "migrate")


def test_the_job_ends_with_one_line_that_has_no_password(environment, tmp_path) -> None:
    wrong = changed(environment, "MER_ADMIN_URL", password="swordfish")
    done = subprocess.run(
        [sys.executable, "-m", container_setup.__name__],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT), **wrong},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "databases, roles and schema mer"
    (line,) = done.stderr.splitlines()[1:]
    assert line.startswith("error: postgresql+psycopg2://postgres:***@")
    assert "password authentication failed" in line
