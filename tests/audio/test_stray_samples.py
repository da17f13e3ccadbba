"""Stray samples: which are found, which are not, and how they are repaired."""

import numpy as np
import pytest

from mer_tasks.audio.stray_samples import MAX_STRAY_SAMPLES, StraySampleSearch, interpolate_frames
from tests.support.audio_files import music

RATE = 22_050
BLOCK = 10_000


def found(samples: np.ndarray) -> tuple[int, ...]:
    search = StraySampleSearch()
    for start in range(0, len(samples), BLOCK):
        block = samples[start : start + BLOCK].astype(np.float32)
        search.add(block, first=start, peak=float(np.abs(block).max()))
    return search.stray_frames()


def with_samples(values: dict[int, float], scale: float = 1.0) -> np.ndarray:
    samples = scale * music(4)[:, 0]
    for position, value in values.items():
        samples[position] = value
    return samples


@pytest.mark.parametrize(
    "values",
    [
        {1000: 17_600.0},
        {0: -17_600.0},
        {4 * RATE - 1: 17_600.0},
        {9_999: 3e38, 10_000: -3e38},
        {5: 17_600.0, 6: -5_000.0, 30_000: 30.0, 70_000: 2.5},
        {1000 * number: 17_600.0 for number in range(MAX_STRAY_SAMPLES)},
        dict.fromkeys(range(MAX_STRAY_SAMPLES), 99.0),
    ],
)
def test_a_handful_of_samples_far_above_all_others_are_stray(values: dict[int, float]) -> None:
    assert found(with_samples(values)) == tuple(sorted(values))


@pytest.mark.parametrize("scale", [0.01, 1.0, 32_768.0])
def test_samples_are_stray_relative_to_the_others(scale: float) -> None:
    assert found(with_samples({1000: 1e7}, scale)) == (1000,)


@pytest.mark.parametrize(
    "samples",
    [
        music(4)[:, 0],
        3 * music(4)[:, 0],
        32_768 * music(4)[:, 0],
        with_samples({1000: 1.0}, 0.01),
        with_samples({1000: 2.0}, 0.01),
        with_samples({1000: 1.9 * 4 * np.abs(music(4)).max()}, 4),
        with_samples({1000 * number: 17_600.0 for number in range(MAX_STRAY_SAMPLES + 1)}),
    ],
    ids=["usual", "loud", "scaled as integers", "full scale", "twice full scale", "twice the others", "one too many"],
)
def test_loud_music_and_more_than_a_handful_are_not_stray(samples: np.ndarray) -> None:
    assert found(samples) == ()


def test_clicks_in_digital_silence_are_not_stray() -> None:
    clicks = np.zeros(4 * RATE)
    clicks[::RATE] = 5.0
    assert found(clicks) == ()


def test_the_number_of_stray_samples_can_be_limited() -> None:
    search = StraySampleSearch()
    search.add(with_samples({5: 99.0, 9: 99.0}).astype(np.float32), first=0, peak=99.0)
    assert search.stray_frames(at_most=1) == ()
    assert search.stray_frames(at_most=2) == (5, 9)


def test_frames_are_interpolated_in_every_channel_and_nowhere_else() -> None:
    block = music(1, channels=2)
    repaired = interpolate_frames(block, [0, 100, 101, len(block) - 1])
    np.testing.assert_allclose(repaired[100], (2 * block[99] + block[102]) / 3, rtol=1e-5)
    np.testing.assert_allclose(repaired[101], (block[99] + 2 * block[102]) / 3, rtol=1e-5)
    np.testing.assert_array_equal(repaired[[0, -1]], block[[1, -2]])
    assert np.flatnonzero((repaired != block).any(axis=1)).tolist() == [0, 100, 101, len(block) - 1]


def test_a_block_of_stray_frames_only_becomes_silent() -> None:
    assert interpolate_frames(np.full((2, 1), 9, np.float32), [0, 1]).tolist() == [[0], [0]]
