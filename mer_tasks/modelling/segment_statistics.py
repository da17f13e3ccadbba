"""Summary statistics of a segment, as a Keras model of built-in layers and operations without anything to fit.

In: segments of features, ``[shape=(batch, frames, 155), dtype=float32]``. Out: ``[shape=(batch, n), dtype=float32]``, for a
segment of 3 s 183 numbers:

- of 20 MFCC, 7 rows of spectral contrast and 16 bands of 8 mel bands each: the mean, the standard deviation, and the standard
  deviation of the step from frame to frame;
- modulation: of 8 bands of 16 mel bands each, how strong its ups and downs are in octaves of 0.4 to 21.5 Hz, as the logarithm
  of the mean power in the spectrum of its level (McKinney, Breebaart 2003, Features for audio and music classification, ISMIR);
- rhythm: how far the onset strength is like itself after 0.14 to 1.5 s, that is at 430 to 40 beats a minute, in six steps (the
  autocorrelation tempogram: Grosche, Müller, Kurth 2010, doi 10.1109/ICASSP.2010.5495219). Onset strength is the mean rise over
  mel bands.

Levels are relative to the segment's loudest value, as stage `features` makes them, so nothing here depends on how loud a
recording is. Fourier transforms are products with constant matrices: layers whose weights are never fitted.
"""

import itertools
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from mer_tasks.audio.decoding import SAMPLE_RATE
from mer_tasks.audio.spectra import FEATURES, HOP, N_MELS

FRAME_RATE = SAMPLE_RATE / HOP
"""Frames a second."""
LEVEL_BANDS, MODULATION_BANDS = 16, 8
MODULATIONS = (0.4, 0.8, 1.6, 3.2, 6.4, 12.8, FRAME_RATE / 2)
"""Borders of the octaves of modulation, in Hz."""
LAGS = (6, 10, 15, 22, 32, 46, 65)
"""Borders of the steps of the tempogram, in frames."""
LEAST = 1e-3
"""Added to a power before its logarithm."""

Array64 = npt.NDArray[np.float64]


def fourier(frames: int, frequencies: Array64, window: Array64) -> Array64:
    """Cosines and, after them, sines at some frequencies, for what is left of a sequence after its mean is taken off.

    Parameters
    ----------
    frames : int
    frequencies : np.ndarray [shape=(n,)]
        In cycles a frame.
    window : np.ndarray [shape=(frames,)]

    Returns
    -------
    np.ndarray [shape=(frames, 2 * n), dtype=float64]
    """
    angles = 2 * np.pi * np.outer(np.arange(frames), frequencies)
    waves = window[:, np.newaxis] * np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    centred: Array64 = waves - waves.mean(axis=0)
    return centred


def modulation_matrices(frames: int) -> tuple[Array64, Array64]:
    """From levels to their spectrum, and from its squares to the mean power in each octave that a segment is long enough for.

    Returns
    -------
    np.ndarray [shape=(frames, 2 * n)], np.ndarray [shape=(2 * n, octaves)]
    """
    frequencies: Array64 = np.fft.rfftfreq(frames).astype(np.float64)
    octaves = [
        (frequencies * FRAME_RATE >= low) & (frequencies * FRAME_RATE < high) for low, high in itertools.pairwise(MODULATIONS)
    ]
    means = np.stack([octave / octave.sum() for octave in octaves if octave.any()], axis=1)
    used = means.any(axis=1)
    return fourier(frames, frequencies[used], np.hanning(frames)), np.tile(means[used], (2, 1))


def autocorrelation_matrices(frames: int) -> tuple[Array64, Array64]:
    """From a sequence to its spectrum, and from the squares of that to the autocorrelation (Wiener, Khinchin).

    Returns
    -------
    np.ndarray [shape=(frames, 2 * n)], np.ndarray [shape=(2 * n, lags)]
        Lags of 0 up to the last border of ``LAGS``.
    """
    size = frames + LAGS[-1]  # what reaches over the end is zeros
    frequencies = np.arange(size // 2 + 1) / size
    both = np.where((frequencies == 0) | (frequencies == 0.5), 1, 2)[:, np.newaxis]  # of a frequency and its negative
    waves = both * np.cos(2 * np.pi * np.outer(frequencies, np.arange(LAGS[-1] + 1))) / size
    return fourier(frames, frequencies, np.ones(frames)), np.tile(waves, (2, 1))


def statistics(frames: int) -> keras.Model:
    """The model that computes them for segments of so many frames; nothing in it is fitted."""
    ops = keras.ops
    inputs = keras.Input((frames, FEATURES), name="features")
    mel = inputs[:, :, :N_MELS]
    levels = ops.mean(ops.reshape(mel, (-1, frames, LEVEL_BANDS, N_MELS // LEVEL_BANDS)), axis=-1)
    values = ops.concatenate([inputs[:, :, N_MELS:], levels], axis=-1)
    steps = values[:, 1:] - values[:, :-1]
    moments = [ops.mean(values, axis=1), ops.std(values, axis=1), ops.std(steps, axis=1)]
    found = keras.layers.Concatenate(name="statistics")([*moments, _modulation(mel, frames), _rhythm(mel, frames)])
    model = keras.Model(inputs, found, name="statistics")
    model.trainable = False
    return model


def _modulation(mel: Any, frames: int) -> Any:
    """Logarithm of the power in each octave of each band [shape=(batch, 8 * octaves)]."""
    ops = keras.ops
    levels = ops.mean(ops.reshape(mel, (-1, frames, MODULATION_BANDS, N_MELS // MODULATION_BANDS)), axis=-1)
    spectrum, means = modulation_matrices(frames)
    waves = _product(ops.transpose(levels, (0, 2, 1)), spectrum, "modulation_spectrum")
    power = _product(ops.square(waves), means, "modulation_octaves")
    return ops.reshape(ops.log(power + LEAST), (-1, MODULATION_BANDS * means.shape[1]))


def _rhythm(mel: Any, frames: int) -> Any:
    """Greatest autocorrelation of the onset strength in each step of lags, 1 being that of no lag [shape=(batch, 6)]."""
    ops = keras.ops
    onsets = ops.mean(ops.relu(mel[:, 1:] - mel[:, :-1]), axis=-1)
    spectrum, waves = autocorrelation_matrices(frames - 1)
    similar = _product(ops.square(_product(onsets, spectrum, "onset_spectrum")), waves, "onset_autocorrelation")
    relative = similar / (similar[:, :1] + LEAST)
    return ops.stack([ops.max(relative[:, low:high], axis=1) for low, high in itertools.pairwise(LAGS)], axis=-1)


def _product(values: Any, matrix: Array64, name: str) -> Any:
    """`values` times a constant matrix, along the last axis; in 32 bits whatever the policy."""
    weights = keras.initializers.Zeros()  # written below: an initializer would keep them as text in the model's file
    layer = keras.layers.Dense(
        matrix.shape[1], use_bias=False, kernel_initializer=weights, trainable=False, dtype="float32", name=name
    )
    found = layer(values)
    layer.set_weights([matrix.astype(np.float32)])
    return found
