"""Landmarks of constellations, and how two of them meet, compiled by numba for :mod:`mer_tasks.audio.same_recordings`.

Four peaks near each other make a landmark, of their bins and the frames between them. In: peaks, ``frame * 256 + bin``
(:mod:`mer_tasks.audio.fingerprint`). Out: landmarks and meetings in 64 bits each, unsigned throughout, as numba makes a float
of a signed number and an unsigned one. Nothing here holds Python's lock, so that threads work side by side. The first call on a
machine compiles for some seconds.
"""

import itertools
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

FOLLOWERS, ZONE, GRAIN = 5, 64, 2
"""A landmark's other peaks are among so many that follow the first, within so many frames. Distances are told in so many
frames, because peaks of a copy may lie one frame beside."""
STEPS = np.array(list(itertools.combinations(range(1, FOLLOWERS + 1), 3)))
BUCKETS = 1 << 12
"""A landmark's hash has 32 bits: 12 say in which bucket it is, and 20 are in its number."""
MOST = 1 << 24
"""Tracks that can be told apart."""

U = np.uint64
Integers = npt.NDArray[np.int64]
Wide = npt.NDArray[np.uint64]


def _compiled(function: Any) -> Any:
    try:
        return numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # nowhere to keep it: neither beside this file, nor at home, nor in NUMBA_CACHE_DIR
        return numba.njit(nogil=True)(function)


@_compiled
def _mixed(value: Any) -> Any:
    """A hash of 64 bits, each of which depends on all: the end of SplitMix64 (Steele, Lea, Flood 2014)."""
    value = (value ^ (value >> U(30))) * U(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> U(27))) * U(0x94D049BB133111EB)
    return value ^ (value >> U(31))


@_compiled
def _all_of(peaks: Any, begin: int, end: int, hashes: Any, firsts: Any, nexts: Any, histogram: Any) -> int:
    """Landmarks of one track: hashes, first peaks, the peaks after the last, and how many hashes begin with which 12 bits."""
    count = 0
    for first in range(begin, end):
        frame, low = peaks[first] >> 8, peaks[first] & 255
        for step in range(len(STEPS)):
            last = first + STEPS[step, 2]
            if last >= end or (peaks[last] >> 8) - frame >= ZONE:
                continue
            one, two, three = peaks[first + STEPS[step, 0]], peaks[first + STEPS[step, 1]], peaks[last]
            if (one & 255) == low and (two & 255) == low and (three & 255) == low:
                continue  # one long tone is no landmark
            bins = low << 24 | (one & 255) << 16 | (two & 255) << 8 | three & 255
            near, middle, far = ((one >> 8) - frame) // GRAIN, ((two >> 8) - frame) // GRAIN, ((three >> 8) - frame) // GRAIN
            found = _mixed(U(bins << 18 | near << 12 | middle << 6 | far))
            hashes[count], firsts[count], nexts[count] = found, first, last + 1
            histogram[found >> U(52)] += 1
            count += 1
    return count


@_compiled
def _smallest(hashes: Any, count: int, histogram: Any, most: int, seen: Any, chosen: Any) -> int:
    """Of `count` landmarks choose those with the smallest hashes, of equal ones the first; how many these are.

    They are taken by the first 12 bits of their hashes, so of the last few the first ones, and some more after those where many
    are equal.
    """
    seen[:] = 0
    goal, reached, upper, distinct = most, 0, 0, 0
    while distinct < most and reached < count:
        lower = upper
        while upper < len(histogram) and reached < goal:
            reached += histogram[upper]
            upper += 1
        for landmark in range(count):
            found = hashes[landmark]
            if found >> U(52) < U(lower) or found >> U(52) >= U(upper):
                continue
            slot = found & U(len(seen) - 1)
            while seen[slot] != U(0) and seen[slot] != found:
                slot = (slot + U(1)) & U(len(seen) - 1)
            if seen[slot] == U(0) and distinct < most:
                seen[slot] = found
                chosen[distinct] = landmark
                distinct += 1
        goal = reached + 16 + (most - distinct) * reached // max(1, distinct)
    return distinct


@_compiled
def kept(peaks: Integers, ends: Integers, tracks: Integers, most: int, low: int, high: int) -> tuple[Wide, Integers]:
    """Of each track the landmarks that are kept: but for the last few those with the smallest hashes, of equal ones the first.

    Parameters
    ----------
    peaks : np.ndarray [shape=(n,), dtype=int64]
        Of some tracks, one after the other.
    ends : np.ndarray [shape=(tracks,), dtype=int64]
        Where each ends.
    tracks : np.ndarray [shape=(tracks,), dtype=int64]
        Their numbers, below :data:`MOST`.
    most : int
        Landmarks of a track.
    low, high : int
        Buckets that are wanted, without the last; the other landmarks count, and are left out.

    Returns
    -------
    np.ndarray [shape=(landmarks,), dtype=uint64], np.ndarray [shape=(landmarks,), dtype=int64]
        Of each 20 bits of its hash, 4 of the peak that comes next, 24 of its track and 16 of its frame; and its bucket.
    """
    longest = np.diff(ends).max() if len(ends) > 1 else 0
    longest = max(longest, ends[0])
    hashes, firsts = np.empty(longest * len(STEPS), np.uint64), np.empty(longest * len(STEPS), np.int64)
    nexts, histogram = np.empty_like(firsts), np.empty(1 << 12, np.int64)
    slots = 1
    while slots < 4 * most:
        slots *= 2
    seen, chosen = np.empty(slots, np.uint64), np.empty(most, np.int64)
    numbers, buckets = np.empty(len(ends) * most, np.uint64), np.empty(len(ends) * most, np.int64)
    size = 0
    for place in range(len(ends)):
        histogram[:] = 0
        count = _all_of(peaks, ends[place - 1] if place else 0, ends[place], hashes, firsts, nexts, histogram)
        for landmark in chosen[: _smallest(hashes, count, histogram, most, seen, chosen)]:
            bucket, following = np.int64(hashes[landmark] & U(BUCKETS - 1)), nexts[landmark]
            if low <= bucket < high:
                after = _mixed(U(peaks[following] & 255)) & U(15) if following < ends[place] else U(0)
                head = (hashes[landmark] >> U(12) & U(0xFFFFF)) << U(44) | after << U(40)
                numbers[size] = head | U(tracks[place]) << U(16) | U(peaks[firsts[landmark]] >> 8 & 0xFFFF)
                buckets[size] = bucket
                size += 1
    return numbers[:size], buckets[:size]


