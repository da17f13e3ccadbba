"""Log-mel, MFCC and spectral contrast of a segment, from one spectrum.

In: samples at 22,050 Hz. Out: float32 ``[shape=(segments, frames, 155)]``, the columns being 128 mel bands in dB, 20 MFCC, and
7 rows of spectral contrast.

Segments follow each other without overlap; what remains at the end is dropped. Each is treated as a recording of its own:
padded with zeros by half a window on both sides, and its dB relative to its own loudest value. The figures are those of
librosa's functions called one by one on the segment's samples, to 1e-3 dB; here they share one spectrum. librosa is not
imported: its filter banks are two formulas, which the tests compare with it. Every buffer is made once and used for each
segment, because the C library gives arrays of this size back to the system at every call, and fetching them anew takes as
long as the sums. All of it runs in one thread, whatever OMP_NUM_THREADS and OPENBLAS_NUM_THREADS say: the products are too
small for more, and the results are the same to the bit.
"""

import itertools

import numpy as np
import numpy.typing as npt

from mer_tasks.audio.decoding import SAMPLE_RATE
from mer_tasks.errors import AudioError

N_FFT = 2048
HOP = 512
BINS = N_FFT // 2 + 1
N_MELS = 128
MEL_RANGE = (20.0, 8_000.0)
N_MFCC = 20
CONTRAST_EDGES = (0.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0, np.inf)
"""Borders of the contrast bands, in Hz: octaves from 200 Hz."""
QUANTILE = 0.02
"""Share of a contrast band's bins that make its peak, and its valley."""
FEATURES = N_MELS + N_MFCC + len(CONTRAST_EDGES) - 1
TOP_DB = 80.0
AMIN = 1e-10
"""Smallest power that is told from silence: -100 dB."""
FRAME_BLOCK = 44
"""Frames transformed at a time: their samples and spectra (1.4 MB) stay in a core's cache."""
MEL_GROUP = 16
"""Mel bands multiplied at a time, with only the bins that they cover: most of the filter bank is zeros."""

Array32 = npt.NDArray[np.float32]
Array64 = npt.NDArray[np.float64]


def mel_filters() -> Array32:
    """Triangular filters on the Slaney mel scale, each of unit area.

    Slaney (1998), Auditory Toolbox, Interval Research TR 1998-010: linear below 1 kHz (200/3 Hz a mel), then logarithmic
    (27 mels for a factor of 6.4).

    Returns
    -------
    np.ndarray [shape=(128, 1025), dtype=float32]
        Rows are bands, columns are bins of the spectrum.
    """
    knee, width, step = 1000.0, 200 / 3, np.log(6.4) / 27
    low, high = (f / width if f < knee else knee / width + np.log(f / knee) / step for f in MEL_RANGE)
    mels = np.linspace(low, high, N_MELS + 2)
    edges = np.where(mels < knee / width, mels * width, knee * np.exp(step * (mels - knee / width)))
    bins = np.arange(BINS) * (SAMPLE_RATE / N_FFT)
    left, centre, right = (edges[start : start + N_MELS, np.newaxis] for start in range(3))
    triangles = np.minimum((bins - left) / (centre - left), (right - bins) / (right - centre))
    filters: Array32 = (np.maximum(triangles, 0) * (2 / (right - left))).astype(np.float32)
    return filters


def dct_matrix() -> Array64:
    """First rows of the orthonormal DCT-II over the mel bands (Ahmed, Natarajan, Rao 1974, doi 10.1109/T-C.1974.223784).

    Returns
    -------
    np.ndarray [shape=(20, 128), dtype=float64]
    """
    rows, columns = np.arange(N_MFCC)[:, np.newaxis], np.arange(N_MELS)
    matrix: Array64 = np.sqrt(2 / N_MELS) * np.cos(np.pi * rows * (2 * columns + 1) / (2 * N_MELS))
    matrix[0] /= np.sqrt(2)
    return matrix


def contrast_bands() -> list[tuple[slice, int]]:
    """Bins of each contrast band, and how many of them make its peak and its valley.

    Jiang et al. (2002), Music type classification by spectral contrast feature, doi 10.1109/ICME.2002.1035731, with librosa's
    borders: a band also holds the bin below its lower edge, and leaves out its own last one except in the top band. The
    number of bins for peak and valley is a share of the band before that last one is left out.

    Returns
    -------
    list of (slice, int)
    """
    bins = np.arange(BINS) * (SAMPLE_RATE / N_FFT)
    bands = []
    for low, high in itertools.pairwise(CONTRAST_EDGES):
        inside = np.flatnonzero((bins >= low) & (bins <= high))
        start, stop = int(inside[0]) - (low > 0), int(inside[-1]) + 1
        count = max(1, round(QUANTILE * (stop - start)))
        bands.append((slice(start, stop if high == np.inf else stop - 1), count))
    return bands


def samples_of(segment_seconds: float) -> int:
    """Length of a segment, in samples."""
    return round(segment_seconds * SAMPLE_RATE)


def frames_of(segment_seconds: float) -> int:
    """Length of a segment, in frames of its features."""
    return 1 + samples_of(segment_seconds) // HOP


