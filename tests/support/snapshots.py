"""Runs that many tests begin with: made once a session by the real stages, and copied into each test's own store."""

import atexit
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from mer_tasks.runs.run import Run
from mer_tasks.storage.local import FileStore

FOLDERS: dict[str, Path] = {}
"""What the store of a run has, by what the run was made of."""


def made_once(run: Run, make: Callable[[], None], *parameters: Any, fresh: bool = True) -> None:
    """Let `make` make the documents of `run`, or copy them from a run that was made with equal parameters.

    Parameters
    ----------
    run : Run
        Of whatever store; only what lies in a folder is copied.
    make : callable
    *parameters
        Everything that `make` depends on. Their ``repr`` tells runs apart.
    fresh : bool
        Nothing outside of the store has anything that `make` would read. A store that has runs is never taken for fresh.
    """
    root = run.store.root if isinstance(run.store, FileStore) else None
    if not fresh or root is None or (root / "runs").exists():
        make()
        return
    name = repr((run.run_id, *parameters))
    if name in FOLDERS:
        shutil.copytree(FOLDERS[name], root, dirs_exist_ok=True)
        run.write_manifest("discover", {**run.manifest("discover"), "listed_at": datetime.now(timezone.utc).isoformat()})
        return
    make()
    folder = Path(tempfile.mkdtemp(prefix="mer-runs-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    FOLDERS[name] = Path(shutil.copytree(root, folder / "store"))
