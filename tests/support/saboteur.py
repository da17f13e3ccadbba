"""A decoder whose child gets a real signal from outside while it decodes a file that the test chose."""

import os
import threading
from collections.abc import Callable

from mer_tasks.audio.decoder_process import Decoder


def saboteur(signal_number: int, victim: bytes, times: int = 2, after_seconds: float = 0.1) -> Callable[..., Decoder]:
    """Make a subclass of :class:`Decoder` whose child gets a signal `after_seconds` after it starts to decode `victim`.

    This happens the first `times` times that the child decodes the file.
    """
    remaining = times

    class SabotagedDecoder(Decoder):
        def _exchange(self, channel, data):
            nonlocal remaining
            if data == victim and remaining > 0:
                remaining -= 1
                assert self.pid is not None
                threading.Timer(after_seconds, os.kill, (self.pid, signal_number)).start()
            return super()._exchange(channel, data)

    return SabotagedDecoder
