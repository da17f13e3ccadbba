"""Walk through frames: measure MPEG audio (layers I to III, MPEG 1, 2 and 2.5) and AAC in ADTS by the headers of their frames.

A frame's header has its length, so that the next header is found without decoding. Between frames may be tags, which belong to
joined files, and junk. Junk in the middle counts as lost sound.

The first frame of a file, and of each file that was joined to it, may have the number of frames (marks Xing, Info or VBRI). If
fewer frames follow, some are lost. If more follow, the number is wrong: decoders stop there, but the sound goes on.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from mer_tasks.audio.frame_headers import ADTS, MPEG, FrameFormat, free_formats
from mer_tasks.audio.stream_length import TOLERANCE_SECONDS, StreamLength, number, tag_length

COUNT_MARKS = {"Xing": (36, 21, 13, 38, 23, 15), "Info": (36, 21, 13, 38, 23, 15), "VBRI": (36, 38)}
"""Marks of a frame count, and where in the frame they can be: by version, channels and checksum."""
CHAIN = 3
"""Frames that must follow each other before a sync word counts as one; random bytes contain many sync words."""


@dataclass
class _Walk:
    """What a walk finds: position and seconds of each frame, bytes of junk between frames, and the first byte after them."""

    positions: list[int] = field(default_factory=list)
    sounds: list[float] = field(default_factory=list)
    junk: int = 0
    end: int | None = None


def frames(data: bytes, start: int) -> StreamLength | None:
    """Measure MPEG audio or ADTS; None if there are no such frames. Tags end at `start`."""
    found = _find_frames(data, start)
    if found is None:
        return None
    kind, first = found
    walk = _walk(data, first, kind)
    counts = dict(_counts(data, walk)) if kind.container == "mpeg" else {}
    seconds, promised = 0.0, False
    bounds = [0, *(index for index in counts if index), len(walk.positions)]
    for begin, end in pairwise(bounds):
        sound = sum(walk.sounds[begin:end])
        promise = counts.get(begin, 0.0)
        seconds += max(sound, promise)
        promised = promised or promise > sound
    lost = walk.junk * sum(walk.sounds) / max(1, (walk.end or len(data)) - first - walk.junk)
    problem = ""
    if lost > TOLERANCE_SECONDS:
        problem = (
            f"{seconds:.2f} s of sound, expected about {seconds + lost:.2f} s: between its frames are bytes that are no frames"
        )
    evidence = "frame count" if promised else "frame headers"
    return StreamLength(kind.container, seconds, evidence, problem, 0 if first == start else first, walk.end, 0 in counts)


def _find_frames(data: bytes, start: int) -> tuple[FrameFormat, int] | None:
    """Return the format and the position of the first frame; None if there are no frames."""
    found: list[tuple[FrameFormat, int]] = []
    for kind in (MPEG, ADTS):
        first = _next_frame(data, start, kind, start)
        if first is not None:
            found.append((kind, first))
        if first == start:
            break
    if found:
        return min(found, key=lambda item: item[1])
    return next((item for item in free_formats(data, start) if _is_chain(data, item[1], item[0])), None)


def _next_frame(data: bytes, at: int, kind: FrameFormat, start: int | None = None) -> int | None:
    """Return the position of the next frame from `at`; at `start`, frames may be fewer than a chain if they end the file."""
    if at == start and kind.read(data, at) and _is_chain(data, at, kind, to_end=True):
        return at
    while match := kind.pattern.search(data, at):
        at = match.start()
        if kind.read(data, at) and _is_chain(data, at, kind):
            return at
        at += 1
    return None


def _is_chain(data: bytes, at: int, kind: FrameFormat, *, to_end: bool = False) -> bool:
    """Return whether frames of one version, layer and sample rate follow each other at position `at`."""
    same = data[at + 1] | 1, data[at + 2] & 0x0C
    for _ in range(CHAIN):
        frame = kind.read(data, at)
        if frame is None or (data[at + 1] | 1, data[at + 2] & 0x0C) != same:
            return False
        at += frame[0]
        if at >= len(data):
            return to_end or at == len(data)
    return True


def _counts(data: bytes, walk: _Walk) -> Iterator[tuple[int, float]]:
    """Yield the index of each frame that has a frame count, and the seconds that its count promises."""
    content = np.frombuffer(data, np.uint8)
    positions = np.array(walk.positions, np.int64)
    positions = positions[positions < len(data) - 52]
    found: dict[int, float] = {}
    for mark, offsets in COUNT_MARKS.items():
        for offset in offsets:
            for index in np.flatnonzero(content[positions + offset] == ord(mark[0])).tolist():
                at = walk.positions[index] + offset
                if not data.startswith(mark.encode(), at):
                    continue
                counted = mark == "VBRI" or data[at + 7] & 1
                count = number(data, at + (14 if mark == "VBRI" else 8), 4, "big") if counted else 0
                found[index] = count * walk.sounds[index]
    yield from sorted(found.items())


def _walk(data: bytes, at: int, kind: FrameFormat) -> _Walk:
    """Walk over the frames from position `at`. The last frame may be cut off; then it does not count."""
    walk = _Walk()
    while at < len(data):
        at = kind.run(data, at, walk.positions, walk.sounds)
        if at > len(data):
            walk.positions.pop()
            walk.sounds.pop()
        while length := tag_length(data, at):
            at += length
        if at >= len(data) or kind.read(data, at) is not None:
            continue
        following = _next_frame(data, walk.positions[-1] + 1, kind)
        if following is None:
            walk.end = at
            break
        if following < at:  # the frame before is cut off, so that its length leads beyond the next one
            at = walk.positions.pop()
            walk.sounds.pop()
        walk.junk += following - at
        at = following
    return walk
