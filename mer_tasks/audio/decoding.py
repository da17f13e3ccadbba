"""Audio decoding: convert any audio file to one canonical form, a mono FLAC at 22,050 Hz with 16 bits.

Input: the bytes of a file in any format that libsndfile or FFmpeg reads, at any sample rate and with any number of channels.
Output: a :class:`Decoded`, or an :class:`~mer_tasks.errors.AudioError` with the reason why the file cannot be used.

libsndfile decodes first. What it does not read, or not as long as the file's structure says
(:mod:`mer_tasks.audio.length_evidence`), is decoded by FFmpeg. A file of which neither reads the whole is rejected.

Files are decoded block by block. Memory therefore grows with the sound that is really there, and never with the length that a
header claims. Decoders have memory bugs, so outside of tests :func:`decode` runs in a child process
(:mod:`mer_tasks.audio.decoder_process`).

Reasons of rejection: ``not_audio``, ``empty_audio``, ``too_long``, ``truncated``, ``not_finite``, ``silent``, ``spikes``,
``test_tone``. Each depends on the bytes alone, so a file that was rejected need not be decoded again.
"""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from mer_tasks.audio.decoding_checks import Source, check_header, check_length
from mer_tasks.audio.ffmpeg_source import FfmpegSource
from mer_tasks.audio.length_evidence import measure
from mer_tasks.audio.mixdown import Mixer, MixPlan
from mer_tasks.audio.quantization import quantize
from mer_tasks.audio.sndfile_source import CONTAINERS, EndlessMp3, open_sndfile, raise_if_out_of_memory
from mer_tasks.audio.sound_checks import check_sound
from mer_tasks.audio.stream_length import StreamLength
from mer_tasks.errors import AudioError

SAMPLE_RATE = 22_050
"""Sample rate after decoding, in Hz."""
RESAMPLING_QUALITY = "HQ"
"""Quality preset of soxr."""
FLAC_COMPRESSION = 0.0
"""Compression from 0 to 1. The lowest is written and read in 0.92 of the time of the default, and needs 4 % more bytes."""
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
    length = measure(data)
    if length is None:
        start = data[:12].decode("latin-1").encode("unicode_escape").decode()
        raise AudioError("not_audio", f"unknown format, expected sound; it begins with '{start}'")
    sound = _decode_whole(data, length, max_duration_seconds)
    pcm, gain = quantize(sound.chunks)
    check_sound(pcm, sample_rate=SAMPLE_RATE, gain=gain)
    return Decoded(
        flac=_encode_flac(pcm),
        samples=len(pcm),
        duration_seconds=sound.frames / sound.rate,
        sample_rate=sound.rate,
        channels=sound.channels,
        gain=gain,
        pcm_sha256=hashlib.sha256(pcm.data).hexdigest(),
        decoder=sound.decoder,
        mixdown=sound.mixer.plan.mixdown(sound.channels),
        cancelled_share=sound.mixer.cancelled_share(),
        stray_samples=len(sound.mixer.plan.stray_frames),
        dc_offset=sound.mixer.plan.dc_offset,
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
    """What a decoder found: mono chunks at :data:`SAMPLE_RATE`, how they were mixed, and facts of the source."""

    chunks: list[Samples]
    mixer: Mixer
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
            sound = _decode_mixed(open_source, data, length, max_duration_seconds)
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


def _decode_mixed(
    open_source: Callable[[bytes, StreamLength], Source], data: bytes, length: StreamLength, max_duration_seconds: float
) -> _Sound:
    """Decode with one decoder, and once more for each change of the mix-down's plan."""
    plan: MixPlan | None = MixPlan()
    while plan is not None:
        with open_source(data, length) as source:
            check_header(source, length, max_duration_seconds)
            mixer = Mixer(source.channels, source.samplerate, plan)
            chunks, frames = _decode_and_resample(source, max_duration_seconds, mixer)
            check_length(source, length, frames)
            sound = _Sound(chunks, mixer, frames, source.samplerate, source.channels, source.decoder)
        plan = mixer.better_plan(chunks)
    return sound


def _decode_and_resample(source: Source, max_duration_seconds: float, mixer: Mixer) -> tuple[list[Samples], int]:
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


def _blocks(source: Source) -> Iterator[Samples]:
    """Yield the sound in blocks [shape=(frames, channels)]; the same array is used again for the next block."""
    endless = isinstance(source.name, EndlessMp3)
    buffer = np.empty((MPEG_FRAME if endless else max(1, BLOCK // source.channels), source.channels), np.float32)
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
        frames += len(block)
        yield block


def _encode_flac(pcm: npt.NDArray[np.int16]) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, pcm, SAMPLE_RATE, format="FLAC", subtype="PCM_16", compression_level=FLAC_COMPRESSION)
    return buffer.getvalue()
