import shutil
import threading

import pytest

from mer_tasks.corpus.stratification import PARTS
from mer_tasks.database.connection import SQL, engine, errors, transaction
from mer_tasks.database.migrations import ROLES, bootstrap, migrate
from mer_tasks.database.queries import previous_parts, published_model, query
from mer_tasks.database.reader import Reader
from mer_tasks.errors import AccessDenied, ConfigError, DatabaseUnavailable, IntegrityError, PermanentError
from tests.support.label_sets import EMOTIFY

FILES = sorted(path.name for path in (SQL / "migrations").glob("*.sql"))
WRITER_MAY = {
    "INSERT": {
        "agreement",
        "annotation",
        "canary",
        "champion",
        "comparison",
        "content_part",
        "crossval",
        "crossval_metric",
        "drift",
        "emotion_pair",
        "listing",
        "metric",
        "prediction",
        "promotion",
        "rejected_audio",
        "run",
        "serving",
        "space",
        "split",
        "stage_counter",
        "threshold",
        "track",
        "track_group",
        "track_name",
        "training_epoch",
        "waiting",
    },
    "UPDATE": {"champion", "content_part", "listing", "run", "serving", "track", "track_name"},
    "DELETE": {
        "agreement",
        "annotation",
        "canary",
        "comparison",
        "crossval",
        "crossval_metric",
        "drift",
        "emotion_pair",
        "listing",
        "metric",
        "prediction",
        "rejected_audio",
        "split",
        "stage_counter",
        "threshold",
        "track_group",
        "training_epoch",
        "waiting",
    },
    "TRUNCATE": set(),
    "TRIGGER": set(),
    "REFERENCES": set(),
}


def rows(url: str, statement: str, *values) -> list[tuple]:
    with transaction(url, any_schema=True) as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


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


def test_the_database_has_the_parts_of_the_split_in_their_order(reader_url):
    # publish relies on this order: the part that influences a model most comes first
    ((parts,),) = rows(reader_url, "SELECT array_agg(p::text ORDER BY p) FROM unnest(enum_range(NULL::mer.part)) AS p")
    assert parts == [*PARTS, "unlabelled"]


def test_every_relation_column_type_and_function_has_a_comment(owner_url):
    uncommented = rows(
        owner_url,
        "SELECT c.relname, '' FROM pg_class c WHERE relnamespace = 'mer'::regnamespace AND relkind IN ('r', 'v', 'm', 'p')"
        " AND obj_description(c.oid, 'pg_class') IS NULL"
        " UNION ALL SELECT c.relname, attname FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid"
        " WHERE relnamespace = 'mer'::regnamespace AND relkind IN ('r', 'v', 'm', 'p') AND attnum > 0 AND NOT attisdropped"
        " AND col_description(c.oid, attnum) IS NULL"
        " UNION ALL SELECT typname, '' FROM pg_type t WHERE typnamespace = 'mer'::regnamespace AND typtype = 'e'"
        " AND obj_description(t.oid, 'pg_type') IS NULL"
        " UNION ALL SELECT proname, '' FROM pg_proc p WHERE pronamespace = 'mer'::regnamespace"
        " AND obj_description(p.oid, 'pg_proc') IS NULL"
        " UNION ALL SELECT nspname, '' FROM pg_namespace n WHERE nspname = 'mer'"
        " AND obj_description(n.oid, 'pg_namespace') IS NULL",
    )
    assert uncommented == []
    ((columns,),) = rows(owner_url, "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'mer'")
    assert columns > 100


def rights(url: str, role: str, kinds: str) -> dict[str, set[str]]:
    """Read, for each right, the relations of some kinds on which `role` has it."""
    statement = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'mer'::regnamespace AND relkind = ANY (%s::\"char\"[])"
        " AND has_table_privilege(%s, oid, %s)"
    )
    return {right: {name for (name,) in rows(url, statement, list(kinds), role, right)} for right in ("SELECT", *WRITER_MAY)}


def test_a_reader_has_select_on_every_view_and_no_other_right(owner_url):
    views = {name for (name,) in rows(owner_url, "SELECT viewname FROM pg_views WHERE schemaname = 'mer'")}
    assert {right: names for right, names in rights(owner_url, "mer_reader", "v").items() if names} == {"SELECT": views}
    assert not any(rights(owner_url, "mer_reader", "rp").values())


def test_a_writer_has_the_rights_that_publishing_needs_and_no_other(owner_url):
    assert rights(owner_url, "mer_writer", "rp") == {
        "SELECT": WRITER_MAY["INSERT"] | {"label", "label_set"},
        **WRITER_MAY,
    }


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE mer.prediction",
        "ALTER TABLE mer.prediction ADD COLUMN x integer",
        "TRUNCATE mer.prediction",
        "CREATE TABLE mer.mine (x integer)",
        "CREATE TABLE public.mine (x integer)",
        "DROP VIEW mer.tracks",
        "DELETE FROM mer.run",
        "UPDATE mer.prediction SET positive = true",
        "INSERT INTO mer.migration (number, name, sha256) VALUES (999, 'x', 'x')",
        "SET ROLE mer_owner",
        "CREATE SCHEMA mine",
        "ALTER ROLE mer_reader SUPERUSER",
    ],
)
@pytest.mark.parametrize("role", ["mer_writer", "mer_reader"])
def test_writers_and_readers_cannot_change_the_schema(database, role, statement):
    with (
        pytest.raises(AccessDenied, match=r"mer_test.*(permission denied|must be owner)"),
        transaction(database[role]) as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM mer.run",
        "INSERT INTO mer.run (run_id) VALUES ('x')",
        "DELETE FROM mer.split",
        "CREATE TEMPORARY TABLE t (x integer)",
    ],
)
def test_a_reader_can_read_only_views(reader_url, statement):
    with pytest.raises(AccessDenied, match="permission denied"), transaction(reader_url) as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("function", ["list_anew", "listed_anew", "tidy_names"])
def test_functions_with_the_owners_rights_have_no_argument_and_only_the_writer_may_call_them(database, function):
    statement = (
        "SELECT prosecdef, pronargs, proconfig[1] FROM pg_proc WHERE pronamespace = 'mer'::regnamespace AND proname = %s"
    )
    assert rows(database["mer_owner"], statement, function) == [(True, 0, "search_path=pg_catalog, pg_temp")]
    with pytest.raises(AccessDenied, match="permission denied"), transaction(database["mer_reader"]) as cursor:
        cursor.execute(f"SELECT mer.{function}()")


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
