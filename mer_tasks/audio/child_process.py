"""Child process with limits: the parent's and the child's side of a process for work that may crash, hang or eat memory.

:class:`ChildProcess` is the parent's side. The child is a module of the package that is run with ``python -m``: it calls
:func:`enter` first, and then :func:`serve`.

Parent and child communicate over a pipe of :mod:`multiprocessing.connection`. A message is two blocks of bytes: a JSON
document, and a body. Nothing that arrives is unpickled or executed.

The child limits its own address space and its CPU seconds per request. It writes no core file, and at most 1 MiB to disk,
because libraries complain to stderr at length. The parent limits the wall time: it kills a child that takes longer, which ends
every wait for it. On Linux the child dies with the thread that started it; on other systems it ends at the next message.
"""

import ctypes
import json
import logging
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import IO, Any, ClassVar, TypeVar

from mer_tasks.errors import AudioError, WorkerLost

logger = logging.getLogger(__name__)

START_SECONDS = 60.0
"""Time limit for the start and the imports of a child."""
EXIT_SECONDS = 5.0
"""Time limit for the end of a child that has closed its side; then it is killed."""
MIB = 1 << 20
PR_SET_PDEATHSIG = 1
"""Option of Linux's prctl that sets the signal which a child gets when its parent dies."""

Message = tuple[dict[str, Any], bytes]
Child = TypeVar("Child", bound="ChildProcess")
Answer = TypeVar("Answer")


