"""Write the documents of the stages before `labels` and `split`, for tests that need no audio."""

import hashlib
import io
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mer_tasks.audio.track_summary import SUMMARY_NAMES
from mer_tasks.config import Config
from mer_tasks.corpus.segments import SegmentIndex
from mer_tasks.corpus.track_metadata import write_metadata
from mer_tasks.label_set import LabelSet
from mer_tasks.runs.artifacts import LABEL_SET
from mer_tasks.runs.run import Run
from tests.support.label_sets import EMOTIFY

Line = dict[str, Any]
RECIPE = "0123456789abcdef"
"""Digest of the recipe of features in these runs."""


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


def discovered(
    run: Run,
    lines: list[Line],
    rejected: list[Line] | None = None,
    csvs: dict[str, bytes] | None = None,
    label_set: LabelSet = EMOTIFY,
) -> None:
    """Write the documents of `discover`, with one shard per genre, and the annotation files `csvs` to the landing zone."""
    annotations = []
    for name, data in (csvs or {}).items():
        run.landing.put(f"annotations/{name}", data)
        annotations.append({"key": f"annotations/{name}", "sha256": hashlib.sha256(data).hexdigest()})
    columns = ["track_id", "genre", "key", "size", "version", "sha256"]
    run.write_table("discover", "catalogue.parquet", pd.DataFrame(lines, columns=columns).sort_values(["genre", "track_id"]))
    run.write_json("discover", "rejected.json", {"rejected": rejected or []})
    run.write_json("discover", LABEL_SET, label_set.document())
    shards = []
    for genre in sorted({line["genre"] for line in lines}):
        document = {"name": f"{genre} 1/1", "genre": genre, "tracks": [line for line in lines if line["genre"] == genre]}
        key = run.write_json("discover/shards", f"{genre}-1-of-1.json", document)
        shards.append({"name": document["name"], "key": key})
    landed = [(item["track_id"], item["genre"], item["key"], item["sha256"]) for item in lines]
    landed += [(item["track_id"], None, None, None) for item in rejected or []]
    run.write_table("discover", "landed.parquet", pd.DataFrame(landed, columns=["track_id", "genre", "key", "sha256"]))
    manifest = {
        "mode": run.config.mode,
        "shards": shards,
        "annotations": annotations,
        "listed_at": datetime.now(timezone.utc).isoformat(),
    }
    run.write_manifest("discover", {**manifest, "counters": {"seconds": 1.0}})


def put_metadata(run: Run, csvs: dict[str, bytes]) -> None:
    """Write metadata files to the landing zone, and their table as `discover` does."""
    for name, data in csvs.items():
        run.landing.put(f"metadata/{name}", data)
    listed = sorted(run.landing.list("metadata/"), key=lambda info: (info.modified, info.key))
    landed = run.read_table("discover", "landed.parquet")["track_id"]
    metadata, counters = write_metadata(run, listed, landed)
    manifest = run.manifest("discover")
    run.write_manifest("discover", {**manifest, "metadata": metadata, "counters": {**manifest["counters"], **counters}})


def indexed(tracks: dict[str, int]) -> SegmentIndex:
    """Index tracks with the given numbers of segments; their features cannot be read."""
    table = pd.DataFrame({"track_id": list(tracks), "features_key": "none", "segments": list(tracks.values())})
    return SegmentIndex(None, None, table)


def peaks_of(track_id: str) -> np.ndarray:
    """Make a fingerprint that no other track has [shape=(peaks,), dtype=uint32]."""
    seed = int(content(track_id)[:8], 16)
    return np.unique(np.random.default_rng(seed).integers(8, 1200 * 256, 200)).astype(np.uint32)


