"""Acoustic fingerprints: where the peaks are."""

import numpy as np
import pytest

from mer_tasks.audio.decoding import SAMPLE_RATE
from mer_tasks.audio.fingerprint import BINS, HOP, LOWEST_BIN, RATE, REACH, fingerprint
from tests.support.audio_files import music


def tone(pitch: float, start: float, seconds: float) -> np.ndarray:
    """Make a tone that swells and fades, after silence and before a second of silence [shape=(samples,), dtype=float32]."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    swell = np.sin(2 * np.pi * pitch * time) * np.hanning(len(time))
    return np.pad(swell, (round(start * SAMPLE_RATE), SAMPLE_RATE)).astype(np.float32)


def test_a_peak_is_where_a_tone_is_loudest():
    sound = sum(np.pad(samples, (0, 10 * SAMPLE_RATE - len(samples))) for samples in (tone(440, 2, 1), tone(880, 6, 1)))
    peaks = fingerprint(sound)
    strongest = [(2.5, 440), (6.5, 880)]
    for second, pitch in strongest:
        frames, bins = np.divmod(peaks.astype(int), BINS)
        near = (abs((frames * HOP + HOP) / RATE - second) < 0.06) & (abs(bins * RATE / (2 * HOP) - pitch) < 6)
        assert near.sum() == 1
    assert peaks.dtype == np.uint32
    assert np.all(np.diff(peaks.astype(int)) > 0)


def test_no_two_peaks_are_within_reach_of_each_other():
    frames, bins = np.divmod(fingerprint(music(20, seed=1)[:, 0]).astype(int), BINS)
    assert len(frames) > 50
    close = (abs(frames[:, None] - frames) <= REACH[0]) & (abs(bins[:, None] - bins) <= REACH[1])
    assert close.sum() == len(frames)
    assert bins.min() >= LOWEST_BIN


def test_loudness_does_not_change_the_peaks():
    samples = music(10, seed=2)[:, 0]
    np.testing.assert_array_equal(fingerprint(samples), fingerprint(samples * np.float32(0.125)))


def test_noise_far_below_the_music_has_no_peaks():
    sound = tone(440, 1, 1)
    noise = 1e-6 * np.random.default_rng(0).standard_normal(len(sound)).astype(np.float32)
    assert set(fingerprint(sound + noise)) == set(fingerprint(sound))


@pytest.mark.parametrize("samples", [0, 1, 2_000, SAMPLE_RATE])
def test_silence_and_very_short_sound_have_no_peaks(samples):
    assert fingerprint(np.zeros(samples, np.float32)).shape == (0,)
