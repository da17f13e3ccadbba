"""Airflow with Celery workers as processes of this machine; each worker has its own folder as disk, and Redis is the broker."""

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
END_STATES = ("success", "failed")
SECONDS = 600
"""Time limit of each wait; far more than any of them takes."""
LOST_SECONDS = 15
"""Time after the last heartbeat of a task until Airflow counts it as lost."""
FOLDERS = ("airflow", "home", "logs", "scratch", "tmp", "work")
"""Folders on a worker's disk."""


def wait_for(get: Callable[[], Any], description: str, pause: float = 0.2) -> Any:
    """Call `get` until it returns a true value; returns that value."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        with suppress(TransientError):  # a busy API server
            if result := get():
                return result
        time.sleep(pause)
    raise AssertionError(f"no {description} after {SECONDS} s")


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Start a Redis server as broker; yields its URL. It reads its settings from standard input, to hide its password."""
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
    """The local stack with the Celery executor: tasks run on workers."""

    def __init__(self, settings: StackSettings, broker: str) -> None:
        super().__init__(settings)
        self.broker = broker

    def environment(self) -> dict[str, str]:
        variables = super().environment()
        return {
            **variables,
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__CORE__PARALLELISM": "8",
            "AIRFLOW__CORE__HOSTNAME_CALLABLE": "getpass.getuser",  # workers of one machine differ by LOGNAME
            "AIRFLOW__CELERY__BROKER_URL": self.broker,
            "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{variables['AIRFLOW__DATABASE__SQL_ALCHEMY_CONN']}",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": str(LOST_SECONDS),
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
            "AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS": "20",
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600",  # the DAG files do not change
        }


class Worker:
    """Celery worker with one slot, which writes only to its own disk.

    Parameters
    ----------
    cluster : Cluster
    name : str
        Name of the process and its folder, and for Airflow the name of its host.
    queues : str
        Queues that the worker serves, separated by commas.
    code : Path
        Checkout whose code the worker runs.
    """

    def __init__(self, cluster: "Cluster", name: str, queues: str, code: Path = CHECKOUT) -> None:
        self.cluster = cluster
        self.name = name
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
        command = ["env", "-C", f"{disk}/work", sys.executable, "-m", "airflow", "celery", "worker"]
        options = ["--skip-serve-logs", "--celery-hostname", name, "--queues", queues, "--concurrency", "1"]
        cluster.services.processes.start(name, [*command, *options], environment)

    def logs(self) -> dict[tuple[str, int], str]:
        """Read the logs of all tries of the tasks on this worker, by task and map index."""
        logs: dict[tuple[str, int], str] = {}
        for path in sorted(self.disk.glob("logs/**/attempt=*.log")):
            fields = dict(part.split("=", 1) for part in path.parts if "=" in part)
            task = fields["task_id"], int(fields.get("map_index", -1))
            logs[task] = logs.get(task, "") + path.read_text()
        return logs

    def serve(self, queue: str, yes: bool = True) -> None:
        """Start to serve a queue, or stop serving it."""
        control = self.cluster.control
        (control.add_consumer if yes else control.cancel_consumer)(queue, destination=[f"celery@{self.name}"], reply=True)

    def freeze(self) -> None:
        """Suspend the worker and all its descendants."""
        for process in self._all():
            process.suspend()

    def thaw(self) -> None:
        """Resume the worker and all its descendants."""
        for process in self._all():
            process.resume()

    def stop(self) -> None:
        """Let the worker finish its tasks, and wait for its end."""
        process, *_ = self._all()
        process.terminate()
        process.wait(SECONDS)

    def kill(self) -> None:
        """Kill the worker and delete its disk, as if its machine were switched off."""
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
    """A running platform and the workers that a test starts."""

    def __init__(self, services: CeleryServices, folder: Path) -> None:
        self.services = services
        self.folder = folder
        self.control = Celery(broker=services.broker).control

    def start(self, name: str, queues: str, code: Path = CHECKOUT) -> Worker:
        return Worker(self, name, queues, code)

    def wait_for_workers(self, *names: str) -> None:
        """Wait until all named workers accept tasks."""

        def all_answer() -> bool:
            ended = {*self.services.processes.ended()} & {*names}
            assert not ended, [self.services.processes.log(name).read_text()[-2000:] for name in ended]
            answers = self.control.ping(timeout=5, limit=len(names))
            return {host.partition("@")[2] for answer in answers for host in answer} >= {*names}

        wait_for(all_answer, f"workers {', '.join(names)}")

    def run(self, dag: str, run_id: str, params: Json) -> None:
        with self.services.api() as api:
            api.wait_for_dag(dag, SECONDS)
            api.trigger(dag, run_id, params)

    def wait_for_run(self, dag: str, run_id: str) -> list[Json]:
        """Wait for the end of a run, which must succeed; returns its task instances."""

        def end_state(api: AirflowApi) -> str | None:
            state = api.run_state(dag, run_id)
            return state if state in END_STATES else None

        with self.services.api() as api:
            state = wait_for(lambda: end_state(api), f"end of {run_id}", 1)
            tasks = api.task_instances(dag, run_id)
        assert state == "success", [(task["task_id"], task["state"], task["hostname"]) for task in tasks]
        return tasks

    def freeze_in(self, dag: str, run_id: str, task: str, worker: Worker) -> Json:
        """Freeze a worker while it runs a task; returns the task instance."""

        def running(api: AirflowApi) -> Json | None:
            instances = api.task_instances(dag, run_id)
            state = api.run_state(dag, run_id)
            assert state not in END_STATES, [(each["task_id"], each["state"], each["hostname"]) for each in instances]
            wanted = {"task_id": task, "hostname": worker.name, "state": "running"}
            return next((each for each in instances if wanted.items() <= each.items()), None)

        def frozen(api: AirflowApi) -> Json | None:
            if not running(api):
                return None
            worker.freeze()
            time.sleep(1)  # until the worker's last message has arrived
            if instance := running(api):
                return instance
            worker.thaw()
            return None

        with self.services.api() as api:
            instance: Json = wait_for(lambda: frozen(api), f"{task} on {worker.name}")
        return instance
