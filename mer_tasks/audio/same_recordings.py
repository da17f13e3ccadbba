"""Find tracks with the same recording: their fingerprints have many peaks in common.

Input: fingerprints (:mod:`mer_tasks.audio.fingerprint`). Output: pairs of tracks with the same recording, and the share of
peaks that both have in common at the time offset where they fit best. Copies that were coded again, resampled, trimmed, or made
louder or quieter are the same recording, and so is an excerpt. Another take, a remix, or a piece that quotes another is not.

Comparing all pairs would take too long, so pairs that are worth a comparison are found first:

1. Four nearby peaks make a landmark of their bins and the frames between them (:mod:`mer_tasks.audio.landmarks`). Wang (2003)
   uses two peaks, and Panako three (Six and Leman 2014). A million tracks have too few different landmarks of three peaks, so
   tracks would meet by chance.
2. Of each track, the landmarks with the smallest hashes are selected, so that a copy has the same ones (Broder 1997, On the
   resemblance and containment of documents).
3. The landmarks of all tracks are sorted, so that equal ones are adjacent, and among these the ones with the same next peak.
   Each landmark meets only its next few neighbours. A landmark that a thousand tracks have therefore costs each of them no more
   than one that a few tracks have.
4. A bit for every two tracks records that they have met. Nothing else is stored about a first meeting, because most pairs meet
   once by chance.
5. Pairs that meet often enough at one time offset are compared peak by peak.

Apart from the sort, time grows in proportion to the number of tracks. So does memory, up to 2 GB of landmarks: 6 kB per track,
and 3 kB if there are many tracks. For more tracks still, landmarks are made in several passes, each for a part of the hashes.
The bits take at most 512 MB. Fingerprints are read one after another, and only those that are compared stay in memory.
"""

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from mer_tasks.audio.common_peaks import count_common_peaks, time_offset
from mer_tasks.audio.fingerprint import Peaks
from mer_tasks.audio.landmarks import (
    BUCKETS,
    MAX_TRACKS,
    Int64s,
    UInt64s,
    frequent_pairs,
    order_by_bucket,
    repeated_meetings,
    select_landmarks,
)
from mer_tasks.errors import CorpusError
from mer_tasks.machine import cores

MIN_SHARE = 0.4
"""Share of common peaks from which two tracks are the same recording. In Emotify, the most similar pair that is not the same
recording, a song and its remix, has 0.26. Copies at 24 kb/s without their first two seconds have 0.6 and more
(benchmarks/twins.py)."""
MIN_PEAKS = 16
"""Fewest peaks of a fingerprint that is compared: with fewer, chance decides."""
MAX_LANDMARKS = 768
"""Largest number of landmarks of a track."""
MIN_LANDMARKS = 384
"""Landmarks of a track if there are too many tracks to hold :data:`MAX_LANDMARKS` of each in memory: at least this many."""
NEIGHBOURS = 4
"""Equal landmarks that each landmark meets."""
MIN_MEETINGS = 3
"""Fewest meetings of two tracks that are compared. The first meeting may be at any time offset."""
WINDOW = 6
"""The other meetings must be at time offsets that differ by less than this many frames."""
BLOCK = 1 << 12
"""Tracks whose landmarks are computed at a time."""
MAX_LANDMARKS_IN_MEMORY = 1 << 28
"""Landmarks that are in memory at a time: 2 GB."""
MAX_SKETCH_BITS = 1 << 32
"""Largest number of bits in the memory of meetings. There are fewer for fewer landmarks: 16 bits for each."""
MAX_VOTES = 1 << 21
"""Largest number of pairs of peaks that vote on the time offset of two tracks. Only an hour of one beat has more."""


def same_recordings(fingerprints: Sequence[Peaks], limit: float = MIN_SHARE) -> list[tuple[int, int, float]]:
    """Find the pairs of tracks that have the same recording.

    Parameters
    ----------
    fingerprints : sequence of np.ndarray [shape=(peaks,), dtype=uint32]
        Fingerprints, which are read in order, and perhaps more than once.
    limit : float
        Least share of peaks in common.

    Returns
    -------
    list of (int, int, float)
        Sorted pairs: two indices in `fingerprints`, the smaller one first, and the share of peaks in common.

    Raises
    ------
    CorpusError
        If there are 16,777,216 or more tracks.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> original = np.unique(random.integers(8, 300_000, 400)).astype(np.uint32)
    >>> another = np.unique(random.integers(8, 300_000, 400)).astype(np.uint32)
    >>> same_recordings([original, another, original[:300]])
    [(0, 2, 1.0)]
    """
    candidates = candidate_pairs(fingerprints)
    # copies, because a fingerprint may be a view of the array of a whole file
    peaks = {index: fingerprints[index].copy() for index in sorted({*itertools.chain.from_iterable(candidates)})}
    compared = ((first, second, share_of_common_peaks(peaks[first], peaks[second])) for first, second in candidates)
    return [(first, second, share) for first, second, share in compared if share >= limit]


