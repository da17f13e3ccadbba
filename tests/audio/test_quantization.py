"""Quantization: 16-bit samples, their gain, and what is refused."""

import numpy as np
import pytest

from mer_tasks.audio.quantization import quantize
from mer_tasks.errors import AudioError


def test_chunks_are_joined_and_rounded_to_the_nearest_step() -> None:
    steps = np.array([-32_768, -1.4, -0.6, 0, 0.4, 0.6, 32_767])
    pcm, gain = quantize([(part / 32_768).astype(np.float32) for part in (steps[:3], steps[3:3], steps[3:])])
    assert gain == pytest.approx(32_767 / 32_768)  # -1.0 would fit, but +1.0 would not
    assert pcm.dtype == np.int16
    assert pcm.tolist() == [-32_767, -1, -1, 0, 0, 1, 32_766]


@pytest.mark.parametrize("peak", [1.5, -1.5, 17_600.0])
def test_a_peak_above_full_scale_is_scaled_to_full_scale(peak: float) -> None:
    pcm, gain = quantize([np.array([0.3], np.float32), np.array([peak], np.float32)])
    assert gain == pytest.approx(32_767 / 32_768 / abs(peak))
    assert abs(pcm[1]) == 32_767


def test_nothing_and_silence_are_told_apart() -> None:
    with pytest.raises(AudioError, match="empty_audio: too short"):
        quantize([np.zeros(0, np.float32)])
    pcm, gain = quantize([np.zeros(3, np.float32)])
    assert (pcm.tolist(), gain) == ([0, 0, 0], 1.0)


def test_samples_that_are_not_finite_are_refused() -> None:
    with pytest.raises(AudioError, match="not_finite"):
        quantize([np.array([np.inf], np.float32)])
