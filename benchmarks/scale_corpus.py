"""A corpus of any size that is nowhere: what `benchmarks.scale` runs real stages on.

In: a number of tracks. Out: a landing zone that only lists them (:class:`Zone`), and of a run what `reformat` and `features`
would have left (:func:`fan_out`), shard by shard.

Of ten genres, with ten tracks an artist; one track in ten names no artist. One in a hundred has the bytes of another. One in
twenty is a poor copy of another, and the fingerprints of both are drawn as in :mod:`benchmarks.twins`, half a thousand peaks
each. One in ten is annotated, by twenty listeners. No audio, no FLAC and no features are made.
"""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.twins import drawn_copy, drawn_track
from mer_tasks.config import Config
from mer_tasks.emotions import EMOTIONS
from mer_tasks.runs.artifacts import CATALOGUE, LABELS
from mer_tasks.runs.run import Run
from mer_tasks.runs.shards import IDENTITY, report_name
from mer_tasks.storage.base import ObjectInfo
from mer_tasks.storage.local import FileStore

GENRES = 10
OF_ARTIST, NAMELESS, EQUAL, COPIED, ANNOTATED = 10, 10, 100, 20, 10
"""Tracks of an artist; of so many one names no artist, has the bytes of the one before, is its copy, and is annotated."""
LISTENERS = 20
SEGMENTS = 20
"""Of a track of a minute."""


def track_id(number: int) -> str:
    """Id of a track."""
    return f"t{number:07}"


def spread(number: int) -> int:
    """Another number below ten million for each such number, so that what is one in ten is of all genres."""
    return number * 7_654_321 % 10_000_000


class Zone(FileStore):
    """A landing zone whose tracks are only listed, each with a few bytes; what is written to it is kept in a folder."""

    def __init__(self, folder: Path, tracks: int) -> None:
        super().__init__(folder)
        self.tracks = tracks

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Annotations, and every track, genre by genre."""
        yield from super().list(prefix)
        for genre in range(GENRES):
            for number in range(genre, self.tracks, GENRES):
                key = f"genre{genre}/{track_id(number)}.mp3"
                if key.startswith(prefix):
                    yield ObjectInfo(key, 960_000, f"{number:032x}")

    def chunks(self, key: str) -> Iterator[bytes]:
        """The id of the track, or of the one that it equals."""
        if not key.startswith("genre"):
            yield from super().chunks(key)
            return
        number = int(key[-11:-4])
        yield track_id(number - (spread(number) % EQUAL == 0 < number)).encode()


def run_at(folder: Path, tracks: int, **params: Any) -> Run:
    """The run over so many tracks, its store below `folder`."""
    place = folder / str(tracks)
    urls = {"store_url": (place / "store").as_uri(), "landing_url": (place / "zone").as_uri()}
    run = Run(Config.load({**urls, **params}), "scale")
    run.__dict__["landing"] = Zone(place / "zone", tracks)
    return run


def annotate(run: Run, tracks: int) -> None:
    """Write the annotations of one track in ``ANNOTATED``: a row a listener."""
    random = np.random.default_rng(0)
    chosen = [number for number in range(tracks) if spread(number) % ANNOTATED == 0]
    votes = random.random((len(chosen), LISTENERS, len(EMOTIONS))) < random.beta(1, 3, (len(chosen), 1, len(EMOTIONS)))
    lines = [",".join(["track id", "genre", *EMOTIONS])]
    for number, answers in zip(chosen, votes.astype(int).tolist(), strict=True):
        head = f"{track_id(number)},genre{number % GENRES},"
        lines += [head + ",".join(map(str, answer)) for answer in answers]
    run.landing.put("annotations/all.csv", "\n".join(lines).encode())


def label_all(run: Run) -> None:
    """Write the table of stage `labels` as if every track were annotated, which is the most that `split` can have to do."""
    tracks = run.read_table("discover", CATALOGUE)[["track_id", "genre"]].sort_values("track_id", ignore_index=True)
    random = np.random.default_rng(1)
    votes = random.binomial(LISTENERS, random.beta(1, 4, (len(tracks), len(EMOTIONS))))
    columns = {"annotators": np.full(len(tracks), LISTENERS)}
    for prefix, values in (("votes", votes), ("share", votes / LISTENERS), ("label", votes >= 0.3 * LISTENERS)):
        columns |= {f"{prefix}_{emotion}": values[:, place] for place, emotion in enumerate(EMOTIONS)}
    run.write_table("labels", LABELS, tracks.assign(**columns))
    run.write_manifest("labels", {"counters": {}})


def fan_out(run: Run) -> None:
    """Write the reports of `reformat` and `features` on every shard, and its fingerprints."""
    for shard in run.manifest("discover")["shards"]:
        tracks = run.read_json_key(shard["key"])["tracks"]
        random = np.random.default_rng(int(tracks[0]["track_id"][1:]))
        found: list[np.ndarray] = []
        for place in range(len(tracks)):
            found.append(drawn_copy(found[-1], random) if place % COPIED == COPIED - 1 else drawn_track(random))
        buffer = io.BytesIO()
        np.save(buffer, np.concatenate(found))
        key = run.key("features", report_name(shard["key"], "-fingerprints.npy"))
        run.store.put(key, buffer.getvalue())
        firsts = np.cumsum([0, *map(len, found)]).tolist()
        lines: dict[str, list[dict[str, Any]]] = {"reformat": [], "features": []}
        for track, first, peaks in zip(tracks, firsts, found, strict=False):
            identity = {name: track[name] for name in IDENTITY}
            lines["reformat"].append({**identity, **_reformatted(track)})
            place_of = {"fingerprints_key": key, "first_peak": first, "peaks": len(peaks)}
            made = {"features_key": f"blobs/features/0123456789abcdef/{track['sha256']}.npy", "segments": SEGMENTS}
            lines["features"].append({**identity, **made, **place_of})
        for stage, those in lines.items():
            report = {"tracks": those, "rejected": [], "counters": {"reused": len(those), "rejected": 0}}
            run.write_json(stage, report_name(shard["key"]), report)


def _reformatted(track: dict[str, Any]) -> dict[str, Any]:
    number = int(track["track_id"][1:])
    facts = {"duration_seconds": 60.0, "sample_rate": 44100, "channels": 2, "tag_problem": None}
    artists = [] if spread(number) % NAMELESS == 1 else [f"Artist {number // OF_ARTIST}"]
    heard = {"pcm_sha256": hashlib.sha256(track["sha256"].encode()).hexdigest(), "artists": artists}
    return {"audio_key": f"blobs/reformat/0123456789abcdef/{track['sha256']}.flac", **facts, **heard}


def labelled(tracks: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, probabilities and groups of so many tracks, for intervals [shape=(tracks, 9), (tracks, 9), (tracks,)]."""
    random = np.random.default_rng(2)
    labels = random.random((tracks, len(EMOTIONS))) < np.linspace(0.1, 0.5, len(EMOTIONS))
    probabilities = np.clip(0.3 * labels + 0.7 * random.random(labels.shape), 0, 1).astype(np.float32)
    return labels, probabilities, np.arange(tracks) // OF_ARTIST


def segments(tracks: int, features: int = 155) -> tuple[np.ndarray, pd.Series, np.ndarray]:
    """Reduced features, labels and groups of the segments of so many tracks, for a plan of synthetic ones."""
    labels, _, groups = labelled(tracks)
    random = np.random.default_rng(3)
    reduced = random.standard_normal((tracks * SEGMENTS, features), np.float32)
    return reduced, np.repeat(labels, SEGMENTS, axis=0).astype(np.uint8), np.repeat(groups, SEGMENTS)
