"""Which tracks are one recording: fingerprints that have many peaks in common.

In: constellations (:mod:`mer_tasks.audio.fingerprint`). Out: the pairs that are the same recording, with the share of peaks
that they have in common where they fit best. Recoded, resampled, louder, quieter and trimmed copies are the same recording, and
so is an excerpt; another take, a remix, or a piece that quotes another is not.

Not all pairs are compared. Four peaks near each other make a landmark (:mod:`mer_tasks.audio.landmarks`), of their bins and the
frames between them (Wang 2003, of two; of three, as in Panako by Six and Leman 2014, a million tracks have too few different
ones, and meet by chance). Of each track's landmarks a few are kept, which are the same in a copy: those with the smallest
hashes (Broder 1997, On the resemblance and containment of documents). They are sorted, with those side by side that are equal,
and among them those after which the same peak follows. Each meets only its next few neighbours: a landmark that a thousand
tracks have costs each of them as much as one that a few have. A bit remembers for each two tracks that they have met, so that
nothing is kept of the many that meet once by chance. Pairs that meet often enough at one distance in time are then compared
peak by peak.

Time is in proportion to the number of tracks, but for the sort. So is memory up to 2 GB of landmarks, 6 kB a track and of many
tracks 3; of more tracks still the landmarks are made in several passes, each for a part of the hashes. The bits take 512 MB at
most, and fingerprints are read one after the other: only those that are compared are held.
"""

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from mer_tasks.audio.fingerprint import Peaks
from mer_tasks.audio.landmarks import BUCKETS, MOST, Integers, Wide, bucketed, distance, in_common, kept, met_again, pairs
from mer_tasks.errors import CorpusError
from mer_tasks.machine import cores

LIMIT = 0.4
"""Share of peaks in common from which two tracks are one recording. Of Emotify, the nearest that are not one are a song and its
remix with 0.26, and copies at 24 kb/s without their first two seconds have 0.6 and more (benchmarks/twins.py)."""
FEWEST = 16
"""Peaks that a fingerprint needs to be compared: with fewer, chance decides."""
KEPT, LEAST = 768, 384
"""Landmarks of a track that may meet others, and of so many tracks that these are not all held at a time: so many at least."""
NEIGHBOURS = 4
"""Equal landmarks that each one meets."""
MEETINGS, WINDOW = 3, 6
"""So often must two tracks meet, mostly at distances that differ by less than so many frames, to be compared."""
BLOCK = 1 << 12
"""Tracks whose landmarks are made at a time."""
AT_A_TIME = 1 << 28
"""Landmarks that are held at a time: 2 GB."""
BITS = 1 << 32
"""Of the memory of meetings, at most; fewer for fewer landmarks, with 16 bits for each."""
VOTES = 1 << 21
"""Pairs of peaks, at most, that vote on the distance between two tracks; only an hour of one beat has more."""


def same_recordings(fingerprints: Sequence[Peaks], limit: float = LIMIT) -> list[tuple[int, int, float]]:
    """Pairs of tracks that are one recording.

    Parameters
    ----------
    fingerprints : sequence of np.ndarray [shape=(peaks,), dtype=uint32]
        Read in order, and perhaps more than once.
    limit : float
        Least share of peaks in common.

    Returns
    -------
    list of (int, int, float)
        Places in `fingerprints`, the smaller one first, and the share; sorted.

    Raises
    ------
    CorpusError
        Of 16,777,216 tracks and more.
    """
    found = candidates(fingerprints)
    # copies, since what is read may be a view of all that is in one file
    held = {place: fingerprints[place].copy() for place in sorted({*itertools.chain.from_iterable(found)})}
    compared = ((first, second, common(held[first], held[second])) for first, second in found)
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
    few, many = one.astype(np.int64), other.astype(np.int64)
    return float(in_common(few, many, distance(few, many, VOTES)) / len(one))


def candidates(fingerprints: Sequence[Peaks]) -> list[tuple[int, int]]:
    """Pairs of tracks that have landmarks in common at one distance in time, the smaller place first; sorted."""
    if len(fingerprints) >= MOST:
        raise CorpusError(f"{len(fingerprints)} tracks, expected fewer than {MOST} to find the same recordings among")
    count = max(1, len(fingerprints))
    most = max(LEAST, min(KEPT, AT_A_TIME // count))
    passes = -(-count * most // AT_A_TIME)
    cuts = [BUCKETS * number // passes for number in range(passes + 1)]
    sketch = np.zeros(1 << (min(BITS, 16 * most * count) - 1).bit_length() - 3, np.uint8)
    met = []
    with ThreadPoolExecutor(cores()) as pool:
        for low, high in itertools.pairwise(cuts):
            for landmarks in _sorted(pool, _landmarks(pool, fingerprints, most, low, high), low, high):
                met.append(met_again(landmarks, NEIGHBOURS, sketch))
    found = pairs(_together(met), MEETINGS - 1, WINDOW)  # the first meeting is not there
    return list(zip((found >> np.uint64(24)).tolist(), (found & np.uint64(MOST - 1)).tolist(), strict=True))


def _blocks(fingerprints: Sequence[Peaks]) -> Iterator[tuple[Integers, Integers, Integers]]:
    """Peaks, their ends and places of :data:`BLOCK` tracks that can be compared."""
    usable = ((place, peaks) for place, peaks in enumerate(fingerprints) if len(peaks) >= FEWEST)
    while some := list(itertools.islice(usable, BLOCK)):
        ends = np.cumsum([len(peaks) for _, peaks in some])
        yield np.concatenate([peaks for _, peaks in some]).astype(np.int64), ends, np.array([place for place, _ in some])


def _landmarks(
    pool: ThreadPoolExecutor, fingerprints: Sequence[Peaks], most: int, low: int, high: int
) -> list[tuple[Wide, Integers]]:
    """Landmarks in some buckets, of each block of tracks, and where in them each bucket begins."""

    def made(block: tuple[Integers, Integers, Integers]) -> tuple[Wide, Integers]:
        ordered: tuple[Wide, Integers] = bucketed(*kept(*block, most, low, high))
        return ordered

    blocks = _blocks(fingerprints)
    found: list[tuple[Wide, Integers]] = []
    while some := list(itertools.islice(blocks, cores())):  # a pool would read all of them ahead
        found += pool.map(made, some)
    return found


def _sorted(pool: ThreadPoolExecutor, blocks: list[tuple[Wide, Integers]], low: int, high: int) -> Iterator[Wide]:
    """Landmarks of all tracks, bucket by bucket."""

    def one(bucket: int) -> Wide:
        landmarks = np.concatenate([numbers[begins[bucket] : begins[bucket + 1]] for numbers, begins in blocks])
        landmarks.sort()
        return landmarks

    for start in range(low, high if blocks else low, cores()):
        yield from pool.map(one, range(start, min(start + cores(), high)))


def _together(met: list[Wide]) -> Wide:
    """All numbers of `met` in order; takes them out of there, so that they are not held twice."""
    count = sum(map(len, met))
    numbers = np.empty(count, np.uint64)
    while met:
        part = met.pop()
        count -= len(part)
        numbers[count : count + len(part)] = part
    numbers.sort()
    return numbers
