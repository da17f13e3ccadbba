"""Which tracks are one recording: fingerprints that have many peaks in common.

In: constellations (:mod:`mer_tasks.fingerprint`). Out: the pairs that are the same recording, with the share of peaks that they
have in common where they fit best. Recoded, resampled, louder, quieter and trimmed copies are the same recording, and so is an
excerpt; another take, a remix, or a piece that quotes another is not.

Not all pairs are compared. Three peaks near each other make a landmark, of their bins and the frames between them (Wang 2003;
three instead of two, as Six and Leman 2014 take them in Panako, make chance meetings rare). Of each track's landmarks a few are
kept, which are the same in a copy: those with the smallest hashes (Broder 1997, On the resemblance and containment of
documents). They are sorted, with those side by side that are equal, and among them those after which the same peak follows.
Each meets only its next few neighbours: a landmark that a thousand tracks have costs each of them as much as one that a few
have. Pairs that meet often enough at one distance in time are then compared peak by peak. Time is in proportion to the number
of tracks, but for the sort, and so is memory: 6 kB a track, and up to 24 kB more where every landmark meets others.
"""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from mer_tasks.fingerprint import BINS, Peaks

LIMIT = 0.4
"""Share of peaks in common from which two tracks are one recording. Of Emotify, the nearest that are not one are a song and its
remix with 0.26, and copies at 24 kb/s without their first two seconds have 0.6 and more (benchmarks/twins.py)."""
FEWEST = 16
"""Peaks that a fingerprint needs to be compared: with fewer, chance decides."""
FOLLOWERS, ZONE, GRAIN = 5, 64, 2
"""A landmark's other peaks are among so many that follow the first, within so many frames. Distances are told in so many
frames, because peaks of a copy may lie one frame beside."""
KEPT = 768
"""Landmarks of a track that may meet others."""
NEIGHBOURS = 4
"""Equal landmarks that each one meets."""
MEETINGS, WINDOW = 3, 6
"""So often must two tracks meet, at distances that differ by less than so many frames, to be compared."""
BLOCK, ROWS = 1 << 16, 1 << 20
"""Peaks whose landmarks are made at a time, and landmarks that meet at a time."""
VOTES = 1 << 21
"""Pairs of peaks, at most, that vote on the distance between two tracks; only an hour of one beat has more."""
SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio: Knuth's multiplier, which makes hashes of landmarks."""
HASH, PLACE = np.uint64(0xFFFFFFF << 36), np.uint64((1 << 30) - 1)
"""A landmark in 64 bits: 28 of its hash, 6 of the peak that comes next, and 30 for the place of its first peak."""

Integers = npt.NDArray[np.int64]
Wide = npt.NDArray[np.uint64]


def same_recordings(fingerprints: Sequence[Peaks], limit: float = LIMIT) -> list[tuple[int, int, float]]:
    """Pairs of tracks that are one recording.

    Parameters
    ----------
    fingerprints : sequence of np.ndarray [shape=(peaks,), dtype=uint32]
        Of fewer than 2 million tracks with 2^30 peaks in all.
    limit : float
        Least share of peaks in common.

    Returns
    -------
    list of (int, int, float)
        Places in `fingerprints`, the smaller one first, and the share; sorted.
    """
    compared = (
        (first, second, common(fingerprints[first], fingerprints[second])) for first, second in candidates(fingerprints)
    )
    return [(first, second, share) for first, second, share in compared if share >= limit]


def common(one: Peaks, other: Peaks) -> float:
    """Share of peaks that two recordings have in common, of those of the one that has fewer.

    `other` is moved in time by the distance at which most peaks of equal bins meet; a peak is common if the other recording
    then has one within a frame and a bin.
    """
    if len(one) > len(other):
        one, other = other, one
    if not len(one):
        return 0.0
    (frames, bins), (other_frames, other_bins) = (np.divmod(peaks.astype(np.int64), BINS) for peaks in (one, other))
    near = np.zeros((int(other_frames[-1]) + 3, BINS + 2), bool)  # with a border of one frame and one bin
    for frame, bin_ in itertools.product(range(3), range(3)):
        near[other_frames + frame, other_bins + bin_] = True
    moved = frames + _distance(frames, bins, other_frames, other_bins) + 1
    inside = (moved >= 0) & (moved < len(near))
    return float(near[moved[inside], bins[inside] + 1].sum() / len(one))


