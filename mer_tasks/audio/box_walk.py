"""Walk through boxes and elements: measure MP4 (ISO/IEC 14496-12) and Matroska or WebM (RFC 9559).

Both nest their parts, and each part has its size. A last part that ends beyond the file shows that the file is cut off.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from mer_tasks.audio.stream_length import StreamLength, is_name, number

MP4_PARENTS = frozenset({b"moov", b"trak", b"mdia", b"edts", b"mvex"})
CUT = "the file is cut off"

Box = tuple[bytes, int, int]
"""Name, first byte of the content, and end; the end may be beyond the file."""


def _boxes(data: bytes, at: int, end: int) -> Iterator[Box]:
    """Yield the boxes between `at` and `end`, up to bytes that are no box."""
    while at + 8 <= end and is_name(name := data[at + 4 : at + 8]):
        size, content = number(data, at, 4, "big"), at + 8
        if size == 1:
            size, content = number(data, at + 8, 8, "big"), at + 16
        elif size == 0:
            size = end - at
        if size < content - at:
            return
        yield name, content, at + size
        at += size


def _nested(data: bytes, at: int, end: int) -> Iterator[Box]:
    """Yield the boxes between `at` and `end` and those inside them, in the order of the file."""
    waiting = [_boxes(data, at, end)]
    while waiting:
        box = next(waiting[-1], None)
        if box is None:
            waiting.pop()
            continue
        yield box
        if box[0] in MP4_PARENTS and len(waiting) < 8:
            waiting.append(_boxes(data, box[1], min(box[2], len(data))))


def mp4(data: bytes, start: int) -> StreamLength:
    """Measure an MP4 by the duration of its first track with sound, cut to its edit list."""
    top = list(_boxes(data, start, len(data)))
    movies = [box for box in top if box[0] == b"moov"]
    fragments = any(name == b"moof" for name, _, _ in top)
    name, content, end = top[-1] if top else (b"", start, start)
    problem = ""
    if not movies or movies[0][2] > len(data):
        problem = f"its index (box moov) is missing among {len(data)} bytes: {CUT}"
    elif end > len(data) and (fragments or name in (b"moov", b"moof")):
        problem = f"its last box ends at byte {end} of {len(data)}: {CUT}"
    elif fragments and data.find(b"moof", end) >= 0:
        problem = f"its boxes end at byte {end} of {len(data)}, but more fragments follow: a part is damaged"
    if not movies:
        return StreamLength("mp4", problem=problem)
    seconds = 0.0
    exact = len(movies) == 1
    for _, content, end in movies:
        duration, edited = _movie_seconds(data, content, min(end, len(data)))
        seconds += duration
        exact = exact and edited
    if fragments:
        seconds, exact = max(seconds, _indexed_seconds(data, top)), False
    return StreamLength("mp4", seconds or None, "header", problem, exact=exact and seconds > 0)


@dataclass
class _Track:
    """What the boxes of a track tell: time scale, duration, and the length of its edit list in the movie's time scale."""

    scale: int = 0
    duration: int = 0
    edits: int = 0


def _movie_seconds(data: bytes, at: int, end: int) -> tuple[float, bool]:
    """Return the seconds of the first track with sound, and whether an edit list says so."""
    movie_scale, fragmented, track = _first_track(data, at, end)
    if track is None:
        return 0.0, False
    seconds = track.duration / track.scale
    if seconds == 0 and fragmented and movie_scale:
        return fragmented / movie_scale, False
    if track.edits and movie_scale and track.edits / movie_scale < seconds + 0.01:
        return track.edits / movie_scale, True
    return seconds, False


def _first_track(data: bytes, at: int, end: int) -> tuple[int, int, _Track | None]:
    """Return the movie's time scale, the duration of its fragments in it, and the first track with sound."""
    movie_scale = fragmented = 0
    track, found = _Track(), None
    for name, content, _ in _nested(data, at, end):
        long = number(data, content, 1) == 1
        width = 8 if long else 4
        if name == b"mvhd":
            movie_scale = number(data, content + (20 if long else 12), 4, "big")
        elif name == b"mehd":
            fragmented = number(data, content + 4, width, "big")
        elif name == b"trak":
            track = _Track()
        elif name == b"elst":
            track.edits = _edited(data, content, width)
        elif name == b"mdhd":
            track.scale = number(data, content + (20 if long else 12), 4, "big")
            track.duration = number(data, content + (24 if long else 16), width, "big")
        elif name == b"hdlr" and data[content + 8 : content + 12] == b"soun" and track.scale:
            found = found or track
    return movie_scale, fragmented, found


def _edited(data: bytes, at: int, width: int) -> int:
    """Return the length of an edit list, without its empty edits, in the movie's time scale."""
    total = 0
    for entry in range(min(number(data, at + 4, 4, "big"), 10_000)):
        field = at + 8 + entry * (2 * width + 4)
        empty = number(data, field + width, width, "big") == (1 << 8 * width) - 1
        total += 0 if empty else number(data, field, width, "big")
    return total


