"""Summary statistics of a track's features, which :mod:`mer_tasks.stages.drift` compares tracks by.

Input: the features of a track's segments. Output: mean and standard deviation, over all frames, of each MFCC and each row of
spectral contrast. The mel bands are left out, because the MFCC represent them: the first MFCC is the mean level of the bands,
apart from a factor.

Levels are relative to the loudest value of a segment (:mod:`mer_tasks.audio.spectra`). A recording that is louder or softer as
a whole therefore has the same statistics, just as its features are the same to a model.

This module needs numpy only: stage `features` computes the statistics from the array that it already has in memory.
"""

import numpy as np

from mer_tasks.audio.spectra import FEATURES, N_MELS, N_MFCC, Array32

VERSION = 1
"""Increased by one when a change of this module changes its results."""
COLUMNS = tuple(
    [f"mfcc_{number}" for number in range(1, N_MFCC + 1)]
    + [f"contrast_{number}" for number in range(1, FEATURES - N_MELS - N_MFCC + 1)]
)
"""Names of the feature columns from the first MFCC on."""
SUMMARY_NAMES = (*(f"{column}_mean" for column in COLUMNS), *(f"{column}_deviation" for column in COLUMNS))
"""Names of the summary statistics, in their order."""


def summarize_track(features: Array32) -> Array32:
    """Compute the summary statistics of one track.

    Parameters
    ----------
    features : np.ndarray [shape=(segments, frames, 155), dtype=float32]
        At least one segment.

    Returns
    -------
    np.ndarray [shape=(54,), dtype=float32]
        In the order of :data:`SUMMARY_NAMES`.

    Examples
    --------
    >>> statistics = summarize_track(np.full((2, 87, FEATURES), -40, np.float32))
    >>> statistics.shape, float(statistics[SUMMARY_NAMES.index("mfcc_1_mean")])
    ((54,), -40.0)
    """
    frames = features[..., N_MELS:].reshape(-1, len(COLUMNS)).astype(np.float64)
    return np.concatenate([frames.mean(axis=0), frames.std(axis=0)]).astype(np.float32)