def _decibels(power: Array32, reference: float) -> None:
    """Make `power` dB in place, `reference` being 0 dB, and cut it 80 dB below its largest value."""
    np.maximum(power, np.float32(AMIN), out=power)
    np.log(power, out=power)
    power *= np.float32(10 / np.log(10))
    power -= np.float32(10 * np.log10(max(AMIN, reference)))
    np.maximum(power, power.max() - np.float32(TOP_DB), out=power)


class Extractor:
    """Features of segments of one length, with buffers that serve segment after segment.

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
        self.samples, self.frames = samples_of(segment_seconds), frames_of(segment_seconds)
        self._window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)
        self._mel_groups = _grouped(mel_filters())
        self._dct = np.ascontiguousarray(dct_matrix().T)
        self._bands = contrast_bands()
        self._padded = np.zeros(self.samples + N_FFT)
        self._framed = np.lib.stride_tricks.sliding_window_view(self._padded, N_FFT)[::HOP]
        self._blocks = [slice(at, min(at + FRAME_BLOCK, self.frames)) for at in range(0, self.frames, FRAME_BLOCK)]
        self._windowed = np.empty((FRAME_BLOCK, N_FFT))
        self._spectrum = np.empty((FRAME_BLOCK, BINS), np.complex128)
        self._square = np.empty((FRAME_BLOCK, 2 * BINS), np.float32)
        self._power = np.empty((self.frames, BINS), np.float32)
        self._mel = np.empty((self.frames, N_MELS), np.float32)
        self._peak = np.empty((self.frames, len(self._bands)), np.float32)
        self._valley = np.empty((self.frames, len(self._bands)), np.float32)

    def track(self, samples: Array32) -> Array32:
        """Features of all whole segments of a track.

        Parameters
        ----------
        samples : np.ndarray [shape=(n,), dtype=float32]
            At 22,050 Hz.

        Returns
        -------
        np.ndarray [shape=(segments, frames, 155), dtype=float32]

        Raises
        ------
        AudioError
            ``too_short``: there is not one whole segment.
        """
        segments = len(samples) // self.samples
        if segments == 0:
            raise AudioError(
                "too_short",
                f"{len(samples) / SAMPLE_RATE:.3f} s of sound, expected at least one segment of"
                f" {self.samples / SAMPLE_RATE:g} s",
            )
        found = np.empty((segments, self.frames, FEATURES), np.float32)
        for number, out in enumerate(found):
            self.segment(samples[number * self.samples : (number + 1) * self.samples], out)
        return found

    def segment(self, samples: Array32, out: Array32) -> None:
        """Features of one segment.

        Parameters
        ----------
        samples : np.ndarray [shape=(self.samples,), dtype=float32]
            At 22,050 Hz.
        out : np.ndarray [shape=(frames, 155), dtype=float32]
            Where to write: mel in dB, MFCC, contrast in dB.
        """
        self._padded[N_FFT // 2 : N_FFT // 2 + self.samples] = samples
        self._transform()
        for bands, bins, weights in self._mel_groups:
            np.matmul(self._power[:, bins], weights, out=self._mel[:, bands])
        _decibels(self._mel, float(self._mel.max()))
        out[:, :N_MELS] = self._mel
        out[:, N_MELS : N_MELS + N_MFCC] = self._mel.astype(np.float64) @ self._dct  # 64 bits: sums of 128 numbers near -80
        self._contrast(out[:, N_MELS + N_MFCC :])

    def _transform(self) -> None:
        """Power spectrum of the padded segment: computed in 64 bits, kept in 32."""
        for block in self._blocks:
            count = block.stop - block.start
            windowed, spectrum, square = self._windowed[:count], self._spectrum[:count], self._square[:count]
            np.multiply(self._framed[block], self._window, out=windowed)
            np.fft.rfft(windowed, axis=-1, out=spectrum)
            np.copyto(square, spectrum.view(np.float64), casting="same_kind")
            np.square(square, out=square)
            np.add(square[:, ::2], square[:, 1::2], out=self._power[block])

    def _contrast(self, out: Array32) -> None:
        """Peaks and valleys are means of magnitudes; powers have the same order, and few roots are cheaper than all."""
        for column, (bins, count) in enumerate(self._bands):
            band, peak, valley = self._power[:, bins], self._peak[:, column], self._valley[:, column]
            if count == 1:
                np.sqrt(band.max(axis=1), out=peak)
                np.sqrt(band.min(axis=1), out=valley)
            else:
                ordered, mean = np.sort(band, axis=1), np.full(count, 1 / count, np.float32)
                np.matmul(np.sqrt(ordered[:, -count:]), mean, out=peak)
                np.matmul(np.sqrt(ordered[:, :count]), mean, out=valley)
        _decibels(self._peak, 1.0)
        _decibels(self._valley, 1.0)
        np.subtract(self._peak, self._valley, out=out)


def _grouped(filters: Array32) -> list[tuple[slice, slice, Array32]]:
    """Bands, the bins they cover, and the weights between them [shape=(bins, bands)], group by group."""
    groups = []
    for first in range(0, N_MELS, MEL_GROUP):
        bands = slice(first, first + MEL_GROUP)
        used = np.flatnonzero(filters[bands].any(axis=0))
        bins = slice(int(used[0]), int(used[-1]) + 1)
        groups.append((bands, bins, np.ascontiguousarray(filters[bands, bins].T)))
    return groups
