"""Compute the features of a segment with librosa's own functions, one after another; tests compare ours with them."""

import os
from pathlib import Path

import numpy as np

# librosa compiles for 20 s at first use; the result is cached in the folder of the platform's other local state
os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(__file__).parents[2] / ".mer" / "numba"))


def librosa_features(samples: np.ndarray) -> np.ndarray:
    """Compute mel bands in dB, MFCC and contrast [shape=(frames, 155)] of one segment at 22,050 Hz."""
    import librosa

    frames = {"sr": 22_050, "n_fft": 2048, "hop_length": 512}
    power = librosa.feature.melspectrogram(y=samples, **frames, n_mels=128, fmin=20, fmax=8000)
    mel = librosa.power_to_db(power, ref=np.max, top_db=80)
    mfcc = librosa.feature.mfcc(S=mel, n_mfcc=20)
    contrast = librosa.feature.spectral_contrast(y=samples, **frames)
    return np.concatenate([mel, mfcc, contrast]).T
