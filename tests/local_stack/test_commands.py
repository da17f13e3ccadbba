import json
import socket
import stat
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from rich.console import Console

from mer_tasks.errors import ConfigError
from mer_tasks.local_stack.commands import EXAMPLE, run_params
from mer_tasks.local_stack.run_progress import changes, last_lines, stage_progress, table
from mer_tasks.local_stack.services import check_port, tail, unhealthy
from mer_tasks.local_stack.settings import CHECKOUT, Secrets, StackSettings, file_url, write_private
from mer_tasks.terminal.run_tables import Metric, cell, metric_tables

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
URLS = {"mer_writer": "writer's", "mer_reader": "reader's"}
AIRFLOW = "postgresql+psycopg2://airflow:x@/airflow?host=%2Ftmp%2Fpg&port=5432"


def instance(task: str, state: str | None, start: float | None = None, end: float | None = None, shard: int = -1):
    """A task instance as Airflow's REST API gives it; times are seconds before NOW."""
    times = [
        None if each is None else (NOW - timedelta(seconds=each)).isoformat().replace("+00:00", "Z") for each in (start, end)
    ]
    return {"task_id": task, "state": state, "map_index": shard, "start_date": times[0], "end_date": times[1]}


def environment(tmp_path: Path, outer: dict[str, str] | None = None, **settings) -> dict[str, str]:
    return StackSettings(tmp_path, **settings).environment(outer or {}, Secrets(), AIRFLOW, URLS)


def test_airflow_listens_and_calls_itself_on_the_loopback_interface_only(tmp_path):
    found = environment(tmp_path, port=1234)
    assert (found["AIRFLOW__API__HOST"], found["AIRFLOW__API__PORT"]) == ("127.0.0.1", "1234")
    assert found["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:1234/execution/"
    assert found["NO_PROXY"] == "127.0.0.1,localhost"
    assert environment(tmp_path, {"no_proxy": "example.org"})["NO_PROXY"] == "example.org,127.0.0.1,localhost"


def test_both_drivers_get_the_same_socket(tmp_path):
    found = environment(tmp_path)
    assert found["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == AIRFLOW
    assert found["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"] == AIRFLOW.replace("psycopg2", "asyncpg")


def test_settings_of_another_airflow_do_not_reach_this_one_but_credentials_do(tmp_path):
    foreign = {
        "AIRFLOW_HOME": "/elsewhere",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "True",
        "AIRFLOW__SMTP__SMTP_HOST": "elsewhere",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": "/elsewhere",
        "PGHOST": "elsewhere",
    }
    kept = {"AWS_ACCESS_KEY_ID": "key", "AIRFLOW_CONN_MER_STORE": "aws://", "MER_EPOCHS": "3", "HOME": "/home/me"}
    found = environment(tmp_path, {**foreign, **kept})
    assert found["AIRFLOW_HOME"] == str(tmp_path / "airflow")
    assert found["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"
    assert found["PYTHONPATH"] == str(CHECKOUT)
    assert not {"AIRFLOW__SMTP__SMTP_HOST", "PYTHONDONTWRITEBYTECODE", "PGHOST"} & found.keys()
    assert kept.items() <= found.items()


@pytest.mark.parametrize(
    ("store", "landing", "expected"),
    [
        (None, None, "file://{state}/landing"),
        ("s3://bucket/prefix/", None, "s3://bucket/prefix/landing"),
        (None, "s3://music", "s3://music"),
        ("s3://bucket", "s3://music", "s3://music"),
    ],
)
def test_generated_music_lands_beside_its_store(tmp_path, store, landing, expected):
    found = environment(tmp_path, store=store, landing=landing)
    assert found["MER_LANDING_URL"] == expected.format(state=tmp_path)
    assert found["MER_STORE_URL"] == (store or f"file://{tmp_path}/store")


def test_a_place_is_a_path_or_a_url(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert file_url("my music") == f"file://{tmp_path}/my%20music"
    assert file_url("s3://bucket/prefix") == "s3://bucket/prefix"


def test_secrets_are_made_once_and_only_their_user_can_read_them(tmp_path):
    first, second = StackSettings(tmp_path / "one"), StackSettings(tmp_path / "two")
    for settings in (first, second):
        settings.make_folders()
        assert stat.S_IMODE(settings.state.stat().st_mode) == 0o700
    secret = first.secrets()
    assert first.secrets() == secret
    assert stat.S_IMODE((first.state / "secrets.json").stat().st_mode) == 0o600
    other = second.secrets()
    assert not {secret.password, secret.jwt, secret.fernet} & {other.password, other.jwt, other.fernet}


def test_a_private_file_replaces_one_that_others_could_read(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_state_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"file/state: Not a directory; expected a folder that can be written"):
        StackSettings(tmp_path / "file" / "state").make_folders()


def report(**changed):
    """A health report of an Airflow that is well, but for what is `changed`."""
    names = ("scheduler", "triggerer", "dag_processor")
    well = {name: {"status": "healthy", f"latest_{name}_heartbeat": NOW.isoformat()} for name in names}
    return {"metadatabase": {"status": "healthy"}, **well, **changed}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (report(), []),
        (None, ["api-server"]),
        (report(scheduler={"status": "unhealthy", "latest_scheduler_heartbeat": NOW.isoformat()}), ["scheduler"]),
        (report(dag_processor={"status": None, "latest_dag_processor_heartbeat": None}), ["dag-processor"]),
        (report(metadatabase={"status": "unhealthy"}), ["metadatabase"]),
        (report(triggerer={"status": "healthy", "latest_triggerer_heartbeat": "2026-01-01T00:00:00+00:00"}), ["triggerer"]),
    ],
)
def test_a_component_is_healthy_when_it_says_so_and_has_beaten_since_the_start(found, expected):
    assert unhealthy(found, NOW) == expected


def test_a_taken_port_is_named_with_who_listens_and_what_to_do():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"127.0.0.1:{port}: .* by .+ \(process \d+\); .* PORT={port + 1}$"):
            check_port(port)
    check_port(port)


def test_the_end_of_a_log_is_one_line():
    assert tail("one\n\n two \nthree\nfour\n\n") == "two | three | four"
    assert tail("\n") == "nothing in its log"


def test_stages_come_in_their_order_and_shards_are_counted():
    found = stage_progress(
        [
            instance("notify", None),
            instance("train", None),
            instance("features", "success", 20, 12, shard=0),
            instance("features", "running", 15, None, shard=1),
            instance("features", None, shard=2),
            instance("discover", "success", 40, 38),
        ],
        NOW,
    )
    assert [each.stage for each in found] == ["discover", "features", "train", "notify"]
    assert [each.count for each in found] == ["", "1/3", "", ""]
    assert [each.time for each in found] == ["2.0 s", "20.0 s", "", ""]
    assert [each.state for each in found] == ["success", "running", "waiting", "waiting"]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["success", "failed", "running"], "failed"),
        (["success", "up_for_retry", "running"], "up_for_retry"),
        (["success", None], "running"),
        (["scheduled", None], "scheduled"),
        ([None, None], "waiting"),
        (["skipped", "skipped"], "skipped"),
        (["skipped", "success"], "success"),
        (["upstream_failed"], "upstream_failed"),
    ],
)
def test_a_stage_has_the_state_that_says_most(states, expected):
    (found,) = stage_progress([instance("features", state, shard=shard) for shard, state in enumerate(states)], NOW)
    assert found.state == expected


