"""Decoder process: decode audio in a child process, because damaged files can crash a decoder.

:class:`Decoder` is the parent's side, and :func:`serve` is the child's loop.

Input: the bytes of one file after another. Output: what :func:`mer_tasks.audio.decoding.decode` returns, with the facts from
the file's tags, or its error.

One child decodes all files of a shard. It is started at the first file, and again after it had to be ended. Parent and child
communicate over a pipe of :mod:`multiprocessing.connection`. A message is two blocks of bytes: a JSON document, and the content
of a file. Nothing that arrives is unpickled or executed.

The child limits its own address space and its CPU seconds per file. It writes no core file, and at most 1 MiB to disk, because
libraries complain to stderr at length. The parent limits the wall time: it kills a child that takes longer, which ends every
wait for it. On Linux the child dies with the thread that started it; on other systems it ends at the next message.

Reasons of rejection, in addition to those of :mod:`mer_tasks.audio.decoding`: ``decode_timeout``, ``decode_memory``,
``decoder_crashed``. The machine may have caused these, so a caller should not store them for later runs.
"""

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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import IO, Any

from mer_tasks.audio.decoding import Decoded, decode
from mer_tasks.audio.tags import read_tags
from mer_tasks.errors import AudioError, WorkerLost
from mer_tasks.machine import die_with_parent

logger = logging.getLogger(__name__)

START_SECONDS = 60.0
"""Time limit for the start and the imports of a child."""
EXIT_SECONDS = 5.0
"""Time limit for the end of a child that has closed its side; then it is killed."""
MIB = 1 << 20


class Decoder:
    """Decoder in a child process; as a context manager, it ends the child.

    Parameters
    ----------
    max_duration_seconds : float
        Longer sound is rejected.
    timeout_seconds : float
        Wall time that one file may take; its CPU time may be slightly longer.
    memory_mb : int
        Limit of the child's address space, in MiB.
    """

    def __init__(self, *, max_duration_seconds: float, timeout_seconds: float, memory_mb: int) -> None:
        self.max_duration_seconds = max_duration_seconds
        self.timeout_seconds = timeout_seconds
        self.memory_mb = memory_mb
        self._child: subprocess.Popen[bytes] | None = None
        self._channel: Connection | None = None
        self._stderr: IO[bytes] | None = None

    def __enter__(self) -> "Decoder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Process id of the child; None while no child runs."""
        return self._child.pid if self._child else None

    def decode(self, data: bytes) -> Decoded:
        """Decode one file and read its tags in the child.

        The child calls :func:`mer_tasks.audio.decoding.decode` and :func:`mer_tasks.audio.tags.read_tags`.

        Raises
        ------
        AudioError
            The errors of :func:`mer_tasks.audio.decoding.decode`; ``decode_timeout``; ``decode_memory``; ``decoder_crashed`` if
            two children in a row died while they decoded this file.
        WorkerLost
            If no child can be started.
        """
        for attempt in (1, 2):
            channel = self._channel or self._start()
            with self._time_limit() as expired:
                try:
                    return self._exchange(channel, data)
                except (EOFError, OSError):
                    status, last_line = self._end()
            if expired.is_set() or status == -signal.SIGXCPU:
                raise AudioError("decode_timeout", f"still decoding after {self.timeout_seconds:g} s, expected less")
            logger.warning("decoder died (%s) on a file of %d bytes, attempt %d of 2", _cause(status), len(data), attempt)
        raise AudioError("decoder_crashed", f"two decoders died of it, the second by {_cause(status)}{last_line}")

    def close(self) -> None:
        """End the child, if there is one."""
        if self._child is not None:
            self._end()

    @contextmanager
    def _time_limit(self) -> Iterator[threading.Event]:
        """Kill the child if the block takes too long, and set the event.

        The child may have responded just before. Then the block succeeds, and the dead child is removed here, so that the next
        file does not find it.
        """
        child = self._child
        expired = threading.Event()
        over = threading.Lock()

        def expire() -> None:
            if over.acquire(blocking=False):
                expired.set()
                if child is not None:
                    child.kill()

        timer = threading.Timer(self.timeout_seconds, expire)
        timer.daemon = True
        timer.start()
        try:
            yield expired
        finally:
            timer.cancel()
            if not over.acquire(blocking=False):
                self._end()

    def _exchange(self, channel: Connection, data: bytes) -> Decoded:
        request = {"max_duration_seconds": self.max_duration_seconds, "cpu_seconds": self.timeout_seconds}
        _send(channel, request, data)
        response, flac = _receive(channel, self.memory_mb * MIB)
        if "reason" in response:
            raise AudioError(response["reason"], response["detail"])
        return Decoded(flac=flac, **{**response, "artists": tuple(response["artists"])})

    def _start(self) -> Connection:
        parent_end, child_end = Pipe()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  (closed in _end, with the child)
        self._channel = parent_end
        try:
            with child_end:
                self._child = _spawn(child_end, self.memory_mb, self._stderr)
            if not parent_end.poll(START_SECONDS):
                raise TimeoutError(f"no sign of it after {START_SECONDS:g} s")
            _receive(parent_end, 0)
        except (EOFError, OSError) as error:
            status, last_line = self._end()
            raise WorkerLost(f"no decoding process could be started: {error} ({_cause(status)}){last_line}") from None
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


