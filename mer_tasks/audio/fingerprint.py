"""Acoustic fingerprint: find the peaks of a recording's spectrogram.

Input: samples at 22,050 Hz. Output: a constellation, that is the frames and bins of the local maxima of a coarse spectrogram
(Wang 2003, An industrial-strength audio search algorithm, ISMIR). A peak takes 4 bytes, and a second has about 6 peaks. Most
peaks keep their positions relative to each other if a copy is louder or softer, coded at a low bit rate, resampled, or cut at
either end.

This module needs numpy and soxr only: stage `features` makes the fingerprint from the samples that it already has in memory.
:mod:`mer_tasks.audio.same_recordings` compares fingerprints.
"""

import numpy as np
import numpy.typing as npt
import soxr

from mer_tasks.audio.decoding import SAMPLE_RATE, Samples

VERSION = 1
"""Increased by one when a change of this module changes its results."""
RATE = SAMPLE_RATE / 4
"""Sample rate of the sound that is analysed, in Hz. It contains what is below 2.7 kHz, which every codec keeps."""
N_FFT = 512
HOP = 256
BINS = N_FFT // 2
LOWEST_BIN = 8
"""First bin that may be a peak: 86 Hz, above mains hum and above what codecs cut off."""
REACH = (8, 12)
"""Neighbourhood of a peak: frames before and after it, and bins below and above it. No value there is greater than the peak."""
FLOOR = 1e-7
"""Least power of a peak, relative to the greatest power of the recording: -70 dB, above the noise of 16 bits."""
FRAME_BLOCK = 256
"""Frames that are transformed at a time."""

Peaks = npt.NDArray[np.uint32]
"""Peaks of a fingerprint, ``frame * 256 + bin``, in ascending order."""


def fingerprint(samples: Samples) -> Peaks:
    """Compute the fingerprint of a recording: the constellation of its spectral peaks.

    Parameters
    ----------
    samples : np.ndarray [shape=(n,), dtype=float32]
        Samples at 22,050 Hz.

    Returns
    -------
    np.ndarray [shape=(peaks,), dtype=uint32]
        ``frame * 256 + bin`` in ascending order: frames of 46 ms, bins of 10.8 Hz.

    Examples
    --------
    >>> time = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    >>> peaks = fingerprint((np.hanning(len(time)) * np.sin(2 * np.pi * 440 * time)).astype(np.float32))
    >>> [(int(peak) // BINS, int(peak) % BINS) for peak in peaks]  # one tone, loudest after one second
    [(21, 41)]
    """
    power = _power_spectrogram(soxr.resample(samples, SAMPLE_RATE, RATE, quality="LQ"))
    if not len(power) or not (loudest := float(power.max())):
        return np.zeros(0, np.uint32)
    neighbourhood_max = _running_max(_running_max(power, REACH[0], 0), REACH[1], 1)
    is_peak = (power == neighbourhood_max) & (power > FLOOR * loudest)
    return np.flatnonzero(is_peak).astype(np.uint32)


def _power_spectrogram(sound: Samples) -> Samples:
    """Compute the power spectrogram [shape=(frames, 256), dtype=float32] of sound at :data:`RATE`.

    Bins below the lowest bin are 0.
    """
    frames = max(0, 1 + (len(sound) - N_FFT) // HOP)
    power = np.zeros((frames, BINS), np.float32)
    window = np.hanning(N_FFT + 1)[:-1].astype(np.float32)
    framed = np.lib.stride_tricks.sliding_window_view(sound, N_FFT)[::HOP] if frames else np.zeros((0, N_FFT), np.float32)
    for start in range(0, frames, FRAME_BLOCK):
        block = slice(start, start + FRAME_BLOCK)
        spectrum = np.fft.rfft(framed[block] * window, axis=-1)[:, LOWEST_BIN:BINS]
        power[block, LOWEST_BIN:] = spectrum.real**2 + spectrum.imag**2
    return power


def _running_max(values: Samples, reach: int, axis: int) -> Samples:
    """Compute the maximum over each value and its `reach` neighbours on either side, along `axis`.

    Each step doubles the number of values that a maximum covers.
    """
    padding = [(reach, reach) if dimension == axis else (0, 0) for dimension in range(values.ndim)]
    maxima = np.moveaxis(np.pad(values, padding), axis, 0)
    target = 2 * reach + 1
    covered = 1
    while covered < target:
        step = min(covered, target - covered)
        maxima = np.maximum(maxima[:-step], maxima[step:])
        covered += step
    return np.moveaxis(maxima, 0, axis)
