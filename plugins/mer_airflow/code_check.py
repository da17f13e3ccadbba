"""Code version check: a worker refuses a task if its code differs from the scheduler's code.

Each scheduler writes its code version into Airflow's variable ``mer_code`` when it starts. If there are several schedulers, the
one that started last wins. Without the variable, no task is refused. The variable is absent where tasks run beside the
scheduler, on the same files, and after somebody has deleted it.

A refused try fails with one line that names both versions. It is retried like any other transient error, because nothing is
wrong with the task. While a new version is rolled out, a later try reaches a worker that has it, and the run goes on. If no
worker has it, the last try fails the task with that line.
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
CODE_FOLDERS = ("dags", "mer_tasks", "plugins", "sql")
"""Folders that a release consists of."""
DIGEST_DIGITS = 12


def code_files(root: Path) -> Iterator[Path]:
    """List the files in the ``CODE_FOLDERS`` that exist, without bytecode, hidden files and hidden folders."""
    for code_folder in CODE_FOLDERS:
        for folder, subfolders, files in os.walk(root / code_folder):
            subfolders[:] = [name for name in subfolders if name != "__pycache__" and name[0] != "."]
            yield from (Path(folder, name) for name in files if name[0] != ".")


def code_version(root: Path | None = None) -> str:
    """Compute the code version: the platform's version number and a digest of all its files.

    This takes about 10 ms, so each task computes it again, as each task imports its modules again.

    Parameters
    ----------
    root : Path, optional
        Folder that contains ``CODE_FOLDERS``; by default the folder that this process imported ``mer_tasks`` from.

    Returns
    -------
    str
        Version number and the first 12 hexadecimal digits of the digest, separated by a space.
    """
    root = root or Path(mer_tasks.__path__[0]).parent
    digest = hashlib.sha256()
    for path in sorted(code_files(root)):
        digest.update(f"{path.relative_to(root)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return f"{mer_tasks.__version__} {digest.hexdigest()[:DIGEST_DIGITS]}"


def check_code(instance: Any) -> None:
    """Refuse a task instance if this worker's code differs from the scheduler's code.

    Raises
    ------
    TransientError
        If the two code versions differ.
    """
    from airflow.sdk import Variable

    expected = Variable.get(VARIABLE, default=None)
    if expected is None:
        return
    actual = code_version()
    if actual != expected:
        worker = f"worker {instance.hostname} has code {actual}"
        raise TransientError(f"{worker}, the scheduler {expected}: start both from the same image or checkout")


class SchedulerStartListener:
    """Airflow listener that records the scheduler's code version; every component calls it once, when it starts."""

    @hookimpl
    def on_starting(self) -> None:
        """Store the scheduler's code version in the variable, or delete the variable if only local executors run tasks."""
        if sys.argv[1:2] != ["scheduler"]:  # Airflow does not tell a listener yet which component is starting
            return
        from airflow.executors.executor_loader import ExecutorLoader
        from airflow.models import Variable

        executors = [ExecutorLoader.import_executor_cls(name)[0] for name in ExecutorLoader.get_executor_names()]
        if all(executor.is_local for executor in executors):
            Variable.delete(VARIABLE)
        else:
            Variable.set(VARIABLE, code_version(), DESCRIPTION)
