"""A run of random documents for benchmarks of publishing: predictions of all tracks, and votes for a share of them."""

import hashlib
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.config import Config
from mer_tasks.label_set import LabelSet
from mer_tasks.runs.artifacts import (
    CATALOGUE,
    DRIFT,
    GROUP_LINKS,
    HISTORY,
    LABEL_SET,
    LABELS,
    LANDED_FILES,
    METRICS,
    PREDICTIONS,
    REJECTED_FILES,
    SPLIT_TABLE,
    THRESHOLDS,
)
from mer_tasks.runs.run import Run
from mer_tasks.stages.publish import AGREEMENT

GENRES = ("classical", "electronic", "hiphop", "jazz", "pop", "rock")
SHARD = 1000
ANNOTATED = 0.05
"""Share of the tracks that have labels."""


def make_run(
    folder: Path, tracks: int, database_url: str, label_set: LabelSet, annotated: float = ANNOTATED, seed: int = 0
) -> Run:
    """Make a run of random documents, with tracks of six genres in shards of a thousand; a share `annotated` has labels."""
    run = Run(Config.load({"store_url": folder.as_uri(), "database_url": database_url}), f"r{tracks}-{seed}")
    random = np.random.default_rng(seed)
    names = sorted(str(uuid.UUID(bytes=random.bytes(16))) for _ in range(tracks))
    genres = np.array(GENRES, object)[random.integers(len(GENRES), size=tracks)]
    table = pd.DataFrame({"track_id": names, "genre": genres})
    table["key"] = table["genre"] + "/" + table["track_id"] + ".mp3"
    table["sha256"] = [hashlib.sha256(name.encode()).hexdigest() for name in table["track_id"]]
    run.write_table("discover", CATALOGUE, table.assign(size=1, version="1"))
    run.write_table("discover", LANDED_FILES, table)
    run.write_json("discover", REJECTED_FILES, {"rejected": []})
    run.write_json("discover", LABEL_SET, label_set.document())
    shards = [_shard(run, number, table[first : first + SHARD]) for number, first in enumerate(range(0, tracks, SHARD))]
    listed = datetime.now(UTC).isoformat()
    run.write_manifest("discover", {"shards": shards, "annotations": [], "listed_at": listed})
    drawn = np.array(["train", "validation", "test"], object)[random.choice(3, size=tracks, p=[0.7, 0.15, 0.15])]
    part = np.where(random.random(tracks) < annotated, drawn, "unlabelled")
    run.write_table("split", SPLIT_TABLE, table[["track_id", "sha256"]].assign(part=part, group_id=table["sha256"]))
    artists = [f"artist {number // 10}" for number in range(tracks)]
    links = table[["track_id"]].assign(reason="artist", other_track_id=None, artist=artists, share=None)
    twins = links[::100].assign(reason="same_recording", other_track_id=table["track_id"].shift(-1), artist=None, share=0.7)
    run.write_table("split", GROUP_LINKS, pd.concat([links, twins[twins["other_track_id"].notna()]]))
    votes = random.integers(11, size=(tracks, len(label_set)))
    labels: dict[str, npt.NDArray[Any]] = {f"votes_{label}": votes[:, number] for number, label in enumerate(label_set.ids)}
    labels |= {f"label_{label}": votes[:, number] >= 3 for number, label in enumerate(label_set.ids)}
    run.write_table("labels", LABELS, pd.DataFrame({"track_id": names, "annotators": 10, **labels})[part != "unlabelled"])
    values = random.random((tracks, len(label_set)))
    columns: dict[str, npt.NDArray[Any]] = {
        f"probability_{label}": values[:, number] for number, label in enumerate(label_set.ids)
    }
    columns |= {f"positive_{label}": values[:, number] >= 0.5 for number, label in enumerate(label_set.ids)}
    predictions = pd.DataFrame({"track_id": names, "part": part, **columns})
    run.write_table("thresholds", PREDICTIONS, predictions[part == "validation"])
    run.write_table("evaluate", PREDICTIONS, predictions[part != "validation"])
    rule = {"thresholds": 0.5, "temperatures": 2.0, "offsets": 0.25}
    run.write_json("thresholds", THRESHOLDS, {name: dict.fromkeys(label_set.ids, value) for name, value in rule.items()})
    known = [{**dict.fromkeys(AGREEMENT, 0.5), "emotion": label, "metric": "roc_auc", "tracks": 1} for label in label_set.ids]
    run.write_json("evaluate", METRICS, {"metrics": [], "listeners": known})
    run.write_json("train", HISTORY, {"loss": [0.5]})
    for stage in ("labels", "split", "balance", "thresholds", "evaluate", "drift"):
        run.write_manifest(stage, {"counters": {}})
    run.write_json("drift", DRIFT, {"metrics": []})
    model = {"run_id": run.run_id, "key": "model", "sha256": f"{seed:064x}"}
    run.write_manifest("train", {"model": model, "counters": {}})
    return run


def _shard(run: Run, number: int, tracks: pd.DataFrame) -> dict[str, str]:
    """Write the reports of a shard, and return its line in the manifest."""
    name = f"{number:05}.json"
    facts = {"audio_key": "a", "duration_seconds": 60.0, "sample_rate": 44100, "channels": 2, "artists": []}
    features = {"features_key": "f", "segments": 20, "fingerprints_key": "p", "first_peak": 0, "peaks": 0}
    features |= {"summaries_key": "s", "summary_row": 0}
    identity = tracks[["track_id", "genre", "sha256"]].to_dict("records")
    reports = {
        "reformat": [{**line, **facts, "pcm_sha256": line["sha256"][::-1]} for line in identity],
        "features": [{**line, **features} for line in identity],
    }
    for stage, lines in reports.items():
        run.write_json(stage, name, {"tracks": lines, "rejected": [], "counters": {"reused": len(tracks)}})
    return {"name": f"all {number + 1}", "key": run.key("discover/shards", name)}
