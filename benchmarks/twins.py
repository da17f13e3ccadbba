"""Measure the search for tracks with the same recording: time, memory, precision and recall, on corpora that grow tenfold.

``python -m benchmarks.twins [FOLDER]``, where FOLDER holds ``<genre>/<track>.<ext>``.

Each size runs in its own process. Its fingerprints are random: tracks of one minute with peaks on the beats of a tempo and the
pitches of a scale. Half of the tracks are loops, so many tracks share many landmarks, as in music. One track in twenty is a
copy of another: two seconds are cut off at the front, three peaks in ten are replaced by random ones, and four in ten of the
others are one frame late.

Every track of FOLDER is fingerprinted, and similar pairs are listed for a person to check. Then some tracks are compared with
copies that were coded at a low bit rate, trimmed, made louder or quieter, or resampled.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from mer_tasks.audio.decoding import decode, read_flac
from mer_tasks.audio.fingerprint import BINS, HOP, LOWEST_BIN, N_FFT, RATE, Peaks, fingerprint
from mer_tasks.audio.same_recordings import MIN_SHARE, same_recordings
from tests.support.audio_copies import COPIES

SIZES = (1_000, 10_000, 100_000)
SECONDS, PEAKS_PER_SECOND = 60, 9
FRAMES_PER_SECOND = RATE / HOP
CUT = round(2 * FRAMES_PER_SECOND)
LOST, LATE = 0.3, 0.4
"""Shares of a copy's peaks that are lost, and that are one frame late."""
COPIED = 0.05
"""Share of the tracks that are copies."""


