"""Audio decoding: convert any audio file to one canonical form, a mono FLAC at 22,050 Hz with 16 bits.

Input: the bytes of a file in any format that libsndfile reads, at any sample rate and with any number of channels. Output: a
:class:`Decoded`, or an :class:`~mer_tasks.errors.AudioError` with the reason why the file cannot be used.

Files are decoded block by block. Memory therefore grows with the sound that is really there, and never with the length that a
header claims. Decoders have memory bugs, so outside of tests :func:`decode` runs in a child process
(:mod:`mer_tasks.audio.decoder_process`).

Reasons of rejection: ``not_audio``, ``empty_audio``, ``too_long``, ``truncated``, ``not_finite``, ``silent``, ``spikes``,
``test_tone``. Each depends on the bytes alone, so a file that was rejected need not be decoded again.
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

from mer_tasks.audio.mixdown import Mixer
from mer_tasks.audio.quantization import quantize
from mer_tasks.audio.sound_checks import check_sound
from mer_tasks.errors import AudioError

SAMPLE_RATE = 22_050
"""Sample rate after decoding, in Hz."""
RESAMPLING_QUALITY = "HQ"
"""Quality preset of soxr."""
SAMPLE_RATE_RANGE = (1_000, 768_000)
"""Lowest and highest plausible sample rate of a source, in Hz; any other rate means that the header is damaged."""
BLOCK = 131_072
"""Samples (frames times channels) that are decoded at a time: half a mebibyte, so that a block stays in the CPU's cache."""
MPEG_FRAME = 1_152
"""Samples per channel in an MPEG audio frame."""
UNKNOWN_LENGTH = 0x7FFF_0000
"""Byte counts from this value on mean that the length is unknown. They stand in headers of streams, whose writer could not go
back to fill in the length."""

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Decoded:
    """A decoded track in canonical form.

    Attributes
    ----------
    flac : bytes
        Mono FLAC, 16 bit, at :data:`SAMPLE_RATE`.
    samples : int
        Length of `flac`, in samples.
    duration_seconds : float
        Length of the source, in seconds, as counted while decoding.
    sample_rate, channels : int
        Sample rate, in Hz, and number of channels of the source.
    gain : float
        Factor by which the samples were multiplied so that the peak fits into 16 bits: 1, or less if the source exceeds full
        scale.
    pcm_sha256 : str
        sha256 of the 16-bit little-endian samples, in hex. It is equal for files that differ only in their lossless format.
    decoder : {"libsndfile", "ffmpeg"}
        Library that decoded the source.
    mixdown : str
        How the channels became one: ``mean``, or the channels that were taken, such as ``channel 1 of 2``
        (:mod:`mer_tasks.audio.channel_choice`).
    cancelled_share : float
        Share of the time with sound in which two of the mixed channels cancel each other, 0 to 1.
    stray_samples : int
        Number of samples that were repaired (:mod:`mer_tasks.audio.stray_samples`).
    dc_offset : float
        DC offset that was removed, relative to full scale (:mod:`mer_tasks.audio.mixdown`); 0 if none was.
    title, album : str, optional
        Of the source's tags, as the next three; :mod:`mer_tasks.audio.decoder_process` fills them in.
    artists : tuple of str
        Texts of the artist tag.
    year, track_number : int, optional
    tag_problem : str, optional
        Why the source's tags cannot be read.
    """

    flac: bytes
    samples: int
    duration_seconds: float
    sample_rate: int
    channels: int
    gain: float
    pcm_sha256: str
    decoder: str = "libsndfile"
    mixdown: str = "mean"
    cancelled_share: float = 0.0
    stray_samples: int = 0
    dc_offset: float = 0.0
    title: str | None = None
    artists: tuple[str, ...] = ()
    album: str | None = None
    year: int | None = None
    track_number: int | None = None
    tag_problem: str | None = None


