"""Services of the local stack: an embedded Postgres with two databases, and the four components of Airflow.

In: the settings of a stack. Out: processes that run on the loopback interface until :meth:`Services.stop`. A start that fails
or is interrupted leaves no process running.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from filelock import FileLock

from mer_tasks.database.label_rows import check_label_set_at_start
from mer_tasks.database.migrations import bootstrap
from mer_tasks.errors import ConfigError, TransientError, WorkerLost
from mer_tasks.local_stack.airflow_api import AirflowApi
from mer_tasks.local_stack.embedded_postgres import EmbeddedPostgres
from mer_tasks.local_stack.ports import check_port
from mer_tasks.local_stack.processes import MARK, Processes
from mer_tasks.local_stack.settings import USER, StackSettings, write_private
from mer_tasks.storage.local import TEMPORARY
from mer_tasks.terminal.interrupts import uninterrupted

COMPONENTS = {
    "api-server": ("api-server",),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),  # the log servers would listen on every interface
    "scheduler": ("scheduler", "--skip-serve-logs"),
}
"""Airflow's components and their commands. The scheduler starts last, because tasks that it resumes at once need the API."""
HEALTH = ("metadatabase", "scheduler", "triggerer", "dag_processor")
"""Components in Airflow's health report."""
START_SECONDS = 240
"""Far more time than a slow machine needs to start; a component that dies is noticed at once."""
CHOICES = {"store": "store", "landing": "landing", "labels": "label set"}
"""Settings of a stack that its users may choose, and what messages call them."""
GPU_POOL = ("gpu", 1, "Tasks that use the GPU: one at a time.")


