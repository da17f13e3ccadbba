"""Runs whose features say which emotions a track carries, for tests of the stages after `split` that need no sound."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from mer_tasks.audio.spectra import FEATURES, frames_of
from mer_tasks.emotions import EMOTIONS
from mer_tasks.runs.run import Run
from mer_tasks.stages.labels import labels
from mer_tasks.stages.split import split
from tests.support.published_runs import annotations_of, genre_of
from tests.support.run_documents import discovered, fanned_out, features_key, line, run_in
from tests.support.snapshots import made_once

SEGMENTS = 6
"""Of each track."""
TRACKS = [f"{genre}{number:02}" for genre in "rp" for number in range(20)]
"""Half of them rock, half of them pop; the last two of each genre have no annotations."""
UNKNOWN = ["r18", "r19", "p18", "p19"]
QUICK = {
    "segment_seconds": 1.0,
    "preset": "small-cnn",
    "epochs": 3,
    "learning_rate": 0.01,
    "soft_targets": False,
    "balance": "smote",
    "smote_neighbours": 2,
}


def features_of(shares: np.ndarray, frames: int, seed: int) -> np.ndarray:
    """Noise in which each emotion's share moves 17 columns of its own [shape=(6, frames, 155), dtype=float32]."""
    noise = np.random.default_rng(seed).standard_normal((SEGMENTS, frames, FEATURES))
    levels = np.zeros(FEATURES)
    levels[: 17 * len(EMOTIONS)] = np.repeat(4 * shares - 1, 17)
    return (noise + levels).astype(np.float32)


def learnable(folder: Path, run_id: str = "r1", tracks: list[str] | None = None, **params: Any) -> Run:
    """A run that has been through `split`."""
    tracks = tracks or TRACKS
    run = run_in(folder, run_id, **{**QUICK, "scratch_dir": folder / "scratch", **params})

    def make() -> None:
        annotated = [track for track in tracks if track not in UNKNOWN]
        discovered(run, [line(track, genre_of(track)) for track in tracks], csvs={"votes.csv": annotations_of(annotated)})
        fanned_out(run, segments=SEGMENTS)
        labels(run)
        split(run)
        put_features(run, tracks)

    made_once(run, make, tracks, params, fresh=run.config.database_url is None)
    return run


def put_features(run: Run, tracks: list[str]) -> None:
    """Write the features of tracks that have labels or have none."""
    shares = run.read_table("labels", "labels.parquet").set_index("track_id")[[f"share_{emotion}" for emotion in EMOTIONS]]
    for place, track in enumerate(tracks):
        buffer = io.BytesIO()
        known = shares.loc[track].to_numpy() if track in shares.index else np.full(len(EMOTIONS), 0.5)
        np.save(buffer, features_of(known, frames_of(run.config.segment_seconds), place))
        run.store.put(features_key(line(track)["sha256"]), buffer.getvalue())


def resumed(folder: str, params: str) -> None:
    """Stage `train` of run r1 in `folder`, for a process that is to be killed."""
    from mer_tasks.stages.train import train

    train(run_in(Path(folder), "r1", **{**json.loads(params), "scratch_dir": Path(folder) / "scratch"}))
