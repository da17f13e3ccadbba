"""Shards: the tracks that one mapped task works through, and the report that it leaves.

A report lists what became of every track of the shard: ``tracks`` that went through and ``rejected`` ones with their reason.
Its name is that of the shard's document, below the stage's prefix. Only its key and its counters travel to the scheduler.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from mer_tasks.errors import AudioError
from mer_tasks.runs.run import Manifest, Run, Stopwatch

Track = dict[str, Any]
IDENTITY = ("track_id", "genre", "sha256")


@dataclass
class Outcome:
    """What became of the tracks of a shard.

    Attributes
    ----------
    tracks : list of dict
        Identity and facts of those that went through.
    rejected : list of dict
        Identity and reason of the others.
    counters : dict
        Tracks made, found (``reused``) and rejected.
    """

    counters: dict[str, float]
    tracks: list[Track] = field(default_factory=list)
    rejected: list[Track] = field(default_factory=list)


def report_name(shard_key: str, ending: str = ".json") -> str:
    """Name of the reports on the shard whose document is `shard_key`; with another `ending`, of what lies beside them."""
    return PurePosixPath(shard_key).stem + ending


def shard_of(run: Run, genre: str, track_id: str) -> str | None:
    """Key of the shard's document that has a track; None if the run has no such track.

    Shards of a genre follow each other in the order of their tracks: of a thousand, ten are read. `genre` is where the track is
    looked for first: its file may have been moved since.
    """
    keys: dict[str, list[str]] = {genre: []}
    for shard in run.manifest("discover")["shards"]:
        keys.setdefault(shard["name"].rpartition(" ")[0], []).append(shard["key"])
    for those in keys.values():
        place = bisect_right(those, track_id, key=lambda key: run.read_json_key(key)["tracks"][0]["track_id"])
        if place and any(track["track_id"] == track_id for track in run.read_json_key(those[place - 1])["tracks"]):
            return those[place - 1]
    return None


def line_of(run: Run, stage: str, genre: str, track_id: str) -> Track | None:
    """What `stage` reported of a track that went through; None if the run has no such track.

    Raises
    ------
    ObjectMissing
        If the run is gone, or has not been through the stage.
    TransientError, AccessDenied
        When the store does not answer.
    """
    shard = shard_of(run, genre, track_id)
    lines = run.read_json(stage, report_name(shard))["tracks"] if shard else []
    return next((line for line in lines if line["track_id"] == track_id), None)


def work_through(stage: str, tracks: list[Track], made: str, work: Callable[[Track], tuple[Track, bool]]) -> Outcome:
    """Do `work` on each track.

    Parameters
    ----------
    stage : str
        Who rejects, in the lines of rejected tracks.
    tracks : list of dict
        Lines of the shard's document, perhaps with more facts.
    made : str
        Counter of the tracks that were worked on rather than found: ``decoded`` or ``computed``.
    work : callable
        Track in; out come its facts and whether they were found rather than made. An
        :class:`~mer_tasks.errors.AudioError` rejects the track; any other error ends the stage.
    """
    outcome = Outcome({made: 0, "reused": 0, "rejected": 0})
    for track in tracks:
        try:
            facts, found = work(track)
        except AudioError as error:
            outcome.counters["rejected"] += 1
            outcome.rejected.append(_rejection(stage, track, error))
        else:
            outcome.counters["reused" if found else made] += 1
            outcome.tracks.append({**{name: track[name] for name in IDENTITY}, **facts})
    return outcome


def write_report(
    run: Run, stage: str, shard_key: str, shard: Track, outcome: Outcome, watch: Stopwatch, **facts: str | None
) -> Manifest:
    """Write the report on the shard whose document, at `shard_key`, is `shard`; returns the manifest for the scheduler.

    `facts` are of the shard as a whole.
    """
    head = {"stage": stage, "run_id": run.run_id, "shard": shard["name"], **facts}
    counters = {**outcome.counters, **watch.counters()}
    lines = {"tracks": outcome.tracks, "rejected": outcome.rejected}
    key = run.write_json(stage, report_name(shard_key), {**head, "genre": shard["genre"], **lines, "counters": counters})
    return {**head, "key": key, "counters": counters}


def _rejection(stage: str, track: Track, error: AudioError) -> Track:
    names = {name: track[name] for name in ("track_id", "genre", "key", "sha256")}
    return {**names, "stage": stage, "reason": error.reason, "detail": error.detail}
