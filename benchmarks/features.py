"""Measure the cost from a compressed file to saved features, compared with calls of librosa, and in the stages.

``python -m benchmarks.features [FOLDER]``, where FOLDER holds ``<genre>/<track>.<ext>``. Without it, 24 noisy mp3 files of one
minute are made.

Part one decodes, resamples, computes and saves the features of some tracks, with one thread. Each form runs in its own process,
whose first track is not counted, so that numba's cache is warm. There are three forms:

- ``librosa`` is the usual style: ``librosa.load``, and then each feature function on the samples of each segment;
- ``shared`` computes the MFCC from the mel bands that exist already;
- ``ours`` is :mod:`mer_tasks.audio.decoding` and :mod:`mer_tasks.audio.spectra`, without FLAC, store and child process.

Part two runs the stages ``reformat`` and ``features``, each in its own process; process start and child process are included.
A first store gets half of the tracks. A second store gets all tracks but one, then the same tracks again, and then all.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from mer_tasks.config import Config
from mer_tasks.runs.run import Run
from tests.support.audio_files import encoded, music
from tests.support.librosa_features import librosa_features

SEGMENT_SECONDS = 3.0
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}


def make_audio(folder: Path, tracks: int = 24) -> None:
    """Fill `folder` with generated tracks of one minute in two genres."""
    for number in range(tracks):
        path = folder / ("tones", "chirps")[number % 2] / f"{number}.mp3"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(encoded(music(60.1, 44_100, 2, seed=number), 44_100, "MP3"))
    print("{}")


def audio_files(folder: Path) -> list[Path]:
    """List the audio files of `folder`, with the genres mixed."""
    files = [path for path in folder.glob("*/*") if path.suffix not in (".csv", ".json")]
    return sorted(files, key=lambda path: hashlib.sha256(path.name.encode()).digest())


def each_function(samples: np.ndarray) -> np.ndarray:
    """Compute the features of a segment; every function gets the samples."""
    import librosa

    common = {"y": samples, "sr": 22_050, "n_fft": 2048, "hop_length": 512}
    mel = librosa.power_to_db(librosa.feature.melspectrogram(**common, n_mels=128, fmin=20, fmax=8000), ref=np.max)
    mfcc = librosa.feature.mfcc(**common, n_mfcc=20, n_mels=128, fmin=20, fmax=8000)
    return np.concatenate([mel, mfcc, librosa.feature.spectral_contrast(**common)]).T


def form_librosa(path: Path, segment_features: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, float]:
    """Compute the features of a file in the usual style, and its duration in seconds."""
    import librosa

    samples, rate = librosa.load(path, sr=22_050)
    length = round(SEGMENT_SECONDS * rate)
    segments = [samples[at : at + length] for at in range(0, len(samples) - length + 1, length)]
    return np.array([segment_features(segment) for segment in segments], np.float32), len(samples) / rate


def decoded_samples(path: Path) -> np.ndarray:
    """Decode a file as the platform does, without the FLAC and the child process."""
    from mer_tasks.audio.decoding import _decode_whole
    from mer_tasks.audio.length_evidence import measure

    data = path.read_bytes()
    length = measure(data)
    assert length is not None
    return np.concatenate(_decode_whole(data, length, 3600).chunks)


def form_ours(path: Path) -> tuple[np.ndarray, float]:
    """Compute the features of a file with the platform's own functions, and its duration in seconds."""
    from mer_tasks.audio.decoding import SAMPLE_RATE
    from mer_tasks.audio.spectra import Extractor

    form_ours.extractor = extractor = getattr(form_ours, "extractor", None) or Extractor(SEGMENT_SECONDS)
    samples = decoded_samples(path)
    return extractor.track(samples), len(samples) / SAMPLE_RATE


FORMS: dict[str, Callable[[Path], tuple[np.ndarray, float]]] = {
    "librosa": partial(form_librosa, segment_features=each_function),
    "shared": partial(form_librosa, segment_features=librosa_features),
    "ours": form_ours,
}


def time_form(name: str, files: list[Path]) -> None:
    """Print CPU seconds and audio seconds of all files except the first, as JSON."""
    seconds = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(files):
            if number == 1:
                start = time.process_time()
            features, duration = FORMS[name](path)
            np.save(f"{folder}/{number}.npy", features)
            seconds += duration if number else 0
        print(json.dumps({"cpu": time.process_time() - start, "audio": seconds, "tracks": len(files) - 1}))