def share_of_common_peaks(first: Peaks, second: Peaks) -> float:
    """Compute the share of peaks that two recordings have in common, relative to the recording with fewer peaks.

    One recording is shifted by the time offset at which most peaks in the same bin coincide. A peak is common if the other
    recording then has a peak within a frame and a bin of it.

    Examples
    --------
    >>> first = np.array([10 * 256 + 50, 20 * 256 + 90, 30 * 256 + 70, 40 * 256 + 60], np.uint32)
    >>> share_of_common_peaks(first, first[1:] + np.uint32(5 * 256))  # trimmed, and 5 frames later
    1.0
    """
    if len(first) > len(second):
        first, second = second, first
    if not len(first):
        return 0.0
    fewer = first.astype(np.int64)
    more = second.astype(np.int64)
    return float(count_common_peaks(fewer, more, time_offset(fewer, more, MAX_VOTES)) / len(fewer))


def candidate_pairs(fingerprints: Sequence[Peaks]) -> list[tuple[int, int]]:
    """Find the pairs of tracks that have landmarks in common at one time offset.

    Returns
    -------
    list of (int, int)
        Sorted pairs of indices in `fingerprints`, the smaller one first.
    """
    if len(fingerprints) >= MAX_TRACKS:
        raise CorpusError(f"{len(fingerprints)} tracks, expected fewer than {MAX_TRACKS} to find the same recordings among")
    count = max(1, len(fingerprints))
    most = max(MIN_LANDMARKS, min(MAX_LANDMARKS, MAX_LANDMARKS_IN_MEMORY // count))
    passes = -(-count * most // MAX_LANDMARKS_IN_MEMORY)
    bucket_limits = [BUCKETS * number // passes for number in range(passes + 1)]
    sketch = np.zeros(1 << (min(MAX_SKETCH_BITS, 16 * most * count) - 1).bit_length() - 3, np.uint8)
    meetings = []
    with ThreadPoolExecutor(cores()) as pool:
        for low, high in itertools.pairwise(bucket_limits):
            blocks = _landmarks_by_block(pool, fingerprints, most, low, high)
            for landmarks in _landmarks_by_bucket(pool, blocks, low, high):
                meetings.append(repeated_meetings(landmarks, NEIGHBOURS, sketch))
    pairs = frequent_pairs(_concatenate_sorted(meetings), MIN_MEETINGS - 1, WINDOW)  # the first meeting is not among them
    return list(zip((pairs >> np.uint64(24)).tolist(), (pairs & np.uint64(MAX_TRACKS - 1)).tolist(), strict=True))


def _blocks(fingerprints: Sequence[Peaks]) -> Iterator[tuple[Int64s, Int64s, Int64s]]:
    """Yield blocks of :data:`BLOCK` tracks with enough peaks: the peaks, where each track ends, and the tracks' indices."""
    usable = ((index, peaks) for index, peaks in enumerate(fingerprints) if len(peaks) >= MIN_PEAKS)
    while block := list(itertools.islice(usable, BLOCK)):
        ends = np.cumsum([len(peaks) for _, peaks in block])
        yield np.concatenate([peaks for _, peaks in block]).astype(np.int64), ends, np.array([index for index, _ in block])


def _landmarks_by_block(
    pool: ThreadPoolExecutor, fingerprints: Sequence[Peaks], most: int, low: int, high: int
) -> list[tuple[UInt64s, Int64s]]:
    """Return for each block of tracks its landmarks in the buckets from `low` to `high` - 1, and where each bucket begins."""

    def ordered_landmarks(block: tuple[Int64s, Int64s, Int64s]) -> tuple[UInt64s, Int64s]:
        ordered: tuple[UInt64s, Int64s] = order_by_bucket(*select_landmarks(*block, most, low, high))
        return ordered

    blocks = _blocks(fingerprints)
    landmarks: list[tuple[UInt64s, Int64s]] = []
    while batch := list(itertools.islice(blocks, cores())):  # pool.map alone would read all blocks at once
        landmarks += pool.map(ordered_landmarks, batch)
    return landmarks


def _landmarks_by_bucket(
    pool: ThreadPoolExecutor, blocks: list[tuple[UInt64s, Int64s]], low: int, high: int
) -> Iterator[UInt64s]:
    """Yield the sorted landmarks of all tracks, bucket by bucket."""

    def sorted_landmarks(bucket: int) -> UInt64s:
        landmarks = np.concatenate([numbers[begins[bucket] : begins[bucket + 1]] for numbers, begins in blocks])
        landmarks.sort()
        return landmarks

    for start in range(low, high if blocks else low, cores()):
        yield from pool.map(sorted_landmarks, range(start, min(start + cores(), high)))


def _concatenate_sorted(parts: list[UInt64s]) -> UInt64s:
    """Return all numbers of `parts`, sorted; empties `parts` on the way, so that no number is in memory twice."""
    count = sum(map(len, parts))
    numbers = np.empty(count, np.uint64)
    while parts:
        part = parts.pop()
        count -= len(part)
        numbers[count : count + len(part)] = part
    numbers.sort()
    return numbers