def random_fingerprint(random: np.random.Generator) -> Peaks:
    """Make a random fingerprint with the structure of music: a tempo, a scale, and perhaps a loop."""
    frames = int(SECONDS * FRAMES_PER_SECOND)
    count = SECONDS * PEAKS_PER_SECOND
    step = FRAMES_PER_SECOND * 60 / random.integers(60, 180) / 4
    key = random.integers(12)
    mode = ([0, 2, 4, 5, 7, 9, 11], [0, 2, 3, 5, 7, 8, 10])[random.integers(2)]
    pitches = [pitch for pitch in range(36, 96) if (pitch - key) % 12 in mode]
    bins = np.rint(440 * 2 ** ((np.array(pitches) - 69) / 12) * N_FFT / RATE).astype(int)
    bins = bins[(bins >= LOWEST_BIN) & (bins < BINS)]
    bars = 4 * 16
    steps = random.integers(int(frames / step), size=count)
    if random.random() < 0.5:
        loop = random.integers(bars, size=count // 8)
        steps = (loop + bars * np.arange(-(-int(frames / step) // bars))[:, np.newaxis]).ravel()
        chosen = np.tile(random.choice(bins, len(loop)), len(steps) // len(loop))
    else:
        chosen = random.choice(bins, count)
    at = np.rint(steps * step).astype(int)
    return np.unique((at * BINS + chosen)[at < frames]).astype(np.uint32)


def random_copy(peaks: Peaks, random: np.random.Generator) -> Peaks:
    """Make the fingerprint of a poor copy of a track."""
    frames, bins = np.divmod(peaks.astype(np.int64), BINS)
    remaining = (random.random(len(peaks)) >= LOST) & (frames >= CUT)
    frames = frames[remaining] - CUT + (random.random(remaining.sum()) < LATE)
    new_peaks = random.integers(LOWEST_BIN, (int(frames.max()) + 1) * BINS, int(LOST * len(peaks)))
    return np.unique(np.concatenate([frames * BINS + bins[remaining], new_peaks])).astype(np.uint32)


def measure_size(size: int) -> None:
    """Search the copies among `size` fingerprints, and print time, memory and numbers of pairs as JSON."""
    random = np.random.default_rng(size)
    originals = size - int(size * COPIED)
    fingerprints = [random_fingerprint(random) for _ in range(originals)]
    copied = random.choice(originals, size - originals, replace=False).tolist()
    fingerprints += [random_copy(fingerprints[original], random) for original in copied]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.process_time()
    detected = {(first, second) for first, second, _ in same_recordings(fingerprints)}
    seconds = time.process_time() - start
    true_pairs = {(original, originals + number) for number, original in enumerate(copied)}
    correct = len(detected & true_pairs)
    result = {"seconds": seconds, "before": before, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    print(json.dumps({**result, "true": len(true_pairs), "detected": len(detected), "correct": correct}))


def measure_sizes(sizes: list[int]) -> None:
    """Print a table with one row per size."""
    print("fingerprints   CPU s   ms each   MB before   MB at peak   copies   precision   recall")
    for size in sizes:
        command = [sys.executable, "-m", "benchmarks.twins", "--size", str(size)]
        row = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        precision = row["correct"] / max(1, row["detected"])
        recall = row["correct"] / max(1, row["true"])
        print(
            f"{size:12,} {row['seconds']:7.2f} {1000 * row['seconds'] / size:9.3f} {row['before']:11.0f} {row['peak']:12.0f}"
            f" {row['true']:8,} {precision:11.4f} {recall:8.4f}",
            flush=True,
        )


def measure_music(folder: Path, count: int) -> None:
    """Print similar pairs among real tracks, and how well copies of `count` of them are detected."""
    files = sorted(path for path in folder.glob("*/*") if path.suffix not in (".csv", ".json"))
    names = [path.stem for path in files]
    chosen = range(0, len(files), max(1, len(files) // count))
    originals: list[Peaks] = []
    copies: dict[str, list[Peaks]] = {name: [] for name in COPIES}
    seconds = 0.0
    for number, path in enumerate(files):
        samples = read_flac(decode(path.read_bytes(), max_duration_seconds=3600).flac)
        start = time.process_time()
        originals.append(fingerprint(samples))
        seconds += time.process_time() - start
        for name, make_copy in COPIES.items() if number in chosen else ():
            copies[name].append(fingerprint(make_copy(samples)))
    milliseconds = 1000 * seconds / len(files)
    size = sum(peaks.nbytes for peaks in originals) / len(files)
    print(f"\n{len(files)} tracks of {folder}: a fingerprint takes {milliseconds:.1f} ms CPU and {size:.0f} bytes")
    similar = same_recordings(originals, limit=0.1)
    for first, second, share in sorted(similar, key=lambda pair: -pair[2]):
        verdict = "same recording" if share >= MIN_SHARE else "not the same"
        print(f"{names[first]} and {names[second]}: {share:.0%} of peaks in common, {verdict}")
    same_originals = {(first, second) for first, second, share in similar if share >= MIN_SHARE}
    sources = [*range(len(files)), *chosen]  # of each fingerprint, the original track
    true_pairs = {(original, len(files) + number) for number, original in enumerate(chosen)}
    print("copies              number   recall   other pairs   least share in common")
    for name, copied in copies.items():
        pairs = {(first, second): share for first, second, share in same_recordings(originals + copied)}
        shares = [share for pair, share in pairs.items() if pair in true_pairs]
        others = {(sources[first], sources[second]) for first, second in pairs.keys() - true_pairs}
        wrong = {(min(pair), max(pair)) for pair in others} - same_originals
        recall, least = len(shares) / len(true_pairs), min(shares, default=0)
        print(f"{name:18} {len(true_pairs):7} {recall:8.3f} {len(wrong):13} {least:23.2f}", flush=True)


def main() -> None:
    """Parse the command line, and run the measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="audio as <genre>/<track>.<ext>")
    parser.add_argument("--copied", type=int, default=50, help="number of FOLDER's tracks that are copied")
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES), help="numbers of random fingerprints")
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.size:
        return measure_size(options.size)
    measure_sizes(options.sizes)
    if options.folder is not None:
        measure_music(options.folder.resolve(), options.copied)


if __name__ == "__main__":
    main()
