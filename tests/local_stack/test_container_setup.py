import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping

import psycopg2
import pytest
from sqlalchemy.engine import make_url

from mer_tasks.config import CHECKOUT
from mer_tasks.database.queries import previous_parts
from mer_tasks.database.stored_labels import stored_labels_at
from mer_tasks.errors import AccessDenied, ConfigError, DatabaseUnavailable, WorkerLost
from mer_tasks.label_set import parse_label_set
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
from tests.support.label_sets import EMOTIFY
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
    """The environment of the containers, with databases that only this test uses."""

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
    """A stand-in for the command airflow, which records its calls; returns a function that reads them."""
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
def test_a_url_without_role_password_or_database_is_refused(url, message):
    with pytest.raises(ConfigError, match=message) as refused:
        login({"MER_OWNER_URL": url}, "MER_OWNER_URL")
    assert "secret" not in str(refused.value)


def test_a_second_call_does_not_change_the_databases(environment):
    make_databases(environment, EMOTIFY)
    identity = "SELECT oid FROM pg_class WHERE relnamespace = 'mer'::regnamespace ORDER BY oid"
    before = rows(environment["MER_OWNER_URL"], identity)
    make_databases(environment, EMOTIFY)
    assert rows(environment["MER_OWNER_URL"], identity) == before
    assert previous_parts(environment["MER_DATABASE_URL"]) == {}
    assert rows(environment["MER_READER_URL"], "SELECT count(*) FROM mer.runs") == [(0,)]
    assert rows(environment[AIRFLOW_URL], "SELECT current_user::text, current_database()::text") == [("airflow_boxed",) * 2]
    for variable, database in ((AIRFLOW_URL, "mer_boxed"), ("MER_READER_URL", "airflow_boxed")):
        with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
            rows(make_url(environment[variable]).set(database=database).render_as_string(hide_password=False), "SELECT 1")


def test_a_database_of_another_label_set_is_refused_and_a_newer_version_is_named(environment, caplog) -> None:
    moods = 'name = "moods"\nkind = "multi"\nversion = {}\nlabels = {}'
    first = parse_label_set(moods.format(1, '["calm", "happy"]'), "moods.toml")
    make_databases(environment, first)
    assert stored_labels_at(environment["MER_READER_URL"]).current == first
    with pytest.raises(ConfigError, match=r"the database has label set moods version 1 .*, not emotify version 1 .*: expected"):
        make_databases(environment, EMOTIFY)
    caplog.clear()
    caplog.set_level(logging.WARNING)
    make_databases(environment, first)
    assert not caplog.records
    make_databases(environment, parse_label_set(moods.format(2, '["calm", "sad", "happy"]'), "moods.toml"))
    (record,) = caplog.records
    assert re.search(
        r"has label set moods version 1 .*, not moods version 2 .*: runs fail until mer labels add", record.message
    )
    assert stored_labels_at(environment["MER_READER_URL"]).current == first


def changed(environment: Mapping[str, str], variable: str, **parts: str) -> dict[str, str]:
    """Copy the environment with other parts in the URL of one variable."""
    return {**environment, variable: make_url(environment[variable]).set(**parts).render_as_string(hide_password=False)}


def test_nothing_is_made_if_the_urls_do_not_match_each_other(environment, postgres):
    with pytest.raises(ConfigError, match="MER_READER_URL: role 'mer_writer', expected 'mer_reader'"):
        make_databases(changed(environment, "MER_READER_URL", username="mer_writer"), EMOTIFY)
    with pytest.raises(ConfigError, match="databases mer_boxed, mer_other, expected one database"):
        make_databases(changed(environment, "MER_DATABASE_URL", database="mer_other"), EMOTIFY)
    assert rows(postgres.url(), "SELECT datname FROM pg_database WHERE datname LIKE '%%boxed'") == []


def test_a_wrong_superuser_or_an_unreachable_server_raises_an_error_that_names_it(environment):
    with pytest.raises(AccessDenied, match="password authentication failed"):
        make_databases(changed(environment, "MER_ADMIN_URL", password="swordfish"), EMOTIFY)
    with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1"):
        make_databases({**environment, "MER_ADMIN_URL": "postgresql://postgres:secret@127.0.0.1:1/postgres"}, EMOTIFY)


def test_buckets_are_made_for_urls_in_s3_but_no_folders_for_other_urls(bucket: Bucket, tmp_path) -> None:
    try:
        for _ in range(2):
            make_buckets({"MER_STORE_URL": f"{bucket.url}/store", "MER_LANDING_URL": f"{bucket.url}-landing/music"})
        names = [listed["Name"] for listed in bucket.admin.list_buckets()["Buckets"]]
        assert {bucket.name, f"{bucket.name}-landing"} <= set(names)
    finally:
        bucket.admin.delete_bucket(Bucket=f"{bucket.name}-landing")
    make_buckets({"MER_STORE_URL": (tmp_path / "store").as_uri()})
    assert not (tmp_path / "store").exists()


def test_a_wrong_label_set_is_named_before_anything_is_made(environment, calls, tmp_path, postgres) -> None:
    with pytest.raises(ConfigError, match=r"label set \S+/moods.toml: no such file"):
        initialise({**environment, "MER_LABELS": str(tmp_path / "moods.toml"), "MER_STORE_URL": (tmp_path / "store").as_uri()})
    assert rows(postgres.url(), "SELECT datname FROM pg_database WHERE datname LIKE '%%boxed'") == []
    assert not list(tmp_path.glob("calls*"))


def test_the_setup_makes_everything_and_does_not_change_an_existing_pool(environment, calls, bucket: Bucket) -> None:
    for _ in range(2):
        initialise({**environment, "MER_STORE_URL": bucket.url})
    calls_each_time = ["db migrate", "pools get gpu"]
    assert calls() == [*calls_each_time, "pools set gpu 1 Tasks that use the GPU: one at a time.", *calls_each_time]


def test_the_error_of_a_failed_airflow_command_has_the_end_of_its_output(calls, monkeypatch) -> None:
    monkeypatch.setenv("MIGRATED", "3")
    with pytest.raises(WorkerLost, match=r"^airflow db migrate ended with exit code 3: one line \| the last words$"):
        airflow("db", "migrate")


def test_the_setup_fails_with_one_line_that_has_no_password(environment, tmp_path) -> None:
    wrong = changed(environment, "MER_ADMIN_URL", password="swordfish")
    process = subprocess.run(
        [sys.executable, "-m", container_setup.__name__],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT), **wrong},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert process.stderr.splitlines()[0].startswith("making databases, roles and schema mer for label set emotify version 1 (")
    (line,) = process.stderr.splitlines()[1:]
    assert line.startswith("error: postgresql+psycopg2://postgres:***@")
    assert "password authentication failed" in line
