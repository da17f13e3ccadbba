"""The local stack: an embedded Postgres with two databases, and the four components of Airflow, as processes.

In: the settings of a stack. Out: running processes on the loopback interface, until :meth:`Services.stop`. A start that fails
or is interrupted leaves nothing running.
"""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import psutil

from mer_tasks.database.migrations import bootstrap
from mer_tasks.errors import ConfigError, TransientError, WorkerLost
from mer_tasks.local_stack.airflow_api import AirflowApi
from mer_tasks.local_stack.embedded_postgres import EmbeddedPostgres
from mer_tasks.local_stack.processes import MARK, Processes
from mer_tasks.local_stack.settings import HOST, USER, StackSettings, write_private
from mer_tasks.storage.local import TEMPORARY
from mer_tasks.terminal.interrupts import uninterrupted

COMPONENTS = {
    "api-server": ("api-server",),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),  # the log servers would listen on every interface
    "scheduler": ("scheduler", "--skip-serve-logs"),
}
"""Airflow's components and their commands. The scheduler is last: tasks that it takes up again at once fail without the API."""
HEALTH = ("metadatabase", "scheduler", "triggerer", "dag_processor")
"""What Airflow's health report names."""
START_SECONDS = 240
"""Far more than a slow machine needs; a component that dies is noticed at once."""
GPU_POOL = ("gpu", 1, "Tasks that use the GPU: one at a time.")


