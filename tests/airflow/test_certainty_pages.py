"""What the MER pages show of unclear answers and of a provisional champion: in words, not only by colour."""

import re

import pytest
from starlette.requests import Request

from mer_tasks.stages.publish import publish
from tests.support.certain_runs import WIDE, give_metric, give_ranges
from tests.support.published_runs import TRACKS, complete_run, make_champion, rows

PROVISIONAL = "provisional: not shown to be better than guessing"

pytestmark = [
    pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient` is deprecated"),
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
]


@pytest.fixture
def pages(metadata, tmp_path, database_url, reader_url, monkeypatch):
    """A function that publishes a run, makes its model the champion, and opens a page; it returns the HTML."""
    from mer_airflow import pages

    monkeypatch.setenv("MER_READER_URL", reader_url)
    monkeypatch.setenv("MER_STORE_URL", tmp_path.as_uri())
    monkeypatch.setenv("MER_SCRATCH_DIR", str(tmp_path / "scratch"))

    def open_page(name, shown=False, ranges=True, **params):
        run = complete_run(tmp_path, database_url)
        if ranges:
            give_ranges(run, low=0.0, high=1.0)
        give_metric(run, value=0.7, low=0.6 if shown else 0.4, high=0.8, baseline=0.5)
        publish(run)
        if not rows(reader_url, "SELECT 1 FROM mer.champions"):
            make_champion(database_url)
        request = Request({"type": "http", "headers": [(b"accept", b"text/html")], "query_string": b""})
        return getattr(pages, name)(request, **params).body.decode()

    return open_page


def row_of(html, label):
    return re.search(rf'<tr data-emotion="{label}".*?</tr>', html, re.DOTALL)[0]


def test_a_track_shows_which_answers_are_unclear(pages):
    html = pages("track", id=TRACKS[0])
    assert "? unclear" in row_of(html, WIDE)
    assert "? unclear" not in row_of(html, "power")
    assert "Answers with a question mark are unclear" in html
    assert PROVISIONAL in html


def test_the_list_of_tracks_marks_unclear_answers(pages):
    html = pages("tracks")
    assert "? unclear" in html
    assert re.search(r"<title>amazement [0-9.]+, unclear</title>", html)
    assert not re.search(r"<title>power [0-9.]+, unclear</title>", html)


def test_a_model_of_an_earlier_version_has_no_unclear_answers(pages):
    for name, params in (("track", {"id": TRACKS[0]}), ("tracks", {})):
        assert "unclear" not in pages(name, ranges=False, **params)


@pytest.mark.parametrize("shown", [False, True])
def test_a_champion_is_named_provisional_until_it_is_shown_to_be_better_than_guessing(pages, shown):
    for name, params in (("runs", {}), ("run", {"id": "r1"}), ("decisions", {}), ("track", {"id": TRACKS[0]})):
        html = pages(name, shown=shown, **params)
        assert (PROVISIONAL in html) is not shown, name
    assert ("provisional champion" in pages("runs", shown=shown)) is not shown
