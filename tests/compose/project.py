"""Control the containers of docker-compose.yaml by docker-compose's own commands, and follow the runs in them."""

import json
import logging
import os
import shlex
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from mer_tasks.config import CHECKOUT
from mer_tasks.errors import TransientError
from mer_tasks.local_stack.airflow_api import AirflowApi
from tests.support.ports import free_port

logger = logging.getLogger(__name__)

COMPOSE = os.environ.get("MER_TEST_COMPOSE", "")
PARAMS = {"preset": "seed-cnn", "epochs": 4, "shard_size": 4}
SECONDS = 1800
"""Time limit of a run. A disturbed run stays below it even on a busy machine; a killed worker is noticed after two minutes."""
OUTAGE_SECONDS = 30

PREDICTIONS = "SELECT track_id, emotion, probability FROM mer.predictions WHERE run_id = %s ORDER BY track_id, emotion"
ROWS = """
import json, os, sys, psycopg2
connection = psycopg2.connect(os.environ["MER_READER_URL"].replace("+psycopg2", ""))
with connection.cursor() as cursor:
    cursor.execute(sys.argv[1], sys.argv[2:])
    print(json.dumps(cursor.fetchall()))
"""
FORGET = """
import os
from mer_tasks.storage import open_store
store = open_store(os.environ["MER_STORE_URL"])
for blob in list(store.list("blobs/")):
    store.delete(blob.key)
"""
TRIES = """
SELECT task_id, map_index, try_number, extract(epoch FROM start_date), extract(epoch FROM end_date)
FROM task_instance_history WHERE dag_id = 'mer_train' AND run_id = '{}'
"""

Task = dict[str, Any]


def compare(predictions: np.ndarray[Any, Any], expected: np.ndarray[Any, Any]) -> None:
    """Check that two trainings predict the same probabilities for the same tracks."""
    logger.info("%d predictions, largest difference %g", len(predictions), np.abs(predictions - expected).max())
    np.testing.assert_allclose(predictions, expected, rtol=0, atol=1e-5)


