"""Windows: where they begin, which axes they have, and what a short track gets."""

import numpy as np
import soxr

from mer_tasks.encoders.description import Encoder
from mer_tasks.encoders.log_mel import log_mel_spectrogram
from mer_tasks.encoders.windows import window_inputs
from tests.support.encoders import described, tones

WAVEFORM = {"kind": "waveform", "sample_rate": 22_050}


def test_a_window_of_samples_begins_at_its_multiple_of_the_hop() -> None:
    samples = np.arange(22_050 * 4, dtype=np.float32)
    encoder = Encoder.of(
        described(front_end=WAVEFORM, axes=["batch", "channel", "samples"], window_seconds=1.0, hop_seconds=0.75)
    )
    windows = [*window_inputs(encoder, samples)]
    assert len(windows) == 5
    assert {window.shape for window in windows} == {(1, 1, 22_050)}
    assert [window[0, 0, 0] for window in windows] == [0, 16_537, 33_075, 49_612, 66_150]


def test_a_window_of_frames_is_a_part_of_the_tracks_spectrogram() -> None:
    samples = tones(7.2)
    encoder = Encoder.of(described(window_seconds=2.992, hop_seconds=3.0, axes=["batch", "bands", "channel", "frames"]))
    frames = log_mel_spectrogram(soxr.resample(samples, 22_050, 16_000, quality="HQ"), encoder.front_end)
    windows = [*window_inputs(encoder, samples)]
    assert len(windows) == 2
    for window, first in zip(windows, (0, 187), strict=True):
        assert window.shape == (1, 8, 1, 187)
        np.testing.assert_array_equal(window[0, :, 0, :].T, frames[first : first + 187])


def test_a_short_track_is_followed_by_zeros() -> None:
    encoder = Encoder.of(described(front_end=WAVEFORM, axes=["batch", "samples"]))
    (window,) = window_inputs(encoder, np.ones(100, np.float32))
    assert window.shape == (1, 22_050)
    assert window[0, :100].all()
    assert not window[0, 100:].any()


def test_every_length_of_track_has_whole_windows() -> None:
    encoder = Encoder.of(
        described(window_seconds=0.5, hop_seconds=0.25, front_end={**described()["front_end"], "center": False})
    )
    for count in range(20_000, 24_000, 97):
        shapes = [window.shape for window in window_inputs(encoder, np.zeros(count, np.float32))]
        assert shapes == [(1, encoder.window_frames, 8)] * encoder.windows(count)
