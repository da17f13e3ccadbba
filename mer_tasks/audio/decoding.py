"""Sound in, one canonical form out: mono, 22,050 Hz, 16-bit FLAC.

In: the bytes of a file in any format that libsndfile reads, at any rate and with any number of channels. Out: a
:class:`Decoded`, or an :class:`~mer_tasks.errors.AudioError` that says why there is none. Everything goes block by block, so
memory follows the result and never what a header claims. Decoders have memory bugs: outside of tests, :func:`decode` runs in
a child process (:mod:`mer_tasks.audio.decoder_process`).

Reasons of rejection that this module gives: ``not_audio``, ``empty_audio``, ``too_long``, ``truncated``, ``not_finite``,
``silent``. Each follows from the bytes alone, so it need not be found out twice.
"""

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from mer_tasks.errors import AudioError

SAMPLE_RATE = 22_050
"""Of everything after decoding, in Hz."""
QUALITY = "HQ"
FULL_SCALE = 32_768
SILENCE = 1e-4
"""Peak, of full scale, that a track must exceed: -80 dB, the floor of the features."""
RATES = (1_000, 768_000)
"""Sample rates taken for real, in Hz; anything else is a damaged header."""
BLOCK = 131_072
"""Samples (frames times channels) decoded at a time: half a mebibyte, so that a block stays in cache."""
MPEG_FRAME = 1_152
"""Samples that an MPEG audio frame holds, per channel."""
UNKNOWN_LENGTH = 0x7FFF_0000
"""Byte counts from here on stand in headers of streams, whose writer could not go back to fill in the length."""

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Decoded:
    """One track in canonical form.

    Attributes
    ----------
    flac : bytes
        Mono FLAC, 16 bit, at :data:`SAMPLE_RATE`.
    samples : int
        Length of `flac`, in samples.
    duration_seconds : float
        Length of the source, in seconds, as counted while decoding.
    sample_rate, channels : int
        Of the source; the rate in Hz.
    gain : float
        Factor applied so that 16 bits hold the peak: 1, or less for a source that exceeds full scale.
    pcm_sha256 : str
        sha256 over the 16-bit little-endian samples, in hex: equal for recordings that differ in their wrapping only.
    artists : tuple of str
        Texts of the source's artist tag; :mod:`mer_tasks.audio.decoder_process` fills them in.
    tag_problem : str, optional
        Why its tags cannot be read.
    """

    flac: bytes
    samples: int
    duration_seconds: float
    sample_rate: int
    channels: int
    gain: float
    pcm_sha256: str
    artists: tuple[str, ...] = ()
    tag_problem: str | None = None


def decode(data: bytes, *, max_duration_seconds: float) -> Decoded:
    """Decode, mix down, resample and encode one file.

    Parameters
    ----------
    data : bytes
        Content of the file.
    max_duration_seconds : float
        Longer sound is rejected: by its header if that can be believed, and in any case once so much has been decoded.

    Raises
    ------
    AudioError
        With one of the reasons that the head of this module lists.
    """
    if not data:
        raise AudioError("empty_audio", "the file has 0 bytes, expected sound")
    with _opened(io.BytesIO(data)) as source:
        _check_header(source, data, max_duration_seconds)
        chunks, frames = _resampled(source, max_duration_seconds)
        _check_length(source, data, frames)
        rate, channels = source.samplerate, source.channels
        guess_was_short = source.format == "MP3" and frames == source.frames and not _mp3_counts_frames(data)
    if guess_was_short:
        with _opened(_Endless(data)) as source:
            chunks, frames = _resampled(source, max_duration_seconds)
    pcm, gain = _quantised(chunks)
    return Decoded(
        flac=_flac(pcm),
        samples=len(pcm),
        duration_seconds=frames / rate,
        sample_rate=rate,
        channels=channels,
        gain=gain,
        pcm_sha256=hashlib.sha256(pcm.data).hexdigest(),
    )


