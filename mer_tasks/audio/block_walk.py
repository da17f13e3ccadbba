"""Walk through blocks: measure ASF (Windows Media), WavPack and Monkey's Audio by their headers."""

from collections.abc import Iterator

from mer_tasks.audio.stream_length import TOLERANCE_SECONDS, StreamLength, number

ASF_HEADER = b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c"
ASF_PROPERTIES = b"\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65"
ASF_DATA = b"\x36\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c"
ASF_STREAM = b"\x91\x07\xdc\xb7\xb7\xa9\xcf\x11\x8e\xe6\x00\xc0\x0c\x20\x53\x65"
ASF_SOUND = b"\x40\x9e\x69\xf8\x4d\x5b\xcf\x11\xa8\xfd\x00\x80\x5f\x5c\x44\x2b"
ASF_WIDTHS = (0, 1, 2, 4)
"""Bytes of a field in a packet by the two bits of its length type."""
WAVPACK_RATES = (
    *(6_000, 8_000, 9_600, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000, 192_000),
    0,
)
WAVPACK_FIRST_BLOCK = 0x800
"""Flag of the first block of those that have different channels of the same samples."""
UNKNOWN = 0xFFFF_FFFF


def asf(data: bytes, start: int) -> StreamLength:
    """Measure an ASF (WMA) by its play duration; the size of its data object shows whether it is cut off.

    The play duration is that of the longest stream, with the silence before the first. Where it is clearly longer than the
    first stream with sound is by the times in its packets, these times count.
    """
    properties = data.find(ASF_PROPERTIES, start, start + 1_000_000)
    packets = data.find(ASF_DATA, start, start + 64_000_000)
    if properties < 0 or packets < 0:
        return StreamLength("asf", problem=f"its headers are not complete in {len(data)} bytes: the file is cut off")
    broadcast = number(data, properties + 88, 4) & 1
    seconds = number(data, properties + 64, 8) / 1e7 - number(data, properties + 80, 8) / 1e3
    end = packets + number(data, packets + 16, 8)
    problem = ""
    times = [] if broadcast or end > len(data) else _sound_times(data, properties, packets, end)
    if len(times) > 1 and seconds > (2 * times[-1] - times[-2] - times[0]) / 1e3 + TOLERANCE_SECONDS:
        seconds = (times[-1] - times[0]) / 1e3
    if not broadcast and end > len(data):
        problem = f"its packets end at byte {end} of {len(data)}: the file is cut off"
    if data.find(ASF_HEADER, packets) >= 0:
        problem = "a second file is joined to it, expected one"
    return StreamLength("asf", None if broadcast or seconds <= 0 else seconds, "header", problem)


def _sound_times(data: bytes, properties: int, packets: int, end: int) -> list[int]:
    """Return the times of the first stream with sound, in ms, in increasing order; none if a packet is damaged."""
    stream = at = 0
    while not stream and (at := data.find(ASF_STREAM, at, packets)) >= 0:
        stream = number(data, at + 72, 2) & 0x7F if data[at + 24 : at + 40] == ASF_SOUND else 0
        at += 16
    size = number(data, properties + 92, 4)
    if not stream or size < 64:
        return []
    times: set[int] = set()
    for packet in range(packets + 50, end, size):
        if not data[packet] & 0x80:
            return []
        times.update(time for owner, time in _payloads(data[packet : packet + size]) if owner == stream)
    return sorted(times)


def _payloads(packet: bytes) -> Iterator[tuple[int, int]]:
    """Yield the stream and the time, in ms, of each payload of an ASF packet that has its time in full."""
    at = 1 + (packet[0] & 15)
    kinds, fields = number(packet, at, 1), number(packet, at + 1, 1)
    at += 2 + sum(ASF_WIDTHS[kinds >> bit & 3] for bit in (5, 1, 3)) + 6
    count, length_width = 1, 0
    if kinds & 1:
        count, length_width = number(packet, at, 1) & 63, ASF_WIDTHS[number(packet, at, 1) >> 6]
        at += 1
    for _ in range(count):
        stream = number(packet, at, 1) & 0x7F
        at += 1 + ASF_WIDTHS[fields >> 4 & 3] + ASF_WIDTHS[fields >> 2 & 3]
        replicated = number(packet, at, ASF_WIDTHS[fields & 3])
        at += ASF_WIDTHS[fields & 3]
        if replicated >= 8:
            yield stream, number(packet, at + 4, 4)
        at += replicated
        at += length_width + number(packet, at, length_width)


def wavpack(data: bytes, start: int) -> StreamLength:
    """Measure a WavPack by the samples in its blocks and by the count in its first block."""
    at = start
    rate = present = promised = 0
    own_rate = 0
    while (at := data.find(b"wvpk", at)) >= 0 and at + 32 <= len(data):
        size, flags = number(data, at + 4, 4), number(data, at + 24, 4)
        following = at + 8 + size
        if not 24 <= size < 1 << 20 or number(data, at + 8, 2) >> 8 != 4:
            at += 4
            continue
        rate = rate or WAVPACK_RATES[flags >> 23 & 15]
        own_rate = own_rate or (_written_rate(data[at + 32 : following]) if not rate else 0)
        if flags & WAVPACK_FIRST_BLOCK:
            if number(data, at + 16, 4) == 0 and number(data, at + 12, 4) != UNKNOWN:
                promised += number(data, at + 12, 4)
            present += number(data, at + 20, 4)
        at = following
    rate = rate or own_rate
    counted = promised if promised >= present else present
    return StreamLength("wavpack", counted / rate if rate else None, "header" if promised >= present else "block headers")


def _written_rate(block: bytes) -> int:
    """Return the sample rate in the metadata of a block (id 0x27), for rates that its header has no code for; otherwise 0."""
    at = 0
    while at + 2 <= len(block):
        identity, words = block[at], block[at + 1]
        at += 2
        if identity & 0x80:
            words |= number(block, at, 2) << 8
            at += 2
        if identity & 0x3F == 0x27:
            return number(block, at, 3)
        at += 2 * words
    return 0


def monkeys_audio(data: bytes, start: int) -> StreamLength:
    """Measure a Monkey's Audio (APE) by the frames that its header counts; the sizes there show whether it is cut off."""
    if number(data, start + 4, 2) < 3_980:
        per_frame = 73_728 * (4 if number(data, start + 4, 2) >= 3_950 else 1)
        rate, total, last = (number(data, start + at, 4) for at in (12, 24, 28))
        return StreamLength("ape", ((total - 1) * per_frame + last) / rate if rate and total else None)
    sizes = [number(data, start + at, 4) for at in (8, 12, 16, 20, 24, 28, 32)]
    header = start + sizes[0]
    per_frame, last, total = (number(data, header + at, 4) for at in (4, 8, 12))
    rate = number(data, header + 20, 4)
    end = start + sum(sizes[:5]) + (sizes[5] << 32)
    problem = f"its frames end at byte {end} of {len(data)}: the file is cut off" if end > len(data) else ""
    return StreamLength("ape", ((total - 1) * per_frame + last) / rate if rate and total else None, "header", problem)
