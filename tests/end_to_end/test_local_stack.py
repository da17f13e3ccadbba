"""The commands of the Makefile with Airflow's real processes, on DAGs that do nothing but wait, work or fail."""

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
    """One stack in a folder of its own, used through its commands."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
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
    found = Stack(tmp_path)
    yield found
    found.services.stop()


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A stack that several tests use and leave up."""
    found = Stack(tmp_path_factory.mktemp("stack"))
    code, output = found.run("up")
    yield found, code, output
    found.services.stop()


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """What a command says up to the line with `text`."""
    said = ""
    for line in process.stdout:
        said += line
        if text in line:
            return said
    pytest.fail(f"ended without {text!r}: {said}")


def test_up_ends_when_all_is_healthy_and_shows_the_password_once(running):
    stack, code, output = running
    assert code == 0
    with stack.services.api() as api:
        health = api.health()
    assert {name: health[name]["status"] for name in HEALTH} == dict.fromkeys(HEALTH, "healthy")
    password = stack.settings.secrets().password
    assert f"user admin, password {password} (shown this once)" in output
    code, again = stack.run("up")
    assert code == 0
    assert f"already up: http://127.0.0.1:{stack.port}" in again
    assert password not in again
    assert stack.run("status")[0] == 0


def test_a_shell_gets_the_variables_that_the_command_line_needs(running):
    stack, *_ = running
    code, said = stack.run("env")
    assert code == 0
    script = f"{said}\n{sys.executable} -m mer_tasks query unlabelled_tracks --json && echo $MER_LANDING_URL $MER_STORE_URL"
    done = subprocess.run(["sh", "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    landing, store = (stack.folder / "landing").as_uri(), (stack.settings.state / "store").as_uri()
    assert done.stdout.split() == ["[]", landing, store]


def test_there_are_no_variables_of_a_stack_that_is_not_up(stack):
    code, said = stack.run("env")
    assert (code, said) == (1, "error: the stack is not up, so there is no database: make up\n")


def test_nobody_reaches_it_from_elsewhere_or_without_its_password(running):
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


def test_other_places_than_those_it_runs_with_are_refused(running, tmp_path):
    stack, *_ = running
    code, output = stack.run("demo", "--store", str(tmp_path))
    assert code == 1
    assert re.search(r"error: the stack is up with store file://\S+: make down, then start it with file://", output)


def test_the_api_says_what_it_was_refused(running):
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
    assert output.splitlines()[-1] == "report: none was made; the log of its task says why"
    assert stack.services.is_up()


def test_a_demo_that_is_interrupted_ends_its_run_and_leaves_the_stack_up(running):
    stack, *_ = running
    process = stack.start("demo", "--params", '{"seed": 2}')
    said = read_until(process, "train       running")
    run_id = re.search(r"run (\S+) of mer_train", said)[1]
    process.send_signal(signal.SIGTERM)
    assert "stopped by SIGTERM" in process.communicate()[0]
    assert process.returncode == 128 + signal.SIGTERM
    assert stack.run_state("mer_train", run_id) == "failed"
    assert stack.services.is_up()


def test_down_stops_everything_and_the_next_start_takes_up_the_work(stack):
    assert stack.run("up")[0] == 0
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
    assert stack.run("down") == (0, "nothing was running\n")
    assert stack.run("status")[0] == 1

    (stack.folder / "dags" / "go").touch()
    assert stack.run("up")[0] == 0
    assert stack.settings.secrets() == secret
    while (state := stack.run_state("patient", "r1")) in ("queued", "running"):
        time.sleep(0.2)
    assert state == "success"


@pytest.mark.parametrize("moment", ["starting Postgres", "migrating Airflow's database", "starting Airflow"])
def test_a_start_that_is_interrupted_leaves_nothing_running(stack, moment):
    process = stack.start("up")
    read_until(process, moment)
    process.send_signal(signal.SIGINT)
    assert "stopped by SIGINT" in process.communicate()[0]
    assert process.returncode == 128 + signal.SIGINT
    assert stack.runs_nothing()


def test_an_interrupted_demo_stops_what_it_started_and_an_interrupted_migration_is_made_up_for(stack):
    process = stack.start("up")
    read_until(process, "migrating Airflow's database")
    log = stack.services.processes.log("migrate")
    while not (log.exists() and re.search("Creating|Running upgrade|Context impl", log.read_text())):
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert stack.runs_nothing()

    process = stack.start("demo", "--params", '{"seed": 2}')
    read_until(process, "train       running")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 128 + signal.SIGINT
    assert stack.runs_nothing()


def test_music_that_is_interrupted_is_no_landing_zone(stack):
    process = stack.start("up", "--landing", "")
    read_until(process, "making music")
    while not list((stack.settings.state / "landing.unfinished").rglob("*.mp3")):
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert not list(stack.settings.state.glob("landing*"))
    assert stack.runs_nothing()


def test_a_taken_port_is_one_clear_line_and_nothing_runs(stack):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", stack.port))
        taken.listen()
        code, output = stack.run("up")
    assert code == 1
    assert re.fullmatch(rf"error: 127.0.0.1:{stack.port}: Address already in use, by .+ \(process \d+\); .*\n", output)
    assert stack.runs_nothing()


def test_a_landing_zone_that_is_not_there_is_one_clear_line(stack):
    code, output = stack.run("up", "--landing", str(stack.folder / "nowhere"))
    assert code == 1
    assert re.fullmatch(r"error: file://\S+/nowhere: no objects; expected <genre>/<track_id>.<ext> and .*\n", output)


def test_a_component_that_dies_while_starting_is_named_with_its_last_words(stack):
    stack.settings.make_folders()
    (stack.settings.folders["airflow"] / "airflow.cfg").write_text("not a configuration\n")
    code, output = stack.run("up")
    assert code == 1
    assert re.search(r"error: airflow db migrate ended with 1: .*airflow.cfg", output)
    assert stack.runs_nothing()
