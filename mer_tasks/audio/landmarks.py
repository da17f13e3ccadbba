"""Landmarks of fingerprints, and the meetings of equal landmarks, compiled by numba for :mod:`mer_tasks.audio.same_recordings`.

A landmark is a group of four nearby peaks: their bins, and the frames between them. Two equal landmarks of different tracks are
a meeting of these tracks.

Input: peaks, ``frame * 256 + bin`` (:mod:`mer_tasks.audio.fingerprint`). Output: landmarks and meetings as numbers of 64 bits.
They are unsigned throughout, because numba turns a signed and an unsigned number into a float. Functions here release Python's
lock, so threads run them in parallel. The first call on a machine compiles for some seconds.
"""

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt

from mer_tasks.audio.compiled import compiled

FOLLOWERS = 5
"""The other three peaks of a landmark are among this many peaks that follow its first peak."""
ZONE = 64
"""The other peaks of a landmark are within this many frames after its first peak."""
GRAIN = 2
"""Frames in a step of time between the peaks of a landmark, because a peak of a copy may lie one frame beside."""
STEPS = np.array(list(itertools.combinations(range(1, FOLLOWERS + 1), 3)))
"""Positions of the other three peaks of a landmark, counted from its first peak."""
BUCKETS = 1 << 12
"""Number of buckets that landmarks are divided into. A landmark's hash has 32 bits: 12 bits are its bucket, and 20 bits are in
its number."""
MAX_TRACKS = 1 << 24
"""Track numbers are smaller than this, because they have 24 bits."""

U = np.uint64
Int64s = npt.NDArray[np.int64]
UInt64s = npt.NDArray[np.uint64]


@compiled
def _mix_bits(value: Any) -> Any:
    """Hash 64 bits so that each bit of the result depends on all: the last step of SplitMix64 (Steele, Lea, Flood 2014)."""
    value = (value ^ (value >> U(30))) * U(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> U(27))) * U(0x94D049BB133111EB)
    return value ^ (value >> U(31))


@compiled
def _hash_landmarks(peaks: Any, begin: int, end: int, hashes: Any, firsts: Any, nexts: Any, histogram: Any) -> int:
    """Write all landmarks of one track into the given arrays, and return how many there are.

    `hashes` gets their hashes, `firsts` the indices of their first peaks, and `nexts` the indices of the peaks after their
    last ones. `histogram` counts the hashes by their first 12 bits.
    """
    count = 0
    for first in range(begin, end):
        frame = peaks[first] >> 8
        bin_1 = peaks[first] & 255
        for step in range(len(STEPS)):
            last = first + STEPS[step, 2]
            if last >= end or (peaks[last] >> 8) - frame >= ZONE:
                continue
            peak_2 = peaks[first + STEPS[step, 0]]
            peak_3 = peaks[first + STEPS[step, 1]]
            peak_4 = peaks[last]
            if (peak_2 & 255) == bin_1 and (peak_3 & 255) == bin_1 and (peak_4 & 255) == bin_1:
                continue  # one long tone is no landmark
            bins = bin_1 << 24 | (peak_2 & 255) << 16 | (peak_3 & 255) << 8 | peak_4 & 255
            delay_2 = ((peak_2 >> 8) - frame) // GRAIN
            delay_3 = ((peak_3 >> 8) - frame) // GRAIN
            delay_4 = ((peak_4 >> 8) - frame) // GRAIN
            hashed = _mix_bits(U(bins << 18 | delay_2 << 12 | delay_3 << 6 | delay_4))
            hashes[count] = hashed
            firsts[count] = first
            nexts[count] = last + 1
            histogram[hashed >> U(52)] += 1
            count += 1
    return count


@compiled
def _choose_smallest(hashes: Any, count: int, histogram: Any, most: int, seen: Any, chosen: Any) -> int:
    """Choose up to `most` landmarks with the smallest distinct hashes, and return how many were chosen.

    Of landmarks with equal hashes, the first one is chosen. Landmarks are taken in ranges of the first 12 bits of their hashes.
    Within the last range, the first landmarks are chosen instead of the smallest. Where many hashes are equal, more ranges
    follow. `seen` is scratch memory, and `chosen` gets the indices of the chosen landmarks.
    """
    seen[:] = 0
    goal, reached, upper, distinct = most, 0, 0, 0
    while distinct < most and reached < count:
        lower = upper
        while upper < len(histogram) and reached < goal:
            reached += histogram[upper]
            upper += 1
        for landmark in range(count):
            hashed = hashes[landmark]
            if hashed >> U(52) < U(lower) or hashed >> U(52) >= U(upper):
                continue
            slot = hashed & U(len(seen) - 1)
            while seen[slot] != U(0) and seen[slot] != hashed:
                slot = (slot + U(1)) & U(len(seen) - 1)
            if seen[slot] == U(0) and distinct < most:
                seen[slot] = hashed
                chosen[distinct] = landmark
                distinct += 1
        goal = reached + 16 + (most - distinct) * reached // max(1, distinct)
    return distinct


