"""The process that decodes, and may die of it: :class:`Decoder` here, and the child's own loop at the end.

In: the bytes of one file after another. Out: what :func:`mer_tasks.audio.decoding.decode` gives, or its error, and who the
file's tags say is heard. One child serves a whole shard; it is started at the first file, and again after it had to be ended.
Parent and child speak over a socket pair, in messages of a length-prefixed JSON document and a length-prefixed body: nothing
that arrives is ever executed.

Limits, set by the child on itself: address space, CPU seconds per file, no core file, 1 MiB of what it may write to disk
(libraries complain to stderr at length). Wall time is the parent's to judge. On Linux the child dies with the thread that
started it; elsewhere it ends at the next message. Reasons of rejection beside those of :mod:`mer_tasks.audio.decoding`:
``decode_timeout``, ``decode_memory``, ``decoder_crashed``. They may be the machine's fault, so nobody should remember them.
"""

import ctypes
import json
import logging
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from mer_tasks.audio.artist_tags import read_tags
from mer_tasks.audio.decoding import Decoded, decode
from mer_tasks.errors import AudioError, WorkerLost

logger = logging.getLogger(__name__)

START_SECONDS = 60.0
"""A child that has not finished its imports by then is lost."""
GOODBYE_SECONDS = 5.0
"""A child that has closed its end and has not ended by then is killed."""
HEAD = struct.Struct(">IQ")
"""Before each message: lengths of its JSON document and of its body."""
MIB = 1 << 20
PR_SET_PDEATHSIG = 1


class Decoder:
    """Decodes in a child process; a context manager that ends the child.

    Parameters
    ----------
    max_duration_seconds : float
        Longer sound is rejected.
    timeout_seconds : float
        Wall time, and nearly the CPU time, that one file may take.
    memory_mb : int
        Address space of the child, in MiB.
    """

    def __init__(self, *, max_duration_seconds: float, timeout_seconds: float, memory_mb: int) -> None:
        self.max_duration_seconds = max_duration_seconds
        self.timeout_seconds = timeout_seconds
        self.memory_mb = memory_mb
        self._child: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._stderr: IO[bytes] | None = None

    def __enter__(self) -> "Decoder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Process id of the child; None while there is none."""
        return self._child.pid if self._child else None

    def decode(self, data: bytes) -> Decoded:
        """:func:`mer_tasks.audio.decoding.decode` and :func:`mer_tasks.audio.artist_tags.read_tags` in the child.

        Raises
        ------
        AudioError
            What :func:`mer_tasks.audio.decoding.decode` raises; ``decode_timeout``; ``decode_memory``; ``decoder_crashed`` when
            two children in a row died of this file.
        WorkerLost
            If no child can be started.
        """
        for attempt in (1, 2):
            channel = self._socket or self._start()
            try:
                channel.settimeout(self.timeout_seconds)
                return self._exchange(channel, data)
            except TimeoutError:
                self.close()
                raise self._too_slow() from None
            except (EOFError, ConnectionError):
                status, last_words = self._end()
            if status == -signal.SIGXCPU:
                raise self._too_slow()
            logger.warning("decoder died (%s) on a file of %d bytes, attempt %d of 2", _cause(status), len(data), attempt)
        raise AudioError("decoder_crashed", f"two decoders died of it, the second by {_cause(status)}{last_words}")

    def close(self) -> None:
        """End the child, if there is one."""
        if self._child is not None:
            self._end()

    def _too_slow(self) -> AudioError:
        return AudioError("decode_timeout", f"still decoding after {self.timeout_seconds:g} s, expected less")

    def _exchange(self, channel: socket.socket, data: bytes) -> Decoded:
        deadline = time.monotonic() + self.timeout_seconds
        question = {"max_duration_seconds": self.max_duration_seconds, "cpu_seconds": self.timeout_seconds}
        _send(channel, question, data)
        answer, flac = _receive(channel, self.memory_mb * MIB, deadline)
        if "reason" in answer:
            raise AudioError(answer["reason"], answer["detail"])
        return Decoded(flac=flac, **{**answer, "artists": tuple(answer["artists"])})

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  (closed in _end, with the child)
        self._socket = ours
        try:
            with theirs:
                self._child = _spawn(theirs, self.memory_mb, self._stderr)
            _receive(ours, 0, time.monotonic() + START_SECONDS)
        except (EOFError, OSError) as error:
            status, last_words = self._end()
            raise WorkerLost(f"no decoding process could be started: {error} ({_cause(status)}){last_words}") from None
        return ours

    def _end(self) -> tuple[int, str]:
        """Close the channel and wait for the child; its exit status, and the last line it wrote to stderr."""
        child, channel, stderr = self._child, self._socket, self._stderr
        self._child = self._socket = self._stderr = None
        if channel is None or stderr is None:
            return 0, ""
        with channel, stderr:
            status = _wait(child, channel) if child else 0
            stderr.seek(max(0, os.fstat(stderr.fileno()).st_size - 2000))
            lines = stderr.read().decode(errors="replace").strip().splitlines()
        return status, f" ({lines[-1][:200]})" if lines else ""


