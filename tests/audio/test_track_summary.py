import numpy as np

from mer_tasks.audio.spectra import FEATURES, N_MELS, N_MFCC, Extractor
from mer_tasks.audio.track_summary import NAMES, summary
from tests.support.audio_files import music


def test_each_name_is_the_mean_or_the_deviation_of_its_column_over_all_frames():
    features = np.random.default_rng(0).normal(-40, 9, (3, 11, FEATURES)).astype(np.float32)
    found = dict(zip(NAMES, summary(features), strict=True))
    frames = features.reshape(33, FEATURES).astype(np.float64)
    assert len(found) == 54
    for name, column in (("mfcc_1", N_MELS), ("mfcc_20", N_MELS + 19), ("contrast_1", N_MELS + N_MFCC), ("contrast_7", -1)):
        np.testing.assert_allclose(found[f"{name}_mean"], frames[:, column].mean(), rtol=1e-6)
        np.testing.assert_allclose(found[f"{name}_deviation"], frames[:, column].std(), rtol=1e-6)


def test_the_first_mfcc_is_the_level_of_the_mel_bands():
    features = Extractor(1).track(music(4)[:, 0])
    level = features[..., :N_MELS].mean() * np.sqrt(N_MELS)
    np.testing.assert_allclose(summary(features)[NAMES.index("mfcc_1_mean")], level, rtol=1e-5)


def test_a_softer_recording_has_the_same_numbers():
    samples = music(6, seed=1)[:, 0]
    whole, half = (summary(Extractor(1).track(samples * np.float32(level))) for level in (1, 0.5))
    np.testing.assert_allclose(whole, half, rtol=0, atol=1e-3)