@compiled
def select_landmarks(peaks: Int64s, ends: Int64s, tracks: Int64s, most: int, low: int, high: int) -> tuple[UInt64s, Int64s]:
    """Select up to `most` landmarks of each track, those with the smallest hashes, and return those in some buckets.

    Of landmarks with equal hashes, the first one is selected. The last few of a track may not be the smallest.

    Parameters
    ----------
    peaks : np.ndarray [shape=(n,), dtype=int64]
        Peaks of some tracks, one track after another.
    ends : np.ndarray [shape=(tracks,), dtype=int64]
        Index in `peaks` at which each track ends.
    tracks : np.ndarray [shape=(tracks,), dtype=int64]
        Numbers of the tracks, below :data:`MAX_TRACKS`.
    most : int
        Largest number of landmarks of a track.
    low, high : int
        Landmarks in the buckets from `low` to `high` - 1 are returned. Landmarks in other buckets still count towards `most`.

    Returns
    -------
    np.ndarray [shape=(landmarks,), dtype=uint64], np.ndarray [shape=(landmarks,), dtype=int64]
        A number for each landmark, and its bucket. From its highest bit on, the number has 20 bits of the landmark's hash, 4
        bits of the peak that comes next, 24 bits of its track, and 16 bits of its frame.
    """
    longest = np.diff(ends).max() if len(ends) > 1 else 0
    longest = max(longest, ends[0])
    hashes = np.empty(longest * len(STEPS), np.uint64)
    firsts = np.empty(longest * len(STEPS), np.int64)
    nexts = np.empty_like(firsts)
    histogram = np.empty(1 << 12, np.int64)
    slots = 1
    while slots < 4 * most:
        slots *= 2
    seen = np.empty(slots, np.uint64)
    chosen = np.empty(most, np.int64)
    numbers = np.empty(len(ends) * most, np.uint64)
    buckets = np.empty(len(ends) * most, np.int64)
    size = 0
    for index in range(len(ends)):
        histogram[:] = 0
        count = _hash_landmarks(peaks, ends[index - 1] if index else 0, ends[index], hashes, firsts, nexts, histogram)
        for landmark in chosen[: _choose_smallest(hashes, count, histogram, most, seen, chosen)]:
            bucket = np.int64(hashes[landmark] & U(BUCKETS - 1))
            following = nexts[landmark]
            if low <= bucket < high:
                next_peak = _mix_bits(U(peaks[following] & 255)) & U(15) if following < ends[index] else U(0)
                head = (hashes[landmark] >> U(12) & U(0xFFFFF)) << U(44) | next_peak << U(40)
                numbers[size] = head | U(tracks[index]) << U(16) | U(peaks[firsts[landmark]] >> 8 & 0xFFFF)
                buckets[size] = bucket
                size += 1
    return numbers[:size], buckets[:size]


@compiled
def order_by_bucket(numbers: UInt64s, buckets: Int64s) -> tuple[UInt64s, Int64s]:
    """Order `numbers` by their buckets; return them and where each bucket begins.

    The second array [shape=(4097,), dtype=int64] also has the end of the last bucket.
    """
    begins = np.zeros(BUCKETS + 1, np.int64)
    for bucket in buckets:
        begins[bucket + 1] += 1
    begins = np.cumsum(begins)
    positions = begins.copy()
    ordered = np.empty_like(numbers)
    for index in range(len(numbers)):
        ordered[positions[buckets[index]]] = numbers[index]
        positions[buckets[index]] += 1
    return ordered, begins


@compiled
def repeated_meetings(landmarks: UInt64s, neighbours: int, sketch: Any) -> UInt64s:
    """Return the meetings of equal landmarks, except the first meeting of every two tracks.

    Parameters
    ----------
    landmarks : np.ndarray [shape=(n,), dtype=uint64]
        Sorted landmarks of one bucket, from :func:`select_landmarks`.
    neighbours : int
        Each landmark meets at most this many equal landmarks that follow it.
    sketch : np.ndarray [shape=(a power of 2,), dtype=uint8]
        Memory of earlier meetings, which this function updates. A bit records that two tracks have met; some other pairs of
        tracks share the bit.

    Returns
    -------
    np.ndarray [shape=(meetings,), dtype=uint64]
        24 bits for each track, the smaller track number first, and 16 bits for the time offset.
    """
    meetings = np.empty(neighbours * len(landmarks), np.uint64)
    count = 0
    for index in range(len(landmarks)):
        for other in range(index + 1, min(index + neighbours + 1, len(landmarks))):
            if landmarks[other] >> U(44) != landmarks[index] >> U(44):
                break
            first = landmarks[index] >> U(16) & U(0xFFFFFF)
            second = landmarks[other] >> U(16) & U(0xFFFFFF)
            offset = (landmarks[other] & U(0xFFFF)) - (landmarks[index] & U(0xFFFF))
            if first == second:
                continue
            if first > second:
                first, second, offset = second, first, U(0) - offset
            pair = first << U(24) | second
            hashed = _mix_bits(pair)
            byte = hashed >> U(3) & U(len(sketch) - 1)
            bit = np.uint8(1 << (hashed & U(7)))
            if sketch[byte] & bit:
                meetings[count] = pair << U(16) | (offset + U(1 << 15)) & U(0xFFFF)
                count += 1
            sketch[byte] |= bit
    return meetings[:count].copy()


@compiled
def frequent_pairs(meetings: UInt64s, least: int, window: int) -> UInt64s:
    """Return the pairs of tracks, in 48 bits, with `least` meetings at offsets that differ by less than `window` frames.

    `meetings` must be sorted.
    """
    pairs = np.empty(len(meetings), np.uint64)
    count = 0
    for index in range(least - 1, len(meetings)):
        pair = meetings[index] >> U(16)
        if meetings[index] - meetings[index - least + 1] < U(window) and (not count or pairs[count - 1] != pair):
            pairs[count] = pair
            count += 1
    return pairs[:count].copy()
