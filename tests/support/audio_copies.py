"""Make copies of a recording as they occur in practice: coded again, trimmed, louder, quieter, resampled, or all of it."""

import io
from collections.abc import Callable

import numpy as np
import soundfile
import soxr

from mer_tasks.audio.decoding import SAMPLE_RATE, Samples, decode, read_flac


def coded(samples: Samples, container: str, rate: int = SAMPLE_RATE, **options: object) -> Samples:
    """Resample to `rate`, write a file of the given format, and decode it as stage `reformat` does."""
    buffer = io.BytesIO()
    soundfile.write(buffer, soxr.resample(samples, SAMPLE_RATE, rate, quality="MQ"), rate, format=container, **options)
    return read_flac(decode(buffer.getvalue(), max_duration_seconds=3600).flac)


def trimmed(samples: Samples) -> Samples:
    """Cut two seconds and a few samples off the front, so that no frame begins at the start of an original frame."""
    return samples[2 * SAMPLE_RATE + 131 :]


COPIES: dict[str, Callable[[Samples], Samples]] = {
    "mp3, 24 kb/s": lambda samples: coded(samples, "MP3", bitrate_mode="CONSTANT", compression_level=0.9),
    "ogg, 35 kb/s": lambda samples: coded(samples, "OGG", compression_level=1.0),
    "trimmed": trimmed,
    "a quarter as loud": lambda samples: samples * np.float32(0.25),
    "clipped": lambda samples: np.clip(2.5 * samples, -1, 1),
    "8 kHz": lambda samples: coded(samples, "WAV", 8_000),
    "ogg, trimmed": lambda samples: coded(trimmed(samples) * np.float32(0.25), "OGG", compression_level=1.0),
    "mp3, trimmed": lambda samples: coded(trimmed(samples), "MP3", bitrate_mode="CONSTANT", compression_level=0.9),
}
