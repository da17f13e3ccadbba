import psycopg2
import pytest

from mer_tasks.database.queries import query
from mer_tasks.errors import PermanentError
from mer_tasks.evaluation.crossval_scores import LINE_FIELDS
from mer_tasks.runs.artifacts import CROSSVAL
from mer_tasks.runs.crossval_chain import run_crossval
from mer_tasks.runs.crossval_config import CrossvalConfig
from tests.support.crossval_runs import as_crossval, learnable_crossval, published


def rows(url: str, statement: str) -> list[tuple]:
    with psycopg2.connect(url.replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
        result = cursor.fetchall()
    connection.close()
    return result


def test_a_crossval_publishes_the_lines_of_its_document(tmp_path, database_url, reader_url):
    run = as_crossval(learnable_crossval(tmp_path), database_url=database_url, repeats=1)
    run_crossval(run)
    document = run.read_json("crossval", CROSSVAL)
    published_lines = rows(
        reader_url,
        "SELECT candidate, emotion, metric, value, low, high, difference, difference_low, difference_high, pooled, by_fold,"
        " deviation FROM mer.crossvals WHERE run_id = 'r1'",
    )
    assert sorted(published_lines, key=str) == sorted(
        (tuple(line[name] for name in LINE_FIELDS) for line in document["metrics"]), key=str
    )
    (facts,) = rows(database_url, "SELECT folds, repeats, tracks, groups, config FROM mer.crossval WHERE run_id = 'r1'")
    assert facts[:4] == (2, 1, 36, 36)
    assert CrossvalConfig.load(facts[4]).candidates == run.config.candidates


def test_a_later_try_replaces_an_earlier_one_and_an_earlier_try_is_refused(tmp_path, database_url, reader_url):
    for try_number in (1, 2, 2):
        published(tmp_path, database_url, "tries", try_number, seed=try_number)
    count = rows(
        reader_url, "SELECT count(*), count(DISTINCT (candidate, emotion, metric)) FROM mer.crossvals WHERE run_id = 'tries'"
    )
    assert count[0][0] == count[0][1] > 0
    with pytest.raises(PermanentError, match="run tries: try 1 comes late, a later one has published already"):
        published(tmp_path, database_url, "tries", 1)
    assert rows(database_url, "SELECT try_number FROM mer.crossval WHERE run_id = 'tries'") == [(2,)]


def test_the_query_crossval_lists_the_candidates_of_the_latest_or_a_named_crossval(tmp_path, database_url, reader_url):
    published(tmp_path, database_url, "older")
    run = published(tmp_path, database_url, "newer", seed=1)
    latest = query(reader_url, "crossval")
    assert [row["candidate"] for row in latest] == list(run.config.candidates)
    assert latest[0]["difference"] is None
    assert latest[1]["difference"] == pytest.approx(latest[1]["value"] - latest[0]["value"])
    assert latest[1]["difference_low"] > 0
    assert query(reader_url, "crossval", {"run_id": "newer"}) == latest
    assert query(reader_url, "crossval", {"run_id": "older"}) != latest
    undefined = query(reader_url, "crossval", {"metric": "roc_auc", "emotion": "sadness"})
    assert [row["value"] for row in undefined] == [None, None]
