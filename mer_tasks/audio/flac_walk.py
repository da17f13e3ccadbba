"""Walk through a FLAC: measure it by the count in its header and by the number of its last frame (RFC 9639).

The count may be 0, for unknown, in files that were written to a pipe. Frames do not have their length, but they have numbers.
So the last frames are searched, and the number of the last one is the independent evidence. A header counts as found if its
checksum is right and its number follows that of another header. Whether the last frame is whole is left to the decoder, which
compares its checksum.
"""

import re

from mer_tasks.audio.stream_length import StreamLength, number

FRAME_HEADER = re.compile(rb"\xff[\xf8\xf9][\x10-\xff][\x00-\xaf]")
"""First four bytes of a frame, with a block size and a number of channels that are allowed."""
STREAM_START = re.compile(rb"fLaC[\x00\x80]\x00\x00\x22")
TAILS = (1 << 16, 1 << 20, 1 << 62)
"""Bytes at the end in which the last two frames are searched; a larger one is for many channels, or for what follows them."""


def _crc8_table() -> tuple[int, ...]:
    values = []
    for value in range(256):
        for _ in range(8):
            value = value << 1 ^ (0x107 if value & 0x80 else 0)
        values.append(value)
    return tuple(values)


CRC8 = _crc8_table()


def flac(data: bytes, start: int) -> StreamLength:
    """Measure a FLAC; files that are joined to it count, too."""
    starts = [match.start() for match in STREAM_START.finditer(data, start)] or [start]
    seconds = 0.0
    evidence = "header"
    for begin, end in zip(starts, [*starts[1:], len(data)], strict=True):
        rate = number(data, begin + 18, 3, "big") >> 4
        count = number(data, begin + 18, 8, "big") & 0xF_FFFF_FFFF
        if not rate:
            return StreamLength("flac")
        present = next((found for tail in TAILS if (found := _samples(data, begin, end, tail))), 0)
        if present > count:
            evidence = "last frame"
        seconds += max(count, present) / rate
    return StreamLength("flac", seconds, evidence)


def _samples(data: bytes, begin: int, end: int, tail: int) -> int:
    """Return the number of samples up to the end of the last frame within the last `tail` bytes; 0 if none is found."""
    window = max(begin + 42, end - tail)
    block = number(data, begin + 10, 2, "big")  # the largest block: that of all frames but the last, if it is fixed
    found = 0
    ends = {0}
    for match in FRAME_HEADER.finditer(data, window, end):
        header = _frame_header(data, match.start(), block)
        if header is None:
            continue
        first, samples = header
        if first in ends:
            found = first + samples
        ends.add(first + samples)
    return found


def _frame_header(data: bytes, at: int, block: int) -> tuple[int, int] | None:
    """Return the number of the first sample of the frame at position `at` and its number of samples; None without a header."""
    lead = data[at + 4] if at + 4 < len(data) else 0xFF
    extra = 0 if lead < 0x80 else 8 - (lead ^ 0xFF).bit_length() - 1  # the number is coded like UTF-8
    if 0x80 <= lead < 0xC0 or extra > 6:
        return None
    value = lead if not extra else lead & (0x7F >> (extra + 1))
    for byte in data[at + 5 : at + 5 + extra]:
        value = value << 6 | byte & 0x3F
    after = at + 5 + extra
    code = data[at + 2] >> 4
    size_bytes = {6: 1, 7: 2}.get(code, 0)
    samples = _block_size(code, number(data, after, size_bytes, "big"))
    after += size_bytes + {12: 1, 13: 2, 14: 2}.get(data[at + 2] & 15, 0)
    checksum = 0
    for byte in data[at:after]:
        checksum = CRC8[checksum ^ byte]
    if after >= len(data) or checksum != data[after]:
        return None
    return (value if data[at + 1] & 1 else value * block), samples


def _block_size(code: int, extra: int) -> int:
    if code == 1:
        return 192
    if code < 6:
        return 576 << (code - 2)
    return extra + 1 if code < 8 else 256 << (code - 8)