class Services:
    """Start, ask and stop the stack of some settings."""

    def __init__(self, settings: StackSettings) -> None:
        self.settings = settings
        self.postgres = EmbeddedPostgres(settings.state / "postgres")
        self.processes = Processes(settings.folders["run"], settings.folders["logs"], str(settings.state.resolve()))
        self._record = settings.state / "stack.json"

    def api(self) -> AirflowApi:
        """The REST API of the running stack."""
        return AirflowApi(self.record().get("url", self.settings.url), USER, self.settings.secrets().password)

    def database_url(self, role: str) -> str:
        """URL of the database ``mer`` for one of its roles."""
        return self.postgres.url("mer", role, self.settings.secrets().roles[role])

    def database_urls(self) -> dict[str, str]:
        """The same for every role."""
        return {role: self.database_url(role) for role in self.settings.secrets().roles}

    def places(self) -> dict[str, str]:
        """Variables by which the stages find the stores of the running stack."""
        return self.as_running().settings.places(self.database_urls())

    def record(self) -> dict[str, Any]:
        """What the running stack was started with; empty if none was.

        ``url``, ``store``, ``landing``, whether the last two were ``given``, whether to ``keep`` it running, and whether to
        ``watch``: whether DAGs run by themselves.
        """
        try:
            found: dict[str, Any] = json.loads(self._record.read_text())
        except FileNotFoundError:
            return {}
        return found

    def keep(self) -> None:
        """Say that the stack shall outlive the demo that may have started it."""
        write_private(self._record, json.dumps({**self.record(), "keep": True}))

    def states(self) -> dict[str, str]:
        """``running`` or ``stopped`` by process."""
        found = {"postgres": self.postgres.process(), **{name: self.processes.get(name) for name in COMPONENTS}}
        return {name: "running" if process else "stopped" for name, process in found.items()}

    def as_running(self) -> "Services":
        """Services with the places of the stack that is up, where the settings leave them open; itself if none is."""
        running, settings = self.record(), self.settings
        if not self.is_up():
            return self
        given = {name: running[name] for name in ("store", "landing") if running["given"][name]}
        wanted = {name: place for name in given if (place := getattr(settings, name))}
        return Services(replace(settings, **{**given, **wanted}))

    def is_up(self) -> bool:
        """Whether every process of the stack runs."""
        return set(self.states().values()) == {"running"}

    def start(self, keep: bool, say: Callable[[str], None] = lambda text: None) -> bool:
        """Start the stack and wait until it is healthy.

        Parameters
        ----------
        keep : bool
            Whether it shall outlive the command.
        say : callable, optional
            Told what happens, one line each.

        Returns
        -------
        bool
            False if it was up already.

        Raises
        ------
        ConfigError
            If the port is taken, or the stack is up with another store or landing zone.
        WorkerLost, TransientError
            If a component dies, or is not healthy in time.
        """
        self.settings.make_folders()
        with self._locked():
            if self.is_up():
                self._same_places()
                if keep:
                    self.keep()
                return False
            self._stop()  # what may be left of a stack that lost a component
            check_port(self.settings.port)
            try:
                self._start(say)
                self._remember(keep)
            except BaseException:
                self._stop()
                raise
        return True

    def stop(self) -> bool:
        """Stop everything that the stack started and nothing else; returns whether anything ran."""
        if not self.settings.state.exists():
            return False
        self.settings.make_folders()
        with self._locked():
            return self._stop()

    def _start(self, say: Callable[[str], None]) -> None:
        began = datetime.now(timezone.utc)
        say("starting Postgres")
        with uninterrupted():
            self.postgres.start()
        secret = self.settings.secrets()
        write_private(self.settings.passwords, json.dumps({USER: secret.password}))
        self.postgres.create_database("airflow", "airflow", secret.airflow_database)
        bootstrap(self.postgres.url(), "mer", secret.roles)
        environment = self.environment()
        say("migrating Airflow's database")
        self._migrate(environment)
        say("starting Airflow")
        *others, scheduler = COMPONENTS
        with AirflowApi(self.settings.url, USER, secret.password) as api:
            for name in others:
                self.start_component(name, environment)
            self._wait(lambda: [] if api.health() else ["api-server"])
            self.start_component(scheduler, environment)
            self._wait(lambda: unhealthy(api.health(), began))
            api.make_pool(*GPU_POOL)

    def environment(self) -> dict[str, str]:
        """Variables of the components; Postgres runs."""
        secret = self.settings.secrets()
        airflow_url = self.postgres.url("airflow", "airflow", secret.airflow_database)
        return self.settings.environment(os.environ, secret, airflow_url, self.database_urls())

    def start_component(self, name: str, environment: dict[str, str]) -> None:
        """Start one of ``COMPONENTS``."""
        self.processes.start(name, [sys.executable, "-m", "airflow", *COMPONENTS[name]], environment)

    def _migrate(self, environment: dict[str, str]) -> None:
        """Bring Airflow's own database up to date; it takes no time if that has been done."""
        log = self.processes.log("migrate")
        with open(log, "wb") as output:
            done = subprocess.run(
                [sys.executable, "-m", "airflow", "db", "migrate"],
                env={**environment, MARK: self.processes.mark},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                umask=0o077,
                start_new_session=True,
                check=False,
            )
        if done.returncode:
            raise WorkerLost(
                f"airflow db migrate ended with {done.returncode}: {tail(log.read_text(errors='replace'))} ({log})"
            )

    def _wait(self, missing: Callable[[], list[str]]) -> None:
        """Wait until no component is `missing` any more."""
        deadline = time.monotonic() + START_SECONDS
        while names := missing():
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
            self._tidy()
            self._record.unlink(missing_ok=True)
        return ran

    def _tidy(self) -> None:
        """Remove what killed tasks were still writing; nobody writes now."""
        for left in (self.settings.state / "tmp").glob("*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        for name in ("store", "landing", "scratch"):
            for unfinished in (self.settings.state / name).rglob(f"{TEMPORARY}*"):
                unfinished.unlink(missing_ok=True)

    def _remember(self, keep: bool) -> None:
        settings = self.settings
        places = {"url": settings.url, "store": settings.store_url, "landing": settings.landing_url}
        given = {"store": settings.store is not None, "landing": settings.landing is not None}
        write_private(self._record, json.dumps({**places, "given": given, "keep": keep, "watch": settings.watch}))

    def _same_places(self) -> None:
        """Refuse places that the running tasks would not see."""
        running = self.record()
        for name, wanted in (("store", self.settings.store), ("landing", self.settings.landing)):
            if wanted and wanted != running.get(name):
                raise ConfigError(f"the stack is up with {name} {running.get(name)}: make down, then start it with {wanted}")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One command at a time starts or stops."""
        with open(self.settings.state / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def unhealthy(report: dict[str, Any] | None, began: datetime) -> list[str]:
    """Components that `report` does not call healthy, or whose heartbeat is older than `began`: an earlier process's.

    Parameters
    ----------
    report : dict, optional
        Airflow's health report; None if it does not answer.
    began : datetime
        When the stack was started.
    """
    if report is None:
        return ["api-server"]
    found = []
    for name in HEALTH:
        component = report.get(name) or {}
        heartbeat = component.get(f"latest_{name}_heartbeat")
        stale = name != "metadatabase" and (not heartbeat or datetime.fromisoformat(heartbeat) < began)
        if component.get("status") != "healthy" or stale:
            found.append(name.replace("_", "-"))
    return found


def check_port(port: int) -> None:
    """Raise :class:`ConfigError` if something listens on `port`; the message says who, if that can be known."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            return
        except OSError as error:
            reason = error.strerror
    raise ConfigError(f"{HOST}:{port}: {reason}, by {listener(port)}; stop that, or choose another port: PORT={port + 1}")


def listener(port: int) -> str:
    """Who listens on `port`, as far as this user may know."""
    try:
        for found in psutil.net_connections("tcp"):
            if found.status == psutil.CONN_LISTEN and found.laddr.port == port and found.pid:
                return f"{psutil.Process(found.pid).name()} (process {found.pid})"
    except psutil.Error:
        pass
    return "another program (perhaps the stack of another checkout)"


def tail(text: str, lines: int = 3) -> str:
    """The last lines of a log that have something on them, as one line."""
    return " | ".join([line.strip() for line in text.splitlines() if line.strip()][-lines:]) or "nothing in its log"
