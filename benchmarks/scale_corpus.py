"""Simulated corpus of any size without audio, on which `benchmarks.scale` runs real stages.

In: a number of tracks. Out: a landing zone that only lists them (:class:`SimulatedZone`), and the documents that `reformat` and
`features` would write in a run (:func:`fan_out`), shard by shard.

The corpus has ten genres and ten tracks per artist; one track in ten names no artist. One in a hundred has the same bytes as
another. One in twenty is a poor copy of another; the fingerprints of both are random, as in :mod:`benchmarks.twins`, with about
500 peaks each. One in ten is annotated, by twenty listeners. No audio, FLAC or features are made.
"""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.twins import random_copy, random_fingerprint
from mer_tasks.config import Config
from mer_tasks.runs.artifacts import CATALOGUE, LABELS
from mer_tasks.runs.run import Run
from mer_tasks.runs.shards import IDENTITY, report_name
from mer_tasks.storage.base import LeftOut, ObjectInfo
from mer_tasks.storage.label_files import read_label_set
from mer_tasks.storage.local import FileStore

GENRES = 10
OF_ARTIST, NAMELESS, EQUAL, COPIED, ANNOTATED = 10, 10, 100, 20, 10
"""Number of tracks of one artist. Then: one track in so many names no artist, has the bytes of the track before it, is a copy
of the track before it, or is annotated."""
LISTENERS = 20
SEGMENTS = 20
"""Number of segments of a track of one minute."""


def track_id(number: int) -> str:
    """Make the id of a track."""
    return f"t{number:07}"


def spread(number: int) -> int:
    """Permute the numbers below ten million, so that a choice of one track in ten has tracks of all genres."""
    return number * 7_654_321 % 10_000_000


class SimulatedZone(FileStore):
    """Landing zone that only lists its tracks, each with a few bytes; other files are stored in a folder."""

    def __init__(self, folder: Path, tracks: int) -> None:
        super().__init__(folder)
        self.tracks = tracks

    def list(self, prefix: str = "", left_out: LeftOut | None = None) -> Iterator[ObjectInfo]:
        """List the stored files, and every track, genre by genre."""
        yield from super().list(prefix, left_out)
        for genre in range(GENRES):
            for number in range(genre, self.tracks, GENRES):
                key = f"genre{genre}/{track_id(number)}.mp3"
                if key.startswith(prefix):
                    yield ObjectInfo(key, 960_000, f"{number:032x}")

    def chunks(self, key: str, version: str | None = None) -> Iterator[bytes]:
        """Yield the content of a track: its id, or the id of the track that it has the same bytes as."""
        if not key.startswith("genre"):
            yield from super().chunks(key, version)
            return
        number = int(key[-11:-4])
        yield track_id(number - (spread(number) % EQUAL == 0 < number)).encode()


@dataclass(frozen=True)
class SimulatedRun(Run):
    """A run over a landing zone that lists its tracks and stores none of them."""

    tracks: int = 0

    @cached_property
    def landing(self) -> SimulatedZone:
        """The landing zone."""
        landing = super().landing
        assert isinstance(landing, FileStore)
        return SimulatedZone(landing.root, self.tracks)


def run_at(folder: Path, tracks: int, **params: Any) -> Run:
    """Make the run over `tracks` tracks, with its store below `folder`."""
    base = folder / str(tracks)
    urls = {"store_url": (base / "store").as_uri(), "landing_url": (base / "zone").as_uri()}
    return SimulatedRun(Config.load({**urls, **params}), "scale", tracks=tracks)


def annotate(run: Run, tracks: int) -> None:
    """Write the annotations of one track in ``ANNOTATED``, with one row per listener."""
    random = np.random.default_rng(0)
    chosen = [number for number in range(tracks) if spread(number) % ANNOTATED == 0]
    ids = read_label_set(run.config.labels).ids
    votes = random.random((len(chosen), LISTENERS, len(ids))) < random.beta(1, 3, (len(chosen), 1, len(ids)))
    lines = [",".join(["track id", "genre", *ids])]
    for number, answers in zip(chosen, votes.astype(int).tolist(), strict=True):
        head = f"{track_id(number)},genre{number % GENRES},"
        lines += [head + ",".join(map(str, answer)) for answer in answers]
    run.landing.put("annotations/all.csv", "\n".join(lines).encode())