def _spawn(channel: Connection, memory_mb: int, stderr: IO[bytes]) -> subprocess.Popen[bytes]:
    paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # threads would only take up address space
    return subprocess.Popen(
        [sys.executable, "-m", __name__, str(channel.fileno()), str(os.getpid()), str(memory_mb)],
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


def _cause(status: int) -> str:
    """Describe an exit status: the name of the signal that ended a process, or its number."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def _send(channel: Connection, document: dict[str, Any], body: bytes = b"") -> None:
    channel.send_bytes(json.dumps(document).encode())
    channel.send_bytes(body)


def _receive(channel: Connection, max_bytes: int) -> tuple[dict[str, Any], bytes]:
    """Receive a document and a body of at most `max_bytes`.

    Raises EOFError if the other side has closed the channel, and OSError if a message is too long.
    """
    document: dict[str, Any] = json.loads(channel.recv_bytes(MIB))
    return document, channel.recv_bytes(max_bytes)


def _limit_process(memory_mb: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C, and ends this process
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, MIB))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb * MIB, memory_mb * MIB))


def _limit_file(cpu_seconds: float) -> None:
    """Limit the CPU time of the next file; the system counts from the start of the process, so the used time is added."""
    used = time.process_time()
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + cpu_seconds) + 2, hard))


def _respond(request: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    """Decode one file, and return the response to the parent: a document, and the FLAC as its body."""
    _limit_file(request["cpu_seconds"])
    try:
        decoded = asdict(decode(data, max_duration_seconds=request["max_duration_seconds"]))
        tags = asdict(read_tags(data))
    except AudioError as error:
        return {"reason": error.reason, "detail": error.detail}, b""
    except MemoryError:
        return {"reason": "decode_memory", "detail": "decoding needs more memory than decode_memory_mb allows"}, b""
    flac: bytes = decoded.pop("flac")
    return {**decoded, "tag_problem": tags.pop("problem"), **tags}, flac


def serve(channel: Connection, memory_mb: int) -> None:
    """Run the child's loop: answer one request after another until the parent closes the channel."""
    _limit_process(memory_mb)
    _send(channel, {"ready": True})
    while True:
        try:
            request, data = _receive(channel, memory_mb * MIB)
        except (EOFError, OSError):
            return
        response, flac = _respond(request, data)
        _send(channel, response, flac)


if __name__ == "__main__":
    die_with_parent(int(sys.argv[2]))
    serve(Connection(int(sys.argv[1])), int(sys.argv[3]))