class Project:
    """All containers of one project. Their settings come from the file of `make-env`, not from the caller's environment."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "env"
        subprocess.run([CHECKOUT / "docker" / "make-env", self.file], check=True)
        self.port = free_port()
        with self.file.open("a") as file:
            file.write(f"PORT={self.port}\nMER_WATCH=off\nMER_IMAGE_TAG=test\n")
        self.secrets = dict(line.split("=", 1) for line in self.file.read_text().splitlines() if line[0] != "#")
        own = ("PATH", "HOME", "TMPDIR", "COMPOSE_PROJECT_NAME")
        self.api = AirflowApi(f"http://127.0.0.1:{self.port}", "admin", self.secrets["AIRFLOW_ADMIN_PASSWORD"])
        self.environment = {name: os.environ[name] for name in os.environ if name in own or name.startswith("DOCKER_")}

    def _compose(self, *arguments: str, file: Path | None = None, **options: Any) -> "subprocess.CompletedProcess[str]":
        command = [*shlex.split(COMPOSE), "--env-file", str(file or self.file), *arguments]
        return subprocess.run(command, cwd=CHECKOUT, env=self.environment, text=True, check=False, **options)

    def __call__(self, *arguments: str) -> str:
        done = self._compose(*arguments, stdout=subprocess.PIPE)
        assert done.returncode == 0, f"{COMPOSE} {shlex.join(arguments)}: {done.returncode}"
        return done.stdout

    def failing(self, *arguments: str, file: Path | None = None) -> str:
        """Run a command that must fail, and return its output."""
        done = self._compose(*arguments, file=file, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode, f"{COMPOSE} {shlex.join(arguments)}: 0, expected it to fail: {done.stdout}"
        logger.info("failed as expected: %s", done.stdout.strip())
        return done.stdout

    def docker(self, *arguments: str) -> str:
        command = ["docker", *arguments]
        return subprocess.run(command, env=self.environment, stdout=subprocess.PIPE, text=True, check=True).stdout

    def run(self, *arguments: str, service: str = "worker", **variables: str) -> str:
        """Run a command in a new container, and return its output."""
        return self(*self.in_new_container(*arguments, service=service, **variables))

    def in_new_container(self, *arguments: str, service: str, **variables: str) -> list[str]:
        """Make the arguments of docker-compose that run a command in a new container of a service."""
        options = [option for name, value in variables.items() for option in ("-e", f"{name}={value}")]
        return ["run", "--rm", "-T", "--no-deps", *options, service, *arguments]

    def containers(self, service: str) -> list[str]:
        return self("ps", "-q", service).split()

    @contextmanager
    def stopped(self, service: str) -> Iterator[None]:
        """Stop a service for half a minute, and start it again after the block."""
        (container,) = self.containers(service)
        begin = time.monotonic()
        self.docker("stop", container)
        logger.info("%s stopped in %.0f s, for %d s", service, time.monotonic() - begin, OUTAGE_SECONDS)
        try:
            time.sleep(OUTAGE_SECONDS)
            yield
        finally:
            self.docker("start", container)

    def airflow_rows(self, query: str) -> list[list[str]]:
        output = self("exec", "-T", "postgres", "psql", "-U", "postgres", "-d", "airflow", "-AtF,", "-c", query)
        return [line.split(",") for line in output.splitlines()]

    def predictions(self, run_id: str, **variables: str) -> np.ndarray[Any, Any]:
        rows = json.loads(self.run("python", "-c", ROWS, PREDICTIONS, run_id, **variables).splitlines()[-1])
        assert rows, f"no predictions of {run_id}"
        return np.array([row[2] for row in rows])


class Training:
    """A new run of mer_train. It starts with the music in the landing zone and without cached audio and features."""

    def __init__(self, project: Project, run_id: str) -> None:
        self.project = project
        self.run_id = run_id
        self.api = project.api
        project.run("python", "-c", FORGET)
        self.begin = time.monotonic()
        self.api.wait_for_dag("mer_train", 240)
        self.api.trigger("mer_train", run_id, PARAMS)

    def _call_api(self, method: str) -> Any:
        """Call a method of Airflow's API for this run, and repeat the call until Airflow answers."""
        while True:
            assert time.monotonic() < self.begin + SECONDS, f"{self.run_id} has not ended after {SECONDS} s"
            try:
                return getattr(self.api, method)("mer_train", self.run_id)
            except TransientError:
                time.sleep(1)

    def tasks(self) -> list[Task]:
        tasks: list[Task] = self._call_api("task_instances")
        return tasks

    def running(self, task_id: str) -> list[Task]:
        """Wait until task instances of a stage run, and return them."""
        while True:
            tasks = self.tasks()
            running = [task for task in tasks if task["task_id"] == task_id and task["state"] == "running" and task["hostname"]]
            if running:
                return running
            ended = [task for task in tasks if task["task_id"] == "report" and task["state"] in ("success", "failed")]
            assert not ended, f"{self.run_id} ended before {task_id} was seen running"
            time.sleep(0.3)

    def log(self, task_id: str) -> str:
        """Read the log of the latest try of a task."""
        (task,) = (task for task in self.tasks() if task["task_id"] == task_id)
        return "\n".join(event["event"] for event in self.api.log("mer_train", self.run_id, task))

    def succeeded(self) -> list[Task]:
        """Wait until the run has ended, check that it succeeded, and return all task instances."""
        while (state := self._call_api("run_state")) not in ("success", "failed"):
            time.sleep(2)
        tasks = self.tasks()
        logger.info("%s: %s, %d tasks in %.0f s", self.run_id, state, len(tasks), time.monotonic() - self.begin)
        logger.info(
            "tries: %s",
            {f"{task['task_id']} {task['map_index']}": task["try_number"] for task in tasks if task["try_number"] > 1},
        )
        assert state == "success", [(task["task_id"], task["state"]) for task in tasks]
        assert not [task["task_id"] for task in tasks if task["state"] not in ("success", "skipped")]
        return tasks

    def retried(self) -> set[tuple[str, int]]:
        """Find the tasks that were tried more than once, as task id and map index."""
        return {(task["task_id"], task["map_index"]) for task in self.tasks() if task["try_number"] > 1}