def read_flac(data: bytes) -> Samples:
    """Samples of a FLAC that :func:`decode` made.

    Returns
    -------
    np.ndarray [shape=(samples,), dtype=float32]
        Between -1 and 1.

    Raises
    ------
    AudioError
        ``truncated`` when the bytes are not those of a whole FLAC.
    """
    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    except soundfile.LibsndfileError as error:
        raise AudioError("truncated", f"{error.error_string} Expected a whole FLAC.") from None
    if rate != SAMPLE_RATE or samples.ndim != 1:
        raise AudioError("truncated", f"{rate} Hz and shape {samples.shape}, expected {SAMPLE_RATE} Hz and one channel")
    found: Samples = samples
    return found


class _Endless(io.BytesIO):
    """An MP3 that says it is 40 times as long as it is, and still ends where it ends.

    libsndfile stops an MP3 without frame count at a guess from its size and the bit rate of its first frame, and the slowest
    bit rate is a 40th of the fastest. Where the MPEG decoder looks for a tag, in the last 128 bytes, it finds zeros.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._present, self._claimed, self._at = len(data), 40 * len(data), 0

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._claimed}[whence]
        super().seek(min(self._at, self._present))
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self._claimed - 128:
            count = min(len(buffer), self._claimed - self._at)
            buffer[:count] = bytes(count)
        else:
            count = super().readinto(buffer)
        self._at += count
        return count


class _Forward(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
    """A file read from start to end.

    One that can seek is made to after every block, to where it is already, for which the MPEG decoder decodes frames again.
    """

    def seekable(self) -> bool:
        return False


def _opened(file: io.BytesIO) -> soundfile.SoundFile:
    try:
        return _Forward(file)
    except soundfile.LibsndfileError as error:
        _memory_first(error)
        start = file.getvalue()[:12].decode("latin-1").encode("unicode_escape").decode()
        raise AudioError("not_audio", f"{error.error_string.rstrip('.')}; it begins with '{start}'") from None


def _resampled(source: soundfile.SoundFile, max_duration_seconds: float) -> tuple[list[Samples], int]:
    """Mono sound at :data:`SAMPLE_RATE`, in pieces, and the number of frames it was made of."""
    stream = soxr.ResampleStream(source.samplerate, SAMPLE_RATE, 1, dtype="float32", quality=QUALITY)
    chunks: list[Samples] = []
    frames = 0
    for block in _mono_blocks(source):
        frames += len(block)
        if frames > max_duration_seconds * source.samplerate:
            raise AudioError("too_long", f"more than {max_duration_seconds:g} s of sound, expected at most that")
        chunks.append(stream.resample_chunk(block))
    chunks.append(stream.resample_chunk(np.zeros(0, np.float32), last=True))
    return chunks, frames


def _memory_first(error: soundfile.LibsndfileError) -> None:
    if "malloc" in error.error_string:
        raise MemoryError(error.error_string)


def _check_header(source: soundfile.SoundFile, data: bytes, max_duration_seconds: float) -> None:
    rate = source.samplerate
    if not RATES[0] <= rate <= RATES[1]:
        raise AudioError("not_audio", f"sample rate {rate} Hz, expected {RATES[0]} to {RATES[1]} Hz")
    claimed = _claimed_frames(source, data)
    if claimed is not None and claimed > max_duration_seconds * rate:
        raise AudioError(
            "too_long", f"its header claims {claimed / rate:.0f} s of sound, expected at most {max_duration_seconds:g} s"
        )


def _check_length(source: soundfile.SoundFile, data: bytes, frames: int) -> None:
    """Fewer frames than the header promised is a cut file, unless it is as few as padding and rounding explain.

    The tolerance is half a second, or 1 % if that is more: encoder delay and padding are at most a tenth of a second.
    """
    if frames == 0:
        raise AudioError("empty_audio", "0 frames of sound, expected at least one")
    rate, claimed = source.samplerate, _claimed_frames(source, data)
    if claimed is not None and frames < claimed - max(0.5 * rate, 0.01 * claimed):
        raise AudioError("truncated", f"{frames / rate:.2f} s of sound, but its header promises {claimed / rate:.2f} s")


def _claimed_frames(source: soundfile.SoundFile, data: bytes) -> int | None:
    """Frames that the header promises; None where it promises nothing.

    libsndfile cuts what a WAV or AIFF header says down to the file's size and leaves the original figure in its log. Without a
    Xing, Info or VBRI frame, the length of an MP3 is a guess from its size and first bit rate, wrong by any factor.
    """
    if source.format == "MP3" and not _mp3_counts_frames(data):
        return None
    cut = re.search(r"^\s*(?:data|SSND) : (\d+) \(should be (\d+)\)", source.extra_info, re.MULTILINE)
    if cut is None:
        return int(source.frames)
    promised, present = int(cut[1]), int(cut[2])
    return source.frames * promised // present if present and promised < UNKNOWN_LENGTH else None


def _mp3_counts_frames(data: bytes) -> bool:
    """Whether the first MPEG frame (after an ID3v2 tag, whose length has 7 bits a byte) is one that holds the frame count."""
    start = 0
    if data[:3] == b"ID3" and len(data) > 10:
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    head = data[start : start + 192]
    return any(mark in head for mark in (b"Xing", b"Info", b"VBRI"))


def _mono_blocks(source: soundfile.SoundFile) -> Iterator[Samples]:
    """The mean of the channels, block by block; the array is used again for the next block.

    A matrix product, because numpy's mean over a short last axis takes 25 times as long.
    """
    endless = isinstance(source.name, _Endless)
    weights = np.full(source.channels, 1 / source.channels, np.float32)
    buffer = np.empty((MPEG_FRAME if endless else max(1, BLOCK // source.channels), source.channels), np.float32)
    mono = np.empty(len(buffer), np.float32)
    frames = 0
    while True:
        try:
            block = source.read(out=buffer)
        except soundfile.LibsndfileError as error:
            _memory_first(error)
            if endless:
                return  # the last MPEG frame is cut off
            at = frames / source.samplerate
            raise AudioError("truncated", f"decoding stops after {at:.2f} s: {error.error_string}") from None
        if len(block) == 0:
            return
        with np.errstate(all="ignore"):
            np.dot(block, weights, out=mono[: len(block)])
        _peak(mono[: len(block)], frames)
        frames += len(block)
        yield mono[: len(block)]


def _peak(samples: Samples, first: int) -> float:
    """Largest magnitude; raises ``not_finite`` when a sample (numbered from `first`) is NaN or infinite."""
    peak = float(max(samples.max(), -samples.min())) if len(samples) else 0.0
    if not np.isfinite(peak):
        at = first + int(np.flatnonzero(~np.isfinite(samples))[0])
        raise AudioError("not_finite", f"sample {at} is NaN or infinite, expected finite numbers")
    return peak


def _quantised(chunks: list[Samples]) -> tuple[npt.NDArray[np.int16], float]:
    """The chunks as one array of 16-bit samples, and the gain that keeps their peak within 16 bits."""
    peak = max(_peak(chunk, 0) for chunk in chunks)
    if not any(len(chunk) for chunk in chunks):
        raise AudioError("empty_audio", f"too short to give one sample at {SAMPLE_RATE} Hz")
    if peak <= SILENCE:
        raise AudioError("silent", f"peak {peak:.2g} of full scale, expected more than {SILENCE:g}")
    gain = min(1.0, (FULL_SCALE - 1) / FULL_SCALE / peak)
    pcm = np.empty(sum(map(len, chunks)), np.int16)
    start = 0
    for chunk in chunks:
        np.rint(chunk * np.float32(gain * FULL_SCALE), out=pcm[start : start + len(chunk)], casting="unsafe")
        start += len(chunk)
    return pcm, gain


def _flac(pcm: npt.NDArray[np.int16]) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, pcm, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()
