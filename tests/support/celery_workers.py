"""Airflow with Celery workers as processes of this machine, each with a disk of its own; Redis is the broker between them."""

import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from celery import Celery

from mer_tasks.errors import TransientError
from mer_tasks.local_stack.airflow_api import AirflowApi
from mer_tasks.local_stack.services import Services
from mer_tasks.local_stack.settings import CHECKOUT, HOST, StackSettings
from tests.support.ports import free_port

Json = dict[str, Any]
ENDED = ("success", "failed")
SECONDS = 600
"""Far more than anything here takes."""
LOST_SECONDS = 15
"""So long after its last sign of life a task counts as lost."""
FOLDERS = ("airflow", "home", "logs", "scratch", "tmp", "work")
"""Of a worker's disk."""


def wait_for(wanted: Callable[[], Any], what: str, pause: float = 0.2) -> Any:
    """What `wanted` gives, once it gives something."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        with suppress(TransientError):  # an API server that is busy
            if found := wanted():
                return found
        time.sleep(pause)
    raise AssertionError(f"no {what} after {SECONDS} s")


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """URL of a Redis of its own, as a broker; its settings come by its input, where nobody else reads its password."""
    port, password = free_port(), secrets.token_urlsafe(24)
    settings = f'bind {HOST}\nport {port}\nrequirepass {password}\nsave ""\ndir {folder}\nlogfile {folder}/redis.log\n'
    process = subprocess.Popen(["redis-server", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        process.stdin.write(settings)
        process.stdin.close()
        yield f"redis://:{password}@{HOST}:{port}/0"
    finally:
        process.kill()
        process.wait()


class CeleryServices(Services):
    """The local stack, with tasks that go to workers."""

    def __init__(self, settings: StackSettings, broker: str) -> None:
        super().__init__(settings)
        self.broker = broker

    def environment(self) -> dict[str, str]:
        found = super().environment()
        return {
            **found,
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__CORE__PARALLELISM": "8",
            "AIRFLOW__CORE__HOSTNAME_CALLABLE": "getpass.getuser",  # workers of one machine differ by LOGNAME
            "AIRFLOW__CELERY__BROKER_URL": self.broker,
            "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{found['AIRFLOW__DATABASE__SQL_ALCHEMY_CONN']}",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": str(LOST_SECONDS),
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
            "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "2",
            "AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS": "20",
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600",  # the files stay as they are
        }


class Worker:
    """A Celery worker with one slot; everything that it writes is on its disk.

    Parameters
    ----------
    cluster : Cluster
    name : str
        Of the process and its folder, and what Airflow takes for its host.
    queues : str
    code : Path
        Checkout whose code it runs.
    """

    def __init__(self, cluster: "Cluster", name: str, queues: str, code: Path = CHECKOUT) -> None:
        self.cluster, self.name = cluster, name
        self.disk = disk = cluster.folder / name
        for folder in FOLDERS:
            (disk / folder).mkdir(parents=True)
        environment = {
            **cluster.services.environment(),
            "AIRFLOW_HOME": f"{disk}/airflow",
            "AIRFLOW__CORE__DAGS_FOLDER": f"{code}/dags",
            "AIRFLOW__CORE__PLUGINS_FOLDER": f"{code}/plugins",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": f"{disk}/logs",
            "HOME": f"{disk}/home",
            "LOGNAME": name,
            "MER_SCRATCH_DIR": f"{disk}/scratch",
            "PYTHONPATH": str(code),
            "TMPDIR": f"{disk}/tmp",
        }
        place = ["env", "-C", f"{disk}/work", sys.executable, "-m", "airflow"]
        options = ["--skip-serve-logs", "--celery-hostname", name, "--queues", queues, "--concurrency", "1"]
        cluster.services.processes.start(name, [*place, "celery", "worker", *options], environment)

    def logs(self) -> dict[tuple[str, int], str]:
        """What tasks logged here, in all their tries, by task and map index."""
        found: dict[tuple[str, int], str] = {}
        for path in sorted(self.disk.glob("logs/**/attempt=*.log")):
            facts = dict(part.split("=", 1) for part in path.parts if "=" in part)
            task = facts["task_id"], int(facts.get("map_index", -1))
            found[task] = found.get(task, "") + path.read_text()
        return found

    def serve(self, queue: str, yes: bool = True) -> None:
        """Take tasks of a queue from now on, or no longer."""
        control = self.cluster.control
        (control.add_consumer if yes else control.cancel_consumer)(queue, destination=[f"celery@{self.name}"], reply=True)

    def freeze(self) -> None:
        """Stop the clock of the worker and of all that it started."""
        for process in self._all():
            process.suspend()

    def thaw(self) -> None:
        """Let it go on."""
        for process in self._all():
            process.resume()

    def stop(self) -> None:
        """Let it finish what it does, and end."""
        process, *_ = self._all()
        process.terminate()
        process.wait(SECONDS)

    def kill(self) -> None:
        """As if its machine were switched off: nobody gets a word, and its disk is gone."""
        processes = self._all()
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, timeout=30)
        shutil.rmtree(self.disk)

    def _all(self) -> list[psutil.Process]:
        processes = self.cluster.services.processes
        process = processes.get(self.name)
        assert process, f"{self.name} ended: {processes.log(self.name).read_text()[-2000:]}"
        return [process, *process.children(recursive=True)]


class Cluster:
    """A platform that is up, and the workers that a test gives it."""

    def __init__(self, services: CeleryServices, folder: Path) -> None:
        self.services, self.folder = services, folder
        self.control = Celery(broker=services.broker).control

    def start(self, name: str, queues: str, code: Path = CHECKOUT) -> Worker:
        return Worker(self, name, queues, code)

    def wait_for_workers(self, *names: str) -> None:
        """Wait until all of them take tasks."""

        def all_there() -> bool:
            ended = {*self.services.processes.ended()} & {*names}
            assert not ended, [self.services.processes.log(name).read_text()[-2000:] for name in ended]
            answers = self.control.ping(timeout=5, limit=len(names))
            return {host.partition("@")[2] for answer in answers for host in answer} >= {*names}

        wait_for(all_there, f"workers {', '.join(names)}")

    def run(self, dag: str, run_id: str, params: Json) -> None:
        with self.services.api() as api:
            api.wait_for_dag(dag, SECONDS)
            api.trigger(dag, run_id, params)

    def wait_for_run(self, dag: str, run_id: str) -> list[Json]:
        """Task instances of a run, which has to succeed."""

        def ended(api: AirflowApi) -> str | None:
            state = api.run_state(dag, run_id)
            return state if state in ENDED else None

        with self.services.api() as api:
            state = wait_for(lambda: ended(api), f"end of {run_id}", 1)
            tasks = api.task_instances(dag, run_id)
        assert state == "success", [(task["task_id"], task["state"], task["hostname"]) for task in tasks]
        return tasks

    def freeze_in(self, dag: str, run_id: str, task: str, worker: Worker) -> Json:
        """Freeze a worker while it is in a task; returns the task instance."""

        def running(api: AirflowApi) -> Json | None:
            found, state = api.task_instances(dag, run_id), api.run_state(dag, run_id)
            assert state not in ENDED, [(each["task_id"], each["state"], each["hostname"]) for each in found]
            wanted = {"task_id": task, "hostname": worker.name, "state": "running"}
            return next((each for each in found if wanted.items() <= each.items()), None)

        def frozen(api: AirflowApi) -> Json | None:
            if not running(api):
                return None
            worker.freeze()
            time.sleep(1)  # what it said last has arrived
            if found := running(api):
                return found
            worker.thaw()
            return None

        with self.services.api() as api:
            found: Json = wait_for(lambda: frozen(api), f"{task} on {worker.name}")
        return found
