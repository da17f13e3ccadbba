"""Child process of ``mer crossval`` that runs trials, one after the other; its parent is :mod:`mer_tasks.runs.trial_pool`.

In: over a pipe, the run of the cross-validation, then the key of one trial after another, as JSON. Out: for each trial its log
records, then its seconds or its error, as JSON. The parent sets one thread for all libraries, in the environment. The child
dies with its parent. Its interrupts are left to the parent, which kills it: a training continues from its last checkpoint.
"""

import errno
import json
import logging
import os
import sys
import threading
import traceback
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

from mer_tasks.errors import MerError, TransientError
from mer_tasks.machine import die_with_parent
from mer_tasks.runs.crossval_config import CrossvalConfig
from mer_tasks.runs.pipeline import run_stage
from mer_tasks.runs.run import Run

PACKAGE = "mer_tasks"


class Channel:
    """The child's end of the pipe: one JSON message at a time, from any thread.

    Parameters
    ----------
    connection : Connection
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, **message: Any) -> None:
        """Send a message."""
        with self._lock:
            self._connection.send_bytes(json.dumps(message).encode())

    def receive(self) -> dict[str, Any]:
        """Wait for a message; raises EOFError if the parent has closed its end."""
        message: dict[str, Any] = json.loads(self._connection.recv_bytes())
        return message


class _ToParent(logging.Handler):
    """Sends each log record to the parent, with the finished fraction of the trial if the record has one."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(logging.INFO)
        self._channel = channel

    def emit(self, record: logging.LogRecord) -> None:
        self._channel.send(level=record.levelno, text=record.getMessage(), done=getattr(record, "done", None))


def _error(error: Exception) -> dict[str, Any]:
    """Describe an error for the parent: its text, and whether another try may succeed."""
    if isinstance(error, MerError):
        return {"error": str(error), "transient": isinstance(error, TransientError)}
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return {"error": f"{error.filename or 'local files'}: the disk is full", "transient": True}
    text = " ".join(str(error).split())
    return {"error": f"{type(error).__name__}: {text}", "transient": False, "traceback": traceback.format_exc()}


def serve(channel: Channel) -> None:
    """Run one trial after another until the parent closes the pipe."""
    settings = channel.receive()
    run = Run(CrossvalConfig(**settings["config"]), settings["run_id"], settings["try_number"])
    logging.getLogger(PACKAGE).setLevel(logging.INFO)
    logging.getLogger().addHandler(_ToParent(channel))
    import_module("mer_tasks.stages.trial")  # its imports take seconds, which are no part of the first trial
    channel.send(ready=True)
    while True:
        try:
            key = channel.receive()["key"]
        except EOFError:
            return
        try:
            channel.send(seconds=run_stage(run, "trial", key)["counters"]["seconds"])
        except Exception as error:
            channel.send(**_error(error))


if __name__ == "__main__":
    die_with_parent(int(sys.argv[2]))
    os.setsid()
    serve(Channel(Connection(int(sys.argv[1]))))
