"""Walk through chunks: measure RIFF, RF64, BW64, W64, AIFF, AU and CAF by the sizes in their chunks.

The size of the chunk with the sound is compared with what a decoder finds, because decoders limit it to the file's end without
an error. A size of 0 or about 2**32 stands in files whose writer could not go back to fill it in; then the sound goes to the
end.

Bytes after the sound must be chunks, tags or zeros. If they are anything else and as many as half a second of sound, the size
is not to be trusted: a recorder that crashed leaves such files.

Tags before the file, and what follows the sound of a W64, are left out when it is decoded: decoders take them for sound.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from mer_tasks.audio.frame_walk import frames as mpeg_frames
from mer_tasks.audio.stream_length import TOLERANCE_SECONDS, StreamLength, is_name, number, skip_tags

UNKNOWN_LENGTH = 0x7FFF_0000
"""Byte counts from this value on mean that the length is unknown. They stand in headers of streams."""
PCM_TAGS = (1, 3)
"""WAVE format tags of integer and float samples; their sizes are exact."""
ADPCM_TAGS = (2, 0x11)
"""WAVE format tags of ADPCM, which has a fixed number of samples per block."""
MPEG_TAGS = (0x50, 0x55)
"""WAVE format tags of MPEG audio."""
FILES = (b"RIFF", b"RIFX", b"RF64", b"BW64", b"FORM", b"riff", b"caff", b"data", b"SSND")
"""Names that begin a further file, and names of further chunks with sound."""
AIFF_SAMPLE_BYTES = {b"ulaw": 1, b"ULAW": 1, b"alaw": 1, b"ALAW": 1, b"ima4": 34 / 64}
"""Bytes of a sample by the compression of an AIFF-C; others have as many as their bits."""


@dataclass
class Chunk:
    """A chunk: its name, the position of its content, the size that it claims, and the position of the next chunk."""

    name: bytes
    at: int
    size: int
    next: int


def _chunks(data: bytes, at: int, order: str) -> Iterator[Chunk]:
    """Yield the chunks of a RIFF or AIFF from position `at` to the first one without a name, or whose end is beyond the file.

    The content of odd size is followed by a pad byte, which some writers forget.
    """
    while is_name(name := data[at : at + 4]):
        size = number(data, at + 4, 4, order)
        following = at + 8 + size
        if size % 2 and not is_name(data[following : following + 4]):
            following += 1
        yield Chunk(name, at + 8, size, following)
        if size == 0 or following > len(data):
            return
        at = following


def _wave64_chunks(data: bytes, at: int) -> Iterator[Chunk]:
    """Yield the chunks of a W64 likewise: names of 16 bytes, sizes of 8 that include the header, pad bytes up to 8."""
    while is_name(name := data[at : at + 4]):
        size = number(data, at + 16, 8)
        end = at + size
        following = end if end >= len(data) or is_name(data[end : end + 4]) else end + -size % 8
        yield Chunk(name, at + 24, size - 24, following)
        if size < 24 or following > len(data):
            return
        at = following


def _caf_chunks(data: bytes, at: int) -> Iterator[Chunk]:
    """Yield the chunks of a CAF likewise: sizes of 8 bytes; a data chunk of size 0 or -1 goes to the end."""
    while at + 12 <= len(data) and is_name(name := data[at : at + 4]):
        size = number(data, at + 4, 8, "big")
        if name == b"data" and (size >= 1 << 62 or size == 0):
            size = len(data) - at - 12
        following = at + 12 + size
        yield Chunk(name, at + 12, size, following)
        if following > len(data):
            return
        at = following


def riff(data: bytes, start: int) -> StreamLength:
    """Measure a WAV: RIFF, RIFX, RF64 or BW64; the files that are joined to it count, too."""
    order = "big" if data[start : start + 4] == b"RIFX" else "little"
    sizes: dict[str, int] = {}
    sound: Chunk | None = None
    rate = byte_rate = 0.0
    tag = 0
    at = start + 12
    for chunk in _all_chunks(data, at, order):
        if chunk.name == b"ds64":
            sizes = {"data": number(data, chunk.at + 8, 8)}
        elif chunk.name == b"fmt ":
            tag, rate, byte_rate = _wave_format(data, chunk.at, order)
        elif chunk.name == b"data":
            sound = chunk
            break
    if sound is not None and tag in MPEG_TAGS:
        return _mpeg(data, sound, order, start)
    if sound is None or not rate or not byte_rate:
        return StreamLength("riff", start=start)
    if data[start : start + 4] in (b"RF64", b"BW64") and sound.size == 0xFFFF_FFFF:
        sound.size = sizes.get("data", sound.size)
        sound.next = sound.at + sound.size + sound.size % 2
    seconds, problem = _sound_seconds(data, sound, byte_rate, order)
    return StreamLength("riff", seconds, "header", problem, start)


def _mpeg(data: bytes, sound: Chunk, order: str, start: int) -> StreamLength:
    """Measure MPEG audio in a WAV by its frames and by the size of its data chunk, which must be full of frames."""
    unknown = sound.size == 0 or sound.size >= max(UNKNOWN_LENGTH, len(data) - sound.at)
    content = data[sound.at :] if unknown else data[sound.at : sound.at + sound.size]
    length = mpeg_frames(content, 0)
    if length is None or not length.seconds:
        return StreamLength("riff", evidence="frame headers", start=start)
    seconds, evidence, problem = length.seconds, length.evidence, length.problem
    byte_rate = (length.end or len(content)) / seconds
    if not unknown:
        expected = sound.size / byte_rate
        if evidence == "frame headers" and expected > seconds + TOLERANCE_SECONDS:
            seconds, evidence = expected, "data chunk"
        rest = _unexplained(data, sound.next, partial(_chunks, order=order))
        problem = problem or _problem(seconds, rest / byte_rate, evidence)
    return StreamLength("riff", seconds, evidence, problem, start)


def _all_chunks(data: bytes, at: int, order: str) -> Iterator[Chunk]:
    """Yield chunks, also those that follow an empty one."""
    while True:
        chunk = None
        for chunk in _chunks(data, at, order):
            yield chunk
        if chunk is None or chunk.size or chunk.next >= len(data):
            return
        at = chunk.next


def _wave_format(data: bytes, at: int, order: str) -> tuple[int, float, float]:
    """Return the format tag, the sample rate, and the bytes per second of a WAVE format chunk."""
    tag, channels, rate, byte_rate, align, bits = (
        number(data, at + offset, size, order) for offset, size in ((0, 2), (2, 2), (4, 4), (8, 4), (12, 2), (14, 2))
    )
    if tag == 0xFFFE:
        tag = number(data, at + 24, 2, order)
    samples = number(data, at + 18, 2, order)
    if tag in PCM_TAGS:
        byte_rate = rate * (align or channels * ((bits + 7) // 8))
    elif tag in ADPCM_TAGS and samples and number(data, at + 16, 2, order) >= 2:
        byte_rate = rate * align // samples
    return tag, rate, byte_rate


def _sound_seconds(data: bytes, sound: Chunk, byte_rate: float, order: str) -> tuple[float, str]:
    """Return the seconds of a chunk with sound, and what is wrong with its size."""
    present = max(0, len(data) - sound.at)
    if sound.size >= UNKNOWN_LENGTH and sound.size > present:
        return present / byte_rate, ""
    if sound.size == 0:
        return (present / byte_rate if _unexplained(data, sound.at, partial(_chunks, order=order)) else 0.0), ""
    seconds = sound.size / byte_rate
    return seconds, _problem(seconds, _unexplained(data, sound.next, partial(_chunks, order=order)) / byte_rate)


def _problem(seconds: float, rest: float, evidence: str = "header") -> str:
    """Return what is wrong with a size if unexplained bytes for `rest` seconds follow the sound; empty if nothing is."""
    if rest <= TOLERANCE_SECONDS:
        return ""
    return f"{seconds:.2f} s of sound by its {evidence}, but after them come bytes for {rest:.2f} s that are no chunk"


def _unexplained(data: bytes, at: int, chunks: Callable[[bytes, int], Iterator[Chunk]]) -> int:
    """Return how many bytes from position `at` to the end are neither chunks, tags nor zeros; a further file counts whole."""
    while at < len(data):
        after = skip_tags(data, at)
        for chunk in chunks(data, after):
            if chunk.name in FILES:
                return len(data) - after
            if chunk.next <= len(data) + 1:
                after = chunk.next
        if after == at:
            break
        at = after
    return len(data[at:].rstrip(b"\0"))


def w64(data: bytes, start: int) -> StreamLength:
    """Measure a W64 (Sony Wave64) by the size of its data chunk; without a size, the sound goes to the end."""
    byte_rate = 0.0
    for chunk in _wave64_chunks(data, start + 40):
        if chunk.name == b"fmt ":
            byte_rate = _wave_format(data, chunk.at, "little")[2]
        elif chunk.name == b"data" and byte_rate:
            if not 0 < chunk.size < 1 << 62:
                return StreamLength("w64", (len(data) - chunk.at) / byte_rate, start=start)
            seconds = chunk.size / byte_rate
            problem = _problem(seconds, _unexplained(data, chunk.next, _wave64_chunks) / byte_rate)
            return StreamLength("w64", seconds, "header", problem, start, chunk.at + chunk.size)
    return StreamLength("w64", start=start)


def aiff(data: bytes, start: int) -> StreamLength:
    """Measure an AIFF or AIFF-C by the frames that its COMM chunk counts and the size of its SSND chunk."""
    rate = frame_size = 0.0
    frames = 0
    sound = None
    for chunk in _all_chunks(data, start + 12, "big"):
        if chunk.name == b"COMM":
            compression = data[chunk.at + 18 : chunk.at + 22] if data[start + 8 : start + 12] == b"AIFC" else b"NONE"
            channels, frames, bits = (number(data, chunk.at + at, size, "big") for at, size in ((0, 2), (2, 4), (6, 2)))
            rate = _extended(data[chunk.at + 8 : chunk.at + 18])
            frame_size = channels * AIFF_SAMPLE_BYTES.get(compression, (bits + 7) // 8)
            frames *= 64 if compression == b"ima4" else 1
        elif chunk.name == b"SSND":
            sound = Chunk(chunk.name, chunk.at + 8, max(0, chunk.size - 8), chunk.next)
            if chunk.next > len(data):
                break
    if not rate:
        return StreamLength("aiff", start=start)
    if sound is None or not frame_size:
        return StreamLength("aiff", frames / rate, start=start)
    seconds, problem = _sound_seconds(data, sound, rate * frame_size, "big")
    return StreamLength("aiff", max(frames / rate, seconds), "header", problem, start)


def _extended(content: bytes) -> float:
    """Return the value of an 80-bit float as AIFF has it; 0 if it is no plausible sample rate."""
    exponent = number(content, 0, 2, "big") - 16_383 - 63
    return number(content, 2, 8, "big") * 2.0**exponent if -63 <= exponent <= -40 else 0.0


def au(data: bytes, start: int) -> StreamLength:
    """Measure an AU (SND) by the size in its header; all ones mean that the sound goes to the end."""
    order = "big" if data[start : start + 4] == b".snd" else "little"
    offset, size, encoding, rate, channels = (number(data, start + 4 * field, 4, order) for field in range(1, 6))
    width = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 4, 7: 8, 23: 0.5, 25: 0.375, 26: 0.625, 27: 1}.get(encoding)
    if width is None or not rate or not channels:
        return StreamLength("au", start=start)
    byte_rate = rate * channels * width
    seconds, problem = _sound_seconds(data, Chunk(b"", start + offset, size, start + offset + size), byte_rate, order)
    return StreamLength("au", seconds, "header", problem, start)


def caf(data: bytes, start: int) -> StreamLength:
    """Measure a CAF: by its packet table where it has one, otherwise by the size of its data chunk."""
    rate = 0.0
    packet_bytes = packet_frames = 0
    sound: Chunk | None = None
    seconds: float | None = None
    evidence = "header"
    for chunk in _caf_chunks(data, start + 8):
        if chunk.name == b"desc" and chunk.at + 32 <= len(data):
            rate = struct.unpack(">d", data[chunk.at : chunk.at + 8])[0]
            packet_bytes, packet_frames = (number(data, chunk.at + at, 4, "big") for at in (16, 20))
        elif chunk.name == b"data" and sound is None:
            sound = chunk
            if 1 <= rate < 1e7 and packet_bytes and seconds is None:
                seconds = (chunk.size - 4) / packet_bytes * packet_frames / rate
        elif chunk.name == b"pakt" and 1 <= rate < 1e7:
            seconds, evidence = number(data, chunk.at + 8, 8, "big") / rate, "packet table"
    if seconds is None:
        problem = "its packet table is missing, expected one: the file is cut off" if rate else ""
    elif sound is None:
        problem = ""
    else:
        rest = _unexplained(data, sound.next, _caf_chunks)
        problem = _problem(seconds, rest * seconds / max(1, sound.size), evidence)
    return StreamLength("caf", seconds, evidence, problem, start)