def _indexed_seconds(data: bytes, boxes: list[Box]) -> float:
    """Return the seconds that the segment indexes (sidx) of a fragmented MP4 promise."""
    seconds = 0.0
    for name, at, end in boxes:
        if name != b"sidx" or end > len(data):
            continue
        scale = number(data, at + 8, 4, "big")
        entries = at + (32 if number(data, at, 1) else 24)
        count = min(number(data, entries - 2, 2, "big"), (end - entries) // 12)
        seconds += sum(number(data, entries + 12 * entry + 4, 4, "big") for entry in range(count)) / scale if scale else 0.0
    return seconds


@dataclass
class _Sound:
    """What a segment tells of its first track with sound: its number, the start of its blocks in ticks, and their count."""

    track: int = 0
    first: int = 0
    before_last: int = 0
    last: int = 0
    blocks: int = 0

    def add(self, tick: int) -> None:
        """Take a block; blocks have the order of their starts."""
        self.first = tick if not self.blocks else self.first
        self.before_last, self.last = self.last, tick
        self.blocks += 1

    def seconds(self, duration: float, tick: float) -> float:
        """Return the seconds of sound by the blocks, whose last has no length unless the segment ends with it."""
        end = self.last * tick
        longest = end + 2 * max(0, self.last - self.before_last) * tick
        return (duration if end < duration <= longest else end) - self.first * tick


def matroska(data: bytes, start: int) -> StreamLength:
    """Measure a Matroska or WebM by the blocks of its first track with sound, and by the duration in its Info element.

    The duration is that of the longest track, with the silence before the first. It counts where the blocks cannot be read up
    to the end. Streams have none.
    """
    seconds = 0.0
    problem = ""
    for name, content, end in _elements(data, start, len(data)):
        if name == 0x18538067:  # Segment
            sound, last = _segment_seconds(data, content, end)
            seconds += sound
            if len(data) < last < 1 << 60:
                problem = f"its last element ends at byte {last} of {len(data)}: {CUT}"
    return StreamLength("matroska", seconds or None, "header", problem)


def _segment_seconds(data: bytes, at: int, end: int) -> tuple[float, int]:
    """Return the seconds of sound in a segment, 0 if it has no duration, and the end of its last element of known size."""
    duration, tick = 0.0, 0.001
    sound = _Sound()
    whole = True
    last, latest = at, end
    for name, content, stop in _elements(data, at, min(end, len(data))):
        last, latest = stop, max(latest, stop) if stop < 1 << 60 else latest
        if name == 0x1549A966:  # Info
            duration, tick = _info_seconds(data, content, min(stop, len(data)))
        elif name == 0x1654AE6B:  # Tracks
            sound.track = _sound_track(data, content, min(stop, len(data)))
        elif name == 0x1F43B675:  # Cluster
            whole = whole and stop <= len(data) and _add_cluster(data, content, stop, sound)
    if duration and whole and last == end and sound.blocks > 1:
        return sound.seconds(duration, tick), latest
    return duration, latest


def _sound_track(data: bytes, at: int, end: int) -> int:
    """Return the number of the first track with sound; 0 if there is none."""
    for name, content, stop in _elements(data, at, end):
        if name == 0xAE:  # TrackEntry
            fields = {field: number(data, a, min(8, b - a), "big") for field, a, b in _elements(data, content, min(stop, end))}
            if fields.get(0x83) == 2:  # TrackType
                return fields.get(0xD7, 0)
    return 0


def _add_cluster(data: bytes, at: int, end: int, sound: _Sound) -> bool:
    """Add the blocks of a cluster that are of the track with sound, and return whether its elements fill it."""
    base, last = 0, at
    for name, content, stop in _elements(data, at, end):
        last = stop
        if name == 0xE7:  # Timestamp
            base = number(data, content, min(8, stop - content), "big")
        elif name == 0xA0:  # BlockGroup
            for part, part_content, _ in _elements(data, content, min(stop, end)):
                if part == 0xA1:  # Block
                    _add_block(data, part_content, base, sound)
        elif name == 0xA3:  # SimpleBlock
            _add_block(data, content, base, sound)
    return last == end


def _add_block(data: bytes, at: int, base: int, sound: _Sound) -> None:
    width = 9 - number(data, at, 1).bit_length()
    if width <= 8 and number(data, at, width, "big") & ((1 << 7 * width) - 1) == sound.track:
        sound.add(base + int.from_bytes(data[at + width : at + width + 2], "big", signed=True))


def _elements(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield id, first byte of the content, and end of each EBML element; an unknown size ends beyond all files."""
    while at + 2 <= end:
        width = 9 - data[at].bit_length()
        size_at = at + width
        if width > 4 or size_at >= end:
            return
        size_width = 9 - data[size_at].bit_length()
        if size_width > 8:
            return
        size = number(data, size_at, size_width, "big") & ((1 << 7 * size_width) - 1)
        content = size_at + size_width
        unknown = size == (1 << 7 * size_width) - 1
        yield number(data, at, width, "big"), content, (1 << 62 if unknown else content + size)
        identity = number(data, at, width, "big")
        at = content if unknown and identity == 0x1F43B675 else (1 << 62 if unknown else content + size)  # a Cluster


def _info_seconds(data: bytes, at: int, end: int) -> tuple[float, float]:
    """Return the duration of a segment, 0 if it is not plausible, and the length of a tick of its time stamps, in seconds."""
    scale, duration = 1_000_000, 0.0
    for name, content, stop in _elements(data, at, end):
        if name == 0x2AD7B1:  # TimestampScale, in nanoseconds
            scale = number(data, content, min(8, stop - content), "big")
        elif name == 0x4489 and stop - content in (4, 8) and stop <= len(data):  # Duration
            duration = struct.unpack({4: ">f", 8: ">d"}[stop - content], data[content:stop])[0]
    seconds = duration * scale / 1e9
    return seconds if 0 < seconds < 1e9 else 0.0, scale / 1e9
