"""Acoustic fingerprint: where a recording's spectrum has its peaks.

In: samples at 22,050 Hz. Out: a constellation, the frames and bins of the local maxima of a coarse spectrogram (Wang 2003, An
industrial-strength audio search algorithm, ISMIR), 4 bytes a peak, some 6 a second. Level, coding at low bit rates, another
sample rate and a cut at either end leave most peaks where they are relative to each other.

numpy and soxr only: stage `features` makes it of the samples that it has at hand. :mod:`mer_tasks.audio.same_recordings`
compares fingerprints.
"""

import numpy as np
import numpy.typing as npt
import soxr

from mer_tasks.audio.decoding import SAMPLE_RATE, Samples

VERSION = 1
RATE = SAMPLE_RATE / 4
"""Of the sound that is looked at, in Hz: up to 2.7 kHz, which every codec keeps."""
N_FFT = 512
HOP = 256
BINS = N_FFT // 2
LOWEST = 8
"""First bin that may be a peak: 86 Hz, above hum and what codecs cut off."""
REACH = (8, 12)
"""A peak has no greater value so many frames before and after it, and so many bins below and above."""
FLOOR = 1e-7
"""Power of a peak at least, relative to the greatest one: -70 dB, above the noise of 16 bits."""
FRAME_BLOCK = 256

Peaks = npt.NDArray[np.uint32]


def fingerprint(samples: Samples) -> Peaks:
    """Constellation of a recording.

    Parameters
    ----------
    samples : np.ndarray [shape=(n,), dtype=float32]
        At 22,050 Hz.

    Returns
    -------
    np.ndarray [shape=(peaks,), dtype=uint32]
        ``frame * 256 + bin`` in ascending order: frames of 46 ms, bins of 10.8 Hz.
    """
    power = _power(soxr.resample(samples, SAMPLE_RATE, RATE, quality="LQ"))
    if not len(power) or not (loudest := float(power.max())):
        return np.zeros(0, np.uint32)
    around = _running_max(_running_max(power, REACH[0], 0), REACH[1], 1)
    peaks = (power == around) & (power > FLOOR * loudest)
    return np.flatnonzero(peaks).astype(np.uint32)


def _power(sound: Samples) -> Samples:
    """Power spectrogram [shape=(frames, 256), dtype=float32] of sound at :data:`RATE`; 0 below the lowest bin."""
    frames = max(0, 1 + (len(sound) - N_FFT) // HOP)
    power = np.zeros((frames, BINS), np.float32)
    window = np.hanning(N_FFT + 1)[:-1].astype(np.float32)
    framed = np.lib.stride_tricks.sliding_window_view(sound, N_FFT)[::HOP] if frames else np.zeros((0, N_FFT), np.float32)
    for start in range(0, frames, FRAME_BLOCK):
        block = slice(start, start + FRAME_BLOCK)
        spectrum = np.fft.rfft(framed[block] * window, axis=-1)[:, LOWEST:BINS]
        power[block, LOWEST:] = spectrum.real**2 + spectrum.imag**2
    return power


def _running_max(values: Samples, reach: int, axis: int) -> Samples:
    """Maximum over `reach` neighbours on either side; the length doubles at every step."""
    padding = [(reach, reach) if place == axis else (0, 0) for place in range(values.ndim)]
    found = np.moveaxis(np.pad(values, padding), axis, 0)
    wanted, length = 2 * reach + 1, 1
    while length < wanted:
        step = min(length, wanted - length)
        found = np.maximum(found[:-step], found[step:])
        length += step
    return np.moveaxis(found, 0, axis)
