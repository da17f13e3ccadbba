"""The MER pages with label sets of other sizes, of kind single, and with names that a page could get wrong."""

from types import SimpleNamespace

import numpy as np
import pytest
from starlette.requests import Request

from mer_tasks.database.migrations import ROLES, bootstrap
from mer_tasks.modelling import timelines
from mer_tasks.modelling.timelines import Timeline
from mer_tasks.runs.artifacts import LABEL_SET
from tests.support.label_sets import make_label_set
from tests.support.listed_tracks import list_tracks
from tests.support.run_documents import run_in
from tests.support.served_pages import Elements

NAMES = {
    "mood_1": {"name": "<script>boom()</script>", "description": '" onmouseover="boom()'},
    "mood_2": {"name": "عاطفة هادئة", "description": "من اليمين إلى اليسار"},
    "mood_3": {"name": "\"it's\" 'quoted' & more"},
    "mood_4": {"name": "a name of eighty characters " + "x" * 52},
}

pytestmark = [
    pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient` is deprecated"),
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def platforms(postgres, tmp_path_factory):
    """A function that makes a database of a label set, with 60 listed tracks, once; it returns the reader's URL and the run."""
    made = {}

    def make(labels, kind):
        if (labels, kind) not in made:
            label_set = make_label_set(labels, kind, **NAMES)
            name = f"mer_pages_{labels}_{kind}"
            urls = bootstrap(postgres.url(), name, dict.fromkeys(ROLES, "for tests"), label_set)
            folder = tmp_path_factory.mktemp(name)
            run = run_in(folder)
            run.write_json("discover", LABEL_SET, label_set.document())
            list_tracks(urls["mer_owner"], label_set, 60, store_url=folder.as_uri())
            made[labels, kind] = SimpleNamespace(label_set=label_set, urls=urls, folder=folder)
        return made[labels, kind]

    return make


@pytest.fixture
def pages(metadata, platforms, monkeypatch, tmp_path):
    """A function that opens a page of a database with such a label set, and returns the page's elements."""
    from mer_airflow import pages

    def open_page(labels, kind, page, **params):
        platform = platforms(labels, kind)
        monkeypatch.setenv("MER_READER_URL", platform.urls["mer_reader"])
        monkeypatch.setenv("MER_STORE_URL", platform.folder.as_uri())
        monkeypatch.setenv("MER_SCRATCH_DIR", str(tmp_path))
        count = len(platform.label_set)
        probabilities = np.linspace(0, 1, 20 * count, dtype=np.float32).reshape(20, count)
        starts = np.arange(20, dtype=np.float32) * 3
        monkeypatch.setattr(timelines, "timeline", lambda run, genre, track_id: Timeline(starts, probabilities))
        request = Request({"type": "http", "headers": [(b"accept", b"text/html")], "query_string": b""})
        answer = getattr(pages, page)(request, **params)
        assert answer.status_code == 200
        html = answer.body.decode()
        elements = Elements(html)
        elements.size = len(answer.body)
        return elements

    return open_page


SETS = [(2, "multi"), (56, "multi"), (200, "multi"), (4, "single"), (200, "single")]


@pytest.mark.parametrize(("labels", "kind"), SETS)
def test_the_list_of_tracks_offers_every_label_by_its_name(pages, platforms, labels, kind):
    names = [label.name for label in platforms(labels, kind).label_set.labels]
    page = pages(labels, kind, "tracks", emotion="mood_2", positive=True)
    options = {option["value"]: option for option in page.named("option", dir="auto")}
    assert {*options} == {*platforms(labels, kind).label_set.ids}
    assert "selected" in options["mood_2"]
    assert all(name in page.text for name in names)
    assert ("threshold" in page.text) == (kind == "multi")
    assert len(page.named("svg", **{"class": "small-bars"})) == (
        len([row for row in page.named("tr") if row]) if labels <= 12 else 0
    )


@pytest.mark.parametrize(("labels", "kind"), SETS)
def test_a_track_shows_its_most_probable_labels_and_folds_the_others(pages, labels, kind):
    page = pages(labels, kind, "track", id="t000001")
    rows = [row["data-emotion"] for row in page.named("tr") if row]
    assert len(rows) == len({*rows}) == labels
    assert len(page.named("svg", **{"class": "strip"})) == min(labels, 12)
    assert len(page.named("details", id="folded")) == len(page.named("input", id="label-text")) == (labels > 12)
    assert ("threshold" in page.text) == (kind == "multi")
    assert len(page.named("dd", id="decided")) == (kind == "single")
    if kind == "single":
        assert len([row for row in page.named("tr") if row.get("class") == "reached"]) == 1


@pytest.mark.parametrize(("labels", "kind"), SETS)
@pytest.mark.parametrize(("page", "params"), [("tracks", {}), ("tracks", {"emotion": "mood_1"}), ("track", {"id": "t000001"})])
def test_names_of_labels_are_escaped(pages, labels, kind, page, params):
    elements = pages(labels, kind, page, **params)
    assert len(elements.named("script")) == 1
    assert not [attrs for _, attrs in elements.elements if "onmouseover" in attrs]
    assert "<script>boom()</script>" in elements.text


@pytest.mark.parametrize(("labels", "kind"), [(56, "multi"), (4, "single")])
@pytest.mark.parametrize(("page", "params"), [("runs", {}), ("run", {"id": "r1"})])
def test_pages_of_runs_say_what_the_kind_of_the_set_has(pages, labels, kind, page, params):
    text = pages(labels, kind, page, **params).text
    assert "mood" in text
    assert ("Accuracy" in text) == (kind == "single" and page == "run")
    assert "threshold" not in text or kind == "multi"


@pytest.mark.parametrize(("page", "params"), [("tracks", {"emotion": "mood_2"}), ("track", {"id": "t000001"})])
def test_a_page_of_two_hundred_labels_stays_small(pages, page, params):
    assert pages(200, "multi", page, **params).size < 300_000


def test_the_filter_of_a_set_of_kind_single_lists_the_tracks_whose_decision_it_is(pages, platforms):
    every = pages(4, "single", "tracks")
    decided = [
        pages(4, "single", "tracks", emotion=label_id, positive=True) for label_id in platforms(4, "single").label_set.ids
    ]
    tracks = [row["data-track"] for page in decided for row in page.named("tr") if row]
    assert len(tracks) == len({*tracks}) == 60
    assert len([row for row in every.named("tr") if row]) == 50
