"""Make audio files for tests with PyAV's encoders, in the formats that libsndfile does not write."""

import io
from fractions import Fraction

import av
import numpy as np

from mer_tasks.audio.ffmpeg_source import LOSSLESS


def av_encoded(samples: np.ndarray, rate: int, container: str, codec: str, options: dict[str, str] | None = None) -> bytes:
    """Encode samples [shape=(samples, channels)] as the content of a file.

    Parameters
    ----------
    samples : np.ndarray
        int16, or floating-point numbers between -1 and 1.
    rate : int
        Sample rate in Hz.
    container, codec : str
        FFmpeg's names of the muxer and the encoder, such as ``ipod`` and ``aac``.
    options : dict of str to str, optional
        Options of the muxer.
    """
    content = samples if samples.dtype == np.int16 else np.rint(samples * 32_767).astype(np.int16)
    layout = "mono" if content.shape[1] == 1 else "stereo"
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container, options=options or {}) as output:
        stream = output.add_stream(codec, rate=rate, layout=layout)
        if codec == "wavpack":
            stream.format = "s16p"  # its first format has 8 bits
        if codec not in LOSSLESS:
            stream.bit_rate = 128_000
        if stream.codec_context.format is None or not stream.codec_context.is_open:
            stream.codec_context.open()
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(content.reshape(1, -1)), format="s16", layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
        resampler = av.AudioResampler(stream.codec_context.format, layout, rate, stream.codec_context.frame_size or 4_096)
        for part in [*resampler.resample(frame), *resampler.resample(None), None]:
            output.mux([packet for packet in stream.encode(part) if packet.size])
    return buffer.getvalue()