class ChildProcess:
    """Child process that answers requests; as a context manager, it ends the child.

    It is started at the first request, and again after it had to be ended.

    Parameters
    ----------
    module : str
        Module that the child runs.
    memory_mb : int or None
        Limit of the child's address space, in MiB; None for no limit.

    Attributes
    ----------
    noun, work : str
        What the child is and does, for messages, such as "decoder" and "decoding".
    timeout_reason : str
        Reason of rejection if the child takes too long.
    """

    noun: ClassVar[str]
    work: ClassVar[str]
    timeout_reason: ClassVar[str]

    def __init__(self, module: str, memory_mb: int | None) -> None:
        self.memory_mb = memory_mb
        self._module = module
        self._child: subprocess.Popen[bytes] | None = None
        self._channel: Connection | None = None
        self._stderr: IO[bytes] | None = None

    def __enter__(self: Child) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def max_bytes(self) -> int:
        """Size that a message's body may have: that of the child's memory."""
        return _max_bytes(self.memory_mb)

    @property
    def pid(self) -> int | None:
        """Process id of the child; None while no child runs."""
        return self._child.pid if self._child else None

    def close(self) -> None:
        """End the child, if there is one."""
        if self._child is not None:
            self._end()

    def _ask(self, exchange: Callable[[Connection], Answer], seconds: float, subject: str) -> Answer:
        """Start the child if there is none, and return its answer to one request.

        Parameters
        ----------
        exchange : Callable
            Sends the request over the channel, and receives the answer.
        seconds : float
            Wall time that the exchange may take.
        subject : str
            What the request is about, for messages.

        Raises
        ------
        AudioError
            ``timeout_reason``; ``<noun>_crashed`` if two children in a row died of this request.
        WorkerLost
            If no child can be started.
        """
        for attempt in (1, 2):
            channel = self._channel or self._start()
            with self._time_limit(seconds) as expired:
                try:
                    return exchange(channel)
                except (EOFError, OSError):
                    status, last_line = self._end()
            if expired.is_set() or status == -signal.SIGXCPU:
                raise AudioError(self.timeout_reason, f"still {self.work} after {seconds:g} s, expected less")
            logger.warning("%s died (%s) on %s, attempt %d of 2", self.noun, cause_of(status), subject, attempt)
        raise AudioError(f"{self.noun}_crashed", f"two {self.noun}s died of it, the second by {cause_of(status)}{last_line}")

    @contextmanager
    def _time_limit(self, seconds: float) -> Iterator[threading.Event]:
        """Kill the child if the block takes too long, and set the event.

        The child may have responded just before. Then the block succeeds, and the dead child is removed here, so that the next
        request does not find it.
        """
        child = self._child
        expired = threading.Event()
        over = threading.Lock()

        def expire() -> None:
            if over.acquire(blocking=False):
                expired.set()
                if child is not None:
                    child.kill()

        timer = threading.Timer(seconds, expire)
        timer.daemon = True
        timer.start()
        try:
            yield expired
        finally:
            timer.cancel()
            if not over.acquire(blocking=False):
                self._end()

    def _start(self) -> Connection:
        parent_end, child_end = Pipe()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  (closed in _end, with the child)
        self._channel = parent_end
        try:
            with child_end:
                self._child = self._spawn(child_end, self._stderr)
            if not parent_end.poll(START_SECONDS):
                raise TimeoutError(f"no sign of it after {START_SECONDS:g} s")
            receive(parent_end, 0)
        except (EOFError, OSError) as error:
            status, last_line = self._end()
            raise WorkerLost(f"no {self.work} process could be started: {error} ({cause_of(status)}){last_line}") from None
        return parent_end

    def _end(self) -> tuple[int, str]:
        """End the child and close the channel; return its exit status, and the last line that it wrote to stderr."""
        child = self._child
        channel = self._channel
        stderr = self._stderr
        self._child = self._channel = self._stderr = None
        if channel is None or stderr is None:
            return 0, ""
        with channel, stderr:
            status = _wait(child, channel) if child else 0
            stderr.seek(max(0, os.fstat(stderr.fileno()).st_size - 2000))
            lines = stderr.read().decode(errors="replace").strip().splitlines()
        return status, f" ({lines[-1][:200]})" if lines else ""

    def _spawn(self, channel: Connection, stderr: IO[bytes]) -> subprocess.Popen[bytes]:
        paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # threads would only take up address space
        return subprocess.Popen(
            [sys.executable, "-m", self._module, str(channel.fileno()), str(os.getpid()), str(self.memory_mb or 0)],
            pass_fds=[channel.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env={**os.environ, **threads, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        )


def _wait(child: subprocess.Popen[bytes], channel: Connection) -> int:
    """Return the exit status of the child: wait for it if it has closed its side, otherwise kill it."""
    try:
        closed = channel.poll()
    except OSError:  # a message that is too long has closed the channel
        closed = False
    try:
        return child.wait(EXIT_SECONDS if closed else 0)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def _max_bytes(memory_mb: int | None) -> int:
    return memory_mb * MIB if memory_mb else sys.maxsize


def cause_of(status: int) -> str:
    """Describe an exit status: the name of the signal that ended a process, or its number."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def send(channel: Connection, document: dict[str, Any], body: bytes = b"") -> None:
    """Send a document and a body."""
    channel.send_bytes(json.dumps(document).encode())
    channel.send_bytes(body)


def receive(channel: Connection, max_bytes: int) -> Message:
    """Receive a document and a body of at most `max_bytes`.

    Raises EOFError if the other side has closed the channel, and OSError if a message is too long.
    """
    document: dict[str, Any] = json.loads(channel.recv_bytes(MIB))
    return document, channel.recv_bytes(max_bytes)


def _die_with_parent(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent has gone")


def _limit_process(memory_mb: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C, and ends this process
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, MIB))
    if memory_mb and sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb * MIB, memory_mb * MIB))


def limit_request(cpu_seconds: float) -> None:
    """Limit the CPU time of the next request; the system counts from the start of the process, so the used time is added."""
    used = time.process_time()
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + cpu_seconds) + 2, hard))


def enter(arguments: list[str]) -> tuple[Connection, int]:
    """Begin the child's side: set its limits, and report to the parent that it is ready.

    Parameters
    ----------
    arguments : list of str
        ``sys.argv`` of the child.

    Returns
    -------
    tuple of (Connection, int)
        The channel to the parent, and the largest request, in bytes.
    """
    _die_with_parent(int(arguments[2]))
    memory_mb = int(arguments[3])
    channel = Connection(int(arguments[1]))
    _limit_process(memory_mb)
    send(channel, {"ready": True})
    return channel, _max_bytes(memory_mb)


def serve(channel: Connection, largest: int, respond: Callable[[dict[str, Any], bytes], Message]) -> None:
    """Run the child's loop: answer one request after another until the parent closes the channel."""
    while True:
        try:
            request, body = receive(channel, largest)
        except (EOFError, OSError):
            return
        send(channel, *respond(request, body))
