"""Sound files that FFmpeg reads, through PyAV: the second decoder, for what libsndfile does not read whole.

The file is a block of bytes in memory. The demuxer is named by the caller and never guessed, so a playlist or a list of files
is no format here. No protocol is allowed, so that a demuxer can open nothing besides the file; and only decoders of sound are.

PyAV is imported when the first file needs it: it takes 110 MiB of address space.
"""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import soxr

from mer_tasks.audio.stream_length import StreamLength
from mer_tasks.errors import AudioError

if TYPE_CHECKING:
    from av import AudioFrame, AudioStream, Packet
    from av.container import InputContainer

DEMUXERS = {
    "mpeg": "mp3",
    "adts": "aac",
    "riff": "wav",
    "w64": "w64",
    "aiff": "aiff",
    "au": "au",
    "caf": "caf",
    "flac": "flac",
    "ogg": "ogg",
    "mp4": "mov",
    "matroska": "matroska",
    "asf": "asf",
    "wavpack": "wv",
    "ape": "ape",
}
"""FFmpeg's demuxer of each family of formats."""
LOSSLESS = frozenset({"flac", "wavpack", "ape", "alac", "tta", "wmalossless"})
"""Decoders that check the checksum of every block, and whose damaged blocks are dropped."""
DECODERS = LOSSLESS | frozenset(
    (
        "aac",
        "ac3",
        "eac3",
        "dca",
        "mp1float",
        "mp2float",
        "mp3float",
        "mp1",
        "mp2",
        "mp3",
        "vorbis",
        "opus",
        "libopus",
        "speex",
        "wmav1",
        "wmav2",
        "wmapro",
        "wmavoice",
        "gsm",
        "gsm_ms",
        "adpcm_ms",
        "adpcm_ima_wav",
        "adpcm_ima_qt",
        "pcm_alaw",
        "pcm_mulaw",
        "pcm_u8",
        "pcm_s8",
        "pcm_s16le",
        "pcm_s16be",
        "pcm_s24le",
        "pcm_s24be",
        "pcm_s32le",
        "pcm_s32be",
        "pcm_f32le",
        "pcm_f32be",
        "pcm_f64le",
        "pcm_f64be",
    )
)
"""FFmpeg's decoders that may be used: those of the formats above."""
MAX_CHANNELS = 8
"""Channels of a frame; PyAV reads beyond its memory where a damaged frame claims dozens."""
FULL_SCALES = {"u1": 1 << 7, "i2": 1 << 15, "i4": 1 << 31}
"""Full scale of samples by their data type; floating-point samples have 1."""

Block = npt.NDArray[np.float32]


