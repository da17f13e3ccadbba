"""Compute the log-mel spectrogram, MFCC and spectral contrast of segments, all from one power spectrum.

Input: samples at 22,050 Hz. Output: float32 ``[shape=(segments, frames, 155)]``. The 155 columns are 128 mel bands in dB, 20
MFCC, and 7 rows of spectral contrast.

Segments follow each other without overlap; an incomplete last segment is dropped. Each segment is treated as a recording of its
own: it is padded with zeros by half a window on both sides, and its dB are relative to its own loudest value.

The values are those of librosa's functions, called one by one on the segment's samples, to within 1e-3 dB. librosa is not
imported: its filter banks are two formulas, and the tests compare them with librosa.

Every buffer is made once and used for all segments. The C library would return arrays of this size to the system after each
use, and fetching them again takes as long as the computation.

The computation uses one thread, whatever OMP_NUM_THREADS and OPENBLAS_NUM_THREADS are set to: the matrix products are too small
for more threads. The results are the same to the bit.
"""

import itertools

import numpy as np
import numpy.typing as npt

from mer_tasks.audio.decoding import SAMPLE_RATE
from mer_tasks.audio.mel_filters import mel_filters
from mer_tasks.errors import AudioError

N_FFT = 2048
HOP = 512
BINS = N_FFT // 2 + 1
N_MELS = 128
MEL_RANGE = (20.0, 8_000.0)
N_MFCC = 20
CONTRAST_EDGES = (0.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0, np.inf)
"""Edges of the contrast bands, in Hz: octaves from 200 Hz on."""
QUANTILE = 0.02
"""Share of a contrast band's bins whose mean is the band's peak; the same share makes its valley."""
FEATURES = N_MELS + N_MFCC + len(CONTRAST_EDGES) - 1
"""Columns of the features: 155."""
TOP_DB = 80.0
"""Values more than this many dB below the largest value are raised to that floor."""
AMIN = 1e-10
"""Smallest power that is distinguished from silence: -100 dB."""
FRAME_BLOCK = 44
"""Frames that are transformed at a time: their samples and spectra (1.4 MB) stay in the cache of a core."""
MEL_GROUP = 16
"""Mel bands that are computed at a time, from only the bins that they cover: most of the filter bank is zeros."""

Array32 = npt.NDArray[np.float32]
Array64 = npt.NDArray[np.float64]


def dct_matrix() -> Array64:
    """Compute the first rows of the orthonormal DCT-II over the mel bands.

    Ahmed, Natarajan, Rao (1974), Discrete cosine transform, doi 10.1109/T-C.1974.223784.

    Returns
    -------
    np.ndarray [shape=(20, 128), dtype=float64]
    """
    rows = np.arange(N_MFCC)[:, np.newaxis]
    columns = np.arange(N_MELS)
    matrix: Array64 = np.sqrt(2 / N_MELS) * np.cos(np.pi * rows * (2 * columns + 1) / (2 * N_MELS))
    matrix[0] /= np.sqrt(2)
    return matrix


def contrast_bands() -> list[tuple[slice, int]]:
    """Compute the bins of each spectral contrast band, and how many of them make its peak and its valley.

    Jiang et al. (2002), Music type classification by spectral contrast feature, doi 10.1109/ICME.2002.1035731, with the band
    edges of librosa: every band except the lowest also has the bin below its lower edge, and every band except the highest
    lacks its last bin. The number of bins for peak and valley is computed before the last bin is dropped.

    Returns
    -------
    list of (slice, int)
        For each band its bins, and the number of bins for peak and for valley.
    """
    bins = np.arange(BINS) * (SAMPLE_RATE / N_FFT)
    bands = []
    for low, high in itertools.pairwise(CONTRAST_EDGES):
        inside = np.flatnonzero((bins >= low) & (bins <= high))
        start = int(inside[0]) - (low > 0)
        stop = int(inside[-1]) + 1
        count = max(1, round(QUANTILE * (stop - start)))
        bands.append((slice(start, stop if high == np.inf else stop - 1), count))
    return bands


def samples_of(segment_seconds: float) -> int:
    """Return the length of a segment, in samples."""
    return round(segment_seconds * SAMPLE_RATE)


def frames_of(segment_seconds: float) -> int:
    """Return the length of a segment, in frames of its features.

    Examples
    --------
    >>> samples_of(3), frames_of(3)
    (66150, 130)
    """
    return 1 + samples_of(segment_seconds) // HOP


def _decibels(power: Array32, reference: float) -> None:
    """Convert `power` to dB in place, where `reference` is 0 dB; raise values to 80 dB below the largest one."""
    np.maximum(power, np.float32(AMIN), out=power)
    np.log(power, out=power)
    power *= np.float32(10 / np.log(10))
    power -= np.float32(10 * np.log10(max(AMIN, reference)))
    np.maximum(power, power.max() - np.float32(TOP_DB), out=power)


