"""Stage ``features``: log-mel, MFCC and spectral contrast of every segment of a shard's tracks, and each track's fingerprint.

In: the report of ``reformat`` on the shard, and its FLAC blobs. Out: one content-addressed ``.npy`` per audio content, float32
``[shape=(segments, frames, 155)]`` (:mod:`mer_tasks.audio.spectra`), a report, and two ``.npy`` for the whole shard: the
fingerprints of its tracks (:mod:`mer_tasks.audio.fingerprint`), one after the other, and a row of summary statistics for each
(:mod:`mer_tasks.audio.track_summary`). What compares all tracks reads a file per shard and not per track. Both are remembered
in the sidecar of the track's blob.

Reason of rejection: ``too_short`` (not one whole segment). A FLAC blob that is gone or damaged is made again from the
landing zone.
"""

import base64
import io
import logging
from typing import Any

import numpy as np
import numpy.typing as npt

from mer_tasks.audio.track_summary import NAMES
from mer_tasks.corpus.feature_maker import STAGE, FeatureMaker
from mer_tasks.corpus.reformatter import Reformatter
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.runs.shards import Track, report_name, work_through, write_report

logger = logging.getLogger(__name__)


def _put(run: Run, shard_key: str, kind: str, values: npt.NDArray[Any]) -> str:
    key = run.key(STAGE, report_name(shard_key, f"-{kind}.npy"))
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    run.store.put(key, buffer.getvalue())
    return key


def _put_fingerprints(run: Run, shard_key: str, tracks: list[Track]) -> None:
    """Write the fingerprints of `tracks`, whose lines are then told where they lie instead: which file, which stretch of it."""
    found = [np.frombuffer(base64.b64decode(track.pop("fingerprint")), "<u4") for track in tracks]
    key = _put(run, shard_key, "fingerprints", np.concatenate([np.zeros(0, "<u4"), *found]))
    first = 0
    for track, peaks in zip(tracks, found, strict=True):
        track.update({"fingerprints_key": key, "first_peak": first, "peaks": len(peaks)})
        first += len(peaks)


def _put_summaries(run: Run, shard_key: str, tracks: list[Track]) -> None:
    """Write the summary statistics of `tracks`, whose lines are then told where they lie instead: which file, which row."""
    found = np.frombuffer(b"".join(base64.b64decode(track.pop("summary")) for track in tracks), "<f4")
    key = _put(run, shard_key, "summaries", found.reshape(len(tracks), len(NAMES)))
    for row, track in enumerate(tracks):
        track.update({"summaries_key": key, "summary_row": row})


@reads_once
def features(run: Run, shard_key: str) -> Manifest:
    """Compute the features of one shard's tracks.

    Parameters
    ----------
    run : Run
    shard_key : str
        Key of the shard's document, from ``discover``; ``reformat`` has been through it.

    Raises
    ------
    ObjectMissing
        When ``reformat`` has left no report on this shard.
    TransientError, AccessDenied
        When a store fails as a whole.
    """
    shard = run.read_json_key(shard_key)
    keys = {track["track_id"]: track for track in shard["tracks"]}
    reformatted = run.read_json("reformat", report_name(shard_key))["tracks"]
    tracks = [{**keys[track["track_id"]], **track} for track in reformatted]
    with Stopwatch() as watch, Reformatter(run) as reformatter:
        outcome = work_through(STAGE, tracks, "computed", FeatureMaker(run, reformatter).features)
        _put_fingerprints(run, shard_key, outcome.tracks)
        _put_summaries(run, shard_key, outcome.tracks)
    logger.info("%s: %s", shard["name"], outcome.counters)
    return write_report(run, STAGE, shard_key, shard, outcome, watch)
