"""Log-mel front end: equal to librosa's for every kind of scale, norm, power, logarithm and padding."""

import itertools
from typing import Any

import numpy as np
import pytest

import tests.support.librosa_features  # noqa: F401  (sets the folder of librosa's compiled functions)
from mer_tasks.encoders.front_ends import LogMel
from mer_tasks.encoders.log_mel import log_mel_spectrogram

SHAPES = [(512, 512, 256), (1024, 640, 320), (2048, 2048, 441)]


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    time = np.arange(20_000)
    noise = np.random.default_rng(0).standard_normal(len(time)) * np.linspace(0, 0.3, len(time))
    return (noise + 0.2 * np.sin(0.2 * time)).astype(np.float32)


def front_end(**changes: Any) -> LogMel:
    defaults = {
        "kind": "log_mel",
        "sample_rate": 16_000,
        "n_fft": 512,
        "win_length": 512,
        "hop_length": 256,
        "center": True,
        "n_mels": 64,
        "fmin": 20.0,
        "fmax": 7600.0,
        "mel_scale": "slaney",
        "norm": "slaney",
        "power": 2,
        "log": "log10_10000",
    }
    return LogMel(**{**defaults, **changes})


def by_librosa(samples: np.ndarray, mel: LogMel) -> np.ndarray:
    import librosa

    bands = librosa.feature.melspectrogram(
        y=samples.astype(np.float64),
        sr=mel.sample_rate,
        n_fft=mel.n_fft,
        win_length=mel.win_length,
        hop_length=mel.hop_length,
        center=mel.center,
        pad_mode="constant" if mel.padding == "zeros" else "reflect",
        power=mel.power,
        n_mels=mel.n_mels,
        fmin=mel.fmin,
        fmax=mel.fmax,
        htk=mel.mel_scale == "htk",
        norm=mel.norm,
    )
    if mel.log == "natural":
        return np.log(np.maximum(bands, mel.floor) + mel.offset).T
    if mel.log == "log10_10000":
        return np.log10(1 + 10_000 * bands).T
    convert = librosa.power_to_db if mel.power == 2 else librosa.amplitude_to_db
    return convert(bands, ref=np.max if mel.reference == "max" else 1.0, amin=mel.floor, top_db=mel.top_db).T


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("norm", ["slaney", None])
@pytest.mark.parametrize("scale", ["slaney", "htk"])
def test_values_equal_those_of_librosa(
    samples: np.ndarray, scale: str, norm: str | None, power: int, shape: tuple[int, int, int]
) -> None:
    n_fft, win_length, hop_length = shape
    logarithms = [
        {"log": "log10_10000"},
        {"log": "natural", "floor": 1e-6},
        {"log": "natural", "offset": 0.01},
        {"log": "decibel", "floor": 1e-5, "top_db": 60.0, "reference": "max"},
        {"log": "decibel", "floor": 1e-8},
    ]
    for (center, padding), logarithm in itertools.product([(True, "zeros"), (True, "reflect"), (False, "zeros")], logarithms):
        mel = front_end(
            n_fft=n_fft,
            win_length=win_length,
            hop_length=hop_length,
            power=power,
            norm=norm,
            mel_scale=scale,
            center=center,
            padding=padding,
            **logarithm,
        )
        np.testing.assert_allclose(log_mel_spectrogram(samples, mel), by_librosa(samples, mel), atol=1e-4, rtol=0)


def test_frames_as_long_as_the_window_begin_with_the_window(samples: np.ndarray) -> None:
    mel = front_end(n_fft=1024, win_length=640, hop_length=320, framing="win_length", center=False)
    frames = log_mel_spectrogram(samples, mel)
    assert frames.shape == (1 + (len(samples) - 640) // 320, 64)
    # the power spectrum does not see where in the frame the window lies
    centred = front_end(n_fft=1024, win_length=640, hop_length=320, center=False)
    np.testing.assert_allclose(frames[1:-1], log_mel_spectrogram(samples[320 - 192 :], centred)[: len(frames) - 2], atol=1e-4)


def test_blocks_of_frames_give_what_one_block_gives(samples: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = log_mel_spectrogram(samples, front_end())
    monkeypatch.setattr("mer_tasks.encoders.log_mel.FRAME_BLOCK", 7)
    np.testing.assert_array_equal(log_mel_spectrogram(samples, front_end()), whole)


@pytest.mark.parametrize("count", [1, 100, 511])
@pytest.mark.parametrize("center", [True, False])
def test_samples_that_are_shorter_than_a_frame_give_a_frame(count: int, center: bool) -> None:
    frames = log_mel_spectrogram(np.ones(count, np.float32), front_end(center=center))
    assert frames.shape == (1 + (count // 256 if center else 0), 64)
    assert np.isfinite(frames).all()
