import pytest

from mer_tasks.database.connection import engine, errors, transaction
from mer_tasks.database.queries import previous_parts, published_model
from mer_tasks.errors import AccessDenied, ConfigError, DatabaseUnavailable, IntegrityError, PermanentError


def rows(url: str, statement: str, *values) -> list[tuple]:
    with transaction(url, any_schema=True) as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def test_other_roles_cannot_connect(postgres, database):
    url = postgres.create_database("elsewhere", "stranger", "secret").replace("/elsewhere", "/mer_test")
    with pytest.raises(AccessDenied, match='permission denied for database "mer_test"'):
        previous_parts(url)


def test_a_wrong_password_is_refused_and_not_shown(database_url):
    wrong = database_url.replace("for tests", "swordfish")
    with pytest.raises(AccessDenied, match="password authentication failed") as caught:
        previous_parts(wrong)
    assert "swordfish" not in str(caught.value)
    assert "mer_writer:***@/mer_test" in str(caught.value)


def test_a_role_that_does_not_exist_is_refused(postgres):
    with pytest.raises(AccessDenied, match="stranger2"):
        previous_parts(postgres.url("postgres", "stranger2", "x"))


@pytest.mark.parametrize("name", ["nowhere", "postgres"])
def test_an_error_says_that_a_database_without_the_schema_must_be_migrated(postgres, name):
    with pytest.raises(PermanentError, match="expected a migrated database"):
        previous_parts(postgres.url(name))


@pytest.mark.parametrize(
    "url",
    [
        "mysql://me:swordfish@host/mer",
        "me:swordfish@host/mer",
        "sqlite:///x?password=swordfish",
        "",
        "postgresql://me:swordfish@host:port/mer",
    ],
)
def test_a_url_of_another_kind_is_refused_without_its_password(url):
    with pytest.raises(ConfigError, match=r"database URL .*expected postgresql") as caught:
        engine(url)
    assert "swordfish" not in str(caught.value)


def test_a_password_in_the_query_of_a_url_is_not_shown(postgres):
    with pytest.raises(AccessDenied) as caught:
        previous_parts(f"postgresql://nobody@/mer?host={postgres.socket_folder}&password=swordfish")
    assert "swordfish" not in str(caught.value)


def test_a_url_needs_no_driver(database_url):
    assert previous_parts(database_url.replace("+psycopg2", "")) == {}


def test_an_error_says_that_no_training_run_is_published(database_url):
    with pytest.raises(ConfigError, match=r"model_run=None: no such published run; .* none: train first"):
        published_model(database_url)


def test_a_server_that_does_not_listen_raises_database_unavailable():
    with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1"):
        previous_parts("postgresql://me:secret@127.0.0.1:1/mer")
    with pytest.raises(DatabaseUnavailable, match="No such file"):
        previous_parts("postgresql://me:secret@/mer?host=/nowhere")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("40P01", DatabaseUnavailable),
        ("53100", DatabaseUnavailable),
        ("57P01", DatabaseUnavailable),
        ("55P03", DatabaseUnavailable),
        ("42501", AccessDenied),
        ("23505", IntegrityError),
        ("42P01", ConfigError),
    ],
)
def test_the_sqlstate_of_an_error_decides_its_class(database_url, code, expected):
    with pytest.raises(expected, match="for a test"), transaction(database_url) as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'for a test' USING ERRCODE = '{code}'; END $$")


def test_an_error_that_is_not_the_drivers_is_not_translated():
    with pytest.raises(ZeroDivisionError), errors("postgresql://me@host/mer"):
        raise ZeroDivisionError


def test_a_connection_has_the_application_name_mer(database_url):
    assert rows(database_url, "SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()") == [("mer",)]
