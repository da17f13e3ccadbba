"""The MER pages as Airflow serves them over HTTP, with its own sessions, a real database and a real object store."""

import doctest
import json
import os
import subprocess
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
from mer_airflow import rendering

from mer_tasks.database.connection import transaction
from mer_tasks.database.migrations import bootstrap
from mer_tasks.modelling.predictions import Rule
from mer_tasks.modelling.timelines import write_timelines
from mer_tasks.runs.run import safe_name
from mer_tasks.runs.shards import report_name
from mer_tasks.stages.publish import publish
from tests.airflow.conftest import DAGS
from tests.support import published_runs
from tests.support.label_sets import EMOTIFY
from tests.support.published_runs import TRACKS, complete_predict_run, complete_run, genre_of, make_champion
from tests.support.run_documents import content, indexed, run_in

HOSTILE_TRACKS = ('r"><img src=x onerror=boom()>', "r<script>boom()<", "r' onmouseover='boom()")
NEW_TRACKS = [f"r{number}" for number in range(100, 160)]
"""Tracks that only the predicting run has scored."""
NAMES = {
    "r00": {"title": "Beyond Late", "album": "Aerial", "year": 2004},
    "r01": {"title": "<script>boom()</script>"},
    "r02": {"title": 'x" onmouseover="boom()', "album": "<img src=x onerror=boom()>"},
}
ARTISTS = {"r00": ["Brad Senne"], "r01": ['"><svg onload=boom()>'], "r04": []}
HOSTILE_GENRE = 'pop"><svg onload=boom()>'
HOSTILE_RUN = 'x"><iframe srcdoc=boom()>'
UNPUBLISHED_DAG_RUN = "manual__2026-11-25T20:15:00.000000+00:00"
PREDICT_DAG_RUN = "asset_triggered__2026-11-26T08:30:00.000000+00:00"
FLAC = b"fLaC" + bytes(range(256)) * 16
RULE = Rule(np.full(9, 0.5), np.ones(9), np.zeros(9))
PASSWORD = "for tests: %/@"

