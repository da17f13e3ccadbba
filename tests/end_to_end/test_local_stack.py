"""Run the commands of the Makefile with Airflow's real processes, on DAGs whose tasks only wait, succeed or fail."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from mer_tasks.errors import AccessDenied, ConfigError, PermanentError
from mer_tasks.local_stack.airflow_api import AirflowApi
from mer_tasks.local_stack.services import HEALTH, Services
from mer_tasks.local_stack.settings import CHECKOUT, StackSettings
from tests.support.ports import free_port

pytestmark = [pytest.mark.processes, pytest.mark.timeout(900)]

DAGS = """
import time
from pathlib import Path

from airflow.sdk import DAG, task

HERE = Path(__file__).parent

with DAG("mer_train", schedule=None, params={"seed": 42}):

    @task(pool="gpu", queue="gpu")
    def train(params):
        if params["seed"] == 1:
            raise ValueError("seed 1 is unlucky")
        while params["seed"] == 2:
            time.sleep(0.1)

    train()

with DAG("patient", schedule=None):

    @task
    def wait():
        (HERE / "waits").touch()
        while not (HERE / "go").exists():
            time.sleep(0.1)

    wait()
"""


class Stack:
    """A stack in its own folder, used through its commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        (folder / "dags").mkdir()
        (folder / "dags" / "dags.py").write_text(DAGS)
        (folder / "landing" / "rock").mkdir(parents=True)
        (folder / "landing" / "rock" / "1.mp3").write_bytes(b"never read")
        self.settings = StackSettings(folder / "state", self.port, folder / "dags")
        self.services = Services(self.settings)

    def start(self, command: str, *options: str) -> subprocess.Popen[str]:
        variables = {"MER_STATE": self.settings.state, "MER_DAGS": self.settings.dags, "PORT": self.port}
        if command in ("up", "demo"):
            variables["LANDING"] = self.folder / "landing"
        return subprocess.Popen(
            [sys.executable, "-m", "mer_tasks.local_stack", command, *options],
            cwd=CHECKOUT,
            env={**os.environ, **{name: str(value) for name, value in variables.items()}},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str, *options: str) -> tuple[int, str]:
        process = self.start(command, *options)
        output, _ = process.communicate()
        return process.returncode, output

    def runs_nothing(self) -> bool:
        return not self.services.processes.all() and self.services.postgres.process() is None

    def run_state(self, dag: str, run_id: str) -> str:
        with self.services.api() as api:
            return api.run_state(dag, run_id)


