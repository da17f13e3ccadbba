"""Choice of channels: which are left out of the mean, and which are not."""

import numpy as np
import pytest

from mer_tasks.audio.channel_choice import MAX_CHANNELS, PERIOD, ChannelStatistics
from tests.support.audio_files import music

RATE = 22_050
SECONDS = 8


def piece(seed: int) -> np.ndarray:
    return music(SECONDS, RATE, seed=seed)[:, 0]


def statistics_of(*channels: np.ndarray, block: int = 30_000) -> ChannelStatistics:
    signals = np.stack(channels, axis=1).astype(np.float32)
    statistics = ChannelStatistics(len(channels), RATE)
    for start in range(0, len(signals), block):
        statistics.add(signals[start : start + block])
    return statistics


def kept(*channels: np.ndarray, block: int = 30_000) -> tuple[int, ...]:
    return statistics_of(*channels, block=block).channels_to_keep()


def test_channels_of_usual_music_are_all_kept() -> None:
    assert kept(piece(0)) == (0,)
    assert kept(piece(0), piece(0)) == (0, 1)
    assert kept(piece(0), piece(1)) == (0, 1)
    assert kept(piece(0), 0.05 * piece(0)) == (0, 1)
    assert kept(*(piece(seed) for seed in range(6))) == tuple(range(6))


@pytest.mark.parametrize("block", [100, 1152, 30_000, 200_000])
@pytest.mark.parametrize("noise", [0.0, 0.003, 0.03])
def test_one_channel_of_an_inverted_pair_is_left_out_whatever_the_blocks(block: int, noise: float) -> None:
    rng = np.random.default_rng(0)
    assert kept(piece(0), -piece(0) + noise * rng.standard_normal(SECONDS * RATE), block=block) == (0,)


def test_the_louder_channel_of_an_inverted_pair_is_kept() -> None:
    assert kept(0.6 * piece(0), -piece(0)) == (1,)
    assert kept(piece(0), -0.6 * piece(0)) == (0,)


@pytest.mark.parametrize(("start", "stop", "expected"), [(0, 8, (0,)), (4, 8, (0,)), (3, 6, (0,)), (0, 1, (0, 1))])
def test_a_channel_that_is_inverted_for_a_quarter_of_the_time_or_more_is_left_out(
    start: int, stop: int, expected: tuple[int, ...]
) -> None:
    other = piece(0)
    other[start * RATE : stop * RATE] *= -1
    assert kept(piece(0), other, block=RATE) == expected


def test_the_share_of_time_in_which_mixed_channels_cancel_is_measured() -> None:
    other = piece(0)
    other[:RATE] *= -1
    assert statistics_of(piece(0), other, block=RATE).cancelled_share((0, 1)) == pytest.approx(1 / SECONDS)
    assert statistics_of(piece(0), piece(1)).cancelled_share((0, 1)) == 0
    assert statistics_of(piece(0), -piece(0)).cancelled_share((0,)) == 0


def test_silence_with_opposite_noise_does_not_count_as_time_with_sound() -> None:
    left = piece(0)
    left[2 * RATE :] = 1e-4 * np.random.default_rng(0).standard_normal(6 * RATE)
    right = left.copy()
    right[2 * RATE :] *= -1
    assert kept(left, right) == (0, 1)


def test_of_several_channels_only_those_that_cancel_are_left_out() -> None:
    assert kept(piece(0), piece(1), -piece(0)) == (0, 1)
    assert kept(piece(0), -piece(0), piece(1), -piece(1)) == (0, 2)
    assert kept(piece(0), piece(0), -piece(0)) == (0, 1)
    assert kept(piece(0), -piece(0), *(piece(seed) for seed in range(1, 5))) == (0, 2, 3, 4, 5)


@pytest.mark.parametrize("silence", ["zero", "dither", "dc"])
def test_silent_channels_are_left_out(silence: str) -> None:
    dither = 3e-5 * np.random.default_rng(0).standard_normal(SECONDS * RATE)
    quiet = {"zero": 0 * dither, "dither": dither, "dc": 0 * dither + 0.3}[silence]
    assert kept(piece(0), quiet) == (0,)
    assert kept(quiet, piece(0)) == (1,)
    assert kept(piece(0), piece(1), piece(2), quiet, piece(3), piece(4)) == (0, 1, 2, 4, 5)


def test_channels_without_any_sound_are_all_kept() -> None:
    assert kept(np.zeros(RATE), np.zeros(RATE)) == (0, 1)
    assert ChannelStatistics(2, RATE).channels_to_keep() == (0, 1)


def test_a_dc_offset_hides_nothing_and_is_no_difference() -> None:
    assert kept(piece(0) + 0.4, -piece(0) + 0.4) == (0,)
    assert kept(piece(0) + 0.4, piece(0) - 0.4) == (0, 1)


def test_files_of_very_many_channels_are_not_measured() -> None:
    channels = [0 * piece(0)[:PERIOD], *[piece(0)[:PERIOD]] * MAX_CHANNELS]
    assert kept(*channels) == tuple(range(MAX_CHANNELS + 1))
    assert kept(*channels[:-1]) == tuple(range(1, MAX_CHANNELS))
