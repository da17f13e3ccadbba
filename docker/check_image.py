"""Last step of an image build: check that the image works, and fill numba's cache, so that containers need not compile.

The cache is valid on CPUs like that of the building machine; containers on other CPUs compile again.

In: the version of libsndfile that the platform was tested with. Out: numba's cache, or an error that ends the build.
"""

import argparse
import importlib
import importlib.metadata
import io
import os
import sys

import numpy as np
import soundfile

from mer_tasks.audio.same_recordings import same_recordings
from mer_tasks.report.track_maps import project_tracks


def check_decoder(expected: str) -> None:
    """Exit with one line unless libsndfile has the `expected` version, and can read the files that it writes."""
    version = soundfile.__libsndfile_version__
    if version != expected:
        sys.exit(f"libsndfile {version}, expected {expected}: keys of blobs contain it, so all audio would be decoded again")
    wave = np.sin(np.arange(22050) / 10).astype(np.float32)
    for kind in ("FLAC", "MP3", "OGG"):
        file = io.BytesIO()
        soundfile.write(file, wave, 22050, format=kind)
        file.seek(0)
        if not len(soundfile.read(file)[0]):
            sys.exit(f"libsndfile {version} cannot read {kind}, expected it to read FLAC, MP3 and OGG")


def check_cuda() -> None:
    """Exit with one line unless TensorFlow's CUDA libraries are installed."""
    names = {name.lower() for package in importlib.metadata.distributions() if (name := package.metadata["Name"])}
    if not any(name.startswith("nvidia-cudnn") for name in names):
        sys.exit("no CUDA libraries, expected those of requirements-gpu.txt")


def check_executor() -> None:
    """Exit with one line unless Airflow's Celery executor works with the installed Celery, whose internals it imports."""
    try:
        importlib.import_module("airflow.providers.celery.executors.celery_executor")
    except ImportError as error:
        sys.exit(f"{error}; expected a Celery that apache-airflow-providers-celery works with")


def fill_numba_cache() -> None:
    """Compile the functions for track maps and for the comparison of recordings into NUMBA_CACHE_DIR, by calling them."""
    peaks = np.unique(np.random.default_rng(0).integers(2_000, 300_000, 400)).astype(np.uint32)
    if [pair[:2] for pair in same_recordings([peaks, peaks])] != [(0, 1)]:
        sys.exit("two equal fingerprints do not count as the same recording, expected them to")
    points = np.random.default_rng(0).normal(size=(60, 310))
    for dimensions in (2, 3):
        project_tracks(points, dimensions, seed=0)
    if not any(files for _, _, files in os.walk(os.environ["NUMBA_CACHE_DIR"])):
        sys.exit(f"{os.environ['NUMBA_CACHE_DIR']} is empty, expected numba's cache")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--libsndfile", required=True)
    parser.add_argument("--cuda", action="store_true")
    arguments = parser.parse_args()
    check_decoder(arguments.libsndfile)
    check_executor()
    if arguments.cuda:
        check_cuda()
    fill_numba_cache()
