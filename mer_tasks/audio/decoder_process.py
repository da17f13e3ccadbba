"""Decoder process: decode audio in a child process, because damaged files can crash a decoder.

:class:`Decoder` is the parent's side; :mod:`mer_tasks.audio.child_process` starts the child, limits it, and carries messages.

Input: the bytes of one file after another. Output: what :func:`mer_tasks.audio.decoding.decode` returns, with the facts from
the file's tags, or its error. One child decodes all files of a shard.

Reasons of rejection, in addition to those of :mod:`mer_tasks.audio.decoding`: ``decode_timeout``, ``decode_memory``,
``decoder_crashed``. The machine may have caused these, so a caller should not store them for later runs.
"""

import sys
from dataclasses import asdict
from multiprocessing.connection import Connection

from mer_tasks.audio.child_process import ChildProcess, Message, enter, limit_request, receive, send, serve
from mer_tasks.audio.decoding import Decoded, decode
from mer_tasks.audio.tags import read_tags
from mer_tasks.errors import AudioError


class Decoder(ChildProcess):
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

    noun = "decoder"
    work = "decoding"
    timeout_reason = "decode_timeout"

    def __init__(self, *, max_duration_seconds: float, timeout_seconds: float, memory_mb: int) -> None:
        super().__init__(__name__, memory_mb)
        self.max_duration_seconds = max_duration_seconds
        self.timeout_seconds = timeout_seconds

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
        return self._ask(lambda channel: self._exchange(channel, data), self.timeout_seconds, f"a file of {len(data)} bytes")

    def _exchange(self, channel: Connection, data: bytes) -> Decoded:
        request = {"max_duration_seconds": self.max_duration_seconds, "cpu_seconds": self.timeout_seconds}
        send(channel, request, data)
        response, flac = receive(channel, self.max_bytes)
        if "reason" in response:
            raise AudioError(response["reason"], response["detail"])
        return Decoded(flac=flac, **{**response, "artists": tuple(response["artists"])})


def _respond(request: dict[str, float], data: bytes) -> Message:
    """Decode one file, and return the response to the parent: a document, and the FLAC as its body."""
    limit_request(request["cpu_seconds"])
    try:
        decoded = asdict(decode(data, max_duration_seconds=request["max_duration_seconds"]))
        tags = asdict(read_tags(data))
    except AudioError as error:
        return {"reason": error.reason, "detail": error.detail}, b""
    except MemoryError:
        return {"reason": "decode_memory", "detail": "decoding needs more memory than decode_memory_mb allows"}, b""
    flac: bytes = decoded.pop("flac")
    return {**decoded, "tag_problem": tags.pop("problem"), **tags}, flac


if __name__ == "__main__":
    serve(*enter(sys.argv), _respond)
