"""Evidence of length: recognise the format of a file, and measure how much sound it has by its own structure.

Input: the bytes of a file. Output: a :class:`~mer_tasks.audio.stream_length.StreamLength`, or None if the format is unknown.

Each family of formats has a module that walks its frames, pages, chunks or boxes: :mod:`~mer_tasks.audio.frame_walk` (MPEG
audio, ADTS), :mod:`~mer_tasks.audio.chunk_walk` (RIFF, RF64, W64, AIFF, AU, CAF), :mod:`~mer_tasks.audio.ogg_walk`,
:mod:`~mer_tasks.audio.flac_walk`, :mod:`~mer_tasks.audio.box_walk` (MP4, Matroska) and :mod:`~mer_tasks.audio.block_walk` (ASF,
WavPack, Monkey's Audio). A walk takes linear time, trusts no number that it reads, and does not raise on damaged bytes.
"""

from collections.abc import Callable

from mer_tasks.audio.block_walk import asf, monkeys_audio, wavpack
from mer_tasks.audio.box_walk import matroska, mp4
from mer_tasks.audio.chunk_walk import aiff, au, caf, riff, w64
from mer_tasks.audio.flac_walk import flac
from mer_tasks.audio.frame_walk import frames
from mer_tasks.audio.ogg_walk import ogg
from mer_tasks.audio.stream_length import StreamLength, skip_tags

WALKS: tuple[tuple[bytes, int, Callable[[bytes, int], StreamLength | None]], ...] = (
    (b"fLaC", 0, flac),
    (b"OggS", 0, ogg),
    (b"WAVE", 8, riff),
    (b"AIFF", 8, aiff),
    (b"AIFC", 8, aiff),
    (b"caff", 0, caf),
    (b".snd", 0, au),
    (b"dns.", 0, au),
    (b"riff\x2e\x91\xcf\x11", 0, w64),
    (b"\x1a\x45\xdf\xa3", 0, matroska),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", 0, asf),
    (b"wvpk", 0, wavpack),
    (b"MAC ", 0, monkeys_audio),
    *((name, 4, mp4) for name in (b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip")),
)
"""First bytes of each format, their position, and the walk of the format. What begins otherwise may be MPEG audio or ADTS."""


def measure(data: bytes) -> StreamLength | None:
    """Measure a file by its structure.

    Parameters
    ----------
    data : bytes
        Content of the file.

    Returns
    -------
    StreamLength or None
        None if the bytes are no format that the platform reads.

    Examples
    --------
    >>> measure(b"Dear diary") is None
    True
    >>> import struct
    >>> wav = b"RIFF" + struct.pack("<I4s4sIHHIIHH4sI", 36, b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16, b"data", 160_000)
    >>> measure(wav)
    StreamLength(container='riff', seconds=10.0, evidence='header', problem='', start=0, end=None, counted=True, exact=False)
    """
    start = skip_tags(data)
    head = data[start : start + 16]
    for magic, at, walk in WALKS:
        if head.startswith(magic, at):
            return walk(data, start)
    return frames(data, start)
