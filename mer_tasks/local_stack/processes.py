"""Processes that outlive the command that starts them, found again by later commands and stopped with all that they started.

A process id alone may be another program's by the time it is read back. So each process is known by two things: a file with its
id and the time at which it began, and a mark in its environment, which every process that it starts inherits.
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
"""By so much may the time at which a process began differ between two readings: it is derived from the clock."""
GRACE_SECONDS = 10
"""Between the polite signal and the one that cannot be refused."""


class Processes:
    """The named processes of one folder, and their descendants.

    Parameters
    ----------
    folder : Path
        Of the files with the processes' ids.
    logs : Path
        Folder of what they write, one file each, begun anew at each start.
    mark : str
        Value of their environment variable :data:`MARK`.
    """

    def __init__(self, folder: Path, logs: Path, mark: str) -> None:
        self.folder, self.logs, self.mark = folder, logs, mark
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def log(self, name: str) -> Path:
        """What process `name` wrote."""
        return self.logs / f"{name}.log"

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start `command` as process `name`, out of reach of the terminal's signals; one of that name has ended."""
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
        """Process `name`, if it runs."""
        try:
            written = json.loads(self._file(name).read_text())
            process = psutil.Process(written["pid"])
            same = abs(process.create_time() - written["began"]) < CLOCK_SECONDS
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except (FileNotFoundError, KeyError, ValueError, psutil.Error):
            return None

    def ended(self) -> list[str]:
        """Names of the processes that this object started and that have ended by themselves."""
        return [name for name, process in self._started.items() if process.poll() is not None]

    def all(self) -> list[psutil.Process]:
        """Every running process that bears the mark or has a file here, and every descendant of those."""
        named = [process for path in self.folder.glob("*.json") if (process := self.get(path.stem))]
        marked = [process for process in psutil.process_iter() if _mark(process) == self.mark]
        found = {process for parent in [*named, *marked] for process in [parent, *_children(parent)]}
        return [process for process in found if process.pid != os.getpid() and _runs(process)]

    def stop(self, workers_of: str) -> None:
        """Stop all of them, and forget them.

        Parameters
        ----------
        workers_of : str
            Process whose descendants do the work. They are killed: what is asked politely would report a failure, while work
            that ends without a word is taken up again at the next start.
        """
        parent, processes = self.get(workers_of), self.all()
        _signal(_children(parent) if parent else [], "kill")
        _signal(processes, "terminate")
        psutil.wait_procs(processes, timeout=GRACE_SECONDS)
        while left := self.all():
            _signal(left, "kill")
            psutil.wait_procs(left, timeout=GRACE_SECONDS)
        for process in self._started.values():
            process.wait()
        self._started.clear()
        for path in self.folder.glob("*.json"):
            path.unlink()

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.json"


def _signal(processes: Iterable[psutil.Process], name: str) -> None:
    """Call `terminate` or `kill` of each; psutil sends nothing to a process that took over the id of another."""
    for process in processes:
        try:
            getattr(process, name)()
        except psutil.NoSuchProcess:
            continue


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _mark(process: psutil.Process) -> str | None:
    try:
        found: dict[str, str] = process.environ()
        return found.get(MARK)
    except (psutil.Error, OSError):
        return None


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.Error:
        return []