def decode(data: bytes, *, max_duration_seconds: float) -> Decoded:
    """Decode one file, mix it down to mono, resample it, and encode it as FLAC.

    Parameters
    ----------
    data : bytes
        Content of the file.
    max_duration_seconds : float
        Longer sound is rejected: before decoding if a credible header claims it, or else when so much has been decoded.

    Raises
    ------
    AudioError
        With one of the reasons that the docstring of this module lists.

    Examples
    --------
    >>> file = io.BytesIO()
    >>> soundfile.write(file, np.sin(np.arange(44_100) / 10), 44_100, format="WAV")
    >>> decoded = decode(file.getvalue(), max_duration_seconds=60)
    >>> decoded.samples, decoded.duration_seconds, decoded.sample_rate, decoded.channels
    (22050, 1.0, 44100, 1)
    """
    if not data:
        raise AudioError("empty_audio", "the file has 0 bytes, expected sound")
    with _open_sound(io.BytesIO(data)) as source:
        _check_header(source, data, max_duration_seconds)
        rate = source.samplerate
        channels = source.channels
        mixer = Mixer(channels, rate)
        chunks, frames = _decode_and_resample(source, max_duration_seconds, mixer)
        _check_length(source, data, frames)
        guess_may_be_short = source.format == "MP3" and frames == source.frames and not _mp3_has_frame_count(data)
    file = _EndlessMp3 if guess_may_be_short else io.BytesIO
    if guess_may_be_short:
        mixer = Mixer(channels, rate)
        with _open_sound(file(data)) as source:
            chunks, frames = _decode_and_resample(source, max_duration_seconds, mixer)
    while (plan := mixer.better_plan(chunks)) is not None:
        mixer = Mixer(channels, rate, plan)
        with _open_sound(file(data)) as source:
            chunks, frames = _decode_and_resample(source, max_duration_seconds, mixer)
    pcm, gain = quantize(chunks)
    check_sound(pcm, sample_rate=SAMPLE_RATE, gain=gain)
    return Decoded(
        flac=_encode_flac(pcm),
        samples=len(pcm),
        duration_seconds=frames / rate,
        sample_rate=rate,
        channels=channels,
        gain=gain,
        pcm_sha256=hashlib.sha256(pcm.data).hexdigest(),
        mixdown=mixer.plan.mixdown(channels),
        cancelled_share=mixer.cancelled_share(),
        stray_samples=len(mixer.plan.stray_frames),
        dc_offset=mixer.plan.dc_offset,
    )


def read_flac(data: bytes) -> Samples:
    """Read the samples of a FLAC that :func:`decode` made.

    Returns
    -------
    np.ndarray [shape=(samples,), dtype=float32]
        Samples between -1 and 1.

    Raises
    ------
    AudioError
        ``truncated`` if the bytes are not a whole FLAC in canonical form.
    """
    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    except soundfile.LibsndfileError as error:
        raise AudioError("truncated", f"{error.error_string} Expected a whole FLAC.") from None
    if rate != SAMPLE_RATE or samples.ndim != 1:
        raise AudioError("truncated", f"{rate} Hz and shape {samples.shape}, expected {SAMPLE_RATE} Hz and one channel")
    mono: Samples = samples
    return mono