class FfmpegSource:
    """A sound file that is read from start to end, with the interface of :class:`soundfile.SoundFile`.

    Sample rate and channels are those of the first frame. Where the rate changes, the sound is resampled to the first rate.
    Where the number of channels changes, every channel gets the mean of the new channels.

    Parameters
    ----------
    data : bytes
        Content of the file.
    length : StreamLength
        Its length by its structure. If it is exact, later sound is the encoder's padding and is left out.

    Raises
    ------
    AudioError
        ``not_audio`` if FFmpeg finds no sound in the file.
    MemoryError
        If the address space is too small for FFmpeg.
    """

    decoder = "ffmpeg"
    name = "ffmpeg"

    def __init__(self, data: bytes, length: StreamLength) -> None:
        self.claimed_seconds = 0.0
        self._container, self._stream = _open(data[length.start : length.end], DEMUXERS[length.container])
        self.lossless = self._stream.codec_context.name in LOSSLESS
        self._blocks = self._decoded()
        self._resampler: tuple[int, soxr.ResampleStream] | None = None
        self.samplerate = self.channels = 0
        try:
            first = next(self._blocks, None)
            if first is None:
                raise AudioError("not_audio", f"ffmpeg: none of its {length.container} frames can be decoded, expected sound")
        except AudioError:
            self._container.close()
            raise
        self._pending = first
        self._left = round(length.seconds * self.samplerate) if length.exact and length.seconds else None

    def __enter__(self) -> "FfmpegSource":
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def read(self, *, out: Block) -> Block:
        """Fill `out` [shape=(frames, channels)] with the next sound, and return the part that was filled."""
        filled = 0
        while filled < len(out):
            if not len(self._pending):
                block = next(self._blocks, None)
                if block is None:
                    break
                self._pending = block
            count = min(len(out) - filled, len(self._pending))
            out[filled : filled + count] = self._pending[:count]
            self._pending = self._pending[count:]
            filled += count
        if self._left is not None:
            filled = min(filled, self._left)
            self._left -= filled
        return out[:filled]

    def _decoded(self) -> Iterator[Block]:
        """Yield the sound of one frame after another; frames that are not plausible are left out."""
        for frame in self._frames():
            if frame.samples and frame.sample_rate and 0 < frame.layout.nb_channels <= MAX_CHANNELS:
                yield self._converted(frame)
        if self._resampler is not None:
            yield self._resampler[1].resample_chunk(np.empty((0, self.channels), np.float32), last=True)

    def _packets(self) -> Iterator["Packet[AudioStream]"]:
        """Yield the packets of the sound, up to the first that cannot be read.

        PyAV raises IndexError for a packet of a stream that begins within the file, such as the picture of a second file that
        is joined to an Ogg. That packet is left out, and reading goes on behind it.
        """
        while True:
            try:
                yield from self._container.demux(self._stream)
                return
            except MemoryError:
                raise
            except IndexError:
                continue
            except Exception:  # PyAV documents no complete list
                return

    def _frames(self) -> Iterator["AudioFrame"]:
        """Yield the frames of one packet after another; a packet that cannot be decoded gives none."""
        packets = self._packets()
        while True:
            packet = next(packets, None)
            try:
                if packet is None:
                    yield from self._stream.codec_context.decode(None)
                    return
                self.claimed_seconds += float((packet.duration or 0) * (packet.time_base or 0))
                yield from packet.decode()
            except MemoryError:
                raise
            except Exception:  # PyAV documents no complete list
                if packet is None:
                    return

    def _converted(self, frame: "AudioFrame") -> Block:
        """Return the samples of a frame [shape=(samples, channels)] with the channels and the rate of the first frame."""
        samples = _samples(frame)
        if not self.samplerate:
            self.samplerate, self.channels = frame.sample_rate, samples.shape[1]
        if samples.shape[1] != self.channels:
            samples = np.repeat(samples.mean(axis=1, keepdims=True), self.channels, axis=1)
        if self._resampler is None and frame.sample_rate == self.samplerate:
            return samples
        return self._resampled(samples, frame.sample_rate)

    def _resampled(self, samples: Block, rate: int) -> Block:
        """Resample from `rate` to the first frame's rate; a change of the rate ends one resampler and begins another."""
        before = np.empty((0, self.channels), np.float32)
        if self._resampler is not None and self._resampler[0] != rate:
            before = self._resampler[1].resample_chunk(before, last=True)
            self._resampler = None
        if rate == self.samplerate:
            after = samples
        else:
            if self._resampler is None:
                self._resampler = rate, soxr.ResampleStream(rate, self.samplerate, self.channels, dtype="float32")
            after = self._resampler[1].resample_chunk(samples)
        return np.concatenate([before, after])


def _samples(frame: "AudioFrame") -> Block:
    """Return the samples of a frame [shape=(samples, channels), dtype=float32] between -1 and 1."""
    channels = frame.layout.nb_channels
    content: npt.NDArray[Any] = frame.to_ndarray()
    samples = content.T if frame.format.is_planar else content.reshape(-1, channels)
    kind = samples.dtype.str[1:]
    if kind == "u1":
        samples = samples.astype(np.float32) - FULL_SCALES["u1"]
    scaled: Block = samples.astype(np.float32) / np.float32(FULL_SCALES.get(kind, 1))
    return scaled


def load_pyav() -> Any:
    """Import PyAV and return its module; raise MemoryError if the address space is too small for it."""
    try:
        import av
    except ImportError as error:  # the loader does not raise MemoryError
        if "map" in str(error) or "memory" in str(error):
            raise MemoryError(str(error)) from None
        raise
    av.logging.set_level(av.logging.PANIC)
    return av


def open_container(data: bytes, demuxer: str) -> "InputContainer":
    """Open a file with one of :data:`DEMUXERS`; nothing besides it can be opened, and only decoders of sound can be used.

    PyAV raises errors of its own and others for a file that it cannot open; it documents no complete list.
    """
    container: InputContainer = load_pyav().open(
        io.BytesIO(data),
        mode="r",
        format=demuxer,
        metadata_errors="replace",
        container_options={"protocol_whitelist": "none", "codec_whitelist": ",".join(sorted(DECODERS))},
    )
    return container


def _open(data: bytes, demuxer: str) -> tuple["InputContainer", "AudioStream"]:
    load_pyav()  # a PyAV that is missing is no fault of the file
    container = None
    try:
        container = open_container(data, demuxer)
        streams = container.streams.audio
        if not streams:
            raise AudioError("not_audio", f"ffmpeg: no sound among {len(container.streams)} streams, expected one")
        codec = streams[0].codec_context
        if codec is None or codec.name not in DECODERS:
            raise AudioError(
                "not_audio", f"ffmpeg: decoder '{codec and codec.name}', expected one of {len(DECODERS)} known ones"
            )
        codec.thread_count = 1
        if codec.name in LOSSLESS:
            codec.options = {"err_detect": "crccheck+explode"}
        return container, streams[0]
    except MemoryError:
        raise
    except AudioError:
        if container is not None:
            container.close()
        raise
    except Exception as error:  # PyAV documents no complete list
        text = getattr(error, "strerror", None) or str(error)
        raise AudioError("not_audio", f"ffmpeg: {text}, expected {demuxer}") from None
