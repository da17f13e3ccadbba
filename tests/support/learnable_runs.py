"""Runs whose features show the labels of each track, for tests of the stages after `split` without audio."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mer_tasks.audio.spectra import FEATURES, frames_of
from mer_tasks.corpus.label_rules import resolved_rule
from mer_tasks.label_set import LabelSet
from mer_tasks.runs.artifacts import LABEL_SET
from mer_tasks.runs.run import Run
from mer_tasks.stages.labels import labels
from mer_tasks.stages.split import split
from tests.support.label_sets import EMOTIFY
from tests.support.published_runs import annotations_of, genre_of
from tests.support.run_documents import discovered, fanned_out, features_key, line, run_in
from tests.support.snapshots import made_once

SEGMENTS = 6
"""Number of segments of each track."""
TRACKS = [f"{genre}{number:02}" for genre in "rp" for number in range(20)]
"""Half of the tracks are rock and half are pop; the last two of each genre have no annotations."""
UNLABELLED = ["r18", "r19", "p18", "p19"]
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
    """Make noise in which the share of each label shifts at most 17 columns of its own [shape=(6, frames, 155), float32]."""
    noise = np.random.default_rng(seed).standard_normal((SEGMENTS, frames, FEATURES))
    levels = np.zeros(FEATURES)
    width = min(17, FEATURES // len(shares))
    levels[: width * len(shares)] = np.repeat(4 * shares - 1, width)
    return (noise + levels).astype(np.float32)


def simulate_labels(run: Run, tracks: list[str], label_set: LabelSet) -> None:
    """Write the documents of stage `labels`: seven of ten listeners choose one label of a track, three choose the next one."""
    votes = np.zeros((len(tracks), len(label_set)), np.int64)
    rows = np.arange(len(tracks))
    votes[rows, rows % len(label_set)] = 7
    votes[rows, (rows + 1) % len(label_set)] = 3
    columns = {"track_id": tracks, "genre": [genre_of(track) for track in tracks], "annotators": 10}
    for name, values in (("votes", votes), ("share", votes / 10), ("label", votes >= (5 if label_set.single else 3))):
        columns |= {f"{name}_{label}": values[:, column] for column, label in enumerate(label_set.ids)}
    run.write_table("labels", "labels.parquet", pd.DataFrame(columns).sort_values("track_id"))
    run.write_manifest("labels", {"rule": resolved_rule(run.config.label_rule, label_set), "id_match": run.config.id_match})


def learnable(
    folder: Path, run_id: str = "r1", tracks: list[str] | None = None, label_set: LabelSet = EMOTIFY, **params: Any
) -> Run:
    """Make a run that has finished stage `split`; labels of another set than that of Emotify are simulated."""
    tracks = tracks or TRACKS
    run = run_in(folder, run_id, **{**QUICK, "scratch_dir": folder / "scratch", **params})

    def make() -> None:
        annotated = [track for track in tracks if track not in UNLABELLED]
        discovered(run, [line(track, genre_of(track)) for track in tracks], csvs={"votes.csv": annotations_of(annotated)})
        run.write_json("discover", LABEL_SET, label_set.document())
        fanned_out(run, segments=SEGMENTS)
        if label_set is EMOTIFY:
            labels(run)
        else:
            simulate_labels(run, annotated, label_set)
        split(run)
        put_features(run, tracks)

    made_once(run, make, tracks, str(label_set), params, fresh=run.config.database_url is None)
    return run


def put_features(run: Run, tracks: list[str]) -> None:
    """Write the features of tracks; those of a track without labels show a share of 0.5 for every label."""
    columns = [f"share_{label}" for label in run.label_set.ids]
    shares = run.read_table("labels", "labels.parquet").set_index("track_id")[columns]
    for seed, track in enumerate(tracks):
        buffer = io.BytesIO()
        track_shares = shares.loc[track].to_numpy() if track in shares.index else np.full(len(columns), 0.5)
        np.save(buffer, features_of(track_shares, frames_of(run.config.segment_seconds), seed))
        run.store.put(features_key(line(track)["sha256"]), buffer.getvalue())


def resumed(folder: str, params: str) -> None:
    """Run stage `train` of run r1 in `folder`, in a process that the test kills; every epoch is stored."""
    from mer_tasks.modelling import checkpoint
    from mer_tasks.stages.train import train

    checkpoint.STORE_SECONDS = 0
    train(run_in(Path(folder), "r1", **{**json.loads(params), "scratch_dir": Path(folder) / "scratch"}))
