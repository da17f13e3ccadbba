"""Pool of child processes that run the trials of a cross-validation side by side.

In: the run and its trials. Out: each trial's seconds, as it ends. Each child has one thread, so that the numbers do not depend
on how many children there are. The first trial that fails ends all. Log records of the children are logged here, after the name
of their trial.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import IO, Any

from mer_tasks.errors import PermanentError, TransientError, WorkerLost
from mer_tasks.machine import cores, free_memory, has_gpu_driver
from mer_tasks.runs.run import Run

logger = logging.getLogger(__name__)

CHILD_BYTES = 1 << 30
"""Memory that a child takes: three quarters of it are TensorFlow's libraries, the rest are features of a small corpus."""
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1")
"""Variables that give a child one thread; with several, TensorFlow may add numbers in another order."""
LAST_LINE = 200
"""Most characters of a dead child's last line that a message has."""

Trial = Mapping[str, Any]
"""``name`` and ``key`` of a trial, as stage `folds` lists it."""
OnEnd = Callable[[Trial, float], None]


def default_processes() -> int:
    """Return how many trials run side by side: one for each core, as far as memory allows; one on a machine with a GPU."""
    if has_gpu_driver():
        return 1
    memory = free_memory()
    return cores() if memory is None else max(1, min(cores(), memory // CHILD_BYTES))


class _Child:
    """A child process, the trial that it runs, and how far it is."""

    def __init__(self, run: Run) -> None:
        self.trial: Trial | None = None
        self.done = 0.0
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (closed in end)
        self.channel, child_end = Pipe()
        paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        with child_end:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mer_tasks.runs.trial_process", str(child_end.fileno()), str(os.getpid())],
                pass_fds=[child_end.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._stderr,
                env={**os.environ, **THREADS, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            )
        self.send(config=_plain_config(run), run_id=run.run_id, try_number=run.try_number)

    def send(self, **message: Any) -> None:
        """Send a message, unless the child is dead: then the next message from it says so."""
        try:
            self.channel.send_bytes(json.dumps(message).encode())
        except OSError:
            logger.debug("process %d is gone", self.process.pid)

    def start(self, trial: Trial) -> None:
        """Let the child run a trial."""
        self.trial, self.done = trial, 0.0
        self.send(key=trial["key"])

    def end(self) -> str:
        """Kill the child, and describe how it ended: exit status and the last line that it wrote."""
        self.process.kill()
        status = self.process.wait()
        self.channel.close()
        with self._stderr:
            self._stderr.seek(max(0, os.fstat(self._stderr.fileno()).st_size - 2000))
            lines = self._stderr.read().decode(errors="replace").strip().splitlines()
        return f"exit status {status}" + (f", {lines[-1][:LAST_LINE]}" if lines else "")


def _plain_config(run: Run) -> dict[str, Any]:
    """Return the configuration of a run as JSON values, with the password of the database: it only goes through the pipe."""
    url = run.config.database_url
    return {**run.config.model_dump(mode="json"), "database_url": url and url.get_secret_value()}


class TrialPool:
    """Child processes that run trials; as a context manager, it kills them at the end.

    Parameters
    ----------
    run : Run
        The run of the cross-validation.
    processes : int
        Number of child processes; a pool starts no more than it has trials.
    """

    def __init__(self, run: Run, processes: int) -> None:
        self._run = run
        self._processes = processes
        self._children: list[_Child] = []

    def __enter__(self) -> "TrialPool":
        return self

    def __exit__(self, *_: object) -> None:
        while self._children:
            self._children.pop().end()

    def run(self, trials: Sequence[Trial], on_end: OnEnd) -> None:
        """Run all trials, and call `on_end` with each one and its seconds when it ends.

        Raises
        ------
        PermanentError, TransientError
            When a trial fails; the message begins with its name.
        WorkerLost
            When a child dies.
        """
        left = list(reversed(trials))
        while len(self._children) < min(self._processes, len(trials)):
            self._children.append(_Child(self._run))
        for child in self._children:
            self._next(child, left)
        while busy := [child for child in self._children if child.trial is not None]:
            ready: list[Any] = wait([child.channel for child in busy])
            for child in busy:
                if child.channel in ready:
                    self._receive(child, left, on_end)

    def _next(self, child: _Child, left: list[Trial]) -> None:
        if left:
            child.start(left.pop())
        else:
            child.trial = None

    def _receive(self, child: _Child, left: list[Trial], on_end: OnEnd) -> None:
        """Take one message of a child: a log record, the end of its trial, or its error."""
        trial = child.trial
        if trial is None:
            return
        message = self._message(child, trial["name"])
        if "text" in message:
            if message["done"] is not None:
                child.done = message["done"]
            done = sum(each.done for each in self._children if each.trial is not None)
            named = message["text"].startswith(trial["name"])
            logger.log(message["level"], "%s%s", "" if named else f"{trial['name']}: ", message["text"], extra={"done": done})
        elif "error" in message:
            if "traceback" in message:
                logger.error("%s", message["traceback"])
            kind = TransientError if message["transient"] else PermanentError
            raise kind(f"{trial['name']}: {message['error']}")
        elif "seconds" in message:
            self._next(child, left)
            on_end(trial, message["seconds"])

    def _message(self, child: _Child, name: str) -> dict[str, Any]:
        connection: Connection = child.channel
        try:
            message: dict[str, Any] = json.loads(connection.recv_bytes())
        except (EOFError, OSError):
            self._children.remove(child)
            raise WorkerLost(
                f"{name}: its process died ({child.end()}); with less memory, fewer --processes may help"
            ) from None
        return message
