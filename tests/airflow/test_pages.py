"""The MER pages as Airflow serves them over HTTP, with its own sessions, a real database and a real object store."""

import json
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from mer_tasks.runs.run import safe_name
from mer_tasks.stages.publish import publish
from tests.support.label_sets import EMOTIFY
from tests.support.page_runs import (
    FLAC,
    HOSTILE_GENRE,
    HOSTILE_RUN,
    HOSTILE_TRACKS,
    NEW_TRACKS,
    PREDICT_DAG_RUN,
    UNPUBLISHED_DAG_RUN,
    make_runs,
)
from tests.support.published_runs import complete_predict_run
from tests.support.run_documents import content
from tests.support.served_pages import Elements, message_line, parse_page

pytestmark = [
    # Airflow imports svcs, which imports Starlette's test client
    pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient` is deprecated"),
    # Airflow reads .airflowignore by a class of pathspec that has a new name
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def platform(platform):
    """Folder of the runs, and the URLs of the database by role."""
    make_runs(platform.folder, platform.urls["mer_writer"])
    return platform


def test_no_page_has_elements_that_its_policy_forbids(browser):
    for path in ("", "run?id=r1", "tracks?emotion=power", "track?id=r00", "decisions", "track?id=none"):
        page = Elements(browser.get(path).text)
        assert page.named("script") == [{"src": "look/pages.js", "defer": None}]
        assert not [attrs for _, attrs in page.elements if "style" in attrs or any(name.startswith("on") for name in attrs)]
        assert not page.named("style")


def test_the_list_of_runs_has_their_metrics_and_marks_the_champion(browser):
    page = parse_page(browser.get(""))
    assert page.text.count("★ champion") == 1
    assert page.named("a", href="run?id=r1")
    listed = browser.get("", params={"format": "json"}).json()
    assert [row["run_id"] for row in listed["rows"]] == [safe_name(PREDICT_DAG_RUN), HOSTILE_RUN, "r1"]
    assert f"{listed['rows'][2]['f1_macro']:.3f}" in page.text
    assert browser.get("", headers={"accept": "application/json"}).json() == listed


def test_a_run_shows_its_decision_its_parameters_and_its_report(browser):
    page = parse_page(browser.get("run?id=r1"))
    assert "mean over the emotions for which it is defined on the test tracks" in page.text
    assert "This run became the first champion. Decided by a test: for a test." in page.text
    assert "epochs340" in page.text.replace("\n", "")
    (frame,) = page.named("iframe")
    assert frame["src"] == "report?run=r1"
    assert frame["sandbox"] == "allow-scripts allow-downloads"


def test_a_report_has_an_origin_of_its_own(browser):
    response = browser.get("report?run=r1")
    assert response.text == "<title>a report</title>"
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    (sandbox,) = [part for part in response.headers["content-security-policy"].split("; ") if part.startswith("sandbox")]
    assert sandbox == "sandbox allow-scripts allow-downloads"


def test_the_message_about_a_missing_report_has_the_command_that_makes_one(browser):
    text = message_line(browser.get("report?run=r9"), 404)
    assert "python -m mer_tasks report --run-id r9" in text


def test_an_unpublished_run_is_found_by_the_id_of_its_dag_run(browser):
    page = parse_page(browser.get("run", params={"id": UNPUBLISHED_DAG_RUN}))
    assert "not published" in page.text
    (frame,) = page.named("iframe")
    assert browser.get(frame["src"]).status_code == 200


def test_a_run_in_mode_predict_is_found_by_the_id_of_its_dag_run_and_has_no_report(browser):
    page = parse_page(browser.get("run", params={"id": PREDICT_DAG_RUN}))
    assert "scores tracks with the champion model and has no report" in page.text
    assert not page.named("iframe")
    assert page.named("a", href="run?id=r1")


def test_a_run_without_row_and_report_is_not_found(browser):
    assert "nothing__9" in message_line(browser.get("run?id=nothing__9"), 404)
    assert message_line(browser.get("run?id=../../etc"), 404)


def test_tracks_are_sorted_filtered_and_paged(browser):
    rows = browser.get("tracks?emotion=power&genre=rock&positive=true&text=r0&format=json").json()["rows"]
    values = [row["power"] for row in rows]
    assert values == sorted(values, reverse=True)
    assert len(rows) > 1
    assert all(row["genre"] == "rock" and "power" in row["positives"] for row in rows)
    page = parse_page(browser.get("tracks?emotion=power&genre=rock&positive=true&text=r0"))
    assert [row["data-track"] for row in page.named("tr") if row] == [row["track_id"] for row in rows]
    assert len(page.named("button", **{"class": "play"})) == len(rows)
    assert parse_page(browser.get("tracks?text=R0&emotion=&genre=&after=")).text.count("1:00") == 10
    assert "No track matches these filters" in parse_page(browser.get("tracks?text=%25")).text


def test_the_next_page_continues_the_list_after_the_last_row(browser):
    first_page = parse_page(browser.get("tracks?emotion=power&text=r1"))
    (next_link,) = first_page.named("a", id="next-page")
    assert not first_page.named("a", id="first-page")
    second_page = parse_page(browser.get("tracks" + next_link["href"]))
    assert second_page.named("a", id="first-page")
    assert not second_page.named("a", id="next-page")
    tracks = [row["data-track"] for page in (first_page, second_page) for row in page.named("tr") if row]
    assert len(tracks) == 62
    assert set(tracks) == {"r10", "r11", *NEW_TRACKS}


def test_a_track_shows_probabilities_beside_votes_and_over_time(browser):
    page = parse_page(browser.get("track?id=r00"))
    assert [row["data-emotion"] for row in page.named("tr") if row] == list(EMOTIFY.ids)
    strips = page.named("svg", **{"class": "strip"})
    assert len(strips) == 9
    assert strips[0]["aria-label"] == "amazement over time: from 0.10 to 0.83; 9 of 20 segments reach the threshold"
    assert strips[0]["data-end"] == "60.0"
    answer = browser.get("track?id=r00&format=json").json()
    assert len(answer["timeline"]["sadness"]) == 20
    votes = answer["track"]["emotions"][1]
    assert f"{votes['votes']} of {votes['annotators']}" in page.text
    assert page.named("audio", src="audio?id=r00")
    assert page.named("a", href="run?id=r1")


def test_a_track_without_a_timeline_has_a_note_instead_of_charts(browser):
    page = parse_page(browser.get("track?id=r01"))
    assert not page.named("svg", **{"class": "strip"})
    assert page.named("p", id="no-timeline")


def test_a_track_without_served_predictions_is_not_found(browser):
    assert "r77" in message_line(browser.get("track?id=r77"), 404)
    assert "r77" in message_line(browser.get("audio?id=r77"), 404)


def test_audio_is_sent_as_a_whole_or_in_parts(browser):
    whole = browser.get("audio?id=r00")
    assert whole.headers["content-type"] == "audio/flac"
    assert whole.content == FLAC
    part = browser.get("audio?id=r00", headers={"range": "bytes=4-9"})
    assert part.status_code == 206
    assert part.headers["content-range"] == f"bytes 4-9/{len(FLAC)}"
    assert part.content == FLAC[4:10]


def test_the_message_about_deleted_audio_says_so(browser):
    assert "its audio is gone" in message_line(browser.get("audio?id=r03"), 404)
    headers = {"accept": "application/json"}  # the page's script sends these to learn the reason
    assert "its audio is gone" in browser.get("audio?id=r03", headers=headers).json()["detail"]
    assert parse_page(browser.get("track?id=r03"))


def test_decisions_are_listed_as_sentences(browser):
    text = parse_page(browser.get("decisions")).text
    assert "Run r1 became the first champion. Decided by a test: for a test." in text
    assert f"Run {HOSTILE_RUN} did not take the place of run r1, which stayed champion." in text
    rows = browser.get("decisions?format=json").json()["rows"]
    assert [row["outcome"] for row in rows] == ["kept", "promoted"]


@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "decisions",
            "tracks?emotion=power",
            f"tracks?genre={quote(HOSTILE_GENRE)}",
            f"tracks?text={quote(HOSTILE_TRACKS[0])}",
        ),
        *(f"track?id={quote(track)}" for track in (*HOSTILE_TRACKS, "p01", "r01", "r02")),
        *(f"tracks?text={quote(text)}" for text in ("<script>", "onmouseover", "onload")),
        *(f"run?id={quote(HOSTILE_RUN)}", f"track?id={quote(HOSTILE_RUN)}", f"report?run={quote(HOSTILE_RUN)}"),
        *(f"{path}{quote(HOSTILE_TRACKS[0])}" for path in ("tracks?emotion=", "?after=")),
        f"look/{quote(HOSTILE_TRACKS[1])}",
    ],
)
def test_names_of_tracks_genres_and_runs_are_escaped(browser, path):
    page = Elements(browser.get(path).text)
    assert "boom" in page.text + json.dumps([attrs for _, attrs in page.elements]) or path.startswith(("?", "look"))
    assert len(page.named("script")) == 1
    assert not page.named("img")
    assert {frame["src"].partition("?")[0] for frame in page.named("iframe")} <= {"report"}
    assert not [attrs for _, attrs in page.elements if {"onerror", "onload", "onmouseover", "srcdoc"} & attrs.keys()]


def test_a_track_with_a_damaged_timeline_is_shown_without_charts(browser):
    page = parse_page(browser.get(f"track?id={NEW_TRACKS[0]}"))
    assert "expected timelines" in page.text
    assert len([row for row in page.named("tr") if row]) == 9


def test_audio_in_s3_is_sent_whole_or_in_parts_and_an_unavailable_s3_is_named(browser, bucket, platform, monkeypatch):
    folder = SimpleNamespace(as_uri=lambda: f"{bucket.url}/mer")
    run = complete_predict_run(folder, platform.urls["mer_writer"], "s3", ["r200"], ["r200"], landing_url=bucket.url)
    run.store.put(f"blobs/reformat/{content('r200')}.flac", FLAC)
    publish(run)
    monkeypatch.setenv("MER_STORE_URL", f"{bucket.url}/mer")
    assert browser.get("audio?id=r200").content == FLAC
    assert browser.get("audio?id=r200", headers={"range": "bytes=0-3"}).content == b"fLaC"
    bucket.line.cut()
    assert bucket.name in message_line(browser.get("audio?id=r200"), 503)


def test_tracks_are_shown_and_found_by_title_and_artist(browser):
    page = parse_page(browser.get("tracks?text=BEYOND"))
    assert [row["data-track"] for row in page.named("tr") if row] == ["r00"]
    assert "Beyond Late · Brad Senne r00" in page.text
    assert page.named("button", **{"aria-label": "Play track Beyond Late"})
    assert page.named("bdi", **{"class": "title"})
    (row,) = browser.get("tracks?text=senne&format=json").json()["rows"]
    assert (row["title"], row["artist"], row["album"], row["year"]) == ("Beyond Late", "Brad Senne", "Aerial", 2004)
    page = parse_page(browser.get("track?id=r00"))
    assert "Beyond Late · Brad Senne (r00) · MER" in page.text
    assert "AlbumAerial, 2004" in page.text
    assert page.named("audio", **{"aria-label": "Track Beyond Late · Brad Senne (r00)"})


def test_a_track_without_names_is_shown_by_its_id(browser):
    page = Elements(browser.get("track?id=r04").text.partition("<h2>Similar tracks")[0])
    assert "Track r04 · MER" in page.text
    assert {bdi["class"] for bdi in page.named("bdi")} == {"label-name"}
    assert not parse_page(browser.get("tracks?text=r04")).named("span", **{"class": "aside id"})
    assert "Track r05 · artist of r05" in parse_page(browser.get("track?id=r05")).text


def test_a_title_with_markup_is_shown_as_text(browser):
    for path in ("track?id=r01", "tracks?text=r01"):
        page = parse_page(browser.get(path))
        assert "<script>boom()</script>" in page.text
        assert '"><svg onload=boom()>' in page.text
