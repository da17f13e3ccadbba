"""Embeddings of segments and tracks, read from the blobs of stage `embed`.

In: the keys of the blobs, which have one vector for each window of a track. Out: one vector for each segment or track. Windows
and segments may have different lengths: a segment gets the mean of the windows that it overlaps, weighted by the time that they
share.
"""

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mer_tasks.audio.decoding import SAMPLE_RATE
from mer_tasks.audio.spectra import samples_of
from mer_tasks.encoders.description import Encoder
from mer_tasks.errors import IntegrityError
from mer_tasks.storage.base import ObjectStore

Array32 = npt.NDArray[np.float32]
Array64 = npt.NDArray[np.float64]
SHORTEST_OVERLAP = 1e-3
"""Seconds that a window and a segment must share; rounding of lengths makes shorter overlaps."""


@lru_cache(maxsize=1024)
def window_weights(segments: int, windows: int, segment_seconds: float, encoder: Encoder) -> Array64:
    """Compute the weights of the windows of a track in the vectors of its segments.

    Parameters
    ----------
    segments, windows : int
        Numbers of segments and of windows of the track.
    segment_seconds : float
        Length of a segment. Segment k begins at k * `segment_seconds`.
    encoder : Encoder
        Window k begins at k * ``hop_seconds``.

    Returns
    -------
    np.ndarray [shape=(segments, windows), dtype=float64]
        Each row sums to 1. A segment that overlaps no window has the window whose middle is nearest.
    """
    starts = np.arange(segments)[:, np.newaxis] * (samples_of(segment_seconds) / SAMPLE_RATE)
    ends = starts + samples_of(segment_seconds) / SAMPLE_RATE
    window_starts = np.arange(windows) * encoder.hop_seconds
    window_ends = window_starts + encoder.window_seconds
    shared: Array64 = np.minimum(ends, window_ends) - np.maximum(starts, window_starts)
    shared[shared < SHORTEST_OVERLAP] = 0
    alone = np.flatnonzero(~shared.any(axis=1))
    nearest = np.abs((starts + ends) - (window_starts + window_ends))[alone].argmin(axis=1)
    shared[alone, nearest] = 1
    weights: Array64 = shared / shared.sum(axis=1, keepdims=True)
    return weights


class Embeddings:
    """Embeddings of some tracks by one encoder.

    Parameters
    ----------
    store : ObjectStore
        Store that has the blobs.
    scratch : Path
        Folder for copies of remote objects.
    encoder : Encoder
        The encoder that computed the vectors.
    segment_seconds : float
        Length of a segment.
    keys : sequence of str
        Key of each track's blob.
    windows, segments : np.ndarray [shape=(tracks,), dtype=int64]
        Number of windows and of segments of each track.
    """

    def __init__(
        self,
        store: ObjectStore,
        scratch: Path,
        encoder: Encoder,
        segment_seconds: float,
        keys: Sequence[str],
        windows: npt.NDArray[np.int64],
        segments: npt.NDArray[np.int64],
    ) -> None:
        self.encoder = encoder
        self._store = store
        self._scratch = scratch
        self._segment_seconds = segment_seconds
        self._keys = keys
        self._windows = windows
        self._segments = segments

    def track(self, track: int) -> Array32:
        """Read the vectors of a track's windows [shape=(windows, size), dtype=float32].

        Raises
        ------
        IntegrityError
            If the blob has another shape or type than the corpus expects.
        ObjectMissing
            If the blob is missing: running stage `embed` again makes it.
        """
        key = self._keys[track]
        expected = (int(self._windows[track]), self.encoder.size)
        data = self._store.fetch(key, self._scratch).read_bytes()
        try:
            vectors: npt.NDArray[Any] = np.load(io.BytesIO(data), allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise IntegrityError(f"{self._store.uri(key)}: {error}; expected a .npy file") from None
        if vectors.shape != expected or vectors.dtype != np.float32:
            raise IntegrityError(
                f"{self._store.uri(key)}: {vectors.dtype} of shape {vectors.shape}, expected float32 of shape {expected}"
            )
        return vectors

    def of_segments(self, track: int, segments: npt.NDArray[np.integer[Any]]) -> Array32:
        """Compute the vectors of some segments of a track, by their numbers [shape=(n, size), dtype=float32]."""
        weights = window_weights(int(self._segments[track]), int(self._windows[track]), self._segment_seconds, self.encoder)
        vectors: Array32 = (weights[segments] @ self.track(track)).astype(np.float32)
        return vectors

    def track_means(self) -> Array32:
        """Average the vectors of each track over its windows [shape=(tracks, size), dtype=float32]."""
        means = np.empty((len(self._keys), self.encoder.size), np.float32)
        for track in range(len(means)):
            means[track] = self.track(track).mean(axis=0, dtype=np.float64)
        return means
