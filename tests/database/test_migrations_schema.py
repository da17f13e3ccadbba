"""The schema that the migrations make: comments, and the rights of writers and readers."""

import pytest

from mer_tasks.corpus.stratification import PARTS
from mer_tasks.database.connection import transaction
from mer_tasks.errors import AccessDenied
from tests.support.postgres import rows

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
