"""Mel filter bank: triangular filters on the mel scale of Slaney or of HTK, as librosa's ``filters.mel`` makes them.

In: the parameters of a spectrum and of its bands. Out: a matrix that turns spectra into mel bands.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

KNEE = 1000.0
"""Frequency at which Slaney's scale changes from linear to logarithmic, in Hz."""
WIDTH = 200 / 3
"""Hz per mel of Slaney's scale below the knee."""
STEP = np.log(6.4) / 27
"""Logarithm of the factor per mel of Slaney's scale above the knee."""

Array64 = npt.NDArray[np.float64]


def _mels(hertz: float, scale: str) -> float:
    if scale == "htk":
        return float(2595.0 * np.log10(1.0 + hertz / 700.0))
    return float(hertz / WIDTH if hertz < KNEE else KNEE / WIDTH + np.log(hertz / KNEE) / STEP)


def _hertz(mels: Array64, scale: str) -> Array64:
    if scale == "htk":
        return np.asarray(700.0 * (10.0 ** (mels / 2595.0) - 1.0))
    return np.where(mels < KNEE / WIDTH, mels * WIDTH, KNEE * np.exp(STEP * (mels - KNEE / WIDTH)))


def mel_filters(
    sample_rate: int,
    n_fft: int,
    n_mels: int,
    fmin: float,
    fmax: float,
    *,
    scale: Literal["slaney", "htk"] = "slaney",
    norm: Literal["slaney"] | None = "slaney",
) -> npt.NDArray[np.float32]:
    """Compute a mel filter bank.

    Slaney (1998), Auditory Toolbox, Interval Research TR 1998-010: the scale is linear below 1 kHz (200/3 Hz per mel), and
    logarithmic above (27 mels for a factor of 6.4). Young et al. (2002), The HTK Book: 2595 log10(1 + f / 700).

    Parameters
    ----------
    sample_rate : int
        Sample rate, in Hz.
    n_fft : int
        Length of the Fourier transform, in samples.
    n_mels : int
        Number of bands.
    fmin, fmax : float
        Lower edge of the first band, upper edge of the last one, in Hz.
    scale : {"slaney", "htk"}
        Formula of the mel scale.
    norm : {"slaney", None}
        Whether each filter has unit area over Hz; None: its peak is at 1.

    Returns
    -------
    np.ndarray [shape=(n_mels, 1 + n_fft // 2), dtype=float32]
        Rows are bands, columns are bins of the spectrum. A band that is narrower than a bin may have no bin.
    """
    edges = _hertz(np.linspace(_mels(fmin, scale), _mels(fmax, scale), n_mels + 2), scale)
    bins = np.arange(n_fft // 2 + 1) * (sample_rate / n_fft)
    left = edges[:n_mels, np.newaxis]
    centre = edges[1 : n_mels + 1, np.newaxis]
    right = edges[2:, np.newaxis]
    triangles = np.minimum((bins - left) / (centre - left), (right - bins) / (right - centre))
    area = 2 / (right - left) if norm == "slaney" else 1.0
    filters: npt.NDArray[np.float32] = (np.maximum(triangles, 0) * area).astype(np.float32)
    return filters