def test_only_changes_are_told_and_waiting_is_none():
    before = stage_progress([instance("discover", "running", 5), instance("reformat", None)], NOW)
    after = stage_progress([instance("discover", "success", 5, 1), instance("reformat", None)], NOW)
    assert changes([], before) == ["discover    running                 5.0 s"]
    assert changes(before, after) == ["discover    success                 4.0 s"]
    assert changes(after, after) == []


def test_the_table_has_a_row_for_each_stage():
    console = Console(width=80)
    with console.capture() as captured:
        console.print(table(stage_progress([instance("discover", "success", 2, 1), instance("train", "running", 1)], NOW)))
    assert [line.split() for line in captured.get().splitlines()] == [
        ["stage", "state", "shards", "time"],
        ["discover", "success", "1.0", "s"],
        ["train", "running", "1.0", "s"],
    ]


def test_a_failed_task_is_quoted_by_its_errors():
    raised = [{"exc_type": "ConfigError", "exc_value": "epochs=0: too few"}, {"exc_type": "ValueError", "exc_value": "0"}]
    events = [
        {"event": "::group::Log message source details"},
        {"event": "starting", "level": "info"},
        {"event": "Task failed\nwith exception", "level": "error", "error_detail": raised},
        {"event": "ending", "level": "info"},
    ]
    assert last_lines(events) == ["Task failed with exception: ConfigError: epochs=0: too few"]
    assert last_lines([event for event in events if event.get("level") != "error"]) == ["starting", "ending"]


def test_params_of_a_run_are_those_that_the_caller_gives():
    assert run_params(None) == run_params("") == {}
    assert run_params('{"epochs": 2, "mode": "eval"}') == {"epochs": 2, "mode": "eval"}
    assert run_params(EXAMPLE) == {"preset": "seed-cnn", "epochs": 6}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{epochs: 5}", "PARAMS='{epochs: 5}': .*expected JSON like"),
        ("[5]", "expected a JSON object"),
        ('{"epochs": 0}', "epochs=0"),
    ],
)
def test_wrong_params_are_refused_before_anything_starts(text, expected):
    with pytest.raises(ConfigError, match=expected):
        run_params(text)


def test_cells_are_short():
    assert [cell(value) for value in (None, 0.12345, 7, True, NOW, ["a", 0.5], "text")] == [
        "-",
        "0.123",
        "7",
        "True",
        "2026-01-02 03:04",
        "a, 0.5",
        "text",
    ]


def test_metrics_stand_beside_interval_baseline_and_listeners_and_what_is_undefined_is_a_dash():
    found = {
        ("f1_macro", None): Metric(0.5, 0.25, 12, 0.4, 0.6, 0.7, 0.8),
        ("ece_macro", None): Metric(0.1, 0.125, 12),
        ("roc_auc", "power"): Metric(None, 0.5, 3),
        ("f1", "power"): Metric(1.0, 0.0, 3),
    }
    console = Console(width=150)
    with console.capture() as captured:
        for each in metric_tables(found):
            console.print(each)
    lines = [line.replace("│", " ").split() for line in captured.get().splitlines()]
    assert ["f1_macro", "0.500", "0.400", "to", "0.600", "0.250", "0.700", "0.800"] in lines
    assert ["ece_macro", "0.100", "-", "0.125", "-", "-"] in lines
    assert ["power", "3", "-", "0.500", "-", "-", "1.000", "0.000"] in lines
    assert "12 test tracks" in captured.get()


def test_the_secrets_file_holds_no_more_than_the_secrets(tmp_path):
    settings = StackSettings(tmp_path)
    settings.make_folders()
    assert settings.secrets().roles.keys() == {"mer_owner", "mer_writer", "mer_reader"}
    assert json.loads((tmp_path / "secrets.json").read_text()).keys() == Secrets.__dataclass_fields__.keys()
