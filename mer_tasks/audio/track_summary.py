"""A track's features in a few numbers: what :mod:`mer_tasks.stages.drift` compares tracks by.

In: features of a track's segments. Out: the mean and the standard deviation over all frames of each MFCC and each row of
spectral contrast. The mel bands are left out, which the MFCC stand for: the first is the mean level of the bands but for a
factor. Levels are relative to a segment's loudest value (:mod:`mer_tasks.audio.spectra`), so a recording that is louder or
softer as a whole has the same numbers, as it is the same to a model.

numpy only: stage `features` makes them of the array that it has at hand.
"""

import numpy as np

from mer_tasks.audio.spectra import FEATURES, N_MELS, N_MFCC, Array32

VERSION = 1
COLUMNS = tuple(
    [f"mfcc_{number}" for number in range(1, N_MFCC + 1)]
    + [f"contrast_{number}" for number in range(1, FEATURES - N_MELS - N_MFCC + 1)]
)
"""Columns of the features from the first MFCC on."""
NAMES = (*(f"{column}_mean" for column in COLUMNS), *(f"{column}_deviation" for column in COLUMNS))
"""Of the numbers, in their order."""


def summary(features: Array32) -> Array32:
    """The numbers of one track.

    Parameters
    ----------
    features : np.ndarray [shape=(segments, frames, 155), dtype=float32]
        At least one segment.

    Returns
    -------
    np.ndarray [shape=(54,), dtype=float32]
        In the order of ``NAMES``.
    """
    frames = features[..., N_MELS:].reshape(-1, len(COLUMNS)).astype(np.float64)
    return np.concatenate([frames.mean(axis=0), frames.std(axis=0)]).astype(np.float32)
