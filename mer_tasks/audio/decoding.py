"""Audio decoding: convert any audio file to one canonical form, a mono FLAC at 22,050 Hz with 16 bits.

Input: the bytes of a file in any format that libsndfile or FFmpeg reads, at any sample rate and with any number of channels.
Output: a :class:`Decoded`, or an :class:`~mer_tasks.errors.AudioError` with the reason why the file cannot be used.

libsndfile decodes first. What it does not read, or not as long as the file's structure says
(:mod:`mer_tasks.audio.length_evidence`), is decoded by FFmpeg. A file of which neither reads the whole is rejected.

Files are decoded block by block. Memory therefore grows with the sound that is really there, and never with the length that a
header claims. Decoders have memory bugs, so outside of tests :func:`decode` runs in a child process
(:mod:`mer_tasks.audio.decoder_process`).

Reasons of rejection: ``not_audio``, ``empty_audio``, ``too_long``, ``truncated``, ``not_finite``, ``silent``. Each depends on
the bytes alone, so a file that was rejected need not be decoded again.
"""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from mer_tasks.audio.decoding_checks import Source, check_header, check_length
from mer_tasks.audio.ffmpeg_source import FfmpegSource
from mer_tasks.audio.length_evidence import measure
from mer_tasks.audio.sndfile_source import CONTAINERS, EndlessMp3, open_sndfile, raise_if_out_of_memory
from mer_tasks.audio.stream_length import StreamLength
from mer_tasks.errors import AudioError

SAMPLE_RATE = 22_050
"""Sample rate after decoding, in Hz."""
RESAMPLING_QUALITY = "HQ"
"""Quality preset of soxr."""
FULL_SCALE = 32_768
"""Full scale of 16-bit samples."""
SILENCE = 1e-4
"""Peak that a track must exceed, relative to full scale: -80 dB, the floor of the features."""
BLOCK = 131_072
"""Samples (frames times channels) that are decoded at a time: half a mebibyte, so that a block stays in the CPU's cache."""
MPEG_FRAME = 1_152
"""Samples per channel in an MPEG audio frame."""
LACKING = ("not_audio", "empty_audio", "truncated")
"""Reasons after which the other decoder tries, the one that knows least about the file first."""

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
        How the channels became one: ``mean``, or the channel that was taken alone, such as ``channel 1 of 2``.
    artists : tuple of str
        Texts of the source's artist tag; :mod:`mer_tasks.audio.decoder_process` fills them in.
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
    artists: tuple[str, ...] = ()
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
    length = measure(data)
    if length is None:
        start = data[:12].decode("latin-1").encode("unicode_escape").decode()
        raise AudioError("not_audio", f"unknown format, expected sound; it begins with '{start}'")
    sound = _decode_whole(data, length, max_duration_seconds)
    pcm, gain = _quantize(sound.chunks)
    return Decoded(
        flac=_encode_flac(pcm),
        samples=len(pcm),
        duration_seconds=sound.frames / sound.rate,
        sample_rate=sound.rate,
        channels=sound.channels,
        gain=gain,
        pcm_sha256=hashlib.sha256(pcm.data).hexdigest(),
        decoder=sound.decoder,
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


@dataclass(frozen=True)
class _Sound:
    """What a decoder found: mono chunks at :data:`SAMPLE_RATE`, and facts of the source."""

    chunks: list[Samples]
    frames: int
    rate: int
    channels: int
    decoder: str


def _decode_whole(data: bytes, length: StreamLength, max_duration_seconds: float) -> _Sound:
    """Decode with the first decoder that finds all sound; if a little is missing, with the one that finds more.

    If much is missing, raise the error of the one that got farthest: it found too little, or nothing, or no known format.
    """
    errors: list[AudioError] = []
    longest: _Sound | None = None
    for open_source in (open_sndfile, FfmpegSource):
        if open_source is open_sndfile and length.container not in CONTAINERS:
            continue
        try:
            with open_source(data, length) as source:
                check_header(source, length, max_duration_seconds)
                chunks, frames = _decode_and_resample(source, max_duration_seconds)
                check_length(source, length, frames)
                sound = _Sound(chunks, frames, source.samplerate, source.channels, source.decoder)
        except AudioError as error:
            if error.reason not in LACKING:
                raise
            errors.append(error)
            continue
        if length.contains_little_more_than(sound.frames / sound.rate, sound.rate):
            return sound
        if longest is None or sound.frames / sound.rate > longest.frames / longest.rate:
            longest = sound
    if longest is not None:
        return longest
    if length.problem:
        raise AudioError("truncated", length.problem)
    raise max(reversed(errors), key=lambda error: LACKING.index(error.reason))


def _decode_and_resample(source: Source, max_duration_seconds: float) -> tuple[list[Samples], int]:
    """Return the sound in mono at :data:`SAMPLE_RATE`, in chunks, and the number of frames that were decoded."""
    stream = soxr.ResampleStream(source.samplerate, SAMPLE_RATE, 1, dtype="float32", quality=RESAMPLING_QUALITY)
    chunks: list[Samples] = []
    frames = 0
    for block in _mono_blocks(source):
        frames += len(block)
        if frames > max_duration_seconds * source.samplerate:
            raise AudioError("too_long", f"more than {max_duration_seconds:g} s of sound, expected at most that")
        chunks.append(stream.resample_chunk(block))
    chunks.append(stream.resample_chunk(np.zeros(0, np.float32), last=True))
    return chunks, frames


def _mono_blocks(source: Source) -> Iterator[Samples]:
    """Yield the mean of the channels, block by block; the same array is used again for the next block.

    The mean is computed as a matrix product, because numpy's mean over a short last axis takes 25 times as long.
    """
    endless = isinstance(source.name, EndlessMp3)
    weights = np.full(source.channels, 1 / source.channels, np.float32)
    buffer = np.empty((MPEG_FRAME if endless else max(1, BLOCK // source.channels), source.channels), np.float32)
    mono = np.empty(len(buffer), np.float32)
    frames = 0
    while True:
        try:
            block = source.read(out=buffer)
        except soundfile.LibsndfileError as error:
            raise_if_out_of_memory(error)
            if endless:
                return  # the last MPEG frame is cut off
            seconds = frames / source.samplerate
            raise AudioError("truncated", f"decoding stops after {seconds:.2f} s: {error.error_string}") from None
        if len(block) == 0:
            return
        with np.errstate(all="ignore"):
            np.dot(block, weights, out=mono[: len(block)])
        _peak(mono[: len(block)], frames)
        frames += len(block)
        yield mono[: len(block)]


def _peak(samples: Samples, first: int) -> float:
    """Return the largest magnitude; raise ``not_finite`` if a sample is NaN or infinite.

    `first` is the number of the first sample within the file, for the message.
    """
    peak = float(max(samples.max(), -samples.min())) if len(samples) else 0.0
    if not np.isfinite(peak):
        number = first + int(np.flatnonzero(~np.isfinite(samples))[0])
        raise AudioError("not_finite", f"sample {number} is NaN or infinite, expected finite numbers")
    return peak


def _quantize(chunks: list[Samples]) -> tuple[npt.NDArray[np.int16], float]:
    """Return the chunks as one array of 16-bit samples, and the gain that keeps their peak within 16 bits."""
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


def _encode_flac(pcm: npt.NDArray[np.int16]) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, pcm, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()
