"""The last step of a build: what the image must be able to do, and what each container would else compile anew.

What is compiled serves on CPUs like the builder's; others compile it again.

In: the version of libsndfile that this platform was tested with. Out: numba's cache; or an error, and there is no image.
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
from mer_tasks.report.track_maps import maps


def check_decoder(expected: str) -> None:
    """Leave with a line unless libsndfile has the `expected` version and reads what it has written."""
    found = soundfile.__libsndfile_version__
    if found != expected:
        sys.exit(f"libsndfile {found}, expected {expected}: blobs are named by it, so all audio would be decoded anew")
    wave = np.sin(np.arange(22050) / 10).astype(np.float32)
    for kind in ("FLAC", "MP3", "OGG"):
        file = io.BytesIO()
        soundfile.write(file, wave, 22050, format=kind)
        file.seek(0)
        if not len(soundfile.read(file)[0]):
            sys.exit(f"libsndfile {found} reads no {kind}, expected it to")


def check_cuda() -> None:
    """Leave with a line unless TensorFlow's CUDA libraries are there."""
    names = {name.lower() for found in importlib.metadata.distributions() if (name := found.metadata["Name"])}
    if not any(name.startswith("nvidia-cudnn") for name in names):
        sys.exit("no CUDA libraries, expected those of requirements-gpu.txt")


def check_executor() -> None:
    """Leave with a line unless Airflow's executor and Celery fit each other: the former imports internals of the latter."""
    try:
        importlib.import_module("airflow.providers.celery.executors.celery_executor")
    except ImportError as error:
        sys.exit(f"{error}; expected a Celery that apache-airflow-providers-celery works with")


def warm() -> None:
    """Compile what maps are drawn with and recordings are found by; numba keeps it in NUMBA_CACHE_DIR."""
    peaks = np.unique(np.random.default_rng(0).integers(2_000, 300_000, 400)).astype(np.uint32)
    if [pair[:2] for pair in same_recordings([peaks, peaks])] != [(0, 1)]:
        sys.exit("two equal fingerprints are not told to be one recording, expected them to be")
    points = np.random.default_rng(0).normal(size=(60, 310))
    for dimensions in (2, 3):
        maps(points, dimensions, seed=0)
    if not any(files for _, _, files in os.walk(os.environ["NUMBA_CACHE_DIR"])):
        sys.exit(f"nothing in {os.environ['NUMBA_CACHE_DIR']}, expected numba's cache")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--libsndfile", required=True)
    parser.add_argument("--cuda", action="store_true")
    arguments = parser.parse_args()
    check_decoder(arguments.libsndfile)
    check_executor()
    if arguments.cuda:
        check_cuda()
    warm()
