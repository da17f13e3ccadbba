from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from rich.console import Console

from mer_tasks.errors import ConfigError
from mer_tasks.local_stack.demo_run import GENERATED_ANNOTATIONS, prepare_landing
from mer_tasks.local_stack.settings import StackSettings
from mer_tasks.stages.publish import publish
from mer_tasks.storage import open_store
from mer_tasks.terminal.run_tables import (
    artifacts,
    example_query,
    examples,
    metric_tables,
    metrics,
    rejected_files_line,
    report_page,
    titled_table,
)
from tests.support.published_runs import complete_run, metrics_of


@pytest.fixture
def run(database_url, tmp_path):
    """A published training run."""
    run = complete_run(tmp_path, database_url)
    publish(run)
    return run


def printed(*tables) -> str:
    """Text that a console shows for tables."""
    console = Console(width=120)
    with console.capture() as captured:
        for table in tables:
            console.print(table)
    return captured.get()


def test_the_shown_metrics_are_those_of_the_test_tracks(run, reader_url):
    shown_metrics = metrics(reader_url, run.run_id)
    expected = {(line["metric"], line["emotion"]): line["value"] for line in metrics_of() if line["level"] == "track"}
    assert {key: metric.value for key, metric in shown_metrics.items()} == pytest.approx(expected)
    shown = printed(*metric_tables(shown_metrics))
    (f1,) = [line for line in metrics_of() if line["metric"] == "f1_macro" and line["level"] == "track"]
    assert f"{f1['low']:.3f} to {f1['high']:.3f}" in shown
    assert all(f"{f1[name]:.3f}" in shown for name in ("value", "baseline", "split_half", "panel"))
    assert "joyful activation  " in shown


@pytest.mark.parametrize("name", ["tracks_for_emotion", "surprises", "emotions_together"])
def test_an_example_query_is_shown_with_question_file_and_rows(run, reader_url, name):
    params = examples(metrics(reader_url, run.run_id))[name]
    shown = printed(example_query(reader_url, name, params))
    assert "?" in shown
    assert f"sql/queries/{name}.sql" in shown
    assert len(shown.splitlines()) >= 5


def test_an_example_query_without_rows_says_so(run, reader_url):
    assert "no rows" in printed(example_query(reader_url, "tracks_for_emotion", {"genre": "polka"}))


def test_rejected_files_are_counted_by_reason(run, reader_url):
    assert rejected_files_line(reader_url, run.run_id).startswith("2 files rejected (not_audio: 1, too_short: 1;")
    assert rejected_files_line(reader_url, "another run") == "0 files rejected"


def test_artifacts_are_found_below_any_stage_of_the_run(run):
    run.store.put("runs/r1/evaluate/test_data/test_data.npz", b"")
    run.store.put("runs/another/train/music_emotion_model.keras", b"")
    uris = artifacts(run.config.store_url, "r1")
    assert uris["test_data/test_data.npz"] == run.store.uri("runs/r1/evaluate/test_data/test_data.npz")
    assert uris["Music_emotion_history.json"] == run.store.uri("runs/r1/train/Music_emotion_history.json")
    assert "music_emotion_model.keras" not in uris


def test_a_report_in_any_store_is_available_as_a_local_file_for_a_browser(bucket, tmp_path):
    for store in (open_store((tmp_path / "a store, 100% für mich").as_uri()), open_store(bucket.url)):
        assert report_page(store.url, "r1", tmp_path / "scratch") is None
        store.put("runs/r1/report/report.html", b"a page")
        address = report_page(store.url, "r1", tmp_path / "scratch")
        assert address.startswith("file:///")
        assert address.endswith(".html")
        assert " " not in address
        assert Path(url2pathname(urlsplit(address).path)).read_bytes() == b"a page"


def test_text_that_looks_like_markup_is_shown_as_it_is():
    shown = printed(titled_table("[bold]Which?", ["track_id", "positives"], [["[red]x[/red]", ["[bold]y\x1b[2J"]]]))
    assert all(text in shown for text in ("[bold]Which?", "[red]x[/red]", "[bold]y␛[2J"))


def test_generated_music_is_copied_to_another_store_once_with_its_annotations_last(tmp_path):
    settings = StackSettings(tmp_path / "state", store=(tmp_path / "store").as_uri())
    generated = open_store((settings.state / "landing").as_uri())
    landing = open_store(settings.landing_url)
    generated.put("rock/1.mp3", b"sound")
    generated.put(GENERATED_ANNOTATIONS, b"votes")
    lines: list[str] = []
    prepare_landing(settings, lines.append)
    assert {info.key for info in landing.list()} == {"rock/1.mp3", GENERATED_ANNOTATIONS}
    generated.put("rock/1.mp3", b"other sound")
    prepare_landing(settings, lines.append)
    assert landing.get("rock/1.mp3") == b"sound"
    landing.delete(GENERATED_ANNOTATIONS)
    prepare_landing(settings, lines.append)
    assert landing.get("rock/1.mp3") == b"other sound"
    assert len(lines) == 2


def test_a_users_empty_landing_zone_is_refused(tmp_path):
    settings = StackSettings(tmp_path / "state", landing=tmp_path.as_uri())
    with pytest.raises(ConfigError, match=r"no objects; expected <genre>/<track_id>\.<ext> and annotations/\*\.csv"):
        prepare_landing(settings, print)
