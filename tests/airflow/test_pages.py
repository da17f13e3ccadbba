"""The MER pages as Airflow serves them: its own session, a real database and store, over HTTP."""

import json
import os
import sys
import threading
import time
from html.parser import HTMLParser
from types import SimpleNamespace
from urllib.parse import quote

import httpx
import numpy as np
import psycopg2
import pytest

from mer_tasks.database.connection import transaction
from mer_tasks.database.migrations import bootstrap
from mer_tasks.emotions import EMOTIONS
from mer_tasks.modelling.predictions import Rule
from mer_tasks.modelling.timelines import write_timelines
from mer_tasks.runs.run import safe_name
from mer_tasks.runs.shards import report_name
from mer_tasks.stages.publish import publish
from tests.support import published_runs
from tests.support.published_runs import TRACKS, crowned, finished, genre_of, predicted
from tests.support.run_documents import content, indexed, run_in

EVIL = ('r"><img src=x onerror=boom()>', "r<script>boom()<", "r' onmouseover='boom()")
MANY = [f"r{number}" for number in range(100, 160)]
GENRE = 'pop"><svg onload=boom()>'
EVIL_RUN = 'x"><iframe srcdoc=boom()>'
DAG_RUN = "manual__2026-11-25T20:15:00.000000+00:00"
PREDICTING = "asset_triggered__2026-11-26T08:30:00.000000+00:00"
FLAC = b"fLaC" + bytes(range(256)) * 16
RULE = Rule(np.full(9, 0.5), np.ones(9), np.zeros(9))
PASSWORD = "for tests: %/@"

