"""Stray samples: find the few samples of a signal that lie far above all others, and repair them.

A damaged float file can have single samples thousands of times above full scale. Without repair, the gain that brings the peak
within 16 bits would turn all other samples into nothing. A sample is stray if it is above twice full scale and above twice the
largest of the others, and a track has at most ten. So peaks slightly above full scale, as lossy formats have them, are never
stray, and neither are the clicks of a click track, which are equally high. Files of integers end at full scale.

In: mono blocks while they are decoded. Out: numbers of frames; on a second pass, blocks without their stray samples.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

MAX_STRAY_SAMPLES = 10
"""Most stray samples of a track that are repaired."""
STRAY_PEAK = 2.0
"""Magnitude that a stray sample exceeds, relative to full scale: 6 dB. Decoded music of lossy formats stays below 1.5."""
STRAY_RATIO = 2.0
"""Ratio of a stray sample to the largest sample that is not stray: 6 dB."""

Samples = npt.NDArray[np.float32]


class StraySampleSearch:
    """Search for the stray samples of a signal that arrives block by block.

    Examples
    --------
    >>> signal = np.sin(np.arange(1000, dtype=np.float32))
    >>> signal[7] = 17_600
    >>> search = StraySampleSearch()
    >>> search.add(signal, first=5000, peak=17_600)
    >>> search.stray_frames()
    (5007,)
    """

    def __init__(self) -> None:
        self._usual_peak = 0.0
        self._largest: list[tuple[float, int]] = []

    def add(self, samples: Samples, *, first: int, peak: float) -> None:
        """Add the next block.

        Parameters
        ----------
        samples : np.ndarray [shape=(frames,), dtype=float32]
        first : int
            Number of the block's first frame in the file.
        peak : float
            Largest magnitude in the block, relative to full scale.
        """
        if peak <= STRAY_PEAK:
            self._usual_peak = max(self._usual_peak, peak)
            return
        magnitudes = np.abs(samples)
        count = min(MAX_STRAY_SAMPLES + 1, len(samples))
        positions = np.argpartition(magnitudes, len(samples) - count)[-count:]
        self._largest += [(float(magnitudes[position]), first + int(position)) for position in positions]
        self._largest = sorted(self._largest, reverse=True)[: MAX_STRAY_SAMPLES + 1]

    def stray_frames(self, at_most: int = MAX_STRAY_SAMPLES) -> tuple[int, ...]:
        """Return the numbers of the frames with stray samples, in order; empty if there are none, or more than `at_most`."""
        for count in range(min(at_most, len(self._largest)), 0, -1):
            smallest_stray = self._largest[count - 1][0]
            next_sample = self._largest[count][0] if count < len(self._largest) else 0.0
            others = max(next_sample, self._usual_peak)
            if smallest_stray > STRAY_PEAK and smallest_stray > STRAY_RATIO * others > 0:
                return tuple(sorted(frame for _, frame in self._largest[:count]))
        return ()


def interpolate_frames(block: Samples, positions: Sequence[int]) -> Samples:
    """Return a copy of a block in which some frames are interpolated linearly between their neighbours, in every channel.

    Parameters
    ----------
    block : np.ndarray [shape=(frames, channels), dtype=float32]
    positions : sequence of int
        Positions of these frames in the block. At the ends of the block the nearest other frame is repeated.

    Examples
    --------
    >>> interpolate_frames(np.array([[0], [9], [2]], np.float32), [1]).ravel().tolist()
    [0.0, 1.0, 2.0]
    """
    repaired = block.copy()
    others = np.delete(np.arange(len(block)), positions)
    for channel in range(block.shape[1]):
        repaired[positions, channel] = np.interp(positions, others, block[others, channel]) if len(others) else 0
    return repaired
