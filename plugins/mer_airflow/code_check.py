"""Whose code a worker runs: a task refuses to run on another code than the scheduler's.

The scheduler writes what code it has into Airflow's variable ``mer_code`` when it starts; of several, the one that started last
counts. Without the variable nothing is refused: that is so where tasks run beside the scheduler, on its own files, and after
somebody has deleted it.

A refused try fails with both codes in one line, and is retried like other weather, since nothing is wrong with the task: while
a new version is rolled out, a later try finds a worker that has it, and runs go on. Where no worker has it, the last try fails
the task with that line.
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from airflow.listeners import hookimpl

import mer_tasks
from mer_tasks.errors import TransientError

VARIABLE = "mer_code"
DESCRIPTION = "The scheduler's version and digest of the MER platform's code; workers with another refuse its tasks"
PARTS = ("dags", "mer_tasks", "plugins", "sql")
"""Folders that a release consists of."""
DIGITS = 12


def sources(root: Path) -> Iterator[Path]:
    """Files of ``PARTS``, those that are there, but what Python, editors or version control keep beside them."""
    for part in PARTS:
        for folder, below, files in os.walk(root / part):
            below[:] = [name for name in below if name != "__pycache__" and name[0] != "."]
            yield from (Path(folder, name) for name in files if name[0] != ".")


def code(root: Path | None = None) -> str:
    """Version, and digest of all files of the code: 10 ms, so each task reads them anew, as it does its modules.

    Parameters
    ----------
    root : Path, optional
        Folder that has ``PARTS``; the one of this process if left out.
    """
    root = root or Path(mer_tasks.__path__[0]).parent
    digest = hashlib.sha256()
    for path in sorted(sources(root)):
        digest.update(f"{path.relative_to(root)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return f"{mer_tasks.__version__} {digest.hexdigest()[:DIGITS]}"


def check_code(instance: Any) -> None:
    """Refuse a task instance on a worker that has not the scheduler's code.

    Raises
    ------
    TransientError
        If the codes differ.
    """
    from airflow.sdk import Variable

    expected = Variable.get(VARIABLE, default=None)
    if expected is None or (found := code()) == expected:
        return
    raise TransientError(
        f"worker {instance.hostname} has code {found}, the scheduler {expected}: start both from the same image or checkout"
    )


class SchedulerStarts:
    """Airflow calls this in each of its components, before it does anything."""

    @hookimpl
    def on_starting(self) -> None:
        """Say what code the scheduler has, unless it runs every task itself."""
        if sys.argv[1:2] != ["scheduler"]:  # the component does not know yet what it is
            return
        from airflow.executors.executor_loader import ExecutorLoader
        from airflow.models import Variable

        kinds = [ExecutorLoader.import_executor_cls(name)[0] for name in ExecutorLoader.get_executor_names()]
        if all(kind.is_local for kind in kinds):
            Variable.delete(VARIABLE)
        else:
            Variable.set(VARIABLE, code(), DESCRIPTION)
