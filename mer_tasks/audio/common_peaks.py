"""Peaks that two recordings have in common: by how much one recording is later, and how many peaks both have.

Input: peaks of two fingerprints, sorted, ``frame * 256 + bin`` (:mod:`mer_tasks.audio.fingerprint`). The functions are
compiled, and release Python's lock.
"""

import numpy as np
import numpy.typing as npt

from mer_tasks.audio.compiled import compiled

Int64s = npt.NDArray[np.int64]


@compiled
def time_offset(first: Int64s, second: Int64s, max_votes: int) -> int:
    """Return the number of frames by which the second recording is later than the first one.

    Every two peaks in the same bin vote for their distance in frames. The distance with the most votes wins, counted together
    with the votes for one frame less and one frame more.

    Parameters
    ----------
    first, second : np.ndarray [shape=(peaks,), dtype=int64]
        Peaks of both recordings; at least one peak each.
    max_votes : int
        If there are more votes than this, only every n-th peak of the first recording votes.
    """
    begins = np.zeros(257, np.int64)
    for peak in second:
        begins[(peak & 255) + 1] += 1
    begins = np.cumsum(begins)
    frames = np.empty(len(second), np.int64)
    positions = begins.copy()
    votes = 0
    for peak in second:
        frames[positions[peak & 255]] = peak >> 8
        positions[peak & 255] += 1
    for peak in first:
        votes += begins[(peak & 255) + 1] - begins[peak & 255]
    lowest = (second[0] >> 8) - (first[-1] >> 8)
    counts = np.zeros((second[-1] >> 8) - (first[0] >> 8) - lowest + 3, np.int64)
    for index in range(0, len(first), 1 + votes // max_votes):
        bin_ = first[index] & 255
        for number in range(begins[bin_], begins[bin_ + 1]):
            counts[frames[number] - (first[index] >> 8) - lowest + 1] += 1
    best, offset = 0, 0
    for index in range(1, len(counts) - 1):
        near = counts[index - 1] + counts[index] + counts[index + 1]
        if near > best:
            best, offset = near, index - 1 + lowest
    return offset if best else 0


@compiled
def count_common_peaks(first: Int64s, second: Int64s, offset: int) -> int:
    """Count the peaks of the first recording that the second one also has, `offset` frames later, within a frame and a bin."""
    begin = count = 0
    for peak in first:
        frame = (peak >> 8) + offset
        bin_ = peak & 255
        while begin < len(second) and (second[begin] >> 8) < frame - 1:
            begin += 1
        index = begin
        while index < len(second) and (second[index] >> 8) <= frame + 1:
            if abs((second[index] & 255) - bin_) <= 1:
                count += 1
                break
            index += 1
    return count
