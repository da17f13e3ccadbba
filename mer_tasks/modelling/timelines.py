"""Timelines: the model's probabilities of every segment of a track, stored beside the probabilities of the track.

In: the segments of some tracks and their raw probabilities. Out: ``timelines/<name>-<n>.parquet``, with one row per segment:
``track_id``, ``start_seconds`` and a calibrated probability per label. ``timelines/<name>.json`` lists which tracks are in
which file, so one small file is read for the rows of one track. The stages `thresholds`, `evaluate` and `predict` write the
timelines of the tracks that they score.
"""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from mer_tasks.errors import IntegrityError, ObjectMissing
from mer_tasks.label_set import LabelSet
from mer_tasks.runs.run import Run
from mer_tasks.runs.shards import report_name, shard_with_track

if TYPE_CHECKING:
    from mer_tasks.corpus.segments import SegmentIndex
    from mer_tasks.modelling.predictions import Rule

WHOLE = "all"
"""Name of the timelines of a stage that scores all its tracks at once; other timelines have the name of their shard."""
TRACKS = 1_000
"""Largest number of tracks in one file."""
Array32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Timeline:
    """Probabilities of one track, segment by segment.

    Attributes
    ----------
    starts : np.ndarray [shape=(segments,), dtype=float32]
        Start of each segment, in seconds from the beginning of the track.
    probabilities : np.ndarray [shape=(segments, labels), dtype=float32]
        Calibrated probabilities.
    """

    starts: Array32
    probabilities: Array32


def schema(label_set: LabelSet) -> pa.Schema:
    """Return the columns of a table of timelines."""
    probabilities = ((label, pa.float32()) for label in label_set.ids)
    return pa.schema([("track_id", pa.string()), ("start_seconds", pa.float32()), *probabilities])


def timeline_table(
    index: "SegmentIndex",
    raw_probabilities: npt.NDArray[np.floating],
    rule: "Rule",
    seconds: float,
    tracks: slice,
    label_set: LabelSet,
) -> pa.Table:
    """Make the table of the timelines of some tracks.

    Parameters
    ----------
    index : SegmentIndex
    raw_probabilities : np.ndarray [shape=(segments, labels)]
        Uncalibrated probabilities of each segment of `index`.
    rule : Rule
        Calibrates them.
    seconds : float
        Length of a segment.
    tracks : slice
        Positions of the tracks in `index`.
    label_set : LabelSet
    """
    rows = slice(*np.searchsorted(index.track, [tracks.start, tracks.stop]))
    track_numbers = index.track[rows]
    starts = (np.arange(rows.start, rows.stop) - index.first[track_numbers]) * seconds
    track_ids = pa.array(index.tracks[tracks], pa.string()).take(pa.array(track_numbers - tracks.start))
    numbers = (pa.array(values, pa.float32()) for values in (starts, *rule.probabilities(raw_probabilities[rows]).T))
    return pa.Table.from_arrays([track_ids, *numbers], schema=schema(label_set))


def write_timelines(
    run: Run, stage: str, rule: "Rule", *scored: "tuple[SegmentIndex, npt.NDArray[np.floating]]", name: str = WHOLE
) -> None:
    """Write the timelines of all `scored` tracks to the store.

    Parameters
    ----------
    run : Run
    stage : str
    rule : Rule
        Calibrates the probabilities.
    *scored : tuple of SegmentIndex and np.ndarray [shape=(segments, labels)]
        Segments of tracks, and their uncalibrated probabilities.
    name : str, optional
        Name of the timelines. For the tracks of a shard, it is the name of the shard's reports without the file ending.
    """
    files: list[dict[str, str]] = []
    for index, raw_probabilities in scored:
        for start in range(0, len(index.tracks), TRACKS):
            tracks = slice(start, min(start + TRACKS, len(index.tracks)))
            table = timeline_table(index, raw_probabilities, rule, run.config.segment_seconds, tracks, run.label_set)
            buffer = io.BytesIO()
            pq.write_table(table, buffer, compression="zstd")
            file = f"timelines/{name}-{len(files)}.parquet"
            run.store.put(run.key(stage, file), buffer.getvalue())
            files.append({"name": file, "first": min(index.tracks[tracks]), "last": max(index.tracks[tracks])})
    run.write_json(stage, f"timelines/{name}.json", {"files": files})


def _track_rows(run: Run, stage: str, name: str, track_id: str) -> pa.Table | None:
    """Read the rows of a track from the timelines called `name`; None if they do not have the track."""
    try:
        files = run.read_json(stage, f"timelines/{name}.json")["files"]
    except ObjectMissing:
        return None
    for file in files:
        if file["first"] <= track_id <= file["last"] and len(rows := _read(run, run.key(stage, file["name"]), track_id)):
            return rows
    return None


def _read(run: Run, key: str, track_id: str) -> pa.Table:
    """Read the rows of a track from one file; none if the file does not have the track."""
    try:
        data = io.BytesIO(run.store.get(key))
        return pq.read_table(data, filters=[("track_id", "==", track_id)], schema=schema(run.label_set), pre_buffer=False)
    except pa.ArrowException as error:
        raise IntegrityError(f"{run.store.uri(key)}: {str(error).splitlines()[0]}; expected timelines") from None


def timeline(run: Run, genre: str, track_id: str) -> Timeline | None:
    """Read the timeline of a track; None if the run did not store one.

    Parameters
    ----------
    run : Run
    genre, track_id : str
        Genre and id of the track in this run.

    Raises
    ------
    ObjectMissing
        If the outputs of the run are no longer in the store.
    IntegrityError
        If a file is damaged.
    TransientError, AccessDenied
        If the store does not answer, or refuses.
    """
    sources = [("evaluate", WHOLE), ("thresholds", WHOLE)]
    if run.manifest("discover")["mode"] == "predict":
        shard = shard_with_track(run, genre, track_id)
        sources = [("predict", report_name(shard, ""))] if shard else []
    for stage, name in sources:
        rows = _track_rows(run, stage, name, track_id)
        if rows is not None:
            columns = [rows[label].to_numpy() for label in run.label_set.ids]
            return Timeline(rows["start_seconds"].to_numpy(), np.stack(columns, axis=1))
    return None
