"""A decoder whose child is sent a real signal, from outside, while it works on a file that the test chose."""

import os
import threading
from collections.abc import Callable

from mer_tasks.audio.decoder_process import Decoder


def saboteur(signal_number: int, victim: bytes, times: int = 2, after_seconds: float = 0.1) -> Callable[..., Decoder]:
    """:class:`Decoder`, but the child gets `signal_number` so long after it was given `victim`, the first `times` times."""
    left = [times]

    class Sabotaged(Decoder):
        def _exchange(self, channel, data):
            if data == victim and left[0] > 0:
                left[0] -= 1
                assert self.pid is not None
                threading.Timer(after_seconds, os.kill, (self.pid, signal_number)).start()
            return super()._exchange(channel, data)

    return Sabotaged
