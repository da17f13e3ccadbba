import itertools
import subprocess
import sys

import keras
import numpy as np
import pytest

from mer_tasks.audio.spectra import FEATURES, HOP, N_MELS
from mer_tasks.modelling.segment_statistics import LAGS, LEAST, MODULATIONS, statistics_model

FRAMES = 130
RATE = 22_050 / HOP


def segments(count: int = 4, frames: int = FRAMES) -> np.ndarray:
    return np.random.default_rng(0).normal(-30, 12, (count, frames, FEATURES)).astype(np.float32)


def statistics_of(values: np.ndarray) -> np.ndarray:
    return keras.ops.convert_to_numpy(statistics_model(values.shape[1])(values))


@pytest.fixture(scope="module")
def computed() -> tuple[np.ndarray, np.ndarray]:
    values = segments()
    return values.astype(np.float64), statistics_of(values)


def test_a_segment_of_three_seconds_has_183_statistics_and_no_trainable_weights():
    model = statistics_model(FRAMES)
    assert model.output_shape == (None, 183)
    assert model.trainable_weights == []


def test_level_statistics_are_means_and_deviations_of_mfcc_contrast_and_level(computed):
    values, statistics = computed
    levels = values[..., :N_MELS].reshape(*values.shape[:2], 16, 8).mean(axis=-1)
    columns = np.concatenate([values[..., N_MELS:], levels], axis=-1)
    expected = [columns.mean(axis=1), columns.std(axis=1), np.diff(columns, axis=1).std(axis=1)]
    np.testing.assert_allclose(statistics[:, :129], np.concatenate(expected, axis=1), rtol=1e-4, atol=1e-4)


def test_modulation_is_the_power_in_octaves_of_the_fourier_transform(computed):
    values, statistics = computed
    levels = values[..., :N_MELS].reshape(*values.shape[:2], 8, 16).mean(axis=-1)
    swings = (levels - levels.mean(axis=1, keepdims=True)) * np.hanning(FRAMES)[:, np.newaxis]
    power = np.abs(np.fft.rfft(swings, axis=1)) ** 2
    frequencies = np.fft.rfftfreq(FRAMES) * RATE
    octaves = [(frequencies >= low) & (frequencies < high) for low, high in itertools.pairwise(MODULATIONS)]
    means = np.stack([power[:, octave].mean(axis=1) for octave in octaves], axis=-1)
    np.testing.assert_allclose(statistics[:, 129:177], np.log(means + LEAST).reshape(4, -1), rtol=1e-3, atol=1e-3)


def test_statistics_of_modulation_and_rhythm_do_not_depend_on_loudness():
    quiet = segments()
    loud = quiet.copy()
    loud[..., :N_MELS] += 17
    np.testing.assert_allclose(statistics_of(quiet)[:, 129:], statistics_of(loud)[:, 129:], atol=1e-3)


def test_a_modulation_of_five_hertz_is_strongest_in_its_octave():
    values = np.zeros((1, FRAMES, FEATURES), np.float32)
    values[0, :, :N_MELS] = 10 * np.sin(2 * np.pi * 5 * np.arange(FRAMES) / RATE)[:, np.newaxis]
    octaves = statistics_of(values)[0, 129:177].reshape(8, 6)
    assert (octaves.argmax(axis=1) == 3).all()
    assert MODULATIONS[3] < 5 < MODULATIONS[4]


@pytest.mark.parametrize(("period", "step"), [(8, 0), (20, 2), (40, 4), (60, 5)])
def test_clicks_have_a_high_autocorrelation_at_their_period(period, step):
    values = np.full((1, FRAMES, FEATURES), -60.0, np.float32)
    values[0, ::period, :N_MELS] = 0
    rhythm = statistics_of(values)[0, 177:]
    assert LAGS[step] <= period < LAGS[step + 1]
    # a multiple of the period is in a later step, so the first high step is that of the period
    assert np.flatnonzero(rhythm > 0.4)[0] == step


def test_rhythm_is_the_autocorrelation_of_the_onset_strength(computed):
    values, statistics = computed
    onsets = np.maximum(np.diff(values[..., :N_MELS], axis=1), 0).mean(axis=-1)
    onsets -= onsets.mean(axis=1, keepdims=True)
    for row, sequence in zip(statistics, onsets, strict=True):
        similar = np.array([sequence[: len(sequence) - lag] @ sequence[lag:] for lag in range(LAGS[-1])])
        expected = [similar[low:high].max() / (similar[0] + LEAST) for low, high in itertools.pairwise(LAGS)]
        np.testing.assert_allclose(row[177:], expected, atol=1e-3)


@pytest.mark.parametrize("frames", [44, 87, 1293])
def test_segments_of_other_lengths_have_finite_statistics(frames):
    statistics = statistics_of(segments(2, frames))
    assert statistics.shape[1] in (175, 183)
    assert np.isfinite(statistics).all()


def test_silence_has_finite_statistics():
    assert np.isfinite(statistics_of(np.zeros((1, FRAMES, FEATURES), np.float32))).all()


def test_the_stored_model_needs_only_keras(tmp_path):
    model, values = statistics_model(FRAMES), segments(1)
    model.save(tmp_path / "s.keras")
    np.save(tmp_path / "in.npy", values)
    code = (
        "import keras, numpy, sys; model = keras.saving.load_model('s.keras', safe_mode=True);"
        "numpy.save('out.npy', model.predict(numpy.load('in.npy'), verbose=0)); assert 'mer_tasks' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    np.testing.assert_allclose(np.load(tmp_path / "out.npy"), statistics_of(values), rtol=1e-5, atol=1e-5)