pytestmark = [
    # Airflow imports svcs, which imports Starlette's test client
    pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient` is deprecated"),
    # Airflow reads .airflowignore by a class of pathspec that has a new name
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
]


def make_runs(folder, url):
    """Make the champion's run r1, a published run with a hostile name, an unpublished run, and a run in mode predict.

    Run r1 has timelines, a report, and the audio of all its tracks except r03.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(published_runs, "genre_of", lambda track: HOSTILE_GENRE if genre_of(track) == "pop" else "rock")
        tracks = sorted([*TRACKS, *HOSTILE_TRACKS])
        run = complete_run(folder, url, tracks=tracks, fan_out={"names": NAMES, "artists": ARTISTS}, epochs=3)
        publish(run)
        make_champion(url)
        publish(complete_run(folder, url, HOSTILE_RUN, fan_out={"names": NAMES, "artists": ARTISTS}, balance="none"))
        all_tracks = sorted([*TRACKS, *HOSTILE_TRACKS, *NEW_TRACKS])
        predicting = complete_predict_run(folder, url, safe_name(PREDICT_DAG_RUN), all_tracks, NEW_TRACKS)
        publish(predicting)
    with transaction(url) as cursor:
        cursor.execute(
            "INSERT INTO mer.promotion (run_no, model_sha256, champion_run_no, outcome, decided_by, rule, reason)"
            " SELECT hostile.run_no, hostile.model_sha256, r1.run_no, 'kept', %s, 'better', %s"
            " FROM mer.run AS hostile, mer.run AS r1"
            " WHERE hostile.run_id = %s AND r1.run_id = 'r1'",
            [*HOSTILE_TRACKS[:2], HOSTILE_RUN],
        )
    (shard,) = predicting.manifest("discover")["shards"]
    new_probabilities = indexed({NEW_TRACKS[0]: 1}), np.full((1, 9), 0.5)
    write_timelines(predicting, "predict", RULE, new_probabilities, name=report_name(shard["key"], ""))
    damaged_key = predicting.key("predict", f"timelines/{report_name(shard['key'], '-0.parquet')}")
    predicting.store.put(damaged_key, b"nonsense")
    for track in (*TRACKS, *HOSTILE_TRACKS):
        if track != "r03":
            run.store.put(f"blobs/reformat/{content(track)}.flac", FLAC)
    index = indexed({"r00": 20, HOSTILE_TRACKS[0]: 1})
    probabilities = np.linspace(0.1, 0.9, 21 * 9, dtype=np.float32).reshape(21, 9)
    write_timelines(run, "evaluate", RULE, (index, probabilities))
    for name in ("r1", safe_name(UNPUBLISHED_DAG_RUN)):
        reported = run_in(folder, name)
        reported.store.put(reported.key("report", "report.html"), b"<title>a report</title>")
        reported.write_manifest("report", {"report": reported.key("report", "report.html"), "counters": {}})


@pytest.fixture(scope="module")
def platform(postgres, tmp_path_factory):
    """Folder of the runs, and the URLs of the database by role."""
    folder = tmp_path_factory.mktemp("pages")
    urls = bootstrap(postgres.url(), "mer_pages", dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), PASSWORD))
    make_runs(folder, urls["mer_writer"])
    yield SimpleNamespace(folder=folder, urls=urls)
    connection = psycopg2.connect(postgres.url().replace("+psycopg2", ""))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE mer_pages WITH (FORCE)")
    connection.close()


@pytest.fixture(scope="module")
def server(metadata, platform):
    """An application into which Airflow has loaded the plugin, on a real port; ``token`` makes a token for a role."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW__API_AUTH__JWT_SECRET", "for tests: " * 8)
        patch.setenv("MER_STORE_URL", platform.folder.as_uri())
        patch.setenv("MER_SCRATCH_DIR", str(platform.folder / "scratch"))
        patch.setenv("MER_READER_URL", platform.urls["mer_reader"])
        import uvicorn
        from airflow.api_fastapi.app import create_auth_manager, init_plugins
        from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
        from fastapi import FastAPI

        manager = create_auth_manager()
        airflow = FastAPI()
        init_plugins(airflow)
        served = uvicorn.Server(uvicorn.Config(airflow, port=0, log_level="warning", ws="none"))
        thread = threading.Thread(target=served.run)
        thread.start()
        while not served.started and thread.is_alive():
            time.sleep(0.01)
        port = served.servers[0].sockets[0].getsockname()[1]

        def token(role):
            return manager.generate_jwt(SimpleAuthManagerUser(username="somebody", role=role))

        yield SimpleNamespace(url=f"http://127.0.0.1:{port}/mer/", token=token)
        served.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def browser(server):
    """HTTP client of a signed-in user who may only see DAGs."""
    with httpx.Client(base_url=server.url, cookies={"_token": server.token("viewer")}, timeout=60) as client:
        yield client


class Elements(HTMLParser):
    """Elements, attributes and text of a page, as a browser parses them."""

    def __init__(self, page):
        super().__init__()
        self.elements = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def named(self, tag, **attrs):
        return [attributes for name, attributes in self.elements if name == tag and attrs.items() <= attributes.items()]


def parse_page(response):
    """Parse a page; fails unless the status is 200."""
    assert response.status_code == 200, response.text
    return Elements(response.text)


def message_line(response, status):
    """Read the one-line message that is shown instead of a page; fails unless the status is `status`."""
    assert response.status_code == status
    (_,) = Elements(response.text).named("p", id="message")
    text = response.text.partition('id="message"')[2].partition(">")[2].partition("</p>")[0]
    assert "\n" not in text
    assert "Traceback" not in text
    assert PASSWORD not in text
    return text


def addresses():
    """List every address of the pages with its HTTP methods."""
    from mer_airflow.pages import STATIC_FILES, app

    return [(route.path.lstrip("/").format(name=next(iter(STATIC_FILES))), route.methods) for route in app.routes]


def test_every_address_refuses_a_request_without_a_session(server):
    with httpx.Client(base_url=server.url) as stranger:
        assert len(addresses()) == 8
        for path, methods in addresses():
            assert methods == {"GET"}
            response = stranger.get(path)
            assert response.status_code == 401
            assert "Not signed in" in message_line(response, 401)
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
            assert "mer_train" in message_line(stranger.get(path), 403)


def test_every_address_only_allows_reading(browser):
    for path, _ in addresses():
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert browser.request(method, path).status_code == 405


def test_every_answer_has_a_strict_content_security_policy(browser):
    for path in ("", "tracks", "look/pages.js", "track?id=none", "no-such-page"):
        headers = browser.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


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
        *("?after=nonsense", "tracks?after=nonsense", "decisions?after=nonsense", "tracks?emotion=joy"),
        *("tracks?positive=true", "tracks?positive=perhaps", "track", "track?id=%00", "run?id=%00", "report?run=%00"),
        *("run?id=", "report?run=", f"run?id={'x' * 251}"),
    ],
)
def test_a_wrong_query_is_answered_by_a_message_of_one_line(browser, path):
    assert message_line(browser.get(path), 400)


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


def test_the_message_about_a_wrong_database_url_has_no_password(browser, platform, monkeypatch):
    monkeypatch.delenv("MER_READER_URL")
    assert "MER_READER_URL" in message_line(browser.get(""), 503)
    monkeypatch.setenv("MER_READER_URL", "nonsense")
    assert "nonsense" in message_line(browser.get("tracks"), 503)
    reader = platform.urls["mer_reader"]
    monkeypatch.setenv("MER_READER_URL", reader.replace("mer_pages", "postgres"))
    assert "expected a migrated database" in message_line(browser.get(""), 500)
    monkeypatch.setenv("MER_READER_URL", reader.replace("mer_pages", "no_such_database"))
    assert message_line(browser.get(""), 500)
    monkeypatch.setenv("MER_READER_URL", "postgresql+psycopg2://mer_reader:secret@127.0.0.1:1/mer")
    assert "secret" not in message_line(browser.get(""), 503)


def test_the_message_about_missing_database_rights_says_so(browser, platform):
    with transaction(platform.urls["mer_owner"]) as cursor:
        cursor.execute("REVOKE SELECT ON mer.promotions FROM mer_reader")
    try:
        assert "permission denied" in message_line(browser.get("decisions"), 500)
    finally:
        with transaction(platform.urls["mer_owner"]) as cursor:
            cursor.execute("GRANT SELECT ON mer.promotions TO mer_reader")


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


def test_local_copies_of_remote_audio_stay_below_their_limit(tmp_path):
    from mer_airflow.data_access import trim

    for age, name in enumerate(("new", "older", "oldest")):
        path = tmp_path / name[:1] / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(10))
        os.utime(path, (1000 - age, 1000 - age))
    for name in (".mer-tmp-x", "used now"):  # files that other requests are writing or using
        (tmp_path / name).write_bytes(bytes(100))
    os.utime(tmp_path / ".mer-tmp-x", (0, 0))
    trim(tmp_path, 120)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [".mer-tmp-x", "new", "older", "used now"]
    trim(tmp_path / "none", 20)


def test_loading_the_plugin_does_not_import_the_modules_of_the_pages():
    script = "import sys, airflow.plugins_manager; before = {*sys.modules}; import mer_plugin; print(*{*sys.modules} - before)"
    environment = {**os.environ, "PYTHONPATH": str(DAGS.parent / "plugins")}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    imported = set(done.stdout.splitlines()[-1].split())
    assert "mer_airflow.code_check" in imported
    assert not imported & {
        "mer_airflow.pages",
        "mer_airflow.rendering",
        "mer_airflow.data_access",
        "mer_tasks.config",
        "psycopg2",
    }


def test_examples_in_the_docstrings_of_the_pages_are_right():
    done = doctest.testmod(rendering)
    assert (done.attempted > 0, done.failed) == (True, 0)


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
