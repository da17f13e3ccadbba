"""Summary statistics of a segment, as a Keras model of built-in layers and operations without trainable weights.

In: segments of features, ``[shape=(batch, frames, 155), dtype=float32]``. Out: ``[shape=(batch, n), dtype=float32]``. For
segments of 3 s, n is 183:

- Level statistics, of 20 MFCC, 7 rows of spectral contrast and 16 bands of 8 mel bands each: the mean, the standard deviation,
  and the standard deviation of the difference between neighbouring frames.
- Modulation, of 8 bands of 16 mel bands each: the strength of level changes in octaves from 0.4 to 21.5 Hz, as the logarithm of
  the mean power in the spectrum of the level (McKinney, Breebaart 2003, Features for audio and music classification, ISMIR).
- Rhythm: the autocorrelation of the onset strength after 0.14 to 1.5 s, that is at 430 to 40 beats per minute, in six steps
  (autocorrelation tempogram: Grosche, Müller, Kurth 2010, doi 10.1109/ICASSP.2010.5495219). The onset strength is the mean rise
  over mel bands.

Stage `features` makes levels relative to the loudest value of the segment, so no statistic depends on the loudness of a
recording. Fourier transforms are products with constant matrices: layers whose weights are not trainable.
"""

import itertools
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from mer_tasks.audio.decoding import SAMPLE_RATE
from mer_tasks.audio.spectra import FEATURES, HOP, N_MELS

FRAME_RATE = SAMPLE_RATE / HOP
"""Frames per second."""
LEVEL_BANDS, MODULATION_BANDS = 16, 8
MODULATIONS = (0.4, 0.8, 1.6, 3.2, 6.4, 12.8, FRAME_RATE / 2)
"""Borders of the octaves of modulation, in Hz."""
LAGS = (6, 10, 15, 22, 32, 46, 65)
"""Borders of the lag ranges of the tempogram, in frames."""
LEAST = 1e-3
"""Added to a power before its logarithm or before a division, which 0 would not allow."""

Array64 = npt.NDArray[np.float64]


def fourier_matrix(frames: int, frequencies: Array64, window: Array64) -> Array64:
    """Compute the matrix that subtracts the mean of a sequence, applies a window, and Fourier transforms the result.

    Parameters
    ----------
    frames : int
        Length of the sequence.
    frequencies : np.ndarray [shape=(n,)]
        In cycles per frame.
    window : np.ndarray [shape=(frames,)]

    Returns
    -------
    np.ndarray [shape=(frames, 2 * n), dtype=float64]
        The n columns of cosines, then the n columns of sines.

    Examples
    --------
    >>> fourier_matrix(4, np.array([0.25]), np.ones(4)).round(1)[:, 0].tolist()
    [1.0, 0.0, -1.0, -0.0]
    """
    angles = 2 * np.pi * np.outer(np.arange(frames), frequencies)
    waves = window[:, np.newaxis] * np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    centred: Array64 = waves - waves.mean(axis=0)
    return centred


def modulation_matrices(frames: int) -> tuple[Array64, Array64]:
    """Compute the two matrices of the modulation spectrum.

    Returns
    -------
    np.ndarray [shape=(frames, 2 * n)]
        From levels to their spectrum.
    np.ndarray [shape=(2 * n, octaves)]
        From the squared spectrum to the mean power in each octave. An octave that is too low for the segment's length is left
        out.
    """
    frequencies: Array64 = np.fft.rfftfreq(frames).astype(np.float64)
    octaves = [
        (frequencies * FRAME_RATE >= low) & (frequencies * FRAME_RATE < high) for low, high in itertools.pairwise(MODULATIONS)
    ]
    means = np.stack([octave / octave.sum() for octave in octaves if octave.any()], axis=1)
    used = means.any(axis=1)
    return fourier_matrix(frames, frequencies[used], np.hanning(frames)), np.tile(means[used], (2, 1))