class Services:
    """Starts, checks and stops the local stack with given settings."""

    def __init__(self, settings: StackSettings) -> None:
        self.settings = settings
        self.postgres = EmbeddedPostgres(settings.state / "postgres")
        self.processes = Processes(settings.folders["run"], settings.folders["logs"], str(settings.state.resolve()))
        self._record = settings.state / "stack.json"

    def api(self) -> AirflowApi:
        """Make a client for the REST API of the running stack."""
        return AirflowApi(self.record().get("url", self.settings.url), USER, self.settings.secrets().password)

    def database_url(self, role: str) -> str:
        """Make the URL of the database ``mer`` for one of its roles."""
        return self.postgres.url("mer", role, self.settings.secrets().roles[role])

    def database_urls(self) -> dict[str, str]:
        """Make the URL of the database ``mer`` for each role."""
        return {role: self.database_url(role) for role in self.settings.secrets().roles}

    def places(self) -> dict[str, str]:
        """Make the environment variables with which the command ``mer`` uses the running stack.

        They are those of its tasks (see ``StackSettings.places``), and the URL for role mer_owner, which changes the schema.
        """
        urls = self.database_urls()
        return {**self.as_running().settings.places(urls), "MER_DATABASE_OWNER_URL": urls["mer_owner"]}

    def record(self) -> dict[str, Any]:
        """Read how the running stack was started; empty if no stack runs.

        The keys are ``url``, ``store``, ``landing`` and ``labels``; ``given``: which of the last three the user chose;
        ``keep``: whether the stack stays up after the command; ``watch``: whether DAGs have schedules.
        """
        try:
            record: dict[str, Any] = json.loads(self._record.read_text())
        except FileNotFoundError:
            return {}
        return record

    def keep(self) -> None:
        """Record that the stack stays up when the demo ends that may have started it."""
        write_private(self._record, json.dumps({**self.record(), "keep": True}))

    def states(self) -> dict[str, str]:
        """State of each process: ``running`` or ``stopped``."""
        processes = {"postgres": self.postgres.process(), **{name: self.processes.get(name) for name in COMPONENTS}}
        return {name: "running" if process else "stopped" for name, process in processes.items()}

    def as_running(self) -> "Services":
        """Return services that use store, landing zone and label set of the running stack, unless the settings name others.

        Returns this object if the stack is not up.
        """
        if not self.is_up():
            return self
        record = self.record()
        of_running = {name: record[name] for name in CHOICES if record["given"][name]}
        of_settings = {name: url for name in of_running if (url := getattr(self.settings, name))}
        return Services(replace(self.settings, **{**of_running, **of_settings}))

    def is_up(self) -> bool:
        """Whether every process of the stack runs."""
        return set(self.states().values()) == {"running"}

    def start(self, keep: bool, say: Callable[[str], None] = lambda text: None) -> bool:
        """Start the stack and wait until it is healthy.

        Parameters
        ----------
        keep : bool
            Whether the stack stays up after the command.
        say : callable, optional
            Called with one line for each step.

        Returns
        -------
        bool
            False if the stack was up already.

        Raises
        ------
        ConfigError
            If the port is taken, or the stack is up with another store, landing zone or label set.
        WorkerLost, TransientError
            If a component dies, or is not healthy in time.
        """
        self.settings.make_folders()
        with self._lock():
            if self.is_up():
                self._check_same_places()
                if keep:
                    self.keep()
                return False
            self._stop()  # a stack that lost a component may still have other processes
            check_port(self.settings.port)
            try:
                self._start(say)
                self._write_record(keep)
            except BaseException:
                self._stop()
                raise
        return True

    def stop(self) -> bool:
        """Stop all processes that the stack started, and no others; returns whether any of them ran."""
        if not self.settings.state.exists():
            return False
        self.settings.make_folders()
        with self._lock():
            return self._stop()

    def _start(self, say: Callable[[str], None]) -> None:
        """Start Postgres and Airflow's components, and wait until they are healthy."""
        began = datetime.now(timezone.utc)
        say("starting Postgres")
        with uninterrupted():
            self.postgres.start()
        secret = self.settings.secrets()
        write_private(self.settings.passwords, json.dumps({USER: secret.password}))
        self.postgres.create_database("airflow", "airflow", secret.airflow_database)
        label_set = self.settings.label_set()
        urls = bootstrap(self.postgres.url(), "mer", secret.roles, label_set)
        if newer := check_label_set_at_start(urls["mer_reader"], label_set):
            say(newer)
        environment = self.environment()
        say("migrating Airflow's database")
        self._migrate(environment)
        say("starting Airflow")
        *others, scheduler = COMPONENTS
        with AirflowApi(self.settings.url, USER, secret.password) as api:
            for name in others:
                self.start_component(name, environment)
            self._wait_until_healthy(lambda: [] if api.health() else ["api-server"])
            self.start_component(scheduler, environment)
            self._wait_until_healthy(lambda: unhealthy(api.health(), began))
            api.make_pool(*GPU_POOL)

    def environment(self) -> dict[str, str]:
        """Make the environment variables of Airflow's components; Postgres must be running."""
        secret = self.settings.secrets()
        airflow_url = self.postgres.url("airflow", "airflow", secret.airflow_database)
        return self.settings.environment(os.environ, secret, airflow_url, self.database_urls())

    def start_component(self, name: str, environment: dict[str, str]) -> None:
        """Start one of the components in ``COMPONENTS``."""
        self.processes.start(name, [sys.executable, "-m", "airflow", *COMPONENTS[name]], environment)

    def _migrate(self, environment: dict[str, str]) -> None:
        """Bring the schema of Airflow's database up to date."""
        log = self.processes.log("migrate")
        with open(log, "wb") as output:
            process = subprocess.run(
                [sys.executable, "-m", "airflow", "db", "migrate"],
                env={**environment, MARK: self.processes.mark},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                umask=0o077,
                start_new_session=True,
                check=False,
            )
        if process.returncode:
            end_of_log = tail(log.read_text(errors="replace"))
            raise WorkerLost(f"airflow db migrate ended with exit code {process.returncode}: {end_of_log} ({log})")

    def _wait_until_healthy(self, list_unhealthy: Callable[[], list[str]]) -> None:
        """Wait until the function returns no component; raises WorkerLost or TransientError if one ends or is not in time."""
        deadline = time.monotonic() + START_SECONDS
        while names := list_unhealthy():
            for name in self.processes.ended():
                log = self.processes.log(name)
                raise WorkerLost(f"{name} ended while starting: {tail(log.read_text(errors='replace'))} ({log})")
            if time.monotonic() > deadline:
                logs = self.settings.folders["logs"]
                raise TransientError(f"not healthy after {START_SECONDS} s: {', '.join(names)}; their logs are in {logs}")
            time.sleep(0.25)

    def _stop(self) -> bool:
        with uninterrupted():
            ran = bool(self.processes.all() or self.postgres.process())
            self.processes.stop(workers_of="scheduler")
            self.postgres.stop()
            self._remove_unfinished_files()
            self._record.unlink(missing_ok=True)
        return ran

    def _remove_unfinished_files(self) -> None:
        """Remove files that killed tasks had not finished writing; call it only when no process of the stack runs."""
        for path in (self.settings.state / "tmp").glob("*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name in ("store", "landing", "scratch"):
            for unfinished in (self.settings.state / name).rglob(f"{TEMPORARY}*"):
                unfinished.unlink(missing_ok=True)

    def _write_record(self, keep: bool) -> None:
        """Write how this stack was started, for later commands (see :meth:`record`)."""
        settings = self.settings
        places = {"url": settings.url, "store": settings.store_url, "landing": settings.landing_url, "labels": settings.labels}
        given = {name: getattr(settings, name) is not None for name in CHOICES}
        write_private(self._record, json.dumps({**places, "given": given, "keep": keep, "watch": settings.watch}))

    def _check_same_places(self) -> None:
        """Refuse another store, landing zone or label set than those of the running stack, whose tasks would not use it."""
        record = self.record()
        for name, what in CHOICES.items():
            url = getattr(self.settings, name)
            if url and url != record.get(name):
                of_running = record.get(name) or "the default"
                raise ConfigError(f"the stack is up with {what} {of_running}: make down, then start it with {url}")

    def _lock(self) -> FileLock:
        """Lock the state folder, so that only one command at a time starts or stops the stack."""
        return FileLock(self.settings.state / "lock")


def unhealthy(report: dict[str, Any] | None, began: datetime) -> list[str]:
    """List the components that are not healthy, or whose last heartbeat is from an earlier process.

    Parameters
    ----------
    report : dict, optional
        Airflow's health report; None if Airflow does not answer.
    began : datetime
        Time at which the stack was started; an older heartbeat is from an earlier process.
    """
    if report is None:
        return ["api-server"]
    names = []
    for name in HEALTH:
        component = report.get(name) or {}
        heartbeat = component.get(f"latest_{name}_heartbeat")
        stale = name != "metadatabase" and (not heartbeat or datetime.fromisoformat(heartbeat) < began)
        if component.get("status") != "healthy" or stale:
            names.append(name.replace("_", "-"))
    return names


def tail(text: str, lines: int = 3) -> str:
    """Join the last lines of a log that are not empty into one line.

    Examples
    --------
    >>> tail("one\\n\\n two \\nthree\\n", lines=2)
    'two | three'
    """
    return " | ".join([line.strip() for line in text.splitlines() if line.strip()][-lines:]) or "nothing in its log"
