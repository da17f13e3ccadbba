"""Documents of a run as the stages before `labels` and `split` leave them, for tests that need no sound."""

import hashlib
import io
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mer_tasks.audio.track_summary import NAMES
from mer_tasks.config import Config
from mer_tasks.corpus.segments import SegmentIndex
from mer_tasks.runs.run import Run

Line = dict[str, Any]
RECIPE = "0123456789abcdef"
"""Digest by which the features of these runs were made."""


def run_in(folder: Path, run_id: str = "r1", **params: Any) -> Run:
    return Run(Config.load({"store_url": folder.as_uri(), **params}), run_id)


def content(track_id: str) -> str:
    return hashlib.sha256(track_id.encode()).hexdigest()


def line(track_id: str, genre: str = "rock", sha256: str | None = None) -> Line:
    sha256 = sha256 or content(track_id)
    return {"track_id": track_id, "genre": genre, "key": f"{genre}/{track_id}.mp3", "sha256": sha256, "size": 1, "version": "1"}


def rejection(track_id: str, genre: str = "rock", stage: str = "reformat", reason: str = "not_audio") -> Line:
    names = {name: line(track_id, genre)[name] for name in ("track_id", "genre", "key", "sha256")}
    return {**names, "stage": stage, "reason": reason, "detail": "for a test"}


def discovered(run: Run, lines: list[Line], rejected: list[Line] | None = None, csvs: dict[str, bytes] | None = None) -> None:
    """What `discover` leaves: catalogue, one shard per genre, and the annotation files `csvs` in the landing zone."""
    annotations = []
    for name, data in (csvs or {}).items():
        run.landing.put(f"annotations/{name}", data)
        annotations.append({"key": f"annotations/{name}", "sha256": hashlib.sha256(data).hexdigest()})
    columns = ["track_id", "genre", "key", "size", "version", "sha256"]
    run.write_table("discover", "catalogue.parquet", pd.DataFrame(lines, columns=columns).sort_values(["genre", "track_id"]))
    run.write_json("discover", "rejected.json", {"rejected": rejected or []})
    shards = []
    for genre in sorted({line["genre"] for line in lines}):
        document = {"name": f"{genre} 1/1", "genre": genre, "tracks": [line for line in lines if line["genre"] == genre]}
        key = run.write_json("discover/shards", f"{genre}-1-of-1.json", document)
        shards.append({"name": document["name"], "key": key})
    landed = [(item["track_id"], item["genre"], item["key"], item["sha256"]) for item in lines]
    landed += [(item["track_id"], None, None, None) for item in rejected or []]
    run.write_table("discover", "landed.parquet", pd.DataFrame(landed, columns=["track_id", "genre", "key", "sha256"]))
    found = {
        "mode": run.config.mode,
        "shards": shards,
        "annotations": annotations,
        "listed_at": datetime.now(timezone.utc).isoformat(),
    }
    run.write_manifest("discover", {**found, "counters": {"seconds": 1.0}})


def indexed(tracks: dict[str, int]) -> SegmentIndex:
    """Tracks with so many segments each, of which no features are read."""
    table = pd.DataFrame({"track_id": list(tracks), "features_key": "none", "segments": list(tracks.values())})
    return SegmentIndex(None, None, table)


def peaks_of(track_id: str) -> np.ndarray:
    """A fingerprint that no other track has [shape=(peaks,), dtype=uint32]."""
    seed = int(content(track_id)[:8], 16)
    return np.unique(np.random.default_rng(seed).integers(8, 1200 * 256, 200)).astype(np.uint32)


def fanned_out(
    run: Run,
    lost: dict[str, tuple[str, str]] | None = None,
    pcm: dict[str, str] | None = None,
    segments: int = 20,
    artists: dict[str, list[str]] | None = None,
    sounds: dict[str, str] | None = None,
    shifts: dict[str, float] | None = None,
) -> None:
    """What `reformat` and `features` leave.

    `lost` has stage and reason of the tracks they reject, `pcm` equal samples, `artists` the texts of tags, `sounds` says that
    a track sounds like another, and `shifts` by how much its summary statistics are off.
    """
    lost, sounds = lost or {}, sounds or {}
    for shard in run.manifest("discover")["shards"]:
        document = run.read_json_key(shard["key"])
        left = document["tracks"]
        for stage in ("reformat", "features"):
            gone = [track for track in left if lost.get(track["track_id"], ("",))[0] == stage]
            left = [track for track in left if track not in gone]
            name = shard["key"].rpartition("/")[2]
            lines = [
                _reformatted(track, pcm or {}, artists or {}) if stage == "reformat" else _featured(track, segments)
                for track in left
            ]
            if stage == "features":
                _put_fingerprints(run, name, lines, sounds)
                _put_summaries(run, name, lines, shifts or {})
            report = {
                "tracks": lines,
                "rejected": [rejection(t["track_id"], t["genre"], *lost[t["track_id"]]) for t in gone],
                "counters": {"reused": len(left), "rejected": len(gone), "seconds": 0.5},
            }
            run.write_json(stage, name, report)


def _reformatted(track: Line, pcm: dict[str, str], artists: dict[str, list[str]]) -> Line:
    facts = {"duration_seconds": 60.0, "sample_rate": 44100, "channels": 2, "tag_problem": None}
    heard = {
        "pcm_sha256": pcm.get(track["track_id"], f"pcm of {track['sha256']}"),
        "artists": artists.get(track["track_id"], [f"artist of {track['track_id']}"]),
    }
    return {**_identity(track), "audio_key": f"blobs/reformat/{track['sha256']}.flac", **facts, **heard}


def _featured(track: Line, segments: int) -> Line:
    return {**_identity(track), "features_key": features_key(track["sha256"]), "segments": segments}


def features_key(sha256: str) -> str:
    return f"blobs/features/{RECIPE}/{sha256[:2]}/{sha256}.npy"


def _identity(track: Line) -> Line:
    return {name: track[name] for name in ("track_id", "genre", "sha256")}


def _put_fingerprints(run: Run, name: str, lines: list[Line], sounds: dict[str, str]) -> None:
    found = [peaks_of(sounds.get(line["track_id"], line["track_id"])) for line in lines]
    buffer = io.BytesIO()
    np.save(buffer, np.concatenate([np.zeros(0, np.uint32), *found]))
    key = run.key("features", name.replace(".json", "-fingerprints.npy"))
    run.store.put(key, buffer.getvalue())
    ends = np.cumsum([len(peaks) for peaks in found]).tolist()
    for line, peaks, end in zip(lines, found, ends, strict=True):
        line.update({"fingerprints_key": key, "first_peak": end - len(peaks), "peaks": len(peaks)})


def _put_summaries(run: Run, name: str, lines: list[Line], shifts: dict[str, float]) -> None:
    """Standard normal statistics of a track, always the same, and what is added to them."""
    found = np.zeros((len(lines), len(NAMES)), np.float32)
    for row, line in zip(found, lines, strict=True):
        row[:] = np.random.default_rng(int(content(line["track_id"])[:8], 16)).standard_normal(len(NAMES))
        row += shifts.get(line["track_id"], 0)
    buffer = io.BytesIO()
    np.save(buffer, found)
    key = run.key("features", name.replace(".json", "-summaries.npy"))
    run.store.put(key, buffer.getvalue())
    for row, line in enumerate(lines):
        line.update({"summaries_key": key, "summary_row": row})