def write_shards(run: Run, files: list[Path], size: int = 50) -> list[str]:
    """Write shard documents over `files`, and return their keys."""
    keys = []
    for genre in sorted({path.parent.name for path in files}):
        tracks = [
            {
                "track_id": path.stem,
                "genre": genre,
                "key": f"{genre}/{path.name}",
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "size": path.stat().st_size,
            }
            for path in files
            if path.parent.name == genre
        ]
        for number, at in enumerate(range(0, len(tracks), size)):
            document = {"name": f"{genre} {number + 1}", "genre": genre, "tracks": tracks[at : at + size]}
            keys.append(run.write_json("discover", f"shards/{genre}-{number + 1}.json", document))
    return keys


def run_stage(stage: str, config: dict[str, str], run_id: str, keys: list[str]) -> None:
    """Run one stage over shards and print its summed counters as JSON."""
    from mer_tasks.stages.features import features
    from mer_tasks.stages.reformat import reformat

    run = Run(Config.load(config), run_id)
    total: dict[str, float] = {}
    for key in keys:
        for name, value in {"reformat": reformat, "features": features}[stage](run, key)["counters"].items():
            total[name] = total.get(name, 0) + value
    print(json.dumps(total))


def in_own_process(*arguments: str) -> tuple[dict[str, float], float, float]:
    """Call this module in a process with `arguments`.

    Returns
    -------
    (dict, float, float)
        The JSON that it prints, its CPU seconds, and its peak memory in MB, with those of its children.
    """
    command = [sys.executable, "-m", "benchmarks.features", *arguments]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, **ONE_THREAD})
    assert child.stdout is not None
    with child.stdout as output:
        text = output.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(command)} ended with {child.returncode}")
    return json.loads(text), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compare_forms(files: list[Path]) -> None:
    """Run part one: compare the forms of computing features."""
    speed = {}
    for name in FORMS:
        measurement, _, memory = in_own_process("--form", name, *map(str, files))
        speed[name] = measurement["audio"] / measurement["cpu"]
        milliseconds = 1000 * measurement["cpu"] / measurement["tracks"]
        print(f"{name:8} {milliseconds:6.1f} ms CPU a track, {speed[name]:5.0f} times real time, peak {memory:.0f} MB")
    for name in ("librosa", "shared"):
        print(f"ours / {name}: {speed['ours'] / speed[name]:.1f} times the audio seconds per CPU second")


def run_stages(folder: Path, files: list[Path]) -> None:
    """Run part two: measure the stages."""
    plan = [("half", 0, len(files) // 2), ("all but one", 1, len(files) - 1), ("unchanged", 1, len(files) - 1)]
    with tempfile.TemporaryDirectory() as scratch:
        for title, store, count in [*plan, ("one more", 1, len(files))]:
            config = {"store_url": Path(scratch, str(store)).as_uri(), "landing_url": folder.as_uri()}
            run_id = title.replace(" ", "-")
            keys = write_shards(Run(Config.load(config), run_id), files[:count])
            total = 0.0
            for stage in ("reformat", "features"):
                counters, cpu, memory = in_own_process("--stage", stage, json.dumps(config), run_id, *keys)
                total += cpu
                shown = ", ".join(f"{value:g} {name}" for name, value in counters.items() if "seconds" not in name)
                print(f"{title:11} {stage:8} {shown}; {cpu:.2f} s CPU, peak {memory:.0f} MB")
            print(f"{title:11} both     {count} tracks, {total:.2f} s CPU")


def main() -> None:
    """Parse the command line, and run the measurements."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="audio as <genre>/<track>.<ext>")
    parser.add_argument("--tracks", type=int, default=20, help="tracks in part one")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--form", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--stage", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        return make_audio(options.make)
    if options.form:
        return time_form(options.form[0], [Path(path) for path in options.form[1:]])
    if options.stage:
        stage, config, run_id, *keys = options.stage
        return run_stage(stage, json.loads(config), run_id, keys)
    with tempfile.TemporaryDirectory() as generated:
        folder = (options.folder or Path(generated)).resolve()
        if options.folder is None:
            in_own_process("--make", str(folder))  # a child's peak memory counts from that of its parent
        files = audio_files(folder)
        compare_forms(files[: options.tracks + 1])
        run_stages(folder, files)


if __name__ == "__main__":
    main()
