"""Encoder process: run an encoder in a child process, with limits of memory and time.

:class:`EncoderProcess` is the parent's side; :mod:`mer_tasks.audio.child_process` starts the child, limits it, and carries
messages. :mod:`mer_tasks.encoders.network` is the child's side: it loads the model once, and then computes one track after
another.

Reasons of rejection: ``too_short``, ``no_embedding``, ``embedding_timeout``, ``embedding_memory``, ``encoder_crashed``. The
machine may have caused the last three, so a caller should not store them for later runs.
"""

from multiprocessing.connection import Connection

import numpy as np
import numpy.typing as npt

from mer_tasks.audio.child_process import START_SECONDS, ChildProcess, Message, cause_of, receive, send
from mer_tasks.audio.decoding import SAMPLE_RATE
from mer_tasks.encoders.description import Encoder
from mer_tasks.errors import AudioError, ConfigError

Array32 = npt.NDArray[np.float32]


class EncoderProcess(ChildProcess):
    """Encoder in a child process, which loads the model once; as a context manager, it ends the child.

    Parameters
    ----------
    encoder : Encoder
    model : bytes
        Content of ``model.onnx``.
    cuda : bool
        Whether to compute on the GPU. The address space is then not limited, because CUDA reserves more of it than there is
        memory.

    Examples
    --------
    >>> with EncoderProcess(folder.encoder, folder.model) as process:  # doctest: +SKIP
    ...     vectors = process.embed(samples)
    """

    noun = "encoder"
    work = "embedding"
    timeout_reason = "embedding_timeout"

    def __init__(self, encoder: Encoder, model: bytes, *, cuda: bool = False) -> None:
        super().__init__("mer_tasks.encoders.network", None if cuda else encoder.limits.memory_mb)
        self.encoder = encoder
        self.model = model
        self.cuda = cuda

    def embed(self, samples: Array32) -> Array32:
        """Compute the vectors of a track.

        Parameters
        ----------
        samples : np.ndarray [shape=(n,), dtype=float32]
            Samples at 22,050 Hz, mono.

        Returns
        -------
        np.ndarray [shape=(windows, size), dtype=float32]
            One vector for each window. Window k begins at k * hop_seconds.

        Raises
        ------
        AudioError
            ``too_short`` if there is no sound, or less than one window and the encoder rejects that; ``no_embedding`` if a
            vector has NaN, or the network fails on this track; ``embedding_timeout``; ``embedding_memory``; ``encoder_crashed``
            if two children in a row died of this track.
        ConfigError
            If the encoder cannot be used: the model is refused, or its output has another shape than the description says.
        WorkerLost
            If no child can be started.
        """
        encoder = self.encoder
        seconds = len(samples) / SAMPLE_RATE
        if not len(samples) or (encoder.short == "reject" and seconds < encoder.window_seconds):
            raise AudioError(
                "too_short",
                f"{seconds:.3f} s of sound, expected at least one window of {encoder.window_seconds:g} s ({encoder})",
            )
        body = np.ascontiguousarray(samples, np.float32).tobytes()
        limit = encoder.limits.seconds_for(seconds)
        return self._ask(lambda channel: self._exchange(channel, body, limit), limit, f"a track of {seconds:.1f} s")

    def _exchange(self, channel: Connection, body: bytes, limit: float) -> Array32:
        send(channel, {"cpu_seconds": limit}, body)
        response, vectors = self._answered(receive(channel, self.max_bytes))
        if "reason" in response:
            raise AudioError(response["reason"], response["detail"])
        if "memory" in response:
            raise AudioError("embedding_memory", f"more memory than memory_mb={self.memory_mb} allows ({self.encoder})")
        return np.frombuffer(vectors, np.float32).reshape(-1, self.encoder.size)

    def _answered(self, response: Message) -> Message:
        """Return a response, unless the child refuses the encoder."""
        if "refused" in response[0]:
            raise ConfigError(f"encoder {self.encoder}: {response[0]['refused']}")
        return response

    def _start(self) -> Connection:
        """Start a child, and have it load the model."""
        channel = super()._start()
        limit = START_SECONDS + self.encoder.limits.seconds
        problem = None
        with self._time_limit(limit) as expired:
            try:
                send(channel, {"encoder": self.encoder.document, "cuda": self.cuda, "cpu_seconds": limit}, self.model)
                response, _ = self._answered(receive(channel, 0))
                if "memory" in response:
                    problem = f"the model needs more memory than memory_mb={self.memory_mb} allows"
                elif "detail" in response:
                    problem = response["detail"]
            except (EOFError, OSError):
                status, last_line = self._end()
                problem = f"the process died while it loaded the model: {cause_of(status)}{last_line}"
        if expired.is_set():
            problem = f"still loading after {limit:g} s, expected less"
        if problem:
            self.close()
            raise ConfigError(f"encoder {self.encoder}: {problem}")
        return channel