def label_all(run: Run) -> None:
    """Write the table of stage `labels` as if every track were annotated, which gives `split` the most work."""
    tracks = run.read_table("discover", CATALOGUE)[["track_id", "genre"]].sort_values("track_id", ignore_index=True)
    random = np.random.default_rng(1)
    votes = random.binomial(LISTENERS, random.beta(1, 4, (len(tracks), len(run.label_set))))
    columns = {"annotators": np.full(len(tracks), LISTENERS)}
    for prefix, values in (("votes", votes), ("share", votes / LISTENERS), ("label", votes >= 0.3 * LISTENERS)):
        columns |= {f"{prefix}_{emotion}": values[:, number] for number, emotion in enumerate(run.label_set.ids)}
    run.write_table("labels", LABELS, tracks.assign(**columns))
    run.write_manifest("labels", {"counters": {}})


def fan_out(run: Run) -> None:
    """Write the reports of `reformat` and `features` for every shard, and its fingerprints."""
    for shard in run.manifest("discover")["shards"]:
        tracks = run.read_json_key(shard["key"])["tracks"]
        random = np.random.default_rng(int(tracks[0]["track_id"][1:]))
        fingerprints: list[np.ndarray] = []
        for number in range(len(tracks)):
            copied = number % COPIED == COPIED - 1
            fingerprints.append(random_copy(fingerprints[-1], random) if copied else random_fingerprint(random))
        buffer = io.BytesIO()
        np.save(buffer, np.concatenate(fingerprints))
        key = run.key("features", report_name(shard["key"], "-fingerprints.npy"))
        run.store.put(key, buffer.getvalue())
        firsts = np.cumsum([0, *map(len, fingerprints)]).tolist()
        lines: dict[str, list[dict[str, Any]]] = {"reformat": [], "features": []}
        for track, first, peaks in zip(tracks, firsts, fingerprints, strict=False):
            identity = {name: track[name] for name in IDENTITY}
            lines["reformat"].append({**identity, **_reformat_fields(track)})
            features = {"features_key": f"blobs/features/0123456789abcdef/{track['sha256']}.npy", "segments": SEGMENTS}
            position = {"fingerprints_key": key, "first_peak": first, "peaks": len(peaks)}
            lines["features"].append({**identity, **features, **position})
        for stage, stage_lines in lines.items():
            report = {"tracks": stage_lines, "rejected": [], "counters": {"reused": len(stage_lines), "rejected": 0}}
            run.write_json(stage, report_name(shard["key"]), report)


def _reformat_fields(track: dict[str, Any]) -> dict[str, Any]:
    """Make the fields of a track in a report of `reformat`."""
    number = int(track["track_id"][1:])
    facts = {"duration_seconds": 60.0, "sample_rate": 44100, "channels": 2, "decoder": "libsndfile", "mixdown": "mean"}
    facts["tag_problem"] = None
    artists = [] if spread(number) % NAMELESS == 1 else [f"Artist {number // OF_ARTIST}"]
    content = {"pcm_sha256": hashlib.sha256(track["sha256"].encode()).hexdigest(), "artists": artists}
    return {"audio_key": f"blobs/reformat/0123456789abcdef/{track['sha256']}.flac", **facts, **content}


def random_predictions(tracks: int, labels: int = 9) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Make labels, probabilities and groups of tracks, for intervals [shapes (tracks, labels), (tracks, labels), (tracks,)]."""
    random = np.random.default_rng(2)
    flags = random.random((tracks, labels)) < np.linspace(0.1, 0.5, labels)
    probabilities = np.clip(0.3 * flags + 0.7 * random.random(flags.shape), 0, 1).astype(np.float32)
    return flags, probabilities, np.arange(tracks) // OF_ARTIST


def random_segments(tracks: int, features: int = 155) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Make reduced features, labels and groups of the segments of tracks, for a plan of synthetic segments."""
    labels, _, groups = random_predictions(tracks)
    random = np.random.default_rng(3)
    reduced = random.standard_normal((tracks * SEGMENTS, features), np.float32)
    return reduced, np.repeat(labels, SEGMENTS, axis=0).astype(np.uint8), np.repeat(groups, SEGMENTS)
