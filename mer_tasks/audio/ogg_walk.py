"""Walk through the pages of an Ogg: measure Vorbis, Opus, FLAC and Speex by the positions on their pages (RFC 3533).

A page has a granule position: the number of samples that are complete when the page ends. A logical stream ends with a page
that has the end-of-stream flag; without it, the file is cut off. A file can contain several logical streams: one after the
other (chained), or side by side (multiplexed, as sound and pictures). Of those side by side, the first with sound counts.
"""

from dataclasses import dataclass

from mer_tasks.audio.stream_length import StreamLength, number

BEGIN, END = 2, 4
"""Flags of the first and the last page of a logical stream."""


@dataclass
class LogicalStream:
    """A logical stream: rate of its granule positions in Hz, most samples in a packet, samples to skip, and what pages say."""

    rate: int
    packet_samples: int
    skipped: int = 0
    first: int | None = None
    last: int = 0
    ended: bool = False

    def add(self, granule: int, packets: int) -> None:
        """Take a page. A recording of a broadcast begins at a position that the packets of its first page cannot reach."""
        if self.first is None and granule > 0:
            self.first = granule if granule > packets * self.packet_samples else 0
        if granule > 0:
            self.last = max(self.last, granule)

    @property
    def seconds(self) -> float:
        """Sound up to the last page."""
        skipped = 0 if self.first else self.skipped
        return max(0, self.last - (self.first or 0) - skipped) / self.rate


def ogg(data: bytes, start: int) -> StreamLength:
    """Measure an Ogg."""
    streams: dict[int, LogicalStream | None] = {}
    chain: list[LogicalStream] = []
    beginning = False
    at = start
    while (at := data.find(b"OggS", at)) >= 0:
        body = at + 27 + number(data, at + 26, 1)
        lacing = data[at + 27 : body]
        following = body + sum(lacing)
        if following > len(data) or (data[following : following + 4] != b"OggS" and data.find(b"OggS", at + 4, following) >= 0):
            at += 4  # the page is cut off, and another may begin within its claimed length
            continue
        flags, serial = data[at + 5], number(data, at + 14, 4)
        if flags & BEGIN:
            streams[serial] = stream = _logical_stream(data[body : body + 64])
            if stream is not None and not (beginning and any(streams.get(other) for other in streams if other != serial)):
                chain.append(stream)
            beginning = True
        elif (stream := streams.get(serial)) is not None:
            beginning = False
            granule = int.from_bytes(data[at + 6 : at + 14], "little", signed=True)
            stream.add(granule, sum(length < 255 for length in lacing))
        if stream is not None and flags & END:
            stream.ended = True
        at = following
    if not chain:
        return StreamLength("ogg")
    seconds = sum(stream.seconds for stream in chain)
    problem = ""
    if not all(stream.ended for stream in chain):
        problem = f"{seconds:.2f} s of sound, but a logical stream has no end-of-stream page: the file is cut off"
    return StreamLength("ogg", seconds, "last Ogg page", problem)


def _logical_stream(head: bytes) -> LogicalStream | None:
    """Return the logical stream that begins with the packet `head`; None if it has no sound."""
    stream = None
    if head[:7] == b"\x01vorbis":
        stream = LogicalStream(number(head, 12, 4), 1 << (number(head, 28, 1) >> 4) >> 1)
    elif head[:8] == b"OpusHead":
        stream = LogicalStream(48_000, 5_760, number(head, 10, 2))
    elif head[:5] == b"\x7fFLAC":
        stream = LogicalStream(number(head, 27, 3, "big") >> 4, number(head, 19, 2, "big"))
    elif head[:8] == b"Speex   ":
        stream = LogicalStream(number(head, 36, 4), number(head, 56, 4) * number(head, 64, 4) or 640)
    return stream if stream and stream.rate else None
