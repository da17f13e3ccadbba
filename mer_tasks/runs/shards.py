"""Shards: process the tracks of one mapped task, and write a report on them.

A report lists every track of the shard: ``tracks`` has those that were processed, ``rejected`` the others with the reasons. The
report has the name of the shard's document, below the stage's prefix. The scheduler gets only its key and its counters.
"""

import io
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from mer_tasks.errors import AudioError
from mer_tasks.runs.pipeline import fan_out_of
from mer_tasks.runs.run import Manifest, Run, Stopwatch

if TYPE_CHECKING:
    import numpy.typing as npt

Track = dict[str, Any]
IDENTITY = ("track_id", "genre", "sha256")


@dataclass
class ProcessedTracks:
    """Result of processing some tracks, such as those of a shard.

    Attributes
    ----------
    tracks : list of dict
        Identity and facts of the tracks that were processed.
    rejected : list of dict
        Identity and reason of the tracks that were rejected.
    counters : dict
        Numbers of tracks that were computed, whose result was in the store (``reused``), and that were ``rejected``.
    """

    counters: dict[str, float]
    tracks: list[Track] = field(default_factory=list)
    rejected: list[Track] = field(default_factory=list)


def report_name(shard_key: str, ending: str = ".json") -> str:
    """Return the name of the reports on the shard with the document `shard_key`, or of a file beside them with `ending`.

    Examples
    --------
    >>> report_name("runs/r1/discover/shards/rock-1-of-2.json", "-summaries.npy")
    'rock-1-of-2-summaries.npy'
    """
    return PurePosixPath(shard_key).stem + ending


def shard_with_track(run: Run, genre: str, track_id: str) -> str | None:
    """Find the shard with a track, and return the key of its document; None if the run has no such track.

    The shards of a genre are sorted by track ids, so a binary search reads about ten of a thousand. The search begins with
    `genre` and goes on with the other genres, because the file may have been moved.
    """
    keys: dict[str, list[str]] = {genre: []}
    for shard in run.manifest("discover")["shards"]:
        keys.setdefault(shard["name"].rpartition(" ")[0], []).append(shard["key"])
    for genre_keys in keys.values():
        index = bisect_right(genre_keys, track_id, key=lambda key: run.read_json_key(key)["tracks"][0]["track_id"])
        if index and any(track["track_id"] == track_id for track in run.read_json_key(genre_keys[index - 1])["tracks"]):
            return genre_keys[index - 1]
    return None


def reported_track(run: Run, stage: str, genre: str, track_id: str) -> Track | None:
    """Return the line on a track in the reports of `stage`; None if the run has no such track, or the stage rejected it.

    Raises
    ------
    ObjectMissing
        If the run was deleted, or the stage has not run.
    TransientError, AccessDenied
        When the store does not answer.
    """
    shard = shard_with_track(run, genre, track_id)
    lines = run.read_json(stage, report_name(shard))["tracks"] if shard else []
    return next((line for line in lines if line["track_id"] == track_id), None)


def joined_lines(reports: Iterable[Track]) -> list[Track]:
    """Join the lines of reports on one shard, in the order of stages: the facts of each track that no stage has rejected.

    Examples
    --------
    >>> reformatted = {"tracks": [{"track_id": "a", "channels": 2}, {"track_id": "b", "channels": 1}]}
    >>> joined_lines([reformatted, {"tracks": [{"track_id": "b", "segments": 9}]}])
    [{'track_id': 'b', 'channels': 1, 'segments': 9}]
    """
    facts: dict[str, Track] = {}
    for report in reports:
        facts = {track["track_id"]: {**facts.get(track["track_id"], {}), **track} for track in report["tracks"]}
    return list(facts.values())


def usable_lines(run: Run, shard_key: str) -> list[Track]:
    """Return the facts of the usable tracks of one shard, joined from the reports of its stages (:func:`joined_lines`)."""
    return joined_lines(run.read_json(stage, report_name(shard_key)) for stage in fan_out_of(run))


def process_tracks(
    stage: str, tracks: list[Track], computed: str, work: Callable[[Track], tuple[Track, bool]]
) -> ProcessedTracks:
    """Process each track with `work`, and collect results, rejections and counters.

    Parameters
    ----------
    stage : str
        Name of the stage, for the lines of rejected tracks.
    tracks : list of dict
        Lines of the shard's document, perhaps with more facts.
    computed : str
        Name of the counter of tracks whose result was not in the store: ``decoded`` or ``computed``.
    work : callable
        Function of a track that returns its facts, and whether they were in the store already. An
        :class:`~mer_tasks.errors.AudioError` rejects the track; any other error ends the stage.

    Examples
    --------
    >>> track = {"track_id": "1", "genre": "rock", "sha256": "ab"}
    >>> process_tracks("features", [track], "computed", lambda track: ({"segments": 9}, False)).counters
    {'computed': 1, 'reused': 0, 'rejected': 0}
    """
    processed = ProcessedTracks({computed: 0, "reused": 0, "rejected": 0})
    for track in tracks:
        try:
            facts, reused = work(track)
        except AudioError as error:
            processed.counters["rejected"] += 1
            processed.rejected.append(_rejection(stage, track, error))
        else:
            processed.counters["reused" if reused else computed] += 1
            processed.tracks.append({**{name: track[name] for name in IDENTITY}, **facts})
    return processed


def write_report(
    run: Run, stage: str, shard_key: str, shard: Track, processed: ProcessedTracks, watch: Stopwatch, **facts: str | None
) -> Manifest:
    """Write a stage's report on a shard, and return the manifest for the scheduler.

    Parameters
    ----------
    run : Run
    stage : str
    shard_key : str
        Key of the shard's document.
    shard : dict
        The shard's document.
    processed : ProcessedTracks
    watch : Stopwatch
    **facts
        Facts on the whole shard, for the report and the manifest.
    """
    head = {"stage": stage, "run_id": run.run_id, "shard": shard["name"], **facts}
    counters = {**processed.counters, **watch.counters()}
    lines = {"tracks": processed.tracks, "rejected": processed.rejected}
    key = run.write_json(stage, report_name(shard_key), {**head, "genre": shard["genre"], **lines, "counters": counters})
    return {**head, "key": key, "counters": counters}


def write_array(run: Run, stage: str, shard_key: str, kind: str, values: "npt.NDArray[Any]") -> str:
    """Write an array of a shard as ``.npy`` beside its report, under a name that ends with `kind`; return its key."""
    import numpy as np  # the scheduler imports this module too, and writes no arrays

    key = run.key(stage, report_name(shard_key, f"-{kind}.npy"))
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    run.store.put(key, buffer.getvalue())
    return key


def _rejection(stage: str, track: Track, error: AudioError) -> Track:
    names = {name: track[name] for name in ("track_id", "genre", "key", "sha256")}
    return {**names, "stage": stage, "reason": error.reason, "detail": error.detail}
