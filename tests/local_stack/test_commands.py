import json
import re
import socket
import stat
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from mer_tasks.errors import ConfigError
from mer_tasks.local_stack.commands import EXAMPLE, app, run_params, settings
from mer_tasks.local_stack.ports import check_port
from mer_tasks.local_stack.run_progress import changes, last_lines, stage_progress, table
from mer_tasks.local_stack.services import tail, unhealthy
from mer_tasks.local_stack.settings import CHECKOUT, Secrets, StackSettings, file_url, write_private
from mer_tasks.storage.label_files import read_label_set
from mer_tasks.terminal.run_tables import Metric, cell, metric_tables

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
URLS = {"mer_writer": "writer's", "mer_reader": "reader's"}
AIRFLOW = "postgresql+psycopg2://airflow:x@/airflow?host=%2Ftmp%2Fpg&port=5432"


def instance(task: str, state: str | None, start: float | None = None, end: float | None = None, shard: int = -1):
    """Make a task instance as Airflow's REST API returns it; `start` and `end` are seconds before NOW."""

    def timestamp(seconds: float | None) -> str | None:
        return None if seconds is None else (NOW - timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")

    return {
        "task_id": task,
        "state": state,
        "map_index": shard,
        "start_date": timestamp(start),
        "end_date": timestamp(end),
    }


def environment(tmp_path: Path, outer: dict[str, str] | None = None, **settings) -> dict[str, str]:
    """Make the environment of the stack's processes for a caller with the variables `outer`."""
    return StackSettings(tmp_path, **settings).environment(outer or {}, Secrets(), AIRFLOW, URLS)


def test_airflow_listens_and_sends_requests_to_itself_on_the_loopback_interface_only(tmp_path):
    variables = environment(tmp_path, port=1234)
    assert (variables["AIRFLOW__API__HOST"], variables["AIRFLOW__API__PORT"]) == ("127.0.0.1", "1234")
    assert variables["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:1234/execution/"
    assert variables["NO_PROXY"] == "127.0.0.1,localhost"
    assert environment(tmp_path, {"no_proxy": "example.org"})["NO_PROXY"] == "example.org,127.0.0.1,localhost"


def test_the_end_of_a_task_is_noticed_within_a_second_and_an_api_server_that_is_away_for_15_s_ends_no_task(tmp_path):
    variables = environment(tmp_path)
    seconds = int(variables["AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL"])
    assert (seconds, seconds * int(variables["AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS"])) == (1, 15)


def test_both_database_drivers_get_the_same_socket(tmp_path):
    variables = environment(tmp_path)
    assert variables["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == AIRFLOW
    assert variables["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"] == AIRFLOW.replace("psycopg2", "asyncpg")


def test_the_stack_inherits_credentials_but_no_settings_of_another_airflow(tmp_path):
    removed = {
        "AIRFLOW_HOME": "/elsewhere",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "True",
        "AIRFLOW__SMTP__SMTP_HOST": "elsewhere",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": "/elsewhere",
        "PGHOST": "elsewhere",
    }
    inherited = {"AWS_ACCESS_KEY_ID": "key", "AIRFLOW_CONN_MER_STORE": "aws://", "MER_EPOCHS": "3", "HOME": "/home/me"}
    variables = environment(tmp_path, {**removed, **inherited})
    assert variables["AIRFLOW_HOME"] == str(tmp_path / "airflow")
    assert variables["AIRFLOW__CORE__LOAD_EXAMPLES"] == "False"
    assert variables["PYTHONPATH"] == str(CHECKOUT)
    assert not {"AIRFLOW__SMTP__SMTP_HOST", "PYTHONDONTWRITEBYTECODE", "PGHOST"} & variables.keys()
    assert inherited.items() <= variables.items()


@pytest.mark.parametrize(
    ("store", "landing", "expected"),
    [
        (None, None, "file://{state}/landing"),
        ("s3://bucket/prefix/", None, "s3://bucket/prefix/landing"),
        (None, "s3://music", "s3://music"),
        ("s3://bucket", "s3://music", "s3://music"),
    ],
)
def test_the_default_landing_zone_is_beside_the_default_store_or_in_the_given_store(tmp_path, store, landing, expected):
    variables = environment(tmp_path, store=store, landing=landing)
    assert variables["MER_LANDING_URL"] == expected.format(state=tmp_path)
    assert variables["MER_STORE_URL"] == (store or f"file://{tmp_path}/store")


def test_a_path_becomes_a_url_and_a_url_stays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert file_url("my music") == f"file://{tmp_path}/my%20music"
    assert file_url("100% #1?") == f"file://{tmp_path}/100%25%20%231%3F"
    for url in ("file:///a#1", "s3://b/a?b", "file:/a", "s3:b"):
        assert file_url(url) == url  # not a folder of this name; a wrong URL is refused later
    assert file_url("s3://bucket/prefix") == "s3://bucket/prefix"


MOODS = 'name = "moods"\nkind = "multi"\nlabels = ["calm", "happy"]\n'


def test_the_processes_get_the_address_of_the_label_set_and_not_the_callers_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my moods.toml").write_text(MOODS)
    chosen = settings(tmp_path / "state", 1234, tmp_path, None, None, "my moods.toml")
    monkeypatch.chdir("/")
    variables = chosen.environment({"MER_LABELS": "my moods.toml"}, Secrets(), AIRFLOW, URLS)
    assert variables["MER_LABELS"] == f"file://{tmp_path}/my%20moods.toml"
    assert read_label_set(variables["MER_LABELS"]).ids == chosen.label_set().ids == ("calm", "happy")


def test_the_processes_get_the_address_of_the_encoder_and_not_the_callers_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert environment(tmp_path, {"MER_ENCODER": "my encoder"})["MER_ENCODER"] == f"file://{tmp_path}/my%20encoder"
    assert environment(tmp_path, {"MER_ENCODER": "s3://b/encoders/x/1"})["MER_ENCODER"] == "s3://b/encoders/x/1"
    assert environment(tmp_path)["MER_ENCODER"] == ""


def test_without_a_label_set_the_processes_use_the_default_and_not_that_of_their_shell(tmp_path):
    variables = environment(tmp_path, {"MER_LABELS": "/of/another/stack.toml"})
    assert variables["MER_LABELS"] == ""
    assert read_label_set(variables["MER_LABELS"]) == StackSettings(tmp_path).label_set()


@pytest.mark.parametrize("command", ["up", "demo"])
@pytest.mark.parametrize(("text", "expected"), [(None, "no such file"), ('name = "moods"', "kind = None")])
def test_a_wrong_label_set_gives_a_one_line_error_before_anything_starts(tmp_path, command, text, expected):
    file = tmp_path / "moods.toml"
    if text:
        file.write_text(text)
    done = CliRunner().invoke(app, [command, "--state", str(tmp_path / "state")], env={"MER_LABELS": str(file)})
    assert done.exit_code == 1
    assert re.fullmatch(rf"error: label set file://{file}: {expected}.*\n", done.output)
    assert not (tmp_path / "state").exists()


def test_secrets_are_generated_once_and_only_their_user_can_read_them(tmp_path):
    first, second = StackSettings(tmp_path / "one"), StackSettings(tmp_path / "two")
    for stack in (first, second):
        stack.make_folders()
        assert stat.S_IMODE(stack.state.stat().st_mode) == 0o700
    secret = first.secrets()
    assert first.secrets() == secret
    assert stat.S_IMODE((first.state / "secrets.json").stat().st_mode) == 0o600
    other = second.secrets()
    assert not {secret.password, secret.jwt, secret.fernet} & {other.password, other.jwt, other.fernet}


def test_a_private_file_replaces_a_file_that_others_could_read(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_the_error_about_a_state_folder_that_cannot_be_made_names_it(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"file/state: Not a directory; expected a folder that can be written"):
        StackSettings(tmp_path / "file" / "state").make_folders()


def health_report(**changed):
    """Make a health report in which every component is healthy, except those in `changed`."""
    names = ("scheduler", "triggerer", "dag_processor")
    healthy = {name: {"status": "healthy", f"latest_{name}_heartbeat": NOW.isoformat()} for name in names}
    return {"metadatabase": {"status": "healthy"}, **healthy, **changed}


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (health_report(), []),
        (None, ["api-server"]),
        (health_report(scheduler={"status": "unhealthy", "latest_scheduler_heartbeat": NOW.isoformat()}), ["scheduler"]),
        (health_report(dag_processor={"status": None, "latest_dag_processor_heartbeat": None}), ["dag-processor"]),
        (health_report(metadatabase={"status": "unhealthy"}), ["metadatabase"]),
        (
            health_report(triggerer={"status": "healthy", "latest_triggerer_heartbeat": "2026-01-01T00:00:00+00:00"}),
            ["triggerer"],
        ),
    ],
)
def test_a_component_is_healthy_if_its_status_says_so_and_its_heartbeat_is_newer_than_the_start(report, expected):
    assert unhealthy(report, NOW) == expected


def test_the_error_about_a_taken_port_names_the_program_and_another_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"127.0.0.1:{port}: .* by .+ \(process \d+\); .* PORT={port + 1}$"):
            check_port(port)
    check_port(port)


def test_the_end_of_a_log_is_joined_into_one_line():
    assert tail("one\n\n two \nthree\nfour\n\n") == "two | three | four"
    assert tail("\n") == "nothing in its log"


def test_the_progress_lists_stages_in_their_order_and_counts_shards():
    progress = stage_progress(
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
    assert [stage.stage for stage in progress] == ["discover", "features", "train", "notify"]
    assert [stage.count for stage in progress] == ["", "1/3", "", ""]
    assert [stage.time for stage in progress] == ["2.0 s", "20.0 s", "", ""]
    assert [stage.state for stage in progress] == ["success", "running", "waiting", "waiting"]


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
def test_a_stage_has_the_state_with_the_highest_priority(states, expected):
    (stage,) = stage_progress([instance("features", state, shard=shard) for shard, state in enumerate(states)], NOW)
    assert stage.state == expected


def test_only_changes_get_a_line_and_waiting_stages_get_none():
    before = stage_progress([instance("discover", "running", 5), instance("reformat", None)], NOW)
    after = stage_progress([instance("discover", "success", 5, 1), instance("reformat", None)], NOW)
    assert changes([], before) == ["discover    running                 5.0 s"]
    assert changes(before, after) == ["discover    success                 4.0 s"]
    assert changes(after, after) == []


def test_the_table_of_the_progress_has_a_row_for_each_stage():
    console = Console(width=80)
    with console.capture() as captured:
        console.print(table(stage_progress([instance("discover", "success", 2, 1), instance("train", "running", 1)], NOW)))
    assert [line.split() for line in captured.get().splitlines()] == [
        ["stage", "state", "shards", "time"],
        ["discover", "success", "1.0", "s"],
        ["train", "running", "1.0", "s"],
    ]


def test_the_last_lines_of_a_failed_task_are_its_errors_or_else_its_last_events():
    exceptions = [{"exc_type": "ConfigError", "exc_value": "epochs=0: too few"}, {"exc_type": "ValueError", "exc_value": "0"}]
    events = [
        {"event": "::group::Log message source details"},
        {"event": "starting", "level": "info"},
        {"event": "Task failed\nwith exception", "level": "error", "error_detail": exceptions},
        {"event": "ending", "level": "info"},
    ]
    assert last_lines(events) == ["Task failed with exception: ConfigError: epochs=0: too few"]
    assert last_lines([event for event in events if event.get("level") != "error"]) == ["starting", "ending"]


def test_the_params_of_a_run_are_read_from_json():
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


def test_values_in_table_cells_are_short():
    assert [cell(value) for value in (None, 0.12345, 7, True, NOW, ["a", 0.5], "text")] == [
        "–",
        "0.123",
        "7",
        "True",
        "2026-01-02 03:04",
        "a, 0.5",
        "text",
    ]


def test_metrics_are_shown_beside_interval_baseline_and_listeners_with_a_dash_for_undefined_values():
    values = {
        ("f1_macro", None): Metric(0.5, 0.25, 12, 0.4, 0.6, 0.7, 0.8),
        ("ece_macro", None): Metric(0.1, 0.125, 12),
        ("roc_auc", "power"): Metric(None, 0.5, 3),
        ("f1", "power"): Metric(1.0, 0.0, 3),
    }
    console = Console(width=150)
    with console.capture() as captured:
        for table_of_metrics in metric_tables(values):
            console.print(table_of_metrics)
    lines = [line.replace("│", " ").split() for line in captured.get().splitlines()]
    assert ["f1_macro", "0.500", "0.400", "to", "0.600", "0.250", "0.700", "0.800"] in lines
    assert ["ece_macro", "0.100", "–", "0.125", "–", "–"] in lines
    assert ["power", "3", "–", "0.500", "–", "–", "1.000", "0.000"] in lines
    assert "12 test tracks" in captured.get()


def test_the_secrets_file_contains_only_the_secrets(tmp_path):
    stack = StackSettings(tmp_path)
    stack.make_folders()
    assert stack.secrets().roles.keys() == {"mer_owner", "mer_writer", "mer_reader"}
    assert json.loads((tmp_path / "secrets.json").read_text()).keys() == Secrets.__dataclass_fields__.keys()
