from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from rich.console import Console

from mer_tasks.errors import ConfigError
from mer_tasks.local_stack.demo_run import GENERATED, prepare_landing
from mer_tasks.local_stack.settings import StackSettings
from mer_tasks.stages.publish import publish
from mer_tasks.storage.factory import open_store
from mer_tasks.terminal.run_tables import EXAMPLES, artifacts, drawn, example, metric_tables, metrics, rejected, report_page
from tests.support.published_runs import finished, metrics_of


@pytest.fixture
def run(database_url, tmp_path):
    found = finished(tmp_path, database_url)
    publish(found)
    return found


def text(*tables) -> str:
    console = Console(width=120)
    with console.capture() as captured:
        for each in tables:
            console.print(each)
    return captured.get()


def test_metrics_are_those_of_the_test_tracks(run, reader_url):
    found = metrics(reader_url, run.run_id)
    expected = {(line["metric"], line["emotion"]): line["value"] for line in metrics_of() if line["level"] == "track"}
    assert {key: metric.value for key, metric in found.items()} == pytest.approx(expected)
    shown = text(*metric_tables(found))
    (f1,) = [line for line in metrics_of() if line["metric"] == "f1_macro" and line["level"] == "track"]
    assert f"{f1['low']:.3f} to {f1['high']:.3f}" in shown
    assert all(f"{f1[name]:.3f}" in shown for name in ("value", "baseline", "split_half", "panel"))
    assert "joyful_activation" in shown


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_shows_its_question_its_file_and_its_rows(run, reader_url, name):
    shown = text(example(reader_url, name, EXAMPLES[name]))
    assert "?" in shown
    assert f"sql/queries/{name}.sql" in shown
    assert len(shown.splitlines()) >= 5


def test_an_example_without_rows_says_so(run, reader_url):
    assert "no rows" in text(example(reader_url, "tracks_for_emotion", {"genre": "polka"}))


def test_rejected_files_are_counted_by_reason(run, reader_url):
    assert rejected(reader_url, run.run_id).startswith("2 files rejected (not_audio: 1, too_short: 1;")
    assert rejected(reader_url, "another run") == "0 files rejected"


def test_artifacts_are_found_wherever_their_stage_put_them(run):
    run.store.put("runs/r1/evaluate/test_data/test_data.npz", b"")
    run.store.put("runs/another/train/music_emotion_model.keras", b"")
    found = artifacts(run.config.store_url, "r1")
    assert found["test_data/test_data.npz"] == run.store.uri("runs/r1/evaluate/test_data/test_data.npz")
    assert found["Music_emotion_history.json"] == run.store.uri("runs/r1/train/Music_emotion_history.json")
    assert "music_emotion_model.keras" not in found


def test_the_page_of_a_run_is_a_file_that_a_browser_opens_wherever_the_store_is(bucket, tmp_path):
    for store in (open_store((tmp_path / "a store, 100% für mich").as_uri()), open_store(bucket.url)):
        assert report_page(store.url, "r1", tmp_path / "scratch") is None
        store.put("runs/r1/report/report.html", b"a page")
        address = report_page(store.url, "r1", tmp_path / "scratch")
        assert address.startswith("file:///")
        assert address.endswith(".html")
        assert " " not in address
        assert Path(url2pathname(urlsplit(address).path)).read_bytes() == b"a page"


def test_a_name_that_looks_like_markup_is_shown_as_it_is():
    shown = text(drawn("[bold]Which?", ["track_id", "positives"], [["[red]x[/red]", ["[bold]y\x1b[2J"]]]))
    assert all(each in shown for each in ("[bold]Which?", "[red]x[/red]", "[bold]y␛[2J"))


def test_generated_music_is_copied_beside_another_store_once_and_its_annotations_last(tmp_path):
    settings = StackSettings(tmp_path / "state", store=(tmp_path / "store").as_uri())
    made, landing = open_store((settings.state / "landing").as_uri()), open_store(settings.landing_url)
    made.put("rock/1.mp3", b"sound")
    made.put(GENERATED, b"votes")
    said: list[str] = []
    prepare_landing(settings, said.append)
    assert {found.key for found in landing.list()} == {"rock/1.mp3", GENERATED}
    made.put("rock/1.mp3", b"other sound")
    prepare_landing(settings, said.append)
    assert landing.get("rock/1.mp3") == b"sound"
    landing.delete(GENERATED)
    prepare_landing(settings, said.append)
    assert landing.get("rock/1.mp3") == b"other sound"
    assert len(said) == 2


def test_an_empty_landing_zone_of_the_callers_is_refused(tmp_path):
    settings = StackSettings(tmp_path / "state", landing=tmp_path.as_uri())
    with pytest.raises(ConfigError, match=r"no objects; expected <genre>/<track_id>\.<ext> and annotations/\*\.csv"):
        prepare_landing(settings, print)
