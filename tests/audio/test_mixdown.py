"""Mix-down: the mono signal of whole files whose channels or samples are not as they should be."""

import numpy as np
import pytest
import soxr

from mer_tasks.audio.decoding import BLOCK, SAMPLE_RATE, Decoded, decode, read_flac
from mer_tasks.audio.mixdown import Mixer, MixPlan
from mer_tasks.errors import AudioError
from tests.support.audio_files import encoded, music

RATE = 44_100
MUSIC = music(6, RATE)[:, 0]
OTHER = music(6, RATE, seed=1)[:, 0]
ZERO = np.zeros_like(MUSIC)
ONE_STEP = 1 / 32_768


def decoded(*channels: np.ndarray, container: str = "WAV", subtype: str | None = "FLOAT") -> Decoded:
    source = np.stack(channels, axis=1).astype(np.float32)
    return decode(encoded(source, RATE, container, subtype), max_duration_seconds=60)


def largest_difference(track: Decoded, expected: np.ndarray) -> float:
    resampled = soxr.resample(expected.astype(np.float32), RATE, SAMPLE_RATE, quality="HQ")
    return float(np.abs(read_flac(track.flac) - resampled).max())


def test_usual_stereo_is_the_mean_with_nothing_to_report() -> None:
    track = decoded(MUSIC, OTHER)
    assert largest_difference(track, (MUSIC + OTHER) / 2) < ONE_STEP
    assert (track.mixdown, track.cancelled_share, track.stray_samples, track.dc_offset) == ("mean", 0, 0, 0)


@pytest.mark.parametrize("noise", [0, 0.003])
@pytest.mark.parametrize(("container", "subtype"), [("WAV", "FLOAT"), ("FLAC", "PCM_16")])
def test_of_inverted_channels_the_first_is_taken(noise: float, container: str, subtype: str) -> None:
    inverted = -MUSIC + noise * np.random.default_rng(0).standard_normal(len(MUSIC))
    track = decoded(MUSIC, inverted, container=container, subtype=subtype)
    assert track.mixdown == "channel 1 of 2"
    assert largest_difference(track, MUSIC) < 3 * ONE_STEP


@pytest.mark.parametrize(("container", "subtype"), [("MP3", None), ("OGG", "VORBIS")])
def test_inverted_channels_are_found_in_lossy_formats(container: str, subtype: str | None) -> None:
    track = decoded(MUSIC, -MUSIC, container=container, subtype=subtype)
    assert track.mixdown == "channel 1 of 2"
    assert read_flac(track.flac).std() == pytest.approx(MUSIC.std(), rel=0.03)


