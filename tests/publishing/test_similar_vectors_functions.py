"""Functions mer.similar, mer.like and mer.path: against exact distances in numpy, with the rights of a reader."""

import pytest

from mer_tasks.database.connection import transaction
from mer_tasks.database.migrations import bootstrap, create_vector_extension
from mer_tasks.errors import AccessDenied, ConfigError
from mer_tasks.stages.publish import publish
from tests.support.label_sets import EMOTIFY
from tests.support.listed_tracks import list_tracks
from tests.support.published_runs import TRACKS, complete_predict_run, complete_run, make_champion, rows
from tests.support.vectors import distances_of, probabilities_of

FIRST, SECOND = EMOTIFY.ids[:2]
ALL = sorted(TRACKS)


@pytest.fixture(scope="module")
def published(postgres, tmp_path_factory):
    """Publish a training run and make its model the champion; return the run and the URLs by role."""
    urls = bootstrap(postgres.url(), "mer_similar", dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "for tests: %/@"))
    run = complete_run(tmp_path_factory.mktemp("similar"), urls["mer_writer"])
    publish(run)
    make_champion(urls["mer_writer"])
    return run, urls


def ids(found):
    return [row[1] for row in found]


def similar(url, *values, **named):
    arguments = ", ".join(["%s"] * len(values) + [f"{name} => %s" for name in named])
    return rows(url, f"SELECT * FROM mer.similar({arguments})", *values, *named.values())  # noqa: S608


def like(url, **named):
    arguments = ", ".join(f"{name} => %s" for name in named)
    return rows(url, f"SELECT * FROM mer.like({arguments})", *named.values())  # noqa: S608


def test_similar_tracks_are_sorted_by_cosine_distance_of_standardised_statistics(published):
    run, urls = published
    expected = distances_of(run, "r03").drop("r03").sort_values()
    found = similar(urls["mer_reader"], "r03", 8)
    assert [row[0] for row in found] == list(range(1, 9))
    assert ids(found) == expected.index[:8].tolist()
    assert [row[5] for row in found] == pytest.approx(expected.iloc[:8].tolist(), abs=2e-3)


def test_similar_tracks_can_be_of_a_genre_and_must_have_all_given_labels(published):
    run, urls = published
    found = similar(urls["mer_reader"], "r03", 100, genre="pop")
    assert sorted(ids(found)) == [track for track in ALL if track.startswith("p")]
    probabilities = probabilities_of(run)
    both = (probabilities[FIRST] >= 0.5) & (probabilities[SECOND] >= 0.5)
    found = similar(urls["mer_reader"], "r03", 100, emotions=[FIRST, SECOND])
    assert {*ids(found)} == {*both[both].index} - {"r03"}
    assert found
    assert all({FIRST, SECOND} <= {*row[6]} for row in found)


@pytest.mark.parametrize(("more", "less"), [([FIRST], []), ([], [FIRST]), ([FIRST], [SECOND])])
def test_like_has_more_of_some_labels_and_less_of_others(published, more, less):
    run, urls = published
    probabilities = probabilities_of(run)
    track = (probabilities[more].sum(axis=1) - probabilities[less].sum(axis=1)).idxmin()
    known = probabilities.loc[track]
    enough = probabilities["track_id"].notna()
    for label in more:
        enough &= probabilities[label] >= known[label] + 0.25 * (1 - known[label])
    for label in less:
        enough &= probabilities[label] <= known[label] * 0.75
    expected = distances_of(run, track)[enough[enough].index].sort_values()
    found = like(urls["mer_reader"], track_id=track, more=more, less=less, n=100)
    assert ids(found) == expected.index.tolist()
    assert found


def test_a_path_has_both_ends_and_each_track_once_and_small_steps(published):
    run, urls = published
    found = rows(urls["mer_reader"], "SELECT * FROM mer.path('p00', 'r05', 6)")
    assert ids(found)[0] == "p00"
    assert ids(found)[-1] == "r05"
    assert len({*ids(found)}) == 6
    assert found[0][5] is None
    steps = [distances_of(run, before)[after] for before, after in zip(ids(found), ids(found)[1:], strict=False)]
    assert [row[5] for row in found[1:]] == pytest.approx(steps, abs=2e-3)
    # the middle of the path lies nearer to both ends than they are to each other
    whole = distances_of(run, "p00")["r05"]
    for middle in ids(found)[2:4]:
        assert distances_of(run, middle)[["p00", "r05"]].mean() < whole


