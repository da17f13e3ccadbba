import shutil
import threading

import pytest

from mer_tasks.database.connection import SQL, engine, transaction
from mer_tasks.database.migrations import ROLES, bootstrap, migrate
from mer_tasks.database.queries import previous_parts, query
from mer_tasks.database.reader import Reader
from mer_tasks.errors import AccessDenied, ConfigError, IntegrityError, PermanentError
from tests.support.label_sets import EMOTIFY
from tests.support.postgres import rows

FILES = sorted(path.name for path in (SQL / "migrations").glob("*.sql"))


def schema_state(url: str) -> list[tuple]:
    """Read all relations, columns and rights of schema mer with their transaction ids: any new statement changes them."""
    return rows(
        url,
        "SELECT c.oid, c.relname, c.relacl::text, c.xmin::text, a.attname, a.atttypid, a.xmin::text FROM pg_class c"
        " LEFT JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = 'mer'::regnamespace ORDER BY 1, 5",
    )


def test_a_second_migration_changes_nothing(owner_url):
    assert [name for (name,) in rows(owner_url, "SELECT name FROM mer.migration ORDER BY number")] == FILES
    before = schema_state(owner_url)
    assert migrate(owner_url) == []
    assert schema_state(owner_url) == before


def test_a_second_bootstrap_keeps_the_schema_and_sets_new_passwords(postgres, database):
    before = schema_state(database["mer_owner"])
    again = bootstrap(postgres.url(), "mer_test")
    assert schema_state(again["mer_owner"]) == before
    assert len(set(again.values())) == len(ROLES)
    with pytest.raises(AccessDenied):
        previous_parts(database["mer_writer"])
    assert previous_parts(again["mer_writer"]) == {}


@pytest.fixture
def bare_url(postgres):
    """URL of a database without schema mer, for the role mer_owner."""
    with engine(postgres.url(), any_schema=True).connect() as connection:
        connection.connection.dbapi_connection.autocommit = True
        cursor = connection.connection.cursor()
        cursor.execute("DROP DATABASE IF EXISTS mer_bare WITH (FORCE)")
    bootstrap(postgres.url(), "mer_bare", dict.fromkeys(ROLES, "for tests: %/@"))
    url = postgres.url("mer_bare", "mer_owner", "for tests: %/@")
    with transaction(url, any_schema=True) as cursor:
        cursor.execute("DROP SCHEMA mer CASCADE")
    return url


def test_concurrent_processes_apply_each_migration_once(bare_url):
    applied: list[str] = []
    failed: list[Exception] = []

    def work() -> None:
        try:
            applied.extend(migrate(bare_url))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(applied) == FILES


@pytest.fixture
def folder(tmp_path):
    """Folder with a copy of the migrations."""
    return shutil.copytree(SQL / "migrations", tmp_path / "migrations")


def test_an_error_names_an_applied_file_that_has_changed(owner_url, folder):
    path = folder / FILES[1]
    path.write_text(path.read_text() + "\nDROP VIEW mer.tracks;")
    before = schema_state(owner_url)
    with pytest.raises(IntegrityError, match=rf"migration {FILES[1]} has changed since it was applied"):
        migrate(owner_url, folder)
    assert schema_state(owner_url) == before


def test_other_line_ends_do_not_count_as_a_change(owner_url, folder):
    path = folder / FILES[1]
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert migrate(owner_url, folder) == []


def test_a_database_with_a_newer_migration_is_refused(owner_url, folder):
    (folder / "0900_ahead.sql").write_text("SELECT 1")
    assert migrate(owner_url, folder) == ["0900_ahead.sql"]
    with pytest.raises(IntegrityError, match=r"the database has migration 0900_ahead\.sql, which this version does not have"):
        migrate(owner_url)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "INSERT INTO mer.migration (number, name, sha256) VALUES (900, '0900_ahead.sql', '')",
            rf"its newest migration is 0900_ahead\.sql, that of this version {FILES[-1]}: update the platform$",
        ),
        (
            "DELETE FROM mer.migration WHERE number = (SELECT max(number) FROM mer.migration)",
            rf"its newest migration is {FILES[-2]}; expected a migrated database with {FILES[-1]}: python -m mer_tasks mig",
        ),
        (
            "DROP VIEW mer.migrations",
            rf"no schema mer, or an old one; expected a migrated database with {FILES[-1]}: ",
        ),
    ],
    ids=["newer", "older", "without the view of migrations"],
)
def test_writers_and_readers_refuse_a_schema_of_another_version(database, change, message):
    with transaction(database["mer_owner"]) as cursor:
        cursor.execute(change)
    pages = Reader(database["mer_reader"])
    for call in (
        lambda: previous_parts(database["mer_writer"]),
        lambda: query(database["mer_reader"], "runs"),
        pages.runs,
    ):
        with pytest.raises(PermanentError, match=message) as caught:
            call()
        assert "for tests" not in str(caught.value)


def test_a_new_file_with_a_lower_number_than_an_applied_one_is_refused(owner_url, folder):
    (folder / "0900_ahead.sql").write_text("SELECT 1")
    migrate(owner_url, folder)
    (folder / "0800_late.sql").write_text("SELECT 1")
    with pytest.raises(IntegrityError, match=r"0800_late\.sql is older than 0900_ahead\.sql"):
        migrate(owner_url, folder)


@pytest.mark.parametrize("name", ["0001_twice.sql", "tables.sql", "12_short.sql"])
def test_every_file_needs_a_different_number(owner_url, folder, name):
    (folder / name).write_text("SELECT 1")
    with pytest.raises(ConfigError, match=rf"{FILES[0] if name == '0001_twice.sql' else name}|{name}: expected a name like"):
        migrate(owner_url, folder)


def test_a_failed_migration_is_rolled_back_and_earlier_ones_stay(owner_url, folder):
    (folder / "0900_good.sql").write_text("CREATE TABLE mer.good (x integer); COMMENT ON TABLE mer.good IS '100 %s';")
    (folder / "0901_bad.sql").write_text("CREATE TABLE mer.bad (x integer); SELECT 1 / 0;")
    with pytest.raises(IntegrityError, match="division by zero"):
        migrate(owner_url, folder)
    assert rows(owner_url, "SELECT to_regclass('mer.good')::text, to_regclass('mer.bad')::text") == [("mer.good", None)]
    (folder / "0901_bad.sql").write_text("CREATE TABLE mer.bad (x integer);")
    assert migrate(owner_url, folder) == ["0901_bad.sql"]


def test_a_new_database_adopts_the_configured_label_set(reader_url):
    assert rows(reader_url, "SELECT label_no, label, name, colour, retired FROM mer.labels ORDER BY label_no") == [
        (number, label.id, label.name, label.colour, False) for number, label in enumerate(EMOTIFY.labels, 1)
    ]
    columns = rows(
        reader_url,
        "SELECT attname FROM pg_attribute WHERE attrelid = 'mer.track_emotions'::regclass AND attname = ANY(%s)"
        " ORDER BY attnum",
        list(EMOTIFY.ids),
    )
    assert tuple(name for (name,) in columns) == EMOTIFY.ids
