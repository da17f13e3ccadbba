"""Measure how far real music stays from the limits of the sound checks.

``python -m benchmarks.sound_limits FOLDER...``, where each FOLDER holds ``<genre>/<track>.<ext>``.

For each measure, the tracks that come nearest to its limit are printed. ``docs/your-music.md`` explains the limits.
"""

import argparse
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.features import audio_files
from mer_tasks.audio.decoding import decode, read_flac
from mer_tasks.audio.sound_checks import LINE_BINS, SPECTRUM_SAMPLES, WINDOW
from mer_tasks.errors import AudioError

LIMITS = {
    "cancelled share": "25 % or more: a channel is left out",
    "level difference of channels, dB": "40 or more: a channel is left out",
    "peak": "above 2: spikes are looked for",
    "offset / RMS": "1 or more: it is removed",
    "similarity of spectra": "0.97 or more: perhaps a test tone",
}


def spectral_change(samples: np.ndarray) -> float:
    """Return the largest difference of three magnitude spectra from the first, relative to the first."""
    starts = range(len(samples) // 4, len(samples) - SPECTRUM_SAMPLES, len(samples) // 4)
    spectra = [np.abs(np.fft.rfft(samples[start : start + SPECTRUM_SAMPLES] * WINDOW))[LINE_BINS:] for start in starts]
    return max(np.linalg.norm(spectrum - spectra[0]) / np.linalg.norm(spectra[0]) for spectrum in spectra)


def measure(path: Path) -> dict[str, float]:
    """Return the measures of one file, in the order of :data:`LIMITS`; each grows towards its limit."""
    track = decode(path.read_bytes(), max_duration_seconds=3600)
    samples = read_flac(track.flac)
    powers = soundfile.read(path, always_2d=True)[0].var(axis=0)
    values = [
        track.cancelled_share,
        10 * np.log10(powers.max() / powers.min()),
        np.abs(samples).max() / track.gain,
        abs(samples.mean()) / samples.std(),
        1 - spectral_change(samples),
    ]
    return dict(zip(LIMITS, map(float, values), strict=True))


def main() -> None:
    """Parse the command line, and print the tracks that come nearest to each limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, help="audio as <genre>/<track>.<ext>")
    measures: dict[str, dict[str, float]] = {}
    rejected = 0
    for path in (path for folder in parser.parse_args().folders for path in audio_files(folder)):
        try:
            measures[f"{path.parent.name}/{path.name}"] = measure(path)
        except AudioError as error:
            rejected += 1
            print(f"{path}: {error}")
    print(f"{len(measures)} tracks accepted, {rejected} rejected")
    for name, limit in LIMITS.items():
        nearest = sorted(measures, key=lambda track: -measures[track][name])[:3]
        print(f"{name} ({limit}): " + ", ".join(f"{measures[track][name]:.3g} {track}" for track in nearest))


if __name__ == "__main__":
    main()
