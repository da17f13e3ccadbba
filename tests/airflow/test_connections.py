"""Credentials from Airflow's connections, which Airflow reads from ``AIRFLOW_CONN_*`` variables here."""

import json
import os

import psycopg2
import pytest
from airflow.sdk._shared.secrets_masker import redact, reset_secrets_masker
from mer_airflow.connections import use_connections
from sqlalchemy.engine import make_url

from mer_tasks.errors import ConfigError

AWS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Delete all variables, and undo after each test what it sets, even through `os.environ`."""
    for name in (*AWS, "MER_DATABASE_URL", "MER_AWS_CONN_ID", "MER_DATABASE_CONN_ID", "MER_LANDING_URL"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("MER_STORE_URL", "s3://bucket/mer")


def add_connection(monkeypatch: pytest.MonkeyPatch, conn_id: str, **fields: object) -> None:
    """Add a connection of Airflow."""
    monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", json.dumps(fields))


def add_s3_connection(monkeypatch: pytest.MonkeyPatch, conn_id: str, login: str) -> None:
    """Add a connection to an S3 server."""
    extra = {"endpoint_url": "http://127.0.0.1:9000", "region_name": "eu-north-1"}
    add_connection(monkeypatch, conn_id, conn_type="aws", login=login, password="a secret key", extra=extra)


def test_an_aws_connection_becomes_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    add_s3_connection(monkeypatch, "mer_s3", "default")
    use_connections()
    assert {name: os.environ.get(name) for name in AWS} == {
        "AWS_ACCESS_KEY_ID": "default",
        "AWS_SECRET_ACCESS_KEY": "a secret key",
        "AWS_SESSION_TOKEN": None,
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9000",
        "AWS_DEFAULT_REGION": "eu-north-1",
    }


def test_a_store_and_landing_zone_on_disk_need_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    add_s3_connection(monkeypatch, "mer_s3", "default")
    monkeypatch.setenv("MER_STORE_URL", "file:///folder")
    use_connections()
    assert "AWS_ACCESS_KEY_ID" not in os.environ
    monkeypatch.setenv("MER_LANDING_URL", "s3://bucket/landing")
    use_connections()
    assert os.environ["AWS_ACCESS_KEY_ID"] == "default"


def test_variables_win_over_a_connection_with_the_default_id(monkeypatch: pytest.MonkeyPatch) -> None:
    add_s3_connection(monkeypatch, "mer_s3", "default")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "variable")
    use_connections()
    assert os.environ["AWS_ACCESS_KEY_ID"] == "variable"
    assert "AWS_ENDPOINT_URL_S3" not in os.environ


def test_a_named_connection_wins_over_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    add_s3_connection(monkeypatch, "mine", "named")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "variable")
    monkeypatch.setenv("MER_AWS_CONN_ID", "mine")
    use_connections()
    assert os.environ["AWS_ACCESS_KEY_ID"] == "named"


def test_nothing_is_set_without_a_connection_and_without_variables() -> None:
    use_connections()
    assert not {*AWS, "MER_DATABASE_URL"} & set(os.environ)


@pytest.mark.parametrize("variable", ["MER_AWS_CONN_ID", "MER_DATABASE_CONN_ID"])
def test_a_named_connection_must_exist(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "nobody")
    with pytest.raises(ConfigError, match=f"^{variable}='nobody': no such connection; expected"):
        use_connections()


@pytest.mark.parametrize(("conn_id", "expected"), [("mer_s3", "aws"), ("mer_database", "postgres")])
def test_a_connection_must_have_the_expected_type(monkeypatch: pytest.MonkeyPatch, conn_id: str, expected: str) -> None:
    add_connection(monkeypatch, conn_id, conn_type="http", host="example.org")
    with pytest.raises(ConfigError, match=f"^connection '{conn_id}' is of type 'http', expected '{expected}'$"):
        use_connections()


def test_a_postgres_connection_opens_the_database(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    url = make_url(database_url)
    fields = {"login": url.username, "password": url.password, "schema": url.database}
    add_connection(monkeypatch, "mer_database", conn_type="postgres", **fields, extra=dict(url.query))
    use_connections()
    with psycopg2.connect(os.environ["MER_DATABASE_URL"].replace("+psycopg2", "")) as opened, opened.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        assert cursor.fetchone() == ("mer_writer", url.database)
    opened.close()


def test_host_and_port_of_a_postgres_connection_are_in_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    add_connection(monkeypatch, "mer_database", conn_type="postgres", login="me", password="p@ss/word", host="db", port=5433)
    use_connections()
    assert os.environ["MER_DATABASE_URL"] == "postgresql+psycopg2://me:p%40ss%2Fword@db:5433/"


def test_secrets_are_masked_in_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    add_connection(monkeypatch, "mer_database", conn_type="postgres", login="me", password="p@ss/word", host="db")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of a variable")
    use_connections()
    for secret in ("p@ss/word", "p%40ss%2Fword", "of a variable"):
        assert redact(f"at {secret}!") == "at ***!"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg2://me:p%40ss-of-url@db/mer",
        "postgres://me@/mer?host=a&password=p%40ss-of-url",
        "x://:p@ss-of-url@[/",
    ],
)
def test_the_password_in_the_database_url_is_masked_in_logs(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    reset_secrets_masker()
    monkeypatch.setenv("MER_DATABASE_URL", url)
    use_connections()
    assert "ss-of-url" not in redact(f"{url} p@ss-of-url")