def test_a_path_through_more_tracks_than_there_are_is_shorter(published):
    _, urls = published
    assert len(rows(urls["mer_reader"], "SELECT * FROM mer.path('p00', 'r05', 100)")) == len(TRACKS)


def test_a_gone_track_can_be_asked_for_and_is_no_answer(tmp_path, database):
    publish(complete_run(tmp_path, database["mer_writer"]))
    make_champion(database["mer_writer"])
    publish(complete_predict_run(tmp_path, database["mer_writer"], "n1", [track for track in TRACKS if track != "p03"], []))
    assert len(similar(database["mer_reader"], "p03", 100)) == len(TRACKS) - 1
    assert "p03" not in ids(similar(database["mer_reader"], "p04", 100))
    assert rows(database["mer_reader"], "SELECT track_id FROM mer.path('p03', 'r01', 3)")[0] == ("p03",)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("similar('nobody')", "track 'nobody': no run has had it, expected a track_id of mer.tracks"),
        ("similar(NULL)", "track null: no run has had it, expected a track_id of mer.tracks"),
        ("similar('r01', 0)", "n=0: expected 1 to 1000"),
        ("similar('r01', NULL)", "n=null: expected 1 to 1000"),
        ("similar('r01', emotions => '{joy}')", f"label 'joy': expected one of {', '.join(EMOTIFY.ids)}"),
        ("like('r01')", "more={}, less={}: expected at least one label, and none in both"),
        (
            f"like('r01', '{{{FIRST}}}', '{{{FIRST}}}')",
            f"more={{{FIRST}}}, less={{{FIRST}}}: expected at least one label, and none",
        ),
        (f"like('r01', '{{{FIRST}}}', step => 'NaN')", "step=NaN: expected more than 0 and at most 1"),
        ("path('r01', 'r01')", "track 'r01': a path needs two tracks, expected another track as its end"),
        ("path('r01', 'r02', 1)", "n=1: expected 2 to 100"),
    ],
)
def test_a_wrong_argument_is_an_error_of_one_line(published, call, message):
    _, urls = published
    with pytest.raises(ConfigError) as error:
        rows(urls["mer_reader"], f"SELECT * FROM mer.{call}")  # noqa: S608
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_a_value_cannot_change_a_statement(published):
    _, urls = published
    evil = "pop' OR true; DROP TABLE mer.space; --"
    assert similar(urls["mer_reader"], "r03", 100, genre=evil) == []
    with pytest.raises(ConfigError, match="DROP TABLE"):
        similar(urls["mer_reader"], "r03", 100, emotions=[evil])
    assert rows(urls["mer_reader"], "SELECT count(*) FROM mer.spaces WHERE is_current") == [(1,)]


def test_a_reader_may_call_three_functions_and_read_no_vector(published):
    _, urls = published
    callable_ones = rows(
        urls["mer_owner"],
        "SELECT DISTINCT proname::text FROM pg_proc WHERE pronamespace = 'mer'::regnamespace"
        " AND has_function_privilege('mer_reader', oid, 'EXECUTE') ORDER BY 1",
    )
    assert [name for (name,) in callable_ones] == ["current_space", "explain", "like", "path", "similar", "trigrams"]
    for statement in ("SELECT * FROM mer.vector_1", "SELECT * FROM mer.vector_of('r01')", "SELECT mer.build_vector_index(1)"):
        with pytest.raises(AccessDenied, match="permission denied"):
            rows(urls["mer_reader"], statement)