def fanned_out(
    run: Run,
    rejected: dict[str, tuple[str, str]] | None = None,
    pcm: dict[str, str] | None = None,
    segments: int = 20,
    artists: dict[str, list[str]] | None = None,
    names: dict[str, Line] | None = None,
    sounds: dict[str, str] | None = None,
    shifts: dict[str, float] | None = None,
) -> None:
    """Write the reports of `reformat` and `features`. The dictionaries are keyed by track id.

    `rejected` has the stage and the reason of rejected tracks, `pcm` the hash of samples, `artists` the texts of tags, and
    `names` other facts of tags, such as the title.
    `sounds` names another track whose fingerprint the track gets. `shifts` is added to the track's summary statistics.
    """
    rejected = rejected or {}
    sounds = sounds or {}
    for shard in run.manifest("discover")["shards"]:
        document = run.read_json_key(shard["key"])
        tracks = document["tracks"]
        for stage in ("reformat", "features"):
            failed = [track for track in tracks if rejected.get(track["track_id"], ("",))[0] == stage]
            tracks = [track for track in tracks if track not in failed]
            name = shard["key"].rpartition("/")[2]
            tags = (pcm or {}, artists or {}, names or {})
            lines = [_reformatted(track, *tags) if stage == "reformat" else _featured(track, segments) for track in tracks]
            if stage == "features":
                _put_fingerprints(run, name, lines, sounds)
                _put_summaries(run, name, lines, shifts or {})
            report = {
                "tracks": lines,
                "rejected": [rejection(t["track_id"], t["genre"], *rejected[t["track_id"]]) for t in failed],
                "counters": {"reused": len(tracks), "rejected": len(failed), "seconds": 0.5},
            }
            run.write_json(stage, name, report)


def _reformatted(track: Line, pcm: dict[str, str], artists: dict[str, list[str]], names: dict[str, Line]) -> Line:
    facts = {"duration_seconds": 60.0, "sample_rate": 44100, "channels": 2, "decoder": "libsndfile", "mixdown": "mean"}
    facts |= {"title": None, "album": None, "year": None, "track_number": None, "tag_problem": None}
    facts |= names.get(track["track_id"], {})
    audio_facts = {
        "pcm_sha256": pcm.get(track["track_id"], f"pcm of {track['sha256']}"),
        "artists": artists.get(track["track_id"], [f"artist of {track['track_id']}"]),
    }
    return {**_identity(track), "audio_key": f"blobs/reformat/{track['sha256']}.flac", **facts, **audio_facts}


def _featured(track: Line, segments: int) -> Line:
    return {**_identity(track), "features_key": features_key(track["sha256"]), "segments": segments}


def features_key(sha256: str) -> str:
    return f"blobs/features/{RECIPE}/{sha256[:2]}/{sha256}.npy"


def _identity(track: Line) -> Line:
    return {name: track[name] for name in ("track_id", "genre", "sha256")}


def _put_fingerprints(run: Run, name: str, lines: list[Line], sounds: dict[str, str]) -> None:
    fingerprints = [peaks_of(sounds.get(line["track_id"], line["track_id"])) for line in lines]
    buffer = io.BytesIO()
    np.save(buffer, np.concatenate([np.zeros(0, np.uint32), *fingerprints]))
    key = run.key("features", name.replace(".json", "-fingerprints.npy"))
    run.store.put(key, buffer.getvalue())
    ends = np.cumsum([len(peaks) for peaks in fingerprints]).tolist()
    for line, peaks, end in zip(lines, fingerprints, ends, strict=True):
        line.update({"fingerprints_key": key, "first_peak": end - len(peaks), "peaks": len(peaks)})


def _put_summaries(run: Run, name: str, lines: list[Line], shifts: dict[str, float]) -> None:
    """Store summary statistics: normal random numbers that depend on the track alone, plus the track's shift."""
    summaries = np.zeros((len(lines), len(SUMMARY_NAMES)), np.float32)
    for row, line in zip(summaries, lines, strict=True):
        row[:] = np.random.default_rng(int(content(line["track_id"])[:8], 16)).standard_normal(len(SUMMARY_NAMES))
        row += shifts.get(line["track_id"], 0)
    buffer = io.BytesIO()
    np.save(buffer, summaries)
    key = run.key("features", name.replace(".json", "-summaries.npy"))
    run.store.put(key, buffer.getvalue())
    for row, line in enumerate(lines):
        line.update({"summaries_key": key, "summary_row": row})
