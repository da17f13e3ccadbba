"""Similar tracks on the page of a track."""

import json

import pytest
from starlette.requests import Request

from mer_tasks.database.connection import transaction
from mer_tasks.stages.publish import publish
from mer_tasks.wording import number
from tests.airflow.test_pages import Elements
from tests.support.published_runs import complete_run, make_champion
from tests.support.vectors import distances_of

HOSTILE = "r<script>boom()<"

pytestmark = [
    pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient` is deprecated"),
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
]


@pytest.fixture
def published(metadata, tmp_path, database, monkeypatch):
    """Publish a run, and return it with a function that opens the page of a track."""
    run = complete_run(
        tmp_path, database["mer_writer"], tracks=[HOSTILE, *(f"r{n:02}" for n in range(12)), *(f"p{n:02}" for n in range(12))]
    )
    publish(run)
    make_champion(database["mer_writer"])
    monkeypatch.setenv("MER_READER_URL", database["mer_reader"])
    monkeypatch.setenv("MER_STORE_URL", tmp_path.as_uri())
    monkeypatch.setenv("MER_SCRATCH_DIR", str(tmp_path / "scratch"))
    from mer_airflow import pages

    def open_page(track_id, query=b""):
        request = Request({"type": "http", "headers": [], "query_string": query, "path": "/track", "method": "GET"})
        return pages.track(request, id=track_id).body.decode()

    yield run, open_page
    from mer_airflow.data_access import reader_at

    reader_at(database["mer_reader"])._engine.dispose()


def test_a_track_shows_the_nearest_tracks_with_links(published):
    run, open_page = published
    expected = distances_of(run, "r03").drop("r03").sort_values()[:6]
    page = Elements(open_page("r03"))
    answer = json.loads(open_page("r03", b"format=json"))
    links = [attributes["href"] for attributes in page.named("a") if attributes["href"].startswith("track?id=")]
    assert len(links) == 6
    assert f"distance {number(answer['similar'][0]['distance'])}" in page.text
    assert [row["track_id"] for row in answer["similar"]] == expected.index.tolist()


def test_names_of_similar_tracks_are_escaped(published):
    run, open_page = published
    track = distances_of(run, HOSTILE).drop(HOSTILE).idxmin()
    assert HOSTILE in [row["track_id"] for row in json.loads(open_page(track, b"format=json"))["similar"]]
    assert "<script>boom" not in open_page(track)


def test_a_database_without_pgvector_shows_the_page_with_one_line(published, postgres):
    _, open_page = published
    with transaction(postgres.url("mer_test"), any_schema=True) as cursor:
        cursor.execute("DROP EXTENSION vector CASCADE")
    text = open_page("r03")
    assert Elements(text).named("p", id="no-similar")
    assert "no similar tracks: this database lacks the extension vector" in text
    assert 'id="similar"' not in text