def test_tables_of_vectors_have_comments_and_the_rights_that_publishing_needs(published):
    _, urls = published
    uncommented = (
        "SELECT attname FROM pg_attribute WHERE attrelid = 'mer.vector_1'::regclass AND attnum > 0"
        " AND col_description(attrelid, attnum) IS NULL"
    )
    assert rows(urls["mer_owner"], uncommented) == []
    rights = "SELECT array_agg(p::text ORDER BY p::text) FROM unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE}'::text[]) AS p"
    granted = rows(urls["mer_owner"], f"{rights} WHERE has_table_privilege('mer_writer', 'mer.vector_1', p)")
    assert granted == [(["DELETE", "INSERT", "SELECT"],)]


def test_functions_with_the_owners_rights_have_a_fixed_search_path(owner_url):
    statement = (
        "SELECT proname FROM pg_proc WHERE pronamespace = 'mer'::regnamespace AND prosecdef"
        " AND NOT coalesce(proconfig, '{}') @> '{\"search_path=pg_catalog, pg_temp\"}'"
    )
    assert rows(owner_url, statement) == []


def test_without_pgvector_everything_else_works_and_one_line_says_what_is_missing(tmp_path, postgres, database, caplog):
    with transaction(postgres.url("mer_test"), any_schema=True) as cursor:
        cursor.execute("DROP EXTENSION vector")
    run = complete_run(tmp_path, database["mer_writer"])
    publish(run)
    (line,) = [
        record.getMessage() for record in caplog.records if "vector" in record.getMessage() and record.levelname == "WARNING"
    ]
    assert line.startswith(
        "no vectors for similar tracks: this database lacks the extension vector, expected the extension vector"
    )
    with pytest.raises(ConfigError, match="no similar tracks: this database lacks the extension vector"):
        similar(database["mer_reader"], "r01")
    assert rows(database["mer_reader"], "SELECT count(*) FROM mer.spaces") == [(0,)]
    # once the extension is there, publishing again writes what was missing
    assert create_vector_extension(postgres.url("mer_test")) is None
    with pytest.raises(ConfigError, match="track 'r01': it has no vector yet in any space, expected a run with it that was"):
        similar(database["mer_reader"], "r01")
    publish(run)
    assert len(similar(database["mer_reader"], "r01")) == 10


def test_a_server_without_pgvector_is_said_by_bootstrap(postgres, caplog):
    passwords = dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "for tests: %/@")
    bootstrap(postgres.url(), "mer_plain", passwords)
    with transaction(postgres.url("mer_plain"), any_schema=True) as cursor:
        cursor.execute("DROP EXTENSION vector")
        cursor.execute("ALTER ROLE postgres IN DATABASE mer_plain SET extension_control_path = '/nowhere'")
    bootstrap(postgres.url(), "mer_plain", passwords)
    expected = "the server lacks pgvector, expected its extension vector 0.8 or newer"
    assert f"database mer_plain: no search of similar tracks: {expected}" in caplog.messages


def test_all_vectors_are_compared_if_the_index_finds_too_few(database):
    list_tracks(database["mer_owner"], EMOTIFY, 600, every=False)
    with transaction(database["mer_owner"]) as cursor:
        cursor.execute(
            "INSERT INTO mer.space (space, kind, name, source, size, means, deviations)"
            " VALUES ('x', 'encoder', 'x', 'x', 2, '{0,0}', '{1,1}')"
        )
        cursor.execute("SELECT mer.make_vector_tables()")
        cursor.execute("UPDATE mer.run SET space_no = 1")
        # the 400 tracks of rock lie around the one that is asked for, those of pop far away
        cursor.execute(
            "INSERT INTO mer.vector_1 SELECT track_no, '', format('[%s,%s]', cos(angle), sin(angle))::public.halfvec"
            " FROM (SELECT track_no, CASE genre WHEN 'pop' THEN 2 ELSE 0 END + track_no / 1000.0 AS angle FROM mer.track) AS t"
        )
        cursor.execute("CREATE INDEX vector_1_nearest ON mer.vector_1 USING hnsw (vector public.halfvec_cosine_ops)")
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        cursor.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL hnsw.max_scan_tuples = 1")
        cursor.execute("SELECT array_agg(track_id ORDER BY place) FROM mer.similar('t000001', 5, genre => 'pop')")
        assert cursor.fetchone() == (["t000003", "t000006", "t000009", "t000012", "t000015"],)