class _EndlessMp3(io.BytesIO):
    """An MP3 file that claims to be 40 times as long as it is, although reading still ends where the file ends.

    libsndfile guesses the length of an MP3 without frame count from its size and the bit rate of its first frame, and stops
    there. The lowest bit rate is a 40th of the highest, so with 40 times the size the guess is never too short. The MPEG
    decoder looks for a tag in the last 128 bytes, where it finds zeros.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._real_size = len(data)
        self._claimed_size = 40 * len(data)
        self._position = 0

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._claimed_size}[whence]
        super().seek(min(self._position, self._real_size))
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        if self._position >= self._claimed_size - 128:
            count = min(len(buffer), self._claimed_size - self._position)
            buffer[:count] = bytes(count)
        else:
            count = super().readinto(buffer)
        self._position += count
        return count


class _ForwardOnlyFile(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
    """A sound file that is read from start to end and cannot seek.

    After every block, soundfile makes a seekable file seek to its present position, and the MPEG decoder then decodes frames
    again.
    """

    def seekable(self) -> bool:
        return False


def _open_sound(file: io.BytesIO) -> soundfile.SoundFile:
    try:
        return _ForwardOnlyFile(file)
    except soundfile.LibsndfileError as error:
        _raise_if_out_of_memory(error)
        start = file.getvalue()[:12].decode("latin-1").encode("unicode_escape").decode()
        raise AudioError("not_audio", f"{error.error_string.rstrip('.')}; it begins with '{start}'") from None


def _decode_and_resample(source: soundfile.SoundFile, max_duration_seconds: float, mixer: Mixer) -> tuple[list[Samples], int]:
    """Return the sound in mono at :data:`SAMPLE_RATE`, in chunks, and the number of frames that were decoded."""
    stream = soxr.ResampleStream(source.samplerate, SAMPLE_RATE, 1, dtype="float32", quality=RESAMPLING_QUALITY)
    chunks: list[Samples] = []
    frames = 0
    for block in _blocks(source):
        frames += len(block)
        if frames > max_duration_seconds * source.samplerate:
            raise AudioError("too_long", f"more than {max_duration_seconds:g} s of sound, expected at most that")
        chunks.append(stream.resample_chunk(mixer.mix(block)))
    chunks.append(stream.resample_chunk(np.zeros(0, np.float32), last=True))
    return chunks, frames


def _raise_if_out_of_memory(error: soundfile.LibsndfileError) -> None:
    if "malloc" in error.error_string:
        raise MemoryError(error.error_string)


def _check_header(source: soundfile.SoundFile, data: bytes, max_duration_seconds: float) -> None:
    rate = source.samplerate
    if not SAMPLE_RATE_RANGE[0] <= rate <= SAMPLE_RATE_RANGE[1]:
        lowest, highest = SAMPLE_RATE_RANGE
        raise AudioError("not_audio", f"sample rate {rate} Hz, expected {lowest} to {highest} Hz")
    claimed = _claimed_frames(source, data)
    if claimed is not None and claimed > max_duration_seconds * rate:
        raise AudioError(
            "too_long", f"its header claims {claimed / rate:.0f} s of sound, expected at most {max_duration_seconds:g} s"
        )


def _check_length(source: soundfile.SoundFile, data: bytes, frames: int) -> None:
    """Raise ``truncated`` if clearly fewer frames were decoded than the header promises, and ``empty_audio`` if there are none.

    Half a second may be missing, or 1 % if that is more. Encoder delay and padding explain at most a tenth of a second.
    """
    if frames == 0:
        raise AudioError("empty_audio", "0 frames of sound, expected at least one")
    rate = source.samplerate
    claimed = _claimed_frames(source, data)
    if claimed is not None and frames < claimed - max(0.5 * rate, 0.01 * claimed):
        raise AudioError("truncated", f"{frames / rate:.2f} s of sound, but its header promises {claimed / rate:.2f} s")


def _claimed_frames(source: soundfile.SoundFile, data: bytes) -> int | None:
    """Return the number of frames that the header promises; None if it promises nothing.

    libsndfile limits the length in a WAV or AIFF header to the file's size, and writes the original number to its log. The
    length of an MP3 without a Xing, Info or VBRI frame is a guess from its size and its first bit rate, wrong by any factor.
    """
    if source.format == "MP3" and not _mp3_has_frame_count(data):
        return None
    limited = re.search(r"^\s*(?:data|SSND) : (\d+) \(should be (\d+)\)", source.extra_info, re.MULTILINE)
    if limited is None:
        return int(source.frames)
    promised_bytes = int(limited[1])
    present_bytes = int(limited[2])
    return source.frames * promised_bytes // present_bytes if present_bytes and promised_bytes < UNKNOWN_LENGTH else None


def _mp3_has_frame_count(data: bytes) -> bool:
    """Return whether the first MPEG frame contains the number of frames; an ID3v2 tag before it is skipped."""
    start = 0  # the length of an ID3v2 tag has 7 bits per byte
    if data[:3] == b"ID3" and len(data) > 10:
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    head = data[start : start + 192]
    return any(mark in head for mark in (b"Xing", b"Info", b"VBRI"))


def _blocks(source: soundfile.SoundFile) -> Iterator[Samples]:
    """Yield the sound in blocks [shape=(frames, channels)]; the same array is used again for the next block."""
    endless = isinstance(source.name, _EndlessMp3)
    buffer = np.empty((MPEG_FRAME if endless else max(1, BLOCK // source.channels), source.channels), np.float32)
    frames = 0
    while True:
        try:
            block = source.read(out=buffer)
        except soundfile.LibsndfileError as error:
            _raise_if_out_of_memory(error)
            if endless:
                return  # the last MPEG frame is cut off
            seconds = frames / source.samplerate
            raise AudioError("truncated", f"decoding stops after {seconds:.2f} s: {error.error_string}") from None
        if len(block) == 0:
            return
        frames += len(block)
        yield block


def _encode_flac(pcm: npt.NDArray[np.int16]) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, pcm, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()
