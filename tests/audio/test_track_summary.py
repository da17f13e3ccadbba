"""Summary statistics of a track's features."""

import numpy as np

from mer_tasks.audio.spectra import FEATURES, N_MELS, N_MFCC, Extractor
from mer_tasks.audio.track_summary import SUMMARY_NAMES, summarize_track
from tests.support.audio_files import music


def test_each_name_is_the_mean_or_the_deviation_of_its_column_over_all_frames():
    features = np.random.default_rng(0).normal(-40, 9, (3, 11, FEATURES)).astype(np.float32)
    statistics = dict(zip(SUMMARY_NAMES, summarize_track(features), strict=True))
    frames = features.reshape(33, FEATURES).astype(np.float64)
    assert len(statistics) == 54
    for name, column in (("mfcc_1", N_MELS), ("mfcc_20", N_MELS + 19), ("contrast_1", N_MELS + N_MFCC), ("contrast_7", -1)):
        np.testing.assert_allclose(statistics[f"{name}_mean"], frames[:, column].mean(), rtol=1e-6)
        np.testing.assert_allclose(statistics[f"{name}_deviation"], frames[:, column].std(), rtol=1e-6)


def test_the_first_mfcc_is_the_level_of_the_mel_bands():
    features = Extractor(1).track(music(4)[:, 0])
    level = features[..., :N_MELS].mean() * np.sqrt(N_MELS)
    np.testing.assert_allclose(summarize_track(features)[SUMMARY_NAMES.index("mfcc_1_mean")], level, rtol=1e-5)


def test_a_softer_recording_has_the_same_statistics():
    samples = music(6, seed=1)[:, 0]
    full_level = summarize_track(Extractor(1).track(samples))
    half_level = summarize_track(Extractor(1).track(samples * np.float32(0.5)))
    np.testing.assert_allclose(full_level, half_level, rtol=0, atol=1e-3)
