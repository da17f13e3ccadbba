"""docker-compose.yaml as it is, on stand-ins for its images: two workers on generated music, as one process would do it.

Only ``make test-compose`` runs this: it builds the images, and MER_TEST_COMPOSE is the command that reads the file.
"""

import json
import os
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mer_tasks.airflow_api import AirflowApi
from mer_tasks.config import CHECKOUT
from mer_tasks.containers import ROLE_URLS
from mer_tasks.errors import TransientError

COMPOSE = os.environ.get("MER_TEST_COMPOSE", "")
PROJECT = "mer-test"
PARAMS = {"epochs": 3, "shard_size": 4}
SECONDS = 900

pytestmark = [
    pytest.mark.skipif(not COMPOSE, reason="containers: only make test-compose brings them up"),
    pytest.mark.timeout(2 * SECONDS),
]

PREDICTIONS = "SELECT track_id, emotion, probability FROM mer.predictions WHERE run_id = %s ORDER BY track_id, emotion"
ROWS = """
import json, os, sys, psycopg2
connection = psycopg2.connect(os.environ["MER_READER_URL"].replace("+psycopg2", ""))
with connection.cursor() as cursor:
    cursor.execute(sys.argv[1], sys.argv[2:])
    print(json.dumps(cursor.fetchall()))
"""


class Containers:
    """The project's containers, by docker-compose's own commands."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "env"
        subprocess.run([CHECKOUT / "docker" / "make-env", self.file], check=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        with self.file.open("a") as file:
            file.write(f"PORT={self.port}\nMER_WATCH=off\nMER_IMAGE_TAG={os.environ['MER_IMAGE_TAG']}\n")
        self.secrets = dict(line.split("=", 1) for line in self.file.read_text().splitlines() if line[0] != "#")

    def __call__(self, *arguments: str) -> str:
        command = [*shlex.split(COMPOSE), "-p", PROJECT, "--env-file", str(self.file), *arguments]
        done = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 0, f"{shlex.join(command)}: {done.returncode}"
        return done.stdout

    def run(self, *arguments: str, service: str = "worker", **variables: str) -> str:
        """What a command prints in a container of its own."""
        given = [option for name, value in variables.items() for option in ("-e", f"{name}={value}")]
        return self("run", "--rm", "-T", "--no-deps", *given, service, *arguments)

    def api(self) -> AirflowApi:
        return AirflowApi(f"http://127.0.0.1:{self.port}", "admin", self.secrets["AIRFLOW_ADMIN_PASSWORD"])

    def train(self, run_id: str) -> list[dict[str, Any]]:
        """Task instances of a run of mer_train, which has to succeed."""
        deadline = time.monotonic() + SECONDS
        with self.api() as api:
            api.wait_for_dag("mer_train", 240)
            api.trigger("mer_train", run_id, PARAMS)
            state = "queued"
            while state not in ("success", "failed"):
                assert time.monotonic() < deadline, f"{run_id} is {state} after {SECONDS} s"
                time.sleep(2)
                try:
                    state = api.run_state("mer_train", run_id)
                except TransientError:
                    continue
            tasks = api.task_instances("mer_train", run_id)
        assert state == "success", [(task["task_id"], task["state"]) for task in tasks]
        return tasks

    def predictions(self, run_id: str, **variables: str) -> np.ndarray[Any, Any]:
        rows = json.loads(self.run("python", "-c", ROWS, PREDICTIONS, run_id, **variables).splitlines()[-1])
        assert rows, f"no predictions of {run_id}"
        return np.array([row[2] for row in rows])


@pytest.fixture(scope="module")
def containers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Containers]:
    found = Containers(tmp_path_factory.mktemp("compose"))
    try:
        found("up", "-d", "--scale", "worker=2")
        found.run("python", "-m", "mer_tasks", "demo-music", "--tracks-per-genre", "8", "--seconds", "15")
        yield found
    finally:
        found("down", "--volumes", "--timeout", "10")


@pytest.fixture(scope="module")
def trained(containers: Containers) -> list[dict[str, Any]]:
    return containers.train("two-workers")


def test_both_workers_did_shards(trained: list[dict[str, Any]]) -> None:
    hosts = {task["hostname"] for task in trained if task["task_id"] in ("reformat", "features")}
    assert len(hosts) == 2, hosts


def test_gpu_tasks_run_where_there_is_no_gpu_worker(trained: list[dict[str, Any]]) -> None:
    assert [task["queue"] for task in trained if task["task_id"] == "train"] == ["gpu"]


def test_the_job_that_readies_everything_may_run_again(containers: Containers) -> None:
    containers("run", "--rm", "-T", "init")


@pytest.mark.usefixtures("trained")
def test_predictions_are_those_of_one_process(containers: Containers) -> None:
    # in a store and a database of its own: nothing that the two workers made is taken over
    own = {"MER_STORE_URL": "s3://mer/one", "MER_LANDING_URL": "s3://mer/landing"}
    for role, variable in ROLE_URLS.items():
        password = containers.secrets[f"{role.upper()}_PASSWORD"]
        own[variable] = f"postgresql+psycopg2://{role}:{password}@postgres:5432/one"
    containers.run("python", "-m", "mer_tasks.containers", service="init", **own)
    options = [f"--{name.replace('_', '-')}={value}" for name, value in PARAMS.items()]
    containers.run("python", "-m", "mer_tasks", "train", "--run-id", "one-process", *options, **own)
    two, one = containers.predictions("two-workers"), containers.predictions("one-process", **own)
    np.testing.assert_allclose(two, one, atol=1e-5)
