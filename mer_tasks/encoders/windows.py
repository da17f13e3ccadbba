"""Windows of a track: cut the output of a front end into the inputs of an encoder, one for each window."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import soxr

from mer_tasks.audio.decoding import RESAMPLING_QUALITY, SAMPLE_RATE
from mer_tasks.encoders.description import Encoder
from mer_tasks.encoders.front_ends import Waveform
from mer_tasks.encoders.log_mel import log_mel_spectrogram

Array32 = npt.NDArray[np.float32]


def window_inputs(encoder: Encoder, samples: Array32) -> Iterator[Array32]:
    """Yield the input tensor of each window of a track.

    The front end computes the whole track, and a window is a part of its output. So a window sees the sound around it through
    the frames at its edges, as a network does that was trained on excerpts of spectrograms.

    Parameters
    ----------
    encoder : Encoder
    samples : np.ndarray [shape=(n,), dtype=float32]
        Samples at 22,050 Hz. Zeros follow a track that is shorter than one window.

    Yields
    ------
    np.ndarray [dtype=float32]
        Tensor with the axes ``encoder.axes``; batch and channel have length 1.
    """
    front_end = encoder.front_end
    windows = encoder.windows(len(samples))
    if front_end.sample_rate != SAMPLE_RATE:
        samples = soxr.resample(samples, SAMPLE_RATE, front_end.sample_rate, quality=RESAMPLING_QUALITY)
    starts = [encoder.hop_seconds * number * front_end.sample_rate for number in range(windows)]
    last_sample = round(starts[-1]) + round(encoder.window_seconds * front_end.sample_rate)
    # resampling may give one sample less than the length in seconds promises
    samples = np.pad(samples, (0, max(0, last_sample - len(samples))))
    if isinstance(front_end, Waveform):
        values, step = samples, 1
    else:
        values, step = log_mel_spectrogram(samples, front_end), front_end.hop_length
    for start in starts:
        first = int(start / step + 1e-6)
        yield _tensor(encoder, values[first : first + encoder.window_frames])


def _tensor(encoder: Encoder, window: Array32) -> Array32:
    """Give the samples, or the frames and bands, of a window the axes of the input tensor."""
    if [axis for axis in encoder.axes if axis in ("bands", "frames")] == ["bands", "frames"]:
        window = window.T
    for place, axis in enumerate(encoder.axes):
        if axis in ("batch", "channel"):
            window = np.expand_dims(window, place)
    return np.ascontiguousarray(window)
