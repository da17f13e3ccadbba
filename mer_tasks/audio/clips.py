"""Short clips of tracks to listen to within a page.

In: the FLAC that `reformat` made of a track. Out: ten seconds of it as MP3, which every browser plays, 60 kB.
"""

import base64
import io

import numpy as np
import soundfile

from mer_tasks.audio.decoding import SAMPLE_RATE
from mer_tasks.errors import AudioError

SECONDS = 10.0
FADE = SAMPLE_RATE // 20
"""Samples at each end over which a clip fades, so that it does not click."""
COMPRESSION = 0.7
"""Of libsndfile's scale from 0 to 1: about 48 kb/s for one channel."""


def clip(flac: bytes, start: float, seconds: float = SECONDS) -> bytes:
    """A stretch of a FLAC as MP3; the rest of it is not decoded.

    Parameters
    ----------
    flac : bytes
        As `reformat` makes it.
    start, seconds : float
        Where it begins and how long it is. What would lie beyond the end is left out.

    Raises
    ------
    AudioError
        ``truncated`` if the bytes are not those of a FLAC that reaches so far.
    """
    try:
        with soundfile.SoundFile(io.BytesIO(flac)) as file:
            file.seek(min(round(start * SAMPLE_RATE), max(0, file.frames - 1)))
            samples = file.read(round(seconds * SAMPLE_RATE), dtype="float32", always_2d=True)[:, 0]
    except soundfile.LibsndfileError as error:
        raise AudioError("truncated", f"{error.error_string} Expected a whole FLAC.") from None
    if not len(samples):
        raise AudioError("truncated", f"nothing at {start:g} s, expected a whole FLAC")
    ramp = np.linspace(0, 1, min(FADE, len(samples)), dtype=np.float32)
    samples[: len(ramp)] *= ramp
    samples[-len(ramp) :] *= ramp[::-1]
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, SAMPLE_RATE, format="MP3", compression_level=COMPRESSION)
    return buffer.getvalue()


def address(mp3: bytes) -> str:
    """A clip as an address that a page plays without fetching anything."""
    return f"data:audio/mpeg;base64,{base64.b64encode(mp3).decode()}"
