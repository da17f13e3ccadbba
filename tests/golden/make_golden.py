"""Write ``features.npz`` beside this file: ``python -m tests.golden.make_golden``.

The file has three segments of one second as 16-bit samples, and their features by librosa. It was made with librosa 0.11.0,
numpy 2.4.6 and scipy 1.17.1 on x86-64. Run this command again only when the definition of a feature changes.
"""

from pathlib import Path

import numpy as np

from tests.support.audio_files import music
from tests.support.librosa_features import librosa_features

GOLDEN = Path(__file__).with_name("features.npz")


def main() -> None:
    samples = np.rint(music(3, seed=20_260_101)[:, 0] * 32_768).astype(np.int16)
    samples[30_000:50_000] = 0  # the end of the second segment and the start of the third are silent
    segments = samples.reshape(3, 22_050)
    features = [librosa_features(segment.astype(np.float32) / 32_768) for segment in segments]
    np.savez_compressed(GOLDEN, samples=segments, features=np.array(features, np.float32))


if __name__ == "__main__":
    main()
