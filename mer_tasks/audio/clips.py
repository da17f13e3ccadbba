"""Short audio clips of tracks: cut them as MP3, and embed them in a page.

Input: the FLAC that stage `reformat` made of a track. Output: ten seconds of it as MP3, which every browser plays, about 60 kB.
"""

import base64
import io

import numpy as np
import soundfile

from mer_tasks.audio.decoding import SAMPLE_RATE
from mer_tasks.errors import AudioError

CLIP_SECONDS = 10.0
FADE = SAMPLE_RATE // 20
"""Samples at each end over which a clip fades in or out, so that it does not click."""
COMPRESSION = 0.7
"""Compression level, on libsndfile's scale from 0 to 1: about 48 kb/s for one channel."""


def clip(flac: bytes, start: float, seconds: float = CLIP_SECONDS) -> bytes:
    """Cut a clip from a FLAC and encode it as MP3; the rest of the FLAC is not decoded.

    Parameters
    ----------
    flac : bytes
        A FLAC as stage `reformat` makes it.
    start, seconds : float
        Start and length of the clip, in seconds. The clip is shorter if the FLAC ends earlier.

    Raises
    ------
    AudioError
        ``truncated`` if the bytes are not a FLAC that reaches as far as the clip.
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


def data_url(mp3: bytes) -> str:
    """Return a data URL of a clip, which a page plays without fetching anything.

    Examples
    --------
    >>> data_url(b"ID3")
    'data:audio/mpeg;base64,SUQz'
    """
    return f"data:audio/mpeg;base64,{base64.b64encode(mp3).decode()}"