def test_a_part_that_cancels_is_reported_although_the_mean_is_taken() -> None:
    track = decoded(MUSIC, np.where(np.arange(len(MUSIC)) < BLOCK // 2, -1, 1) * MUSIC)
    assert track.mixdown == "mean"
    assert 0.1 < track.cancelled_share < 0.25


@pytest.mark.parametrize(("channels", "mixdown"), [((MUSIC, ZERO), "channel 1 of 2"), ((ZERO, MUSIC), "channel 2 of 2")])
def test_a_silent_channel_does_not_make_the_music_quieter(channels: tuple[np.ndarray, ...], mixdown: str) -> None:
    track = decoded(*channels)
    assert track.mixdown == mixdown
    assert largest_difference(track, MUSIC) < ONE_STEP


def test_of_six_channels_those_with_sound_that_do_not_cancel_are_averaged() -> None:
    third = music(6, RATE, seed=2)[:, 0]
    track = decoded(MUSIC, -MUSIC, OTHER, ZERO, third, third)
    assert track.mixdown == "channels 1, 3, 5, 6 of 6"
    assert largest_difference(track, (MUSIC + OTHER + 2 * third) / 4) < ONE_STEP


def spiked(values: dict[int, float], base: np.ndarray = MUSIC) -> np.ndarray:
    samples = base.copy()
    samples[list(values)] = list(values.values())
    return samples


@pytest.mark.parametrize("values", [{1000: 17_600.0}, {0: -17_600.0}, {-1: 3e38}, {65_535: 9.0, 65_536: -9.0, 70_000: 4.0}])
def test_a_handful_of_stray_samples_does_not_scale_the_rest(values: dict[int, float]) -> None:
    track = decoded(spiked(values), spiked(values))
    assert (track.stray_samples, track.gain) == (len(values), 1.0)
    assert largest_difference(track, MUSIC) < 0.2  # the music itself may change that much within a frame
    clean = decoded(MUSIC, MUSIC)
    assert np.mean(np.abs(read_flac(track.flac) - read_flac(clean.flac)) > ONE_STEP) < 0.01


def test_a_stray_sample_in_one_channel_is_repaired_in_the_mean() -> None:
    track = decoded(spiked({1000: 17_600.0}), MUSIC)
    assert (track.mixdown, track.stray_samples, track.gain) == ("mean", 1, 1.0)


def test_a_stray_sample_is_repaired_where_channels_cancel() -> None:
    track = decoded(spiked({1000: 17_600.0}), -spiked({1000: 17_600.0}))
    assert (track.mixdown, track.stray_samples, track.gain) == ("channel 1 of 2", 1, 1.0)


def test_spikes_at_full_scale_stay_because_they_scale_nothing() -> None:
    track = decoded(spiked({1000: 1.0}), spiked({1000: 1.0}), subtype="PCM_16")
    assert (track.stray_samples, track.gain) == (0, 1.0)
    assert largest_difference(track, MUSIC) > 0.1


def test_loud_clicks_and_loud_music_stay_as_they_are() -> None:
    clicks = spiked({RATE // 2 * number + 100: 1.9 for number in range(12)}, ZERO)
    assert decoded(clicks).stray_samples == 0
    assert read_flac(decoded(clicks).flac).max() > 0.9
    loud = MUSIC * np.float32(1.5 / np.abs(MUSIC).max())
    track = decoded(loud)
    assert (track.stray_samples, track.gain) == (0, pytest.approx(1 / 1.5, rel=0.05))
    assert largest_difference(track, loud * track.gain) < ONE_STEP


@pytest.mark.parametrize("offset", [0.4, -0.4])
@pytest.mark.parametrize("level", [1, 0.002])
def test_a_dc_offset_that_is_stronger_than_the_music_is_removed(offset: float, level: float) -> None:
    track = decoded(level * MUSIC + offset, level * MUSIC + offset)
    assert track.dc_offset == pytest.approx(offset, abs=0.002)
    assert largest_difference(track, level * (MUSIC - MUSIC.mean())) < 2 * ONE_STEP


def test_a_dc_offset_of_one_channel_is_removed_from_the_mean() -> None:
    track = decoded(MUSIC + 0.8, MUSIC)
    assert (track.mixdown, track.dc_offset) == ("mean", pytest.approx(0.4, abs=0.002))


@pytest.mark.parametrize("ratio", [0.3, 0.9])
def test_a_dc_offset_below_the_rms_of_the_music_stays_in_the_samples(ratio: float) -> None:
    offset = ratio * MUSIC.std()
    track = decoded(MUSIC + offset, MUSIC + offset)
    assert track.dc_offset == 0
    assert largest_difference(track, MUSIC + offset) < ONE_STEP


def test_channels_stray_samples_and_offset_are_mended_together() -> None:
    track = decoded(spiked({1000: 17_600.0}, MUSIC + 0.4), 0.4 - MUSIC)
    assert (track.mixdown, track.stray_samples, track.dc_offset) == ("channel 1 of 2", 1, pytest.approx(0.4, abs=0.002))
    assert largest_difference(track, MUSIC - MUSIC.mean()) < 0.2


def test_a_sample_that_is_not_finite_is_named_by_its_number_in_the_file() -> None:
    mixer = Mixer(2, RATE)
    block = np.zeros((100, 2), np.float32)
    mixer.mix(block)
    block[7, 1] = np.nan
    with pytest.raises(AudioError, match="not_finite: sample 107 is NaN"):
        mixer.mix(block)


def test_a_plan_is_good_if_its_pass_finds_nothing_more() -> None:
    plan = MixPlan(kept=(1,), stray_frames=(3,), dc_offset=0.5)
    mixer = Mixer(2, RATE, plan)
    block = np.stack([MUSIC, MUSIC + 0.5], axis=1).astype(np.float32)
    block[3] = 17_600
    expected = block[:, 1] - np.float32(0.5)
    expected[3] = (expected[2] + expected[4]) / 2
    mono = mixer.mix(block)
    np.testing.assert_allclose(mono, expected, atol=1e-6)
    assert mixer.better_plan([mono]) is None
