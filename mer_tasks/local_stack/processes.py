"""Background processes of the local stack: later commands find them again, and stop them with all their descendants.

A process id alone does not identify a process, because it may belong to another program later. So each process has two marks: a
file with its id and start time, and a variable in its environment, which all its descendants inherit.
"""

import json
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import psutil

MARK = "MER_STACK"
"""Environment variable with the stack's state folder."""
CLOCK_SECONDS = 1.0
"""Tolerance for the start time of a process, which is derived from the clock and may differ between two readings."""
GRACE_SECONDS = 10
"""Time between the signals SIGTERM and SIGKILL."""


class Processes:
    """The named processes of one folder, and their descendants.

    Parameters
    ----------
    folder : Path
        Folder of the files with the processes' ids and start times.
    logs : Path
        Folder of their logs: one file for each process, which each start overwrites.
    mark : str
        Value of the environment variable :data:`MARK` in these processes.
    """

    def __init__(self, folder: Path, logs: Path, mark: str) -> None:
        self.folder = folder
        self.logs = logs
        self.mark = mark
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def log(self, name: str) -> Path:
        """Path of the log of process `name`."""
        return self.logs / f"{name}.log"

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start `command` as process `name` in a session of its own, which gets no signals from the terminal.

        An earlier process of that name must have ended.
        """
        if before := self._started.get(name):
            before.wait()
        with open(self.log(name), "wb") as log:
            process = subprocess.Popen(
                command,
                env={**environment, MARK: self.mark},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=0o077,
            )
        self._started[name] = process
        began = psutil.Process(process.pid).create_time()
        unfinished = self.folder / f"{name}.unfinished"
        unfinished.write_text(json.dumps({"pid": process.pid, "began": began}))
        unfinished.rename(self._file(name))

    def get(self, name: str) -> psutil.Process | None:
        """Find process `name`; returns None if it does not run."""
        try:
            record = json.loads(self._file(name).read_text())
            process = psutil.Process(record["pid"])
            is_same = abs(process.create_time() - record["began"]) < CLOCK_SECONDS
            return process if is_same and process.status() != psutil.STATUS_ZOMBIE else None
        except (FileNotFoundError, KeyError, ValueError, psutil.Error):
            return None

    def ended(self) -> list[str]:
        """List the names of processes that this object started and that have ended by themselves."""
        return [name for name, process in self._started.items() if process.poll() is not None]

    def all(self) -> list[psutil.Process]:
        """List every running process that has the mark or a file in the folder, and all descendants of these processes."""
        named = [process for path in self.folder.glob("*.json") if (process := self.get(path.stem))]
        marked = [process for process in psutil.process_iter() if _mark(process) == self.mark]
        related = {process for parent in [*named, *marked] for process in [parent, *_descendants(parent)]}
        return [process for process in related if process.pid != os.getpid() and _runs(process)]

    def stop(self, workers_of: str) -> None:
        """Stop all processes, and delete their files.

        Parameters
        ----------
        workers_of : str
            Name of the process whose descendants run tasks. These descendants are killed: after a SIGTERM they would report
            their task as failed, while Airflow repeats a task that ends without a report at the next start.
        """
        parent = self.get(workers_of)
        processes = self.all()
        _signal(_descendants(parent) if parent else [], "kill")
        _signal(processes, "terminate")
        psutil.wait_procs(processes, timeout=GRACE_SECONDS)
        while remaining := self.all():
            _signal(remaining, "kill")
            psutil.wait_procs(remaining, timeout=GRACE_SECONDS)
        for process in self._started.values():
            process.wait()
        self._started.clear()
        for path in self.folder.glob("*.json"):
            path.unlink()

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.json"


def _signal(processes: Iterable[psutil.Process], name: str) -> None:
    """Call method `name` (``terminate`` or ``kill``) of each process; psutil never signals a process that reuses an id."""
    for process in processes:
        try:
            getattr(process, name)()
        except psutil.NoSuchProcess:
            continue


def _runs(process: psutil.Process) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _mark(process: psutil.Process) -> str | None:
    """Read the mark in the environment of a process; returns None if there is none, or the environment is not readable."""
    try:
        environment: dict[str, str] = process.environ()
        return environment.get(MARK)
    except (psutil.Error, OSError):
        return None


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    """List the descendants of a process; empty if the process has ended."""
    try:
        return list(process.children(recursive=True))
    except psutil.Error:
        return []
