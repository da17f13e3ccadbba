"""Timelines: what a model says of every segment of a track, kept beside what it says of the track.

In: the segments of some tracks and what a model said of them. Out: ``timeline.parquet``, a row a segment: ``track_id``,
``start_seconds`` and nine calibrated probabilities; and from it the rows of one track, without the others being read.
`thresholds`, `evaluate` and `predict` each write one of the tracks that they score.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import IntegrityError, ObjectMissing
from mer_tasks.run import Run
from mer_tasks.shards import report_name, shard_of

if TYPE_CHECKING:
    from mer_tasks.predictions import Rule
    from mer_tasks.segments import SegmentIndex

NAME = "timeline.parquet"
PIECE = 50_000
"""Segments that are read to get at those of one track: the statistics of each piece say which tracks are in it."""
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


def name_beside(shard_key: str) -> str:
    """Name of the timelines of a shard's tracks."""
    return report_name(shard_key, f".{NAME}")


def piece(index: "SegmentIndex", said: npt.NDArray[np.floating], rule: "Rule", seconds: float, rows: slice) -> pa.Table:
    """Some rows of what is written.

    Parameters
    ----------
    index : SegmentIndex
    said : np.ndarray [shape=(segments, 9)]
        What the model said of each segment of `index`.
    rule : Rule
        By which that is calibrated.
    seconds : float
        Length of a segment.
    rows : slice
    """
    tracks = index.track[rows]
    starts = (np.arange(len(index))[rows] - index.first[tracks]) * seconds
    probabilities = rule.probabilities(said[rows])
    names = pa.array(index.tracks, pa.string()).take(pa.array(tracks))
    numbers = (pa.array(values, pa.float32()) for values in (starts, *probabilities.T))
    return pa.Table.from_arrays([names, *numbers], schema=SCHEMA)


def write_timelines(
    run: Run, stage: str, rule: "Rule", *scored: "tuple[SegmentIndex, npt.NDArray[np.floating]]", name: str = NAME
) -> None:
    """Write the timelines of all tracks that were `scored`: for each index what the model said of its segments."""
    with tempfile.TemporaryDirectory(prefix="mer-timelines-") as folder:
        path = Path(folder) / NAME
        with pq.ParquetWriter(path, SCHEMA, compression="zstd") as file:
            for index, said in scored:
                for start in range(0, len(index), PIECE):
                    rows = slice(start, min(start + PIECE, len(index)))
                    file.write_table(piece(index, said, rule, run.config.segment_seconds, rows))
        run.store.put_file(run.key(stage, name), path)


def _read(run: Run, stage: str, name: str, track_id: str) -> pa.Table | None:
    key = run.key(stage, name)
    try:
        path = run.store.fetch(key, run.config.scratch_dir)
        return pq.read_table(path, filters=[("track_id", "==", track_id)], schema=SCHEMA)
    except ObjectMissing:
        return None
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
    places = [("evaluate", NAME), ("thresholds", NAME)]
    if run.manifest("discover")["mode"] == "predict":
        shard = shard_of(run, genre, track_id)
        places = [("predict", name_beside(shard))] if shard else []
    for stage, name in places:
        found = _read(run, stage, name, track_id)
        if found is not None and len(found):
            columns = [found[emotion].to_numpy() for emotion in EMOTIONS]
            return Timeline(found["start_seconds"].to_numpy(), np.stack(columns, axis=1))
    return None
