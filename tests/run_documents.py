"""Documents of a run as the stages before `labels` and `split` leave them, for tests that need no sound."""

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd

from mer_tasks.config import Config
from mer_tasks.run import Run

Line = dict[str, Any]


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
    run.write_manifest("discover", {"shards": shards, "annotations": annotations, "counters": {"seconds": 1.0}})


def fanned_out(
    run: Run, lost: dict[str, tuple[str, str]] | None = None, pcm: dict[str, str] | None = None, segments: int = 20
) -> None:
    """What `reformat` and `features` leave; `lost` has stage and reason of the tracks they reject, `pcm` equal samples."""
    lost, pcm = lost or {}, pcm or {}
    for shard in run.manifest("discover")["shards"]:
        document = run.read_json_key(shard["key"])
        left = document["tracks"]
        for stage in ("reformat", "features"):
            gone = [track for track in left if lost.get(track["track_id"], ("",))[0] == stage]
            left = [track for track in left if track not in gone]
            report = {
                "tracks": [_report_line(stage, track, pcm, segments) for track in left],
                "rejected": [rejection(t["track_id"], t["genre"], *lost[t["track_id"]]) for t in gone],
                "counters": {"reused": len(left), "rejected": len(gone), "seconds": 0.5},
            }
            run.write_json(stage, shard["key"].rpartition("/")[2], report)


def _report_line(stage: str, track: Line, pcm: dict[str, str], segments: int) -> Line:
    identity = {name: track[name] for name in ("track_id", "genre", "sha256")}
    if stage == "features":
        return {**identity, "features_key": f"blobs/features/{track['sha256']}.npy", "segments": segments}
    samples = pcm.get(track["track_id"], f"pcm of {track['sha256']}")
    facts = {"duration_seconds": 60.0, "sample_rate": 44100, "channels": 2, "pcm_sha256": samples}
    return {**identity, "audio_key": f"blobs/reformat/{track['sha256']}.flac", **facts}
