"""Quantization: turn resampled mono chunks into 16-bit samples without clipping."""

import numpy as np
import numpy.typing as npt

from mer_tasks.audio.sound_checks import largest_magnitude
from mer_tasks.errors import AudioError

FULL_SCALE = 32_768
"""Full scale of 16-bit samples."""

Samples = npt.NDArray[np.float32]


def quantize(chunks: list[Samples]) -> tuple[npt.NDArray[np.int16], float]:
    """Return the chunks as one array of 16-bit samples, and the gain that keeps their peak within 16 bits.

    Parameters
    ----------
    chunks : list of np.ndarray [shape=(samples,), dtype=float32]
        Samples relative to full scale.

    Returns
    -------
    (np.ndarray [shape=(samples,), dtype=int16], float)
        Samples, and the factor by which they were multiplied: 1, or less if the peak exceeds full scale.

    Raises
    ------
    AudioError
        ``not_finite``; ``empty_audio`` if there is no sample.

    Examples
    --------
    >>> quantize([np.array([0.5, -0.25], np.float32)])
    (array([16384, -8192], dtype=int16), 1.0)
    """
    samples = sum(map(len, chunks))
    peak = max(largest_magnitude(chunk, 0) for chunk in chunks)
    if not samples:
        raise AudioError("empty_audio", "too short to give one sample at the sample rate of the canonical form")
    gain = min(1.0, (FULL_SCALE - 1) / FULL_SCALE / peak) if peak else 1.0
    pcm = np.empty(samples, np.int16)
    start = 0
    for chunk in chunks:
        np.rint(chunk * np.float32(gain * FULL_SCALE), out=pcm[start : start + len(chunk)], casting="unsafe")
        start += len(chunk)
    return pcm, gain
