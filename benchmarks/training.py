"""Measure the speed of training, and how long the network waits for segments.

``python -m benchmarks.training [--preset statistics] [--tracks 140] [--batch-size 32] [--epochs 3]``, with
``KERAS_BACKEND=jax`` or ``torch`` for another backend. The segments are noise, 20 segments of 3 s per track, in files such as
stage `features` writes. Between them a fifth as many synthetic segments are made. After one epoch to warm up, it measures:

- segments per second, with batches read from the files as in stage `train`;
- the same with one batch in memory, used again and again, which is the speed of the network alone;
- the share of time spent waiting for input, which is the difference between the two.
"""

import argparse
import tempfile
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from mer_tasks.audio.spectra import FEATURES, frames_of
from mer_tasks.config import Config
from mer_tasks.corpus.segments import SegmentIndex
from mer_tasks.corpus.synthetic_plan import Plan
from mer_tasks.modelling import devices, networks
from mer_tasks.modelling.batches import PrecomputedSource, Source, TrainingBatches, moments
from mer_tasks.modelling.losses import training_loss, training_metrics
from mer_tasks.runs.run import Stopwatch
from mer_tasks.storage.label_files import read_label_set
from mer_tasks.storage.local import FileStore

LABEL_SET = read_label_set(None)
SEGMENTS = 20
"""Number of segments of a track."""
SYNTHETIC = 0.2
"""Number of synthetic segments per real one."""


class RepeatedBatch(keras.utils.PyDataset):  # type: ignore[misc]  # Keras publishes no types
    """Batches that are all equal to the first one of `batches`."""

    def __init__(self, batches: TrainingBatches) -> None:
        super().__init__()
        self._batch, self._count = batches[0], len(batches)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> tuple[np.ndarray, ...]:
        return self._batch


def write_noise(folder: Path, tracks: int, frames: int) -> SegmentIndex:
    """Write features of noise to `folder`, and return their index."""
    random = np.random.default_rng(0)
    store = FileStore(folder)
    keys = []
    for number in range(tracks):
        keys.append(f"{number}.npy")
        np.save(folder / keys[-1], random.standard_normal((SEGMENTS, frames, FEATURES), np.float32) * 12 - 30)
    table = pd.DataFrame({"track_id": keys, "features_key": keys, "segments": SEGMENTS})
    return SegmentIndex(store, folder / "scratch", table)


def batches_of(source: Source, config: Config) -> TrainingBatches:
    """Make training batches with random targets, and with synthetic segments between random parents."""
    random = np.random.default_rng(1)
    real = len(source)
    count = int(SYNTHETIC * real)
    parents = random.integers(real, size=(2, count)).astype(np.int32)
    shares = random.random((real + count, len(LABEL_SET)), np.float32)
    synthetic = shares[real:]
    gaps = random.random(count, np.float32)
    plan = Plan(parents[0], parents[1], gaps, (synthetic > 0.3).astype(np.uint8), synthetic)
    weights = np.ones(real, np.float32)
    return TrainingBatches(
        source, config.step_size, shares[:real], weights, plan=plan, synthetic_targets=synthetic, seed=config.seed
    )


def seconds(model: keras.Model, data: keras.utils.PyDataset, epochs: int) -> tuple[float, float]:
    """Measure wall and CPU seconds of some epochs, after one epoch that is not counted."""
    model.fit(data, epochs=1, shuffle=False, verbose=0)
    with Stopwatch() as watch:
        model.fit(data, epochs=epochs, shuffle=False, verbose=0)
    return watch.seconds, watch.cpu_seconds


def main() -> None:
    """Print the three measurements."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", choices=sorted(networks.PRESETS.keys() - {"embedding"}), default="statistics")
    parser.add_argument("--tracks", type=int, default=140)
    parser.add_argument("--batch-size", type=int, help="by default that of the preset")
    parser.add_argument("--epochs", type=int, default=3)
    arguments = parser.parse_args()
    config = Config.load({"preset": arguments.preset, "batch_size": arguments.batch_size})
    device = devices.prepare(config)
    with tempfile.TemporaryDirectory(prefix="mer-benchmark-") as folder:
        index = write_noise(Path(folder), arguments.tracks, frames_of(config.segment_seconds))
        with Stopwatch() as watch:
            front = networks.front_end(config.network, index.frames)
            source: Source = index if front is None else PrecomputedSource(index, front)
            source_moments = moments(source)
        print(f"{device.name}; {arguments.preset}, batches of {config.step_size}")
        print(f"before the first epoch: {len(index) / watch.seconds:,.0f} segments/s")
        data = batches_of(source, config)
        network = networks.build(config, source.shape, source_moments, LABEL_SET)
        metrics = training_metrics([0.3] * len(LABEL_SET), None, LABEL_SET)
        networks.compile_model(network, config, training_loss(None, LABEL_SET), metrics, jit=device.gpu)
        count = len(data) * config.step_size * arguments.epochs
        from_files = seconds(network, data, arguments.epochs)
        from_memory = seconds(network, RepeatedBatch(data), arguments.epochs)
    for name, (wall, cpu) in {"from files": from_files, "from memory": from_memory}.items():
        print(f"{name}: {count / wall:,.0f} segments/s, {1000 * cpu / count:.2f} CPU ms a segment")
    print(f"waiting for input: {max(0.0, 1 - from_memory[0] / from_files[0]):.0%} of the time")


if __name__ == "__main__":
    main()