@pytest.fixture
def stack(tmp_path):
    new_stack = Stack(tmp_path)
    yield new_stack
    new_stack.services.stop()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A running stack that several tests share, and the exit code and output of its start."""
    shared_stack = Stack(tmp_path_factory.mktemp("stack"))
    code, output = shared_stack.run("up")
    yield shared_stack, code, output
    shared_stack.services.stop()


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """Read the output of a command up to the line with `text`, and return it."""
    output = ""
    for line in process.stdout:
        output += line
        if text in line:
            return output
    pytest.fail(f"ended without {text!r}: {output}")


def test_up_ends_when_every_component_is_healthy_and_shows_the_password_once(running):
    stack, code, output = running
    assert code == 0
    with stack.services.api() as api:
        health = api.health()
    assert {name: health[name]["status"] for name in HEALTH} == dict.fromkeys(HEALTH, "healthy")
    password = stack.settings.secrets().password
    assert f"user admin, password {password} (shown only once)" in output
    code, again = stack.run("up")
    assert code == 0
    assert f"already up: http://127.0.0.1:{stack.port}" in again
    assert password not in again
    assert stack.run("status")[0] == 0


def test_env_prints_the_variables_that_the_command_line_needs(running):
    stack, *_ = running
    code, output = stack.run("env")
    assert code == 0
    mer = f"{sys.executable} -m mer_tasks"
    script = f"{output}\n{mer} query unlabelled_tracks --json && {mer} migrate && echo $MER_LANDING_URL $MER_STORE_URL"
    done = subprocess.run(["sh", "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    landing, store = (stack.folder / "landing").as_uri(), (stack.settings.state / "store").as_uri()
    assert done.stdout.splitlines() == ["[]", "up to date", f"{landing} {store}"]


def test_env_fails_if_the_stack_is_not_up(stack):
    code, output = stack.run("env")
    assert (code, output) == (1, "error: the stack is not up, so there is no database: make up\n")


def test_the_stack_listens_only_on_this_machine_and_requires_its_password(running):
    stack, *_ = running
    listening = {
        connection.laddr
        for process in stack.services.processes.all()
        for connection in process.net_connections("inet")
        if connection.status == "LISTEN"
    }
    assert listening == {("127.0.0.1", stack.port)}
    assert httpx.get(f"{stack.settings.url}/api/v2/dags", trust_env=False).status_code == 401
    with AirflowApi(stack.settings.url, "admin", "guess") as api, pytest.raises(AccessDenied, match="HTTP 401"):
        api.run_state("mer_train", "none")


def test_no_secret_is_in_a_log_or_on_a_command_line(running):
    stack, *_ = running
    secret = stack.settings.secrets()
    hidden = [secret.password, secret.airflow_database, secret.jwt, secret.session, secret.fernet, *secret.roles.values()]
    written = "".join(path.read_text(errors="replace") for path in stack.settings.folders["logs"].rglob("*.log"))
    shown = " ".join(part for process in stack.services.processes.all() for part in process.cmdline())
    assert "Starting" in written
    assert "airflow" in shown
    assert [word for word in hidden if word in written + shown] == []


def test_a_running_stack_refuses_another_store_and_another_label_set(running, tmp_path):
    stack, *_ = running
    code, output = stack.run("demo", "--store", str(tmp_path))
    assert code == 1
    assert re.search(r"error: the stack is up with store file://\S+: make down, then start it with file://", output)
    (tmp_path / "moods.toml").write_text('name = "moods"\nkind = "multi"\nlabels = ["calm", "happy"]\n')
    code, output = stack.run("up", "--labels", str(tmp_path / "moods.toml"))
    assert code == 1
    assert re.match(r"error: the stack is up with label set the default: make down, then start it with file://\S+\n$", output)


def test_the_api_client_raises_errors_that_name_the_reason(running):
    stack, *_ = running
    with stack.services.api() as api:
        with pytest.raises(PermanentError, match="no DAG 'nothing' after 0 s"):
            api.wait_for_dag("nothing", 0)
        with pytest.raises(ConfigError, match=r"HTTP 4.*unlucky"):
            api.trigger("mer_train", "not a run id: unlucky", {})


def test_a_demo_on_a_running_stack_quotes_the_task_that_fails_and_leaves_the_stack_up(running):
    stack, *_ = running
    code, output = stack.run("demo", "--params", '{"seed": 1}')
    assert code == 1
    assert "train: Task failed with exception: ValueError: seed 1 is unlucky" in output
    assert re.search(r"^train +failed", output, re.MULTILINE)
    assert output.splitlines()[-1] == "report: there is none; the log of task report shows the reason"
    assert stack.services.is_up()


def test_a_demo_that_is_interrupted_ends_its_run_and_leaves_the_stack_up(running):
    stack, *_ = running
    process = stack.start("demo", "--params", '{"seed": 2}')
    output = read_until(process, "train       running")
    run_id = re.search(r"run (\S+) of mer_train", output)[1]
    process.send_signal(signal.SIGTERM)
    assert "stopped by SIGTERM" in process.communicate()[0]
    assert process.returncode == 128 + signal.SIGTERM
    assert stack.run_state("mer_train", run_id) == "failed"
    assert stack.services.is_up()


def test_down_stops_every_process_and_the_next_start_continues_the_runs(running):
    stack, *_ = running
    secret = stack.settings.secrets()
    with stack.services.api() as api:
        api.wait_for_dag("patient", 60)
        api.trigger("patient", "r1", {})
    while not (stack.folder / "dags" / "waits").exists():
        time.sleep(0.1)
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as other:
        assert stack.run("down") == (0, "stopped\n")
        assert stack.runs_nothing()
        assert other.poll() is None
        other.kill()
    assert stack.run("down") == (0, "the stack was not running\n")
    assert stack.run("status")[0] == 1

    (stack.folder / "moods.toml").write_text('name = "moods"\nkind = "multi"\nlabels = ["calm", "happy"]\n')
    code, output = stack.run("up", "--labels", str(stack.folder / "moods.toml"))
    assert (code, output.splitlines()[0]) == (1, "starting Postgres")
    assert re.match("error: the database has label set emotify version 1 .*, not moods version 1 ", output.splitlines()[-1])
    assert stack.runs_nothing()

    (stack.folder / "dags" / "go").touch()
    assert stack.run("up")[0] == 0
    assert stack.settings.secrets() == secret
    while (state := stack.run_state("patient", "r1")) in ("queued", "running"):
        time.sleep(0.2)
    assert state == "success"


@pytest.mark.parametrize("moment", ["starting Postgres", "starting Airflow"])  # for a migration, see the next test
def test_a_start_that_is_interrupted_leaves_nothing_running(stack, moment):
    process = stack.start("up")
    read_until(process, moment)
    process.send_signal(signal.SIGINT)
    assert "stopped by SIGINT" in process.communicate()[0]
    assert process.returncode == 128 + signal.SIGINT
    assert stack.runs_nothing()


def test_an_interrupted_demo_stops_the_stack_and_an_interrupted_migration_is_completed_later(stack):
    process = stack.start("up")
    read_until(process, "migrating Airflow's database")
    log = stack.services.processes.log("migrate")
    while not (log.exists() and re.search("Creating|Running upgrade|Context impl", log.read_text())):
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    assert "stopped by SIGTERM" in process.communicate()[0]
    assert process.returncode == 128 + signal.SIGTERM
    assert stack.runs_nothing()

    process = stack.start("demo", "--params", '{"seed": 2}')
    read_until(process, "train       running")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 128 + signal.SIGINT
    assert stack.runs_nothing()


def test_interrupted_music_generation_leaves_no_landing_zone(stack):
    process = stack.start("up", "--landing", "")
    read_until(process, "generating music")
    while not list((stack.settings.state / "landing.unfinished").rglob("*.mp3")):
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert not list(stack.settings.state.glob("landing*"))
    assert stack.runs_nothing()


def test_a_port_in_use_gives_a_one_line_error_and_starts_nothing(stack):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", stack.port))
        taken.listen()
        code, output = stack.run("up")
    assert code == 1
    assert re.fullmatch(rf"error: 127.0.0.1:{stack.port}: Address already in use, by .+ \(process \d+\); .*\n", output)
    assert stack.runs_nothing()


def test_a_missing_landing_zone_gives_a_one_line_error(stack):
    code, output = stack.run("up", "--landing", str(stack.folder / "nowhere"))
    assert code == 1
    assert re.fullmatch(r"error: file://\S+/nowhere: no objects; expected <genre>/<track_id>.<ext> and .*\n", output)


def test_the_error_for_a_component_that_fails_to_start_quotes_its_last_log_line(stack):
    stack.settings.make_folders()
    (stack.settings.folders["airflow"] / "airflow.cfg").write_text("not a configuration\n")
    code, output = stack.run("up")
    assert code == 1
    assert re.search(r"error: airflow db migrate ended with exit code 1: .*airflow.cfg", output)
    assert stack.runs_nothing()