@_compiled
def bucketed(numbers: Wide, buckets: Integers) -> tuple[Wide, Integers]:
    """`numbers` bucket by bucket, and where each bucket begins, with an end for the last [shape=(4097,), dtype=int64]."""
    begins = np.zeros(BUCKETS + 1, np.int64)
    for bucket in buckets:
        begins[bucket + 1] += 1
    begins = np.cumsum(begins)
    places, ordered = begins.copy(), np.empty_like(numbers)
    for number in range(len(numbers)):
        ordered[places[buckets[number]]] = numbers[number]
        places[buckets[number]] += 1
    return ordered, begins


@_compiled
def met_again(landmarks: Wide, neighbours: int, sketch: Any) -> Wide:
    """Meetings of equal landmarks, without the first one of each two tracks.

    Parameters
    ----------
    landmarks : np.ndarray [shape=(n,), dtype=uint64]
        Of one bucket, sorted.
    neighbours : int
        So many next ones does each meet.
    sketch : np.ndarray [shape=(a power of 2,), dtype=uint8]
        A bit for each two tracks that have met, which some others have too; written to.

    Returns
    -------
    np.ndarray [shape=(meetings,), dtype=uint64]
        24 bits for each track, the smaller number first, and 16 for the distance in time.
    """
    found = np.empty(neighbours * len(landmarks), np.uint64)
    count = 0
    for place in range(len(landmarks)):
        for other in range(place + 1, min(place + neighbours + 1, len(landmarks))):
            if landmarks[other] >> U(44) != landmarks[place] >> U(44):
                break
            first, second = landmarks[place] >> U(16) & U(0xFFFFFF), landmarks[other] >> U(16) & U(0xFFFFFF)
            later = (landmarks[other] & U(0xFFFF)) - (landmarks[place] & U(0xFFFF))
            if first == second:
                continue
            if first > second:
                first, second, later = second, first, U(0) - later
            pair = first << U(24) | second
            hashed = _mixed(pair)
            byte, bit = hashed >> U(3) & U(len(sketch) - 1), np.uint8(1 << (hashed & U(7)))
            if sketch[byte] & bit:
                found[count] = pair << U(16) | (later + U(1 << 15)) & U(0xFFFF)
                count += 1
            sketch[byte] |= bit
    return found[:count].copy()


@_compiled
def pairs(met: Wide, often: int, window: int) -> Wide:
    """Two tracks, in 48 bits, that met `often` at distances that differ by less than `window` frames; meetings are sorted."""
    found = np.empty(len(met), np.uint64)
    count = 0
    for place in range(often - 1, len(met)):
        if met[place] - met[place - often + 1] < U(window) and (not count or found[count - 1] != met[place] >> U(16)):
            found[count] = met[place] >> U(16)
            count += 1
    return found[:count].copy()


@_compiled
def distance(one: Integers, other: Integers, most: int) -> int:
    """Frames by which the other recording is later, as most pairs of peaks in one bin say, within a frame.

    Parameters
    ----------
    one, other : np.ndarray [shape=(peaks,), dtype=int64]
        At least one peak each.
    most : int
        Of more pairs of peaks than so many, some of the first recording's peaks vote.
    """
    begins = np.zeros(257, np.int64)
    for peak in other:
        begins[(peak & 255) + 1] += 1
    begins = np.cumsum(begins)
    frames, places, votes = np.empty(len(other), np.int64), begins.copy(), 0
    for peak in other:
        frames[places[peak & 255]] = peak >> 8
        places[peak & 255] += 1
    for peak in one:
        votes += begins[(peak & 255) + 1] - begins[peak & 255]
    least = (other[0] >> 8) - (one[-1] >> 8)
    counts = np.zeros((other[-1] >> 8) - (one[0] >> 8) - least + 3, np.int64)
    for place in range(0, len(one), 1 + votes // most):
        bin_ = one[place] & 255
        for number in range(begins[bin_], begins[bin_ + 1]):
            counts[frames[number] - (one[place] >> 8) - least + 1] += 1
    best, found = 0, 0
    for place in range(1, len(counts) - 1):
        near = counts[place - 1] + counts[place] + counts[place + 1]
        if near > best:
            best, found = near, place - 1 + least
    return found if best else 0


@_compiled
def in_common(one: Integers, other: Integers, later: int) -> int:
    """Peaks of one recording for which the other has one within a frame and a bin, `later` frames later."""
    begin = count = 0
    for peak in one:
        frame, bin_ = (peak >> 8) + later, peak & 255
        while begin < len(other) and (other[begin] >> 8) < frame - 1:
            begin += 1
        place = begin
        while place < len(other) and (other[place] >> 8) <= frame + 1:
            if abs((other[place] & 255) - bin_) <= 1:
                count += 1
                break
            place += 1
    return count
