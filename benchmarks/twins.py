"""What it takes to find the tracks that are one recording: time, memory, precision and recall, over corpora that grow tenfold.

``python -m benchmarks.twins [FOLDER]``, where FOLDER holds ``<genre>/<track>.<ext>``.

Each size runs in a process of its own. Its fingerprints are drawn: tracks of a minute with peaks on the beats of a tempo and
the pitches of a scale, half of them loops, which makes many landmarks common to many tracks, as in music. One track in
twenty is a copy of another that is cut by two seconds at the front, has lost three peaks in ten and got as many others, and has
four in ten of the rest a frame late. Of FOLDER each track is fingerprinted, and what is alike is listed for a person to judge;
some tracks then meet copies that were coded at a low bit rate, trimmed, made louder, quieter and resampled.
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
from mer_tasks.audio.fingerprint import BINS, HOP, LOWEST, N_FFT, RATE, Peaks, fingerprint
from mer_tasks.audio.same_recordings import LIMIT, same_recordings
from tests.support.audio_copies import COPIES

SIZES = (1_000, 10_000, 100_000)
SECONDS, PEAKS_PER_SECOND = 60, 9
FRAMES_PER_SECOND = RATE / HOP
CUT = round(2 * FRAMES_PER_SECOND)
LOST, LATE = 0.3, 0.4
COPIED = 0.05


def drawn_track(random: np.random.Generator) -> Peaks:
    """Fingerprint of a track that might be."""
    frames, count = int(SECONDS * FRAMES_PER_SECOND), SECONDS * PEAKS_PER_SECOND
    step = FRAMES_PER_SECOND * 60 / random.integers(60, 180) / 4
    key, mode = random.integers(12), ([0, 2, 4, 5, 7, 9, 11], [0, 2, 3, 5, 7, 8, 10])[random.integers(2)]
    pitches = [pitch for pitch in range(36, 96) if (pitch - key) % 12 in mode]
    bins = np.rint(440 * 2 ** ((np.array(pitches) - 69) / 12) * N_FFT / RATE).astype(int)
    bins = bins[(bins >= LOWEST) & (bins < BINS)]
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


def drawn_copy(peaks: Peaks, random: np.random.Generator) -> Peaks:
    """Fingerprint of a poor copy of a track."""
    frames, bins = np.divmod(peaks.astype(np.int64), BINS)
    kept = (random.random(len(peaks)) >= LOST) & (frames >= CUT)
    frames = frames[kept] - CUT + (random.random(kept.sum()) < LATE)
    others = random.integers(LOWEST, (int(frames.max()) + 1) * BINS, int(LOST * len(peaks)))
    return np.unique(np.concatenate([frames * BINS + bins[kept], others])).astype(np.uint32)


def measure_size(size: int) -> None:
    """Print what `size` fingerprints cost, and what was found of their copies, as JSON."""
    random = np.random.default_rng(size)
    originals = size - int(size * COPIED)
    fingerprints = [drawn_track(random) for _ in range(originals)]
    copied = random.choice(originals, size - originals, replace=False).tolist()
    fingerprints += [drawn_copy(fingerprints[place], random) for place in copied]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.process_time()
    found = {(one, other) for one, other, _ in same_recordings(fingerprints)}
    seconds = time.process_time() - start
    planted = {(place, originals + number) for number, place in enumerate(copied)}
    right = len(found & planted)
    result = {"seconds": seconds, "before": before, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    print(json.dumps({**result, "planted": len(planted), "found": len(found), "right": right}))


def measure_sizes(sizes: list[int]) -> None:
    """Print a table with a row a size."""
    print("fingerprints   CPU s   ms each   MB before   MB at peak   copies   precision   recall")
    for size in sizes:
        command = [sys.executable, "-m", "benchmarks.twins", "--size", str(size)]
        row = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        precision, recall = row["right"] / max(1, row["found"]), row["right"] / max(1, row["planted"])
        print(
            f"{size:12,} {row['seconds']:7.2f} {1000 * row['seconds'] / size:9.3f} {row['before']:11.0f} {row['peak']:12.0f}"
            f" {row['planted']:8,} {precision:11.4f} {recall:8.4f}",
            flush=True,
        )


def measure_music(folder: Path, count: int) -> None:
    """Print what is alike among real tracks, and what is found of the copies of `count` of them."""
    files = sorted(path for path in folder.glob("*/*") if path.suffix not in (".csv", ".json"))
    names = [path.stem for path in files]
    chosen = range(0, len(files), max(1, len(files) // count))
    originals: list[Peaks] = []
    copies: dict[str, list[Peaks]] = {name: [] for name in COPIES}
    seconds = 0.0
    for place, path in enumerate(files):
        samples = read_flac(decode(path.read_bytes(), max_duration_seconds=3600).flac)
        start = time.process_time()
        originals.append(fingerprint(samples))
        seconds += time.process_time() - start
        for name, copied in COPIES.items() if place in chosen else ():
            copies[name].append(fingerprint(copied(samples)))
    milliseconds = 1000 * seconds / len(files)
    size = sum(peaks.nbytes for peaks in originals) / len(files)
    print(f"\n{len(files)} tracks of {folder}: a fingerprint takes {milliseconds:.1f} ms CPU and {size:.0f} bytes")
    alike = same_recordings(originals, limit=0.1)
    for one, other, share in sorted(alike, key=lambda pair: -pair[2]):
        verdict = "one recording" if share >= LIMIT else "not the same"
        print(f"{names[one]} and {names[other]}: {share:.0%} of peaks in common, {verdict}")
    known = {(one, other) for one, other, share in alike if share >= LIMIT}
    owners = [*range(len(files)), *chosen]
    planted = {(place, len(files) + number) for number, place in enumerate(chosen)}
    print("copies              number   recall   other pairs   least share in common")
    for name, found in copies.items():
        pairs = {(one, other): share for one, other, share in same_recordings(originals + found)}
        shares = [share for pair, share in pairs.items() if pair in planted]
        others = {(owners[one], owners[other]) for one, other in pairs.keys() - planted}
        wrong = {(min(pair), max(pair)) for pair in others} - known
        recall, least = len(shares) / len(planted), min(shares, default=0)
        print(f"{name:18} {len(planted):7} {recall:8.3f} {len(wrong):13} {least:23.2f}", flush=True)


def main() -> None:
    """Parse the command line and run what it asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="audio as <genre>/<track>.<ext>")
    parser.add_argument("--copied", type=int, default=50, help="of so many of FOLDER's tracks copies are made")
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES), help="how many fingerprints")
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.size:
        return measure_size(options.size)
    measure_sizes(options.sizes)
    if options.folder is not None:
        measure_music(options.folder.resolve(), options.copied)


if __name__ == "__main__":
    main()