pytestmark = [
    # Airflow imports svcs, which imports Starlette's test client
    pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient` is deprecated"),
    # Airflow reads .airflowignore by a class of pathspec that has a new name
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
]


def documents(folder, url):
    """Run r1: champion, with timelines, audio of all but r03, and a report. One of a hostile name, and one unpublished."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(published_runs, "genre_of", lambda track: GENRE if genre_of(track) == "pop" else "rock")
        run = finished(folder, url, tracks=sorted([*TRACKS, *EVIL]), epochs=3)
        publish(run)
        crowned(url)
        publish(finished(folder, url, EVIL_RUN, balance="none"))
        many = predicted(folder, url, safe_name(PREDICTING), sorted([*TRACKS, *EVIL, *MANY]), MANY)
        publish(many)
    with transaction(url) as cursor:
        cursor.execute(
            "INSERT INTO mer.promotion (run_no, model_sha256, champion_run_no, outcome, decided_by, rule, reason)"
            " SELECT evil.run_no, evil.model_sha256, r1.run_no, 'kept', %s, 'better', %s FROM mer.run AS evil, mer.run AS r1"
            " WHERE evil.run_id = %s AND r1.run_id = 'r1'",
            [*EVIL[:2], EVIL_RUN],
        )
    (shard,) = many.manifest("discover")["shards"]
    said_of_many = indexed({MANY[0]: 1}), np.full((1, 9), 0.5)
    write_timelines(many, "predict", RULE, said_of_many, of=report_name(shard["key"], ""))
    many.store.put(many.key("predict", f"timelines/{report_name(shard['key'], '-0.parquet')}"), b"nonsense")
    for track in (*TRACKS, *EVIL):
        if track != "r03":
            run.store.put(f"blobs/reformat/{content(track)}.flac", FLAC)
    index = indexed({"r00": 20, EVIL[0]: 1})
    said = np.linspace(0.1, 0.9, 21 * 9, dtype=np.float32).reshape(21, 9)
    write_timelines(run, "evaluate", RULE, (index, said))
    for name in ("r1", safe_name(DAG_RUN)):
        reported = run_in(folder, name)
        reported.store.put(reported.key("report", "report.html"), b"<title>what was found</title>")
        reported.write_manifest("report", {"report": reported.key("report", "report.html"), "counters": {}})


@pytest.fixture(scope="module")
def place(postgres, tmp_path_factory):
    """Folder of the runs, and the database's URLs by role."""
    folder = tmp_path_factory.mktemp("pages")
    urls = bootstrap(postgres.url(), "mer_pages", dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), PASSWORD))
    documents(folder, urls["mer_writer"])
    yield SimpleNamespace(folder=folder, urls=urls)
    connection = psycopg2.connect(postgres.url().replace("+psycopg2", ""))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE mer_pages WITH (FORCE)")
    connection.close()


@pytest.fixture(scope="module")
def server(metadata, place):
    """Airflow's loading of plugins into an application, behind a real port; it makes tokens for users of a role."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW__API_AUTH__JWT_SECRET", "for tests: " * 8)
        patch.setenv("MER_STORE_URL", place.folder.as_uri())
        patch.setenv("MER_SCRATCH_DIR", str(place.folder / "scratch"))
        patch.setenv("MER_READER_URL", place.urls["mer_reader"])
        import uvicorn
        from airflow.api_fastapi.app import create_auth_manager, init_plugins
        from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
        from fastapi import FastAPI

        manager = create_auth_manager()
        airflow = FastAPI()
        before = set(sys.modules)
        init_plugins(airflow)
        imported = set(sys.modules) - before
        served = uvicorn.Server(uvicorn.Config(airflow, port=0, log_level="warning", ws="none"))
        thread = threading.Thread(target=served.run)
        thread.start()
        while not served.started and thread.is_alive():
            time.sleep(0.01)
        port = served.servers[0].sockets[0].getsockname()[1]

        def token(role):
            return manager.generate_jwt(SimpleAuthManagerUser(username="somebody", role=role))

        yield SimpleNamespace(url=f"http://127.0.0.1:{port}/mer/", token=token, imported=imported)
        served.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def browser(server):
    """A signed-in user's requests; they may see DAGs, and no more."""
    with httpx.Client(base_url=server.url, cookies={"_token": server.token("viewer")}, timeout=60) as client:
        yield client


class Elements(HTMLParser):
    """Elements and attributes of a page, as a browser finds them."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def named(self, tag, **attrs):
        return [one for name, one in self.found if name == tag and attrs.items() <= one.items()]


def shown(response):
    """A page that is well."""
    assert response.status_code == 200, response.text
    return Elements(response.text)


def line_of(response, status):
    """What a page that is not shown says instead."""
    assert response.status_code == status
    (_,) = Elements(response.text).named("p", id="message")
    text = response.text.partition('id="message"')[2].partition(">")[2].partition("</p>")[0]
    assert "\n" not in text
    assert "Traceback" not in text
    assert PASSWORD not in text
    return text


def addresses():
    """Every address of the pages."""
    from mer_airflow.pages import LOOK, app

    return [(route.path.lstrip("/").format(name=next(iter(LOOK))), route.methods) for route in app.routes]


def test_no_address_answers_without_a_session(server):
    with httpx.Client(base_url=server.url) as stranger:
        assert len(addresses()) == 8
        for path, methods in addresses():
            assert methods == {"GET"}
            response = stranger.get(path)
            assert response.status_code == 401
            assert "Not signed in" in line_of(response, 401)
            assert "<nav" not in response.text
        for path in ("docs", "redoc", "openapi.json"):
            assert stranger.get(path).status_code == 404


def test_a_forged_session_is_refused(server):
    with httpx.Client(base_url=server.url, cookies={"_token": server.token("admin")[:-6] + "forged"}) as stranger:
        for path, _ in addresses():
            assert stranger.get(path).status_code == 403


def test_a_user_who_may_not_see_the_dag_is_refused(server):
    with httpx.Client(base_url=server.url, cookies={"_token": server.token(None)}) as stranger:
        for path, _ in addresses():
            assert "mer_train" in line_of(stranger.get(path), 403)


def test_nothing_is_changed_through_the_pages(browser):
    for path, _ in addresses():
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert browser.request(method, path).status_code == 405


def test_every_answer_has_a_strict_policy(browser):
    for path in ("", "tracks", "look/pages.js", "track?id=none", "no-such-page"):
        headers = browser.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_no_page_needs_what_its_policy_forbids(browser):
    for path in ("", "run?id=r1", "tracks?emotion=power", "track?id=r00", "decisions", "track?id=none"):
        page = Elements(browser.get(path).text)
        assert page.named("script") == [{"src": "look/pages.js", "defer": None}]
        assert not [attrs for _, attrs in page.found if "style" in attrs or any(name.startswith("on") for name in attrs)]
        assert not page.named("style")


def test_runs_are_listed_with_their_metrics_and_the_champion_is_marked(browser):
    page = shown(browser.get(""))
    assert page.text.count("★ champion") == 1
    assert page.named("a", href="run?id=r1")
    found = browser.get("", params={"format": "json"}).json()
    assert [row["run_id"] for row in found["rows"]] == [safe_name(PREDICTING), EVIL_RUN, "r1"]
    assert f"{found['rows'][2]['f1_macro']:.3f}" in page.text
    assert browser.get("", headers={"accept": "application/json"}).json() == found


def test_a_run_shows_its_decision_its_parameters_and_its_report(browser):
    page = shown(browser.get("run?id=r1"))
    assert "over the emotions that are defined on the test tracks" in page.text
    assert "This run became the first champion. Decided by a test: for a test." in page.text
    assert "epochs340" in page.text.replace("\n", "")
    (frame,) = page.named("iframe")
    assert frame["src"] == "report?run=r1"
    assert frame["sandbox"] == "allow-scripts allow-downloads"


def test_a_report_has_an_origin_of_its_own(browser):
    response = browser.get("report?run=r1")
    assert response.text == "<title>what was found</title>"
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    (sandbox,) = [part for part in response.headers["content-security-policy"].split("; ") if part.startswith("sandbox")]
    assert sandbox == "sandbox allow-scripts allow-downloads"


def test_a_run_without_report_says_how_to_make_one(browser):
    text = line_of(browser.get("report?run=r9"), 404)
    assert "python -m mer_tasks report --run-id r9" in text


def test_a_run_that_failed_half_way_is_shown_by_the_name_of_its_dag_run(browser):
    page = shown(browser.get("run", params={"id": DAG_RUN}))
    assert "not published" in page.text
    (frame,) = page.named("iframe")
    assert browser.get(frame["src"]).status_code == 200


def test_a_run_that_only_scored_is_shown_by_the_name_of_its_dag_run_and_has_no_report(browser):
    page = shown(browser.get("run", params={"id": PREDICTING}))
    assert "scores tracks by the champion and has no report" in page.text
    assert not page.named("iframe")
    assert page.named("a", href="run?id=r1")


def test_a_run_of_which_there_is_nothing_is_not_found(browser):
    assert "nothing__9" in line_of(browser.get("run?id=nothing__9"), 404)
    assert line_of(browser.get("run?id=../../etc"), 404)


def test_tracks_are_sorted_filtered_and_paged(browser):
    found = browser.get("tracks?emotion=power&genre=rock&positive=true&text=r0&format=json").json()["rows"]
    values = [row["power"] for row in found]
    assert values == sorted(values, reverse=True)
    assert len(found) > 1
    assert all(row["genre"] == "rock" and "power" in row["positives"] for row in found)
    page = shown(browser.get("tracks?emotion=power&genre=rock&positive=true&text=r0"))
    assert [row["data-track"] for row in page.named("tr") if row] == [row["track_id"] for row in found]
    assert len(page.named("button", **{"class": "play"})) == len(found)
    assert shown(browser.get("tracks?text=R0&emotion=&genre=&after=")).text.count("1:00") == 10
    assert "No track is like that" in shown(browser.get("tracks?text=%25")).text


def test_a_list_goes_on_where_its_page_ended(browser):
    page = shown(browser.get("tracks?emotion=power&text=r1"))
    (onward,) = page.named("a", id="next-page")
    assert not page.named("a", id="first-page")
    rest = shown(browser.get("tracks" + onward["href"]))
    assert rest.named("a", id="first-page")
    assert not rest.named("a", id="next-page")
    tracks = [row["data-track"] for part in (page, rest) for row in part.named("tr") if row]
    assert len(tracks) == 62
    assert set(tracks) == {"r10", "r11", *MANY}


def test_a_track_shows_model_and_listeners_side_by_side_and_over_time(browser):
    page = shown(browser.get("track?id=r00"))
    assert [row["data-emotion"] for row in page.named("tr") if row] == list(EMOTIONS)
    strips = page.named("svg", **{"class": "strip"})
    assert len(strips) == 9
    assert strips[0]["aria-label"] == "amazement over time: from 0.10 to 0.83; 9 of 20 segments reach the threshold"
    assert strips[0]["data-end"] == "60.0"
    found = browser.get("track?id=r00&format=json").json()
    assert len(found["timeline"]["sadness"]) == 20
    votes = found["track"]["emotions"][1]
    assert f"{votes['votes']} of {votes['annotators']}" in page.text
    assert page.named("audio", src="audio?id=r00")
    assert page.named("a", href="run?id=r1")


def test_a_track_of_a_run_that_kept_no_segments_says_so(browser):
    page = shown(browser.get("track?id=r01"))
    assert not page.named("svg", **{"class": "strip"})
    assert page.named("p", id="no-timeline")


def test_what_is_not_served_is_not_found(browser):
    assert "r77" in line_of(browser.get("track?id=r77"), 404)
    assert "r77" in line_of(browser.get("audio?id=r77"), 404)


def test_audio_comes_in_whole_and_in_parts(browser):
    whole = browser.get("audio?id=r00")
    assert whole.headers["content-type"] == "audio/flac"
    assert whole.content == FLAC
    part = browser.get("audio?id=r00", headers={"range": "bytes=4-9"})
    assert part.status_code == 206
    assert part.headers["content-range"] == f"bytes 4-9/{len(FLAC)}"
    assert part.content == FLAC[4:10]


def test_audio_that_is_gone_is_said_to_be(browser):
    assert "its audio is gone" in line_of(browser.get("audio?id=r03"), 404)
    asked = {"accept": "application/json"}  # as the page's script does, to say why
    assert "its audio is gone" in browser.get("audio?id=r03", headers=asked).json()["detail"]
    assert shown(browser.get("track?id=r03"))


def test_decisions_are_told_in_sentences(browser):
    text = shown(browser.get("decisions")).text
    assert "Run r1 became the first champion. Decided by a test: for a test." in text
    assert f"Run {EVIL_RUN} did not take the place of run r1, which stayed champion." in text
    found = browser.get("decisions?format=json").json()["rows"]
    assert [row["outcome"] for row in found] == ["kept", "promoted"]


@pytest.mark.parametrize(
    "path",
    [
        *("?after=nonsense", "tracks?after=nonsense", "decisions?after=nonsense", "tracks?emotion=joy"),
        *("tracks?positive=true", "tracks?positive=perhaps", "track", "track?id=%00", "run?id=%00", "report?run=%00"),
        *("run?id=", "report?run=", f"run?id={'x' * 251}"),
    ],
)
def test_a_wrong_question_is_answered_in_a_line(browser, path):
    assert line_of(browser.get(path), 400)


@pytest.mark.parametrize(
    "path",
    [
        *("", "decisions", "tracks?emotion=power", f"tracks?genre={quote(GENRE)}", f"tracks?text={quote(EVIL[0])}"),
        *(f"track?id={quote(track)}" for track in (*EVIL, "p01")),
        *(f"run?id={quote(EVIL_RUN)}", f"track?id={quote(EVIL_RUN)}", f"report?run={quote(EVIL_RUN)}"),
        *(f"tracks?emotion={quote(EVIL[0])}", f"?after={quote(EVIL[0])}", f"look/{quote(EVIL[1])}"),
    ],
)
def test_names_of_tracks_genres_and_runs_stay_text(browser, path):
    page = Elements(browser.get(path).text)
    assert "boom" in page.text + json.dumps([attrs for _, attrs in page.found]) or path.startswith(("?", "look"))
    assert len(page.named("script")) == 1
    assert not page.named("img")
    assert {frame["src"].partition("?")[0] for frame in page.named("iframe")} <= {"report"}
    assert not [attrs for _, attrs in page.found if {"onerror", "onload", "onmouseover", "srcdoc"} & attrs.keys()]


def test_a_database_without_its_rights_or_its_url_is_named_without_its_password(browser, place, monkeypatch):
    monkeypatch.delenv("MER_READER_URL")
    assert "MER_READER_URL" in line_of(browser.get(""), 503)
    monkeypatch.setenv("MER_READER_URL", "nonsense")
    assert "nonsense" in line_of(browser.get("tracks"), 503)
    reader = place.urls["mer_reader"]
    monkeypatch.setenv("MER_READER_URL", reader.replace("mer_pages", "postgres"))
    assert "expected a migrated database" in line_of(browser.get(""), 500)
    monkeypatch.setenv("MER_READER_URL", reader.replace("mer_pages", "no_such_database"))
    assert line_of(browser.get(""), 500)
    monkeypatch.setenv("MER_READER_URL", "postgresql+psycopg2://mer_reader:secret@127.0.0.1:1/mer")
    assert "secret" not in line_of(browser.get(""), 503)


def test_a_reader_without_rights_is_told_which(browser, place):
    with transaction(place.urls["mer_owner"]) as cursor:
        cursor.execute("REVOKE SELECT ON mer.promotions FROM mer_reader")
    try:
        assert "permission denied" in line_of(browser.get("decisions"), 500)
    finally:
        with transaction(place.urls["mer_owner"]) as cursor:
            cursor.execute("GRANT SELECT ON mer.promotions TO mer_reader")


def test_a_timeline_that_cannot_be_read_costs_no_more_than_itself(browser):
    page = shown(browser.get(f"track?id={MANY[0]}"))
    assert "expected timelines" in page.text
    assert len([row for row in page.named("tr") if row]) == 9


def test_audio_of_a_remote_store_comes_in_parts_too_and_is_said_to_be_away(browser, bucket, place, monkeypatch):
    places = SimpleNamespace(as_uri=lambda: f"{bucket.url}/mer")
    run = predicted(places, place.urls["mer_writer"], "s3", ["r200"], ["r200"], landing_url=bucket.url)
    run.store.put(f"blobs/reformat/{content('r200')}.flac", FLAC)
    publish(run)
    monkeypatch.setenv("MER_STORE_URL", f"{bucket.url}/mer")
    assert browser.get("audio?id=r200").content == FLAC
    assert browser.get("audio?id=r200", headers={"range": "bytes=0-3"}).content == b"fLaC"
    bucket.line.cut()
    assert bucket.name in line_of(browser.get("audio?id=r200"), 503)


def test_copies_of_remote_audio_take_no_more_than_their_room(tmp_path):
    from mer_airflow.data_access import trim

    for age, name in enumerate(("new", "older", "oldest")):
        path = tmp_path / name[:1] / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(10))
        os.utime(path, (1000 - age, 1000 - age))
    for name in (".mer-tmp-x", "used now"):  # by other requests
        (tmp_path / name).write_bytes(bytes(100))
    os.utime(tmp_path / ".mer-tmp-x", (0, 0))
    trim(tmp_path, 120)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [".mer-tmp-x", "new", "older", "used now"]
    trim(tmp_path / "none", 20)


def test_loading_the_plugin_imports_nothing_that_the_pages_need(server):
    assert not server.imported & {"mer_tasks", "mer_airflow", "jinja2", "psycopg2"}
