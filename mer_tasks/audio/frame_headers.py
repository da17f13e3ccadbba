"""Headers of frames: read the length and the sound of a frame of MPEG audio or of AAC in ADTS from its first bytes.

MPEG audio has layers I to III in MPEG 1, 2 and 2.5 (ISO/IEC 11172-3 section 2.4.2.3); ADTS is in ISO/IEC 13818-7 section 6.2.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

MPEG_HEADER = re.compile(rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff][\x00-\xef]")
"""First three bytes of an MPEG audio frame: sync word, version and layer, and a bit rate that is allowed."""
FREE_HEADER = re.compile(rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff][\x00-\x0f]")
"""The same with bit rate 0: the frames have another bit rate than those of the table."""
ADTS_HEADER = re.compile(rb"\xff[\xf0\xf1\xf8\xf9]")
"""First two bytes of an ADTS frame."""
ADTS_RATES = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
KBIT_RATES = {
    (1, 1): tuple(range(32, 449, 32)),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Bit rates by MPEG version (2 stands for 2.5, too) and layer, in kbit/s."""

Frame = tuple[int, float]
"""Length of a frame in bytes, and its sound in seconds."""


@dataclass(frozen=True)
class FrameFormat:
    """A format of frames: its name, what the headers begin with, and how to read a header.

    Attributes
    ----------
    container : {"mpeg", "adts"}
    pattern : re.Pattern
        Matches the first bytes of headers, and of other bytes by chance.
    read : callable
        Returns the frame whose header is at a position; None if there is none.
    table : mapping of bytes to Frame, optional
        Frames by the first three bytes of their headers, where these bytes are enough.
    """

    container: str
    pattern: re.Pattern[bytes]
    read: Callable[[bytes, int], Frame | None]
    table: Mapping[bytes, Frame] | None = None

    def run(self, data: bytes, at: int, positions: list[int], sounds: list[float]) -> int:
        """Walk over frames that follow each other from `at`, and return the position after the last of them.

        The position and the seconds of each frame are appended to the lists.
        """
        if self.table is None:
            while (frame := self.read(data, at)) is not None:
                positions.append(at)
                sounds.append(frame[1])
                at += frame[0]
            return at
        get = self.table.get  # four minutes have 10,000 frames, so that a call per frame would be noticed
        while (frame := get(data[at : at + 3])) is not None:
            length, seconds = frame
            positions.append(at)
            sounds.append(seconds)
            at += length
        return at


def mpeg_format(table: Mapping[bytes, Frame]) -> FrameFormat:
    """Return the format of MPEG audio whose headers are in `table`."""
    return FrameFormat("mpeg", MPEG_HEADER, lambda data, at: table.get(data[at : at + 3]), table)


def _mpeg_frames() -> dict[bytes, Frame]:
    """Return the frames of all headers with a bit rate, by the header's first three bytes."""
    return {
        bytes((0xFF, second, bit_rate << 4 | third)): frame
        for second in range(0xE2, 0x100)
        for third in range(16)
        for bit_rate in range(1, 15)
        if (frame := _frame_of_header(second, third, bit_rate)) is not None
    }


def _frame_of_header(second: int, third: int, bit_rate: int) -> Frame | None:
    version = {0: 2, 2: 2, 3: 1}.get(second >> 3 & 3)
    layer = 4 - (second >> 1 & 3)
    rate_index = third >> 2 & 3
    if version is None or layer == 4 or rate_index == 3:
        return None
    rate = (44_100, 48_000, 32_000)[rate_index] >> {3: 0, 2: 1, 0: 2}[second >> 3 & 3]
    bits = 1000 * KBIT_RATES[version, layer][bit_rate - 1]
    padding = third >> 1 & 1
    if layer == 1:
        return (12 * bits // rate + padding) * 4, 384 / rate
    samples = 576 if (version, layer) == (2, 3) else 1152
    return samples // 8 * bits // rate + padding, samples / rate


def adts_frame(data: bytes, at: int) -> Frame | None:
    """Return the ADTS frame whose header is at position `at`; None if there is none."""
    head = data[at : at + 7]
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[2] >> 2 & 15 >= len(ADTS_RATES):
        return None
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return (length, 1024 * ((head[6] & 3) + 1) / ADTS_RATES[head[2] >> 2 & 15]) if length > 7 else None


MPEG = mpeg_format(_mpeg_frames())
ADTS = FrameFormat("adts", ADTS_HEADER, adts_frame)


def free_formats(data: bytes, start: int) -> Iterator[tuple[FrameFormat, int]]:
    """Yield formats of MPEG audio without bit rate, with the position of their first header.

    All frames have one length, plus padding. It is the distance to the next equal header, which may be there by chance.
    """
    for match in FREE_HEADER.finditer(data, start, start + 65_536):
        first = match.start()
        second, third = data[first + 1], data[first + 2]
        frame = _frame_of_header(second, third, 1)
        following = data.find(data[first : first + 2], first + 24, first + 8_192)
        if frame is None or following < 0:
            continue
        unit = 4 if frame[0] % 4 == 0 and (second >> 1 & 3) == 3 else 1
        plain = following - first - unit * (third >> 1 & 1)
        lengths: dict[bytes, Frame] = {
            bytes((0xFF, second, third & 0xFC | padding << 1 | private)): (plain + unit * padding, frame[1])
            for padding in (0, 1)
            for private in (0, 1)
        }
        yield mpeg_format(lengths), first
