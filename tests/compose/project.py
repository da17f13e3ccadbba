"""The containers of docker-compose.yaml by docker-compose's own commands, what runs in them, and what is done to them."""

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
"""A run that was hurt takes no longer, on a busy machine either: a killed worker's tasks are given up after two minutes."""
AWAY_SECONDS = 30

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
from mer_tasks.storage.factory import open_store
store = open_store(os.environ["MER_STORE_URL"])
for blob in list(store.list("blobs/")):
    store.delete(blob.key)
"""
TRIES = """
SELECT task_id, map_index, try_number, extract(epoch FROM start_date), extract(epoch FROM end_date)
FROM task_instance_history WHERE dag_id = 'mer_train' AND run_id = '{}'
"""

Task = dict[str, Any]


def compare(found: np.ndarray[Any, Any], expected: np.ndarray[Any, Any]) -> None:
    """Predictions of the same tracks by two trainings, which have to be the same."""
    logger.info("%d predictions, largest difference %g", len(found), np.abs(found - expected).max())
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


class Project:
    """All containers of one project; what the caller's shell sets is nothing to them, only the file of `make-env`."""

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

    def refused(self, *arguments: str, file: Path | None = None) -> str:
        """What a command that must fail says."""
        done = self._compose(*arguments, file=file, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode, f"{COMPOSE} {shlex.join(arguments)}: 0, expected it to fail: {done.stdout}"
        logger.info("refused: %s", done.stdout.strip())
        return done.stdout

    def docker(self, *arguments: str) -> str:
        command = ["docker", *arguments]
        return subprocess.run(command, env=self.environment, stdout=subprocess.PIPE, text=True, check=True).stdout

    def run(self, *arguments: str, service: str = "worker", **variables: str) -> str:
        """What a command prints in a container of its own."""
        return self(*self.alone(*arguments, service=service, **variables))

    def alone(self, *arguments: str, service: str, **variables: str) -> list[str]:
        given = [option for name, value in variables.items() for option in ("-e", f"{name}={value}")]
        return ["run", "--rm", "-T", "--no-deps", *given, service, *arguments]

    def containers(self, service: str) -> list[str]:
        return self("ps", "-q", service).split()

    @contextmanager
    def away(self, service: str) -> Iterator[None]:
        """Stop a service for some time."""
        (container,) = self.containers(service)
        begin = time.monotonic()
        self.docker("stop", container)
        logger.info("%s stopped in %.0f s, away for %d s", service, time.monotonic() - begin, AWAY_SECONDS)
        try:
            time.sleep(AWAY_SECONDS)
            yield
        finally:
            self.docker("start", container)

    def airflow_rows(self, query: str) -> list[list[str]]:
        told = self("exec", "-T", "postgres", "psql", "-U", "postgres", "-d", "airflow", "-AtF,", "-c", query)
        return [line.split(",") for line in told.splitlines()]

    def predictions(self, run_id: str, **variables: str) -> np.ndarray[Any, Any]:
        rows = json.loads(self.run("python", "-c", ROWS, PREDICTIONS, run_id, **variables).splitlines()[-1])
        assert rows, f"no predictions of {run_id}"
        return np.array([row[2] for row in rows])


class Training:
    """A run of mer_train, triggered now, with nothing made before it but the landed music."""

    def __init__(self, project: Project, run_id: str) -> None:
        self.project, self.run_id, self.api = project, run_id, project.api
        project.run("python", "-c", FORGET)
        self.begin = time.monotonic()
        self.api.wait_for_dag("mer_train", 240)
        self.api.trigger("mer_train", run_id, PARAMS)

    def _asked(self, method: str) -> Any:
        """An answer of Airflow, as soon as it gives one."""
        while True:
            assert time.monotonic() < self.begin + SECONDS, f"{self.run_id} is not done after {SECONDS} s"
            try:
                return getattr(self.api, method)("mer_train", self.run_id)
            except TransientError:
                time.sleep(1)

    def tasks(self) -> list[Task]:
        found: list[Task] = self._asked("task_instances")
        return found

    def running(self, task_id: str) -> list[Task]:
        """Task instances of a stage that run now; waits until there are some."""
        while True:
            tasks = self.tasks()
            found = [task for task in tasks if task["task_id"] == task_id and task["state"] == "running" and task["hostname"]]
            if found:
                return found
            over = [task for task in tasks if task["task_id"] == "report" and task["state"] in ("success", "failed")]
            assert not over, f"{self.run_id} was over before {task_id} was seen to run"
            time.sleep(0.3)

    def log(self, task_id: str) -> str:
        """Of the latest try."""
        (task,) = (task for task in self.tasks() if task["task_id"] == task_id)
        return "\n".join(event["event"] for event in self.api.log("mer_train", self.run_id, task))

    def succeeded(self) -> list[Task]:
        """All task instances, when the run is over."""
        while (state := self._asked("run_state")) not in ("success", "failed"):
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
        """Task and map index of what was tried more than once."""
        return {(task["task_id"], task["map_index"]) for task in self.tasks() if task["try_number"] > 1}