def _spawn(channel: socket.socket, memory_mb: int, stderr: IO[bytes]) -> subprocess.Popen[bytes]:
    paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # a thread pool would only take address space
    return subprocess.Popen(
        [sys.executable, "-m", __name__, str(channel.fileno()), str(os.getpid()), str(memory_mb)],
        pass_fds=[channel.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        env={**os.environ, **threads, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
    )


def _wait(child: subprocess.Popen[bytes], channel: socket.socket) -> int:
    """Exit status of a child that has closed its end (it is gone or going), or that is ended here and now."""
    channel.setblocking(False)
    try:
        gone = channel.recv(1) == b""
    except OSError as error:
        gone = not isinstance(error, BlockingIOError)
    try:
        return child.wait(GOODBYE_SECONDS if gone else 0)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def _cause(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"


def _send(channel: socket.socket, document: dict[str, Any], body: bytes = b"") -> None:
    text = json.dumps(document).encode()
    channel.sendall(HEAD.pack(len(text), len(body)) + text)
    channel.sendall(body)


def _receive(channel: socket.socket, largest: int, deadline: float | None = None) -> tuple[dict[str, Any], bytes]:
    """One message whose body has at most `largest` bytes; raises EOFError at the end, TimeoutError past the deadline."""
    text_length, body_length = HEAD.unpack(_receive_exactly(channel, HEAD.size, deadline))
    if text_length > MIB or body_length > largest:
        raise EOFError(f"a message of {text_length} and {body_length} bytes, expected at most {MIB} and {largest}")
    document: dict[str, Any] = json.loads(_receive_exactly(channel, text_length, deadline))
    return document, _receive_exactly(channel, body_length, deadline)


def _receive_exactly(channel: socket.socket, length: int, deadline: float | None) -> bytes:
    found = bytearray(length)
    view = memoryview(found)
    while view:
        if deadline is not None:
            channel.settimeout(max(1e-3, deadline - time.monotonic()))
        count = channel.recv_into(view)
        if count == 0:
            raise EOFError("the other side has gone")
        view = view[count:]
    return bytes(found)


def _die_with_parent(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent has gone")


def _limit_process(memory_mb: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle: it ends this process
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, MIB))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb * MIB, memory_mb * MIB))


def _limit_file(cpu_seconds: float) -> None:
    """The CPU limit counts from the start of the process, so each file's share goes on top of what is used."""
    used = time.process_time()
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + cpu_seconds) + 2, hard))


def _answer(question: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    _limit_file(question["cpu_seconds"])
    try:
        decoded = asdict(decode(data, max_duration_seconds=question["max_duration_seconds"]))
        tags = read_tags(data)
    except AudioError as error:
        return {"reason": error.reason, "detail": error.detail}, b""
    except MemoryError:
        return {"reason": "decode_memory", "detail": "decoding needs more memory than decode_memory_mb allows"}, b""
    flac: bytes = decoded.pop("flac")
    return {**decoded, "artists": tags.artists, "tag_problem": tags.problem}, flac


def serve(channel: socket.socket, memory_mb: int) -> None:
    """The child's loop: answer one question after another until the parent closes the channel."""
    _limit_process(memory_mb)
    _send(channel, {"ready": True})
    while True:
        try:
            question, data = _receive(channel, memory_mb * MIB)
        except EOFError:
            return
        answer, flac = _answer(question, data)
        _send(channel, answer, flac)


if __name__ == "__main__":
    _die_with_parent(int(sys.argv[2]))
    serve(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[3]))
