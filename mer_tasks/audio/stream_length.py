"""Length of a stream: how much sound a file has by its own structure, as evidence that does not need a decoder.

A decoder believes one header, and stops where that header says. So its count of samples is compared with a
:class:`StreamLength`, which :func:`mer_tasks.audio.length_evidence.measure` makes from the bytes of the file. Here is what the
modules share that walk through a format.
"""

from dataclasses import dataclass

TOLERANCE_SECONDS = 0.5
"""Seconds of sound that may be missing."""
DELAY_SAMPLES = 4_608
"""Samples that are no more than an encoder's delay and padding, with the frame that has the frame count: four MPEG frames."""
LOSSLESS_TOLERANCE_SECONDS = 0.002
"""The same for lossless compression, which has no delay or padding; containers round a length to milliseconds."""
PRINTABLE = frozenset(range(0x20, 0x7F))


@dataclass(frozen=True)
class StreamLength:
    """Length of a stream by its structure.

    Attributes
    ----------
    container : str
        Family of the format, such as ``mpeg`` or ``ogg``.
    seconds : float, optional
        Sound that a decoder must find; None if the structure does not tell it.
    evidence : str
        What tells the length, as it stands in messages.
    problem : str
        Why the file is not whole, whatever a decoder finds; empty if nothing shows that.
    start, end : int
        First byte of the sound and first byte after it, if what is around it confuses decoders; 0 and None otherwise.
    counted : bool
        Whether a header has the length, so that a decoder does not have to guess it.
    exact : bool
        Whether sound beyond `seconds` is the encoder's padding, which must be cut off.
    """

    container: str
    seconds: float | None = None
    evidence: str = "header"
    problem: str = ""
    start: int = 0
    end: int | None = None
    counted: bool = True
    exact: bool = False

    def contains_little_more_than(self, seconds: float, rate: int) -> bool:
        """Return whether a decoder that finds `seconds` at `rate` Hz leaves out no more than delay and padding."""
        return self.seconds is None or seconds >= self.seconds - DELAY_SAMPLES / rate

    def lacks(self, seconds: float, *, lossless: bool) -> bool:
        """Return whether `seconds` of sound are clearly less than the structure promises."""
        exact = lossless and self.container != "caf"  # FFmpeg writes CAF with a count of whole packets
        tolerance = LOSSLESS_TOLERANCE_SECONDS if exact else TOLERANCE_SECONDS
        return self.seconds is not None and seconds < self.seconds - tolerance


def number(data: bytes, at: int, size: int, order: str = "little") -> int:
    """Return the unsigned integer of `size` bytes at position `at`; bytes beyond the end are missing, not an error."""
    return int.from_bytes(data[at : at + size], "big" if order == "big" else "little")


def is_name(name: bytes) -> bool:
    """Return whether `name` is a chunk's or box's name: four printable ASCII characters."""
    return len(name) == 4 and PRINTABLE.issuperset(name)


def tag_length(data: bytes, at: int) -> int:
    """Return the number of bytes of the tag at position `at`: ID3v2, ID3v1, APEv2 or Lyrics3; 0 if there is none."""
    head = data[at : at + 32]
    if head[:3] == b"ID3" and len(head) > 10 and max(head[6:10]) < 0x80 and head[3] < 0xFF:
        footer = 10 if head[5] & 0x10 else 0
        length = 10 + footer + sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
        return length if at + length <= len(data) else 10
    if head[:3] == b"TAG" and at + 128 <= len(data):
        return 128
    if head[:8] == b"APETAGEX" and len(head) == 32:
        length = number(head, 12, 4) + (32 if number(head, 20, 4) & 0xA000_0000 == 0xA000_0000 else 0)
        return length if 32 <= length <= len(data) - at else 32
    if head[:11] == b"LYRICSBEGIN":
        end = max(data.find(b"LYRICS200", at, at + 100_000), data.find(b"LYRICSEND", at, at + 100_000))
        return end + 9 - at if end > 0 else 11
    return 0


def skip_tags(data: bytes, at: int = 0) -> int:
    """Return the position after all tags that follow each other from position `at`."""
    while length := tag_length(data, at):
        at += length
    return at
