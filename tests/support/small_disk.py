"""A disk that is really full: a small tmpfs that only the process of the test sees, and that ends with this process."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


def on_a_small_disk(folder: Path, kib: int, code: str, *arguments: str) -> str:
    """Run Python `code` with `folder` on a disk of `kib` KiB, and return its output; skip the test if mounts are forbidden."""
    can_mount = (
        shutil.which("unshare") and subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0
    )
    if not can_mount:
        pytest.skip("this system gives a process no mounts of its own (unshare --user --mount)")
    folder.mkdir(parents=True, exist_ok=True)
    mount = f'mount -t tmpfs -o size={kib}k none "$1" && shift && exec "$@"'
    python = [sys.executable, "-c", code, str(folder), *arguments]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [*NAMESPACE, "sh", "-c", mount, "sh", str(folder), *python]
    completed = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stderr
    return completed.stdout
