"""Log-mel spectrogram: the front end of encoders that take one, with every parameter of :class:`LogMel`.

In: samples at the front end's rate. Out: float32 ``[shape=(frames, bands)]``. The values are those of librosa's
``feature.melspectrogram`` and ``power_to_db`` to within 1e-4; librosa is not imported.

Spectra are computed in 64 bits, because the logarithm of a nearly silent band shows the rounding of 32 bits.
"""

import numpy as np
import numpy.typing as npt

from mer_tasks.audio.mel_filters import mel_filters
from mer_tasks.encoders.front_ends import LogMel

FRAME_BLOCK = 256
"""Frames that are transformed at a time, so that a long track takes little memory."""
COMPRESSION = 10_000.0
"""Factor of log10(1 + 10,000 x)."""

Array32 = npt.NDArray[np.float32]
Array64 = npt.NDArray[np.float64]


def log_mel_spectrogram(samples: Array32, front_end: LogMel) -> Array32:
    """Compute the log-mel spectrogram of a track.

    Parameters
    ----------
    samples : np.ndarray [shape=(n,), dtype=float32]
        Samples at ``front_end.sample_rate``, at least one.
    front_end : LogMel

    Returns
    -------
    np.ndarray [shape=(frames, n_mels), dtype=float32]
        A centred front end gives 1 + n // hop_length frames. Otherwise there are 1 + (n - frame length) // hop_length; samples
        that are shorter than one frame are padded with zeros to one.
    """
    bands = _mel_spectrogram(_padded(samples.astype(np.float64), front_end), front_end)
    return _logarithm(bands, front_end).astype(np.float32)


def _padded(samples: Array64, front_end: LogMel) -> Array64:
    length = front_end.frame_length
    if front_end.center:
        samples = np.pad(samples, length // 2, mode="constant" if front_end.padding == "zeros" else "reflect")
    return np.pad(samples, (0, max(0, length - len(samples))))


def _window(front_end: LogMel) -> Array64:
    """Return a periodic Hann window of ``win_length``, in the middle of a frame."""
    count = front_end.win_length
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(count) / count)
    before = (front_end.frame_length - count) // 2
    return np.pad(window, (before, front_end.frame_length - count - before))


def _mel_spectrogram(samples: Array64, front_end: LogMel) -> Array64:
    framed = np.lib.stride_tricks.sliding_window_view(samples, front_end.frame_length)[:: front_end.hop_length]
    window = _window(front_end)
    filters = mel_filters(
        front_end.sample_rate,
        front_end.n_fft,
        front_end.n_mels,
        front_end.fmin,
        front_end.fmax,
        scale=front_end.mel_scale,
        norm=front_end.norm,
    ).T.astype(np.float64)
    bands = np.empty((len(framed), front_end.n_mels))
    for start in range(0, len(framed), FRAME_BLOCK):
        block = slice(start, start + FRAME_BLOCK)
        magnitude = np.abs(np.fft.rfft(framed[block] * window, front_end.n_fft, axis=-1))
        bands[block] = magnitude**front_end.power @ filters
    return bands


def _logarithm(bands: Array64, front_end: LogMel) -> Array64:
    if front_end.log == "log10_10000":
        return np.log10(1 + COMPRESSION * bands)
    floored = np.maximum(bands, front_end.floor)
    if front_end.log == "natural":
        return np.log(floored + front_end.offset)
    factor = 10.0 if front_end.power == 2 else 20.0
    decibels = factor * np.log10(floored)
    if front_end.reference == "max":
        decibels -= decibels.max()
    return decibels if front_end.top_db is None else np.maximum(decibels, decibels.max() - front_end.top_db)
