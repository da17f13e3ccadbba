"""Facts about the machine that a process runs on, and the tie between a child process and its parent."""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
"""Option of Linux's prctl that sets the signal which a child gets when its parent dies."""
CGROUP = Path("/sys/fs/cgroup")
"""Folder with the memory limit of a container (Linux, cgroup version 2)."""


def cores() -> int:
    """Return the number of CPU cores that this process may use: fewer than there are if ``OMP_NUM_THREADS`` says so."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = os.environ.get("OMP_NUM_THREADS", "")
    return min(allowed, int(threads)) if threads.isdecimal() and int(threads) else allowed


def free_memory() -> int | None:
    """Return the bytes of memory that new processes can take, within the limit of the container; None if it is not known."""
    free = []
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/meminfo").read_text().splitlines()
        free.append(1024 * int(next(line for line in lines if line.startswith("MemAvailable:")).split()[1]))
    with suppress(OSError, ValueError):
        # "max" stands for no limit, which is no number
        limit, used = (int((CGROUP / f"memory.{name}").read_text()) for name in ("max", "current"))
        free.append(max(0, limit - used))
    return min(free, default=None)


def has_gpu_driver() -> bool:
    """Return whether this machine has a driver of NVIDIA, whose GPU all processes would share."""
    return Path("/proc/driver/nvidia/version").exists()


def die_with_parent(parent: int) -> None:
    """Let this process die when the thread that started it ends; on systems other than Linux, only if that has happened.

    Parameters
    ----------
    parent : int
        Process id of the parent.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent has gone")
