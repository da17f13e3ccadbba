"""Timelines: what a model says of every segment of a track, kept beside what it says of the track.

In: the segments of some tracks and what a model said of them. Out: ``timelines/<name>-<n>.parquet``, a row a segment:
``track_id``, ``start_seconds`` and nine calibrated probabilities; and the rows of one track, for which one small file is read.
``timelines/<name>.json`` says which tracks are in which file. `thresholds`, `evaluate` and `predict` write those of the tracks
that they score.
"""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import IntegrityError, ObjectMissing
from mer_tasks.runs.run import Run
from mer_tasks.runs.shards import report_name, shard_of

if TYPE_CHECKING:
    from mer_tasks.corpus.segments import SegmentIndex
    from mer_tasks.modelling.predictions import Rule

WHOLE = "all"
"""Name of the timelines of a stage that scores all its tracks at once; of others, that of the shard."""
TRACKS = 1_000
"""Of one file."""
SCHEMA = pa.schema(
    [("track_id", pa.string()), ("start_seconds", pa.float32()), *((emotion, pa.float32()) for emotion in EMOTIONS)]
)

Array32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Timeline:
    """What a model says of one track, segment by segment.

    Attributes
    ----------
    starts : np.ndarray [shape=(segments,), dtype=float32]
        Seconds from the beginning of the track.
    probabilities : np.ndarray [shape=(segments, 9), dtype=float32]
        Calibrated.
    """

    starts: Array32
    probabilities: Array32


def table(index: "SegmentIndex", said: npt.NDArray[np.floating], rule: "Rule", seconds: float, tracks: slice) -> pa.Table:
    """The timelines of some tracks.

    Parameters
    ----------
    index : SegmentIndex
    said : np.ndarray [shape=(segments, 9)]
        What the model said of each segment of `index`.
    rule : Rule
        By which that is calibrated.
    seconds : float
        Length of a segment.
    tracks : slice
        Places of the tracks in `index`.
    """
    rows = slice(*np.searchsorted(index.track, [tracks.start, tracks.stop]))
    places = index.track[rows]
    starts = (np.arange(rows.start, rows.stop) - index.first[places]) * seconds
    names = pa.array(index.tracks[tracks], pa.string()).take(pa.array(places - tracks.start))
    numbers = (pa.array(values, pa.float32()) for values in (starts, *rule.probabilities(said[rows]).T))
    return pa.Table.from_arrays([names, *numbers], schema=SCHEMA)


def write_timelines(
    run: Run, stage: str, rule: "Rule", *scored: "tuple[SegmentIndex, npt.NDArray[np.floating]]", of: str = WHOLE
) -> None:
    """Write the timelines of all tracks that were `scored`: for each index what the model said of its segments.

    Parameters
    ----------
    run : Run
    stage : str
    rule : Rule
    *scored : tuple of SegmentIndex and np.ndarray [shape=(segments, 9)]
    of : str, optional
        Name of the shard's reports, without their ending, where these are the tracks of a shard.
    """
    files: list[dict[str, str]] = []
    for index, said in scored:
        for start in range(0, len(index.tracks), TRACKS):
            tracks = slice(start, min(start + TRACKS, len(index.tracks)))
            buffer = io.BytesIO()
            pq.write_table(table(index, said, rule, run.config.segment_seconds, tracks), buffer, compression="zstd")
            name = f"timelines/{of}-{len(files)}.parquet"
            run.store.put(run.key(stage, name), buffer.getvalue())
            files.append({"name": name, "first": min(index.tracks[tracks]), "last": max(index.tracks[tracks])})
    run.write_json(stage, f"timelines/{of}.json", {"files": files})


def _found(run: Run, stage: str, name: str, track_id: str) -> pa.Table | None:
    """Rows of a track, if it is one of those."""
    try:
        files = run.read_json(stage, f"timelines/{name}.json")["files"]
    except ObjectMissing:
        return None
    for file in files:
        if file["first"] <= track_id <= file["last"] and len(rows := _read(run, run.key(stage, file["name"]), track_id)):
            return rows
    return None


def _read(run: Run, key: str, track_id: str) -> pa.Table:
    try:
        return pq.read_table(io.BytesIO(run.store.get(key)), filters=[("track_id", "==", track_id)], schema=SCHEMA)
    except pa.ArrowException as error:
        raise IntegrityError(f"{run.store.uri(key)}: {str(error).splitlines()[0]}; expected timelines") from None


def timeline(run: Run, genre: str, track_id: str) -> Timeline | None:
    """What the model of a run said of a track over time; None if the run has not kept it.

    Parameters
    ----------
    run : Run
    genre, track_id : str
        As the run knew them.

    Raises
    ------
    ObjectMissing
        If the run is gone.
    IntegrityError
        If a file is damaged.
    TransientError, AccessDenied
        When the store does not answer.
    """
    places = [("evaluate", WHOLE), ("thresholds", WHOLE)]
    if run.manifest("discover")["mode"] == "predict":
        shard = shard_of(run, genre, track_id)
        places = [("predict", report_name(shard, ""))] if shard else []
    for stage, name in places:
        found = _found(run, stage, name, track_id)
        if found is not None:
            columns = [found[emotion].to_numpy() for emotion in EMOTIONS]
            return Timeline(found["start_seconds"].to_numpy(), np.stack(columns, axis=1))
    return None