def autocorrelation_matrices(frames: int) -> tuple[Array64, Array64]:
    """Compute the two matrices of the autocorrelation, by the theorem of Wiener and Khinchin.

    Returns
    -------
    np.ndarray [shape=(frames, 2 * n)]
        From a sequence to its spectrum.
    np.ndarray [shape=(2 * n, lags)]
        From the squared spectrum to the autocorrelation, for lags from 0 to the last border of ``LAGS``.
    """
    size = frames + LAGS[-1]  # the sequence is padded with zeros, so that its end does not overlap its beginning
    frequencies = np.arange(size // 2 + 1) / size
    # every frequency except the lowest and the highest one also stands for its negative
    count = np.where((frequencies == 0) | (frequencies == 0.5), 1, 2)[:, np.newaxis]
    waves = count * np.cos(2 * np.pi * np.outer(frequencies, np.arange(LAGS[-1] + 1))) / size
    return fourier_matrix(frames, frequencies, np.ones(frames)), np.tile(waves, (2, 1))


def statistics_model(frames: int) -> keras.Model:
    """Make the Keras model that computes the summary statistics of segments of `frames` frames; it has no trainable weights.

    Examples
    --------
    >>> statistics_model(130).output_shape
    (None, 183)
    """
    ops = keras.ops
    inputs = keras.Input((frames, FEATURES), name="features")
    mel = inputs[:, :, :N_MELS]
    levels = ops.mean(ops.reshape(mel, (-1, frames, LEVEL_BANDS, N_MELS // LEVEL_BANDS)), axis=-1)
    values = ops.concatenate([inputs[:, :, N_MELS:], levels], axis=-1)
    steps = values[:, 1:] - values[:, :-1]
    moments = [ops.mean(values, axis=1), ops.std(values, axis=1), ops.std(steps, axis=1)]
    outputs = keras.layers.Concatenate(name="statistics")([*moments, _modulation(mel, frames), _rhythm(mel, frames)])
    model = keras.Model(inputs, outputs, name="statistics")
    model.trainable = False
    return model


def _modulation(mel: Any, frames: int) -> Any:
    """Compute the logarithm of the power in each octave of each band [shape=(batch, 8 * octaves)]."""
    ops = keras.ops
    levels = ops.mean(ops.reshape(mel, (-1, frames, MODULATION_BANDS, N_MELS // MODULATION_BANDS)), axis=-1)
    spectrum, means = modulation_matrices(frames)
    waves = _product(ops.transpose(levels, (0, 2, 1)), spectrum, "modulation_spectrum")
    power = _product(ops.square(waves), means, "modulation_octaves")
    return ops.reshape(ops.log(power + LEAST), (-1, MODULATION_BANDS * means.shape[1]))


def _rhythm(mel: Any, frames: int) -> Any:
    """Compute the largest autocorrelation of the onset strength in each range of lags [shape=(batch, 6)].

    The autocorrelation is normalised: it is 1 at a lag of 0.
    """
    ops = keras.ops
    onsets = ops.mean(ops.relu(mel[:, 1:] - mel[:, :-1]), axis=-1)
    spectrum, waves = autocorrelation_matrices(frames - 1)
    autocorrelation = _product(ops.square(_product(onsets, spectrum, "onset_spectrum")), waves, "onset_autocorrelation")
    normalised = autocorrelation / (autocorrelation[:, :1] + LEAST)
    return ops.stack([ops.max(normalised[:, low:high], axis=1) for low, high in itertools.pairwise(LAGS)], axis=-1)


def _product(values: Any, matrix: Array64, name: str) -> Any:
    """Multiply `values` by a constant matrix along the last axis, in 32 bits under every policy."""
    # the weights are set below: a constant initializer would write them as text into the model's file
    zeros = keras.initializers.Zeros()
    layer = keras.layers.Dense(
        matrix.shape[1], use_bias=False, kernel_initializer=zeros, trainable=False, dtype="float32", name=name
    )
    product = layer(values)
    layer.set_weights([matrix.astype(np.float32)])
    return product