class Extractor:
    """Computes the features of segments of one length, with buffers that are used for all segments.

    Parameters
    ----------
    segment_seconds : float
        Length of a segment, in seconds.

    Attributes
    ----------
    samples, frames : int
        Length of a segment, in samples and in frames of its features.
    """

    def __init__(self, segment_seconds: float) -> None:
        self.samples = samples_of(segment_seconds)
        self.frames = frames_of(segment_seconds)
        self._window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)
        self._mel_groups = _group_filters(mel_filters(SAMPLE_RATE, N_FFT, N_MELS, *MEL_RANGE))
        self._dct = np.ascontiguousarray(dct_matrix().T)
        self._bands = contrast_bands()
        self._padded = np.zeros(self.samples + N_FFT)
        self._framed = np.lib.stride_tricks.sliding_window_view(self._padded, N_FFT)[::HOP]
        self._blocks = [slice(start, min(start + FRAME_BLOCK, self.frames)) for start in range(0, self.frames, FRAME_BLOCK)]
        self._windowed = np.empty((FRAME_BLOCK, N_FFT))
        self._spectrum = np.empty((FRAME_BLOCK, BINS), np.complex128)
        self._square = np.empty((FRAME_BLOCK, 2 * BINS), np.float32)
        self._power = np.empty((self.frames, BINS), np.float32)
        self._mel = np.empty((self.frames, N_MELS), np.float32)
        self._peak = np.empty((self.frames, len(self._bands)), np.float32)
        self._valley = np.empty((self.frames, len(self._bands)), np.float32)

    def track(self, samples: Array32) -> Array32:
        """Compute the features of all whole segments of a track.

        Parameters
        ----------
        samples : np.ndarray [shape=(n,), dtype=float32]
            Samples at 22,050 Hz.

        Returns
        -------
        np.ndarray [shape=(segments, frames, 155), dtype=float32]

        Raises
        ------
        AudioError
            ``too_short`` if the track has no whole segment.

        Examples
        --------
        >>> Extractor(segment_seconds=1).track(np.zeros(3 * SAMPLE_RATE, np.float32)).shape
        (3, 44, 155)
        """
        segments = len(samples) // self.samples
        if segments == 0:
            raise AudioError(
                "too_short",
                f"{len(samples) / SAMPLE_RATE:.3f} s of sound, expected at least one segment of"
                f" {self.samples / SAMPLE_RATE:g} s",
            )
        features = np.empty((segments, self.frames, FEATURES), np.float32)
        for number, out in enumerate(features):
            self.segment(samples[number * self.samples : (number + 1) * self.samples], out)
        return features

    def segment(self, samples: Array32, out: Array32) -> None:
        """Compute the features of one segment.

        Parameters
        ----------
        samples : np.ndarray [shape=(self.samples,), dtype=float32]
            Samples at 22,050 Hz.
        out : np.ndarray [shape=(frames, 155), dtype=float32]
            Array that the features are written to: mel bands in dB, MFCC, contrast in dB.
        """
        self._padded[N_FFT // 2 : N_FFT // 2 + self.samples] = samples
        self._compute_power()
        for bands, bins, weights in self._mel_groups:
            np.matmul(self._power[:, bins], weights, out=self._mel[:, bands])
        _decibels(self._mel, float(self._mel.max()))
        out[:, :N_MELS] = self._mel
        # in 64 bits, because 128 numbers near -80 are summed
        out[:, N_MELS : N_MELS + N_MFCC] = self._mel.astype(np.float64) @ self._dct
        self._compute_contrast(out[:, N_MELS + N_MFCC :])

    def _compute_power(self) -> None:
        """Compute the power spectrum of the padded segment in 64 bits, and store it in 32 bits."""
        for block in self._blocks:
            count = block.stop - block.start
            windowed = self._windowed[:count]
            spectrum = self._spectrum[:count]
            square = self._square[:count]
            np.multiply(self._framed[block], self._window, out=windowed)
            np.fft.rfft(windowed, axis=-1, out=spectrum)
            np.copyto(square, spectrum.view(np.float64), casting="same_kind")
            np.square(square, out=square)
            np.add(square[:, ::2], square[:, 1::2], out=self._power[block])

    def _compute_contrast(self, out: Array32) -> None:
        """Compute the spectral contrast: peak minus valley of each band, in dB.

        Peaks and valleys are means of magnitudes. Powers are sorted instead, which have the same order, so that square roots
        are needed of a few bins only.
        """
        for column, (bins, count) in enumerate(self._bands):
            band = self._power[:, bins]
            peak = self._peak[:, column]
            valley = self._valley[:, column]
            if count == 1:
                np.sqrt(band.max(axis=1), out=peak)
                np.sqrt(band.min(axis=1), out=valley)
            else:
                ordered = np.sort(band, axis=1)
                mean = np.full(count, 1 / count, np.float32)
                np.matmul(np.sqrt(ordered[:, -count:]), mean, out=peak)
                np.matmul(np.sqrt(ordered[:, :count]), mean, out=valley)
        _decibels(self._peak, 1.0)
        _decibels(self._valley, 1.0)
        np.subtract(self._peak, self._valley, out=out)


def _group_filters(filters: Array32) -> list[tuple[slice, slice, Array32]]:
    """Split the filter bank into groups: for each its bands, the bins they cover, and the weights [shape=(bins, bands)]."""
    groups = []
    for first in range(0, N_MELS, MEL_GROUP):
        bands = slice(first, first + MEL_GROUP)
        covered = np.flatnonzero(filters[bands].any(axis=0))
        bins = slice(int(covered[0]), int(covered[-1]) + 1)
        groups.append((bands, bins, np.ascontiguousarray(filters[bands, bins].T)))
    return groups