def _distance(frames: Integers, bins: Integers, other_frames: Integers, other_bins: Integers) -> int:
    """Frames by which the other recording is later, as most pairs of peaks in one bin say, within a frame."""
    order = np.argsort(other_bins, kind="stable")
    start, stop = (np.searchsorted(other_bins[order], bins, side=side) for side in ("left", "right"))
    some = slice(None, None, 1 + int((stop - start).sum()) // VOTES)
    frames, start, counts = frames[some], start[some], (stop - start)[some]
    place = np.arange(counts.sum()) + np.repeat(start - np.cumsum(counts) + counts, counts)
    distances = other_frames[order][place] - np.repeat(frames, counts)
    if not len(distances):
        return 0
    votes = np.bincount(distances - distances.min())
    return int(np.convolve(votes, np.ones(3, np.int64), "same").argmax() + distances.min())


def candidates(fingerprints: Sequence[Peaks]) -> list[tuple[int, int]]:
    """Pairs of tracks that have landmarks in common at one distance in time, the smaller place first; sorted."""
    usable = [(place, peaks) for place, peaks in enumerate(fingerprints) if len(peaks) >= FEWEST]
    if not usable:
        return []
    tracks, peaks = [place for place, _ in usable], np.concatenate([peaks for _, peaks in usable])
    ends = np.cumsum([len(found) for _, found in usable])
    landmarks = _sorted(_landmarks(peaks, ends), KEPT * len(ends))
    return [(tracks[first], tracks[second]) for first, second in _met(landmarks, peaks, ends)]


def _landmarks(peaks: Peaks, ends: Integers) -> Iterator[Wide]:
    """Landmarks that are kept, block by block of tracks, in the form of :data:`HASH`; places are among all peaks."""
    cuts = np.searchsorted(ends, np.arange(BLOCK, ends[-1], BLOCK)).tolist()
    for first, last in itertools.pairwise(sorted({0, *cuts, len(ends)})):
        start, stop = int(ends[first - 1]) if first else 0, int(ends[last - 1])
        track = np.repeat(np.arange(last - first), np.diff(ends[first:last], prepend=start))
        hashes, following, places = _hashes(peaks[start:stop], track)
        # of a track's equal landmarks the first one stays, and of those the ones that are smallest in other bits of their hash
        keys = track[places].astype(np.uint64) << np.uint64(32) | hashes >> np.uint64(8) & np.uint64(0xFFFFFFFF)
        order = np.argsort(keys, kind="stable")
        order = order[np.flatnonzero(np.diff(keys[order], prepend=~keys[order][:1]))]
        tracks = track[places[order]]
        chosen = order[np.arange(len(order)) - np.searchsorted(tracks, tracks) < KEPT]
        rest = following[chosen] << np.uint64(30) | (places[chosen] + start).astype(np.uint64)
        yield np.bitwise_and(hashes[chosen], HASH) | rest


def _hashes(peaks: Peaks, track: Integers) -> tuple[Wide, Wide, Integers]:
    """Landmarks of some peaks: 64 bits of hash, 6 of the peak that comes next, the first one's place; by that place."""
    frames, bins = np.divmod(peaks.astype(np.int64), BINS)
    hashes, following, places = [], [], []
    for second, third in itertools.combinations(range(1, FOLLOWERS + 1), 2):
        first = np.arange(max(0, len(peaks) - third))
        steady = (bins[first + second] == bins[first]) & (bins[first + third] == bins[first])  # one long tone is no landmark
        together = (track[first + third] == track[first]) & (frames[first + third] - frames[first] < ZONE)
        first = first[together & ~steady]
        near, far = ((frames[first + step] - frames[first]) // GRAIN for step in (second, third))
        landmark = (bins[first] * BINS + bins[first + second]) * BINS + bins[first + third]
        landmark = (landmark * ZONE + near) * ZONE + far
        hashes.append(landmark.astype(np.uint64) * SPREAD)
        following.append(bins[np.minimum(first + third + 1, len(bins) - 1)].astype(np.uint64) * SPREAD >> np.uint64(58))
        places.append(first)
    found = np.concatenate(places)
    order = np.argsort(found, kind="stable")
    return np.concatenate(hashes)[order], np.concatenate(following)[order], found[order]


def _met(landmarks: Wide, peaks: Peaks, ends: Integers) -> list[tuple[int, int]]:
    """Pairs of tracks, by their places in `ends`, of which equal landmarks met often enough at one distance in time; sorted."""
    met = _sorted(_meetings(landmarks, peaks, ends), NEIGHBOURS * len(landmarks))
    found = [met[:0]]
    for start in range(0, len(met) - MEETINGS + 1, ROWS):
        last = met[start + MEETINGS - 1 : start + MEETINGS - 1 + ROWS]
        found.append(last[last - met[start : start + len(last)] < WINDOW] >> np.uint64(20))
    pairs = np.unique(np.concatenate(found))
    return list(zip((pairs >> np.uint64(22)).tolist(), (pairs & np.uint64((1 << 22) - 1)).tolist(), strict=True))


def _meetings(landmarks: Wide, peaks: Peaks, ends: Integers) -> Iterator[Wide]:
    """Of each two equal landmarks that meet: 22 bits for each track, and 20 for the distance in time."""
    for start, step in itertools.product(range(0, len(landmarks), ROWS), range(1, NEIGHBOURS + 1)):
        ones, others = landmarks[start : start + ROWS], landmarks[start + step : start + step + ROWS]
        ones = ones[: len(others)]
        equal = np.flatnonzero(ones & HASH == others & HASH)
        places = [(found[equal] & PLACE).astype(np.int64) for found in (ones, others)]
        first, second = (np.searchsorted(ends, place, side="right") for place in places)
        later = (peaks[places[1]] // BINS).astype(np.int64) - peaks[places[0]] // BINS
        # the order of two tracks is no other at one landmark than at the next; by chance a track meets itself
        distances = (1 << 19) + np.where(first < second, later, -later)
        found = np.minimum(first, second) << 42 | np.maximum(first, second) << 20 | distances
        yield found[first != second].astype(np.uint64)


def _sorted(parts: Iterator[Wide], most: int) -> Wide:
    """All numbers of `parts`, `most` at most, in order. Pages of an empty array take no memory until they are written to."""
    numbers = np.empty(most, np.uint64)
    count = 0
    for part in parts:
        numbers[count : count + len(part)] = part
        count += len(part)
    numbers[:count].sort()
    return numbers[:count]
