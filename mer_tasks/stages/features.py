"""Stage ``features``: compute log-mel, MFCC and spectral contrast of every segment, and the fingerprint of every track.

Input: the report of stage ``reformat`` on the shard, and the FLAC blobs of its tracks.

Output:

- one ``.npy`` blob for each distinct audio file, float32 ``[shape=(segments, frames, 155)]`` (:mod:`mer_tasks.audio.spectra`);
- one ``.npy`` per shard with the fingerprints of its tracks, one after the other (:mod:`mer_tasks.audio.fingerprint`);
- one ``.npy`` per shard with a row of summary statistics for each track (:mod:`mer_tasks.audio.track_summary`);
- a report on the shard.

Code that compares all tracks therefore reads one file per shard, not one per track. The JSON file beside each track's blob also
has the track's fingerprint and summary statistics, so that a later run does not compute them again.

:mod:`mer_tasks.corpus.feature_maker` computes the features of a track. A track is rejected as ``too_short`` if it has not one
whole segment. If a FLAC blob is missing or damaged, the track is decoded again from the landing zone.
"""

import base64
import logging

import numpy as np

from mer_tasks.audio.track_summary import SUMMARY_NAMES
from mer_tasks.corpus.feature_maker import STAGE, FeatureMaker
from mer_tasks.corpus.reformatter import Reformatter
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.runs.shards import Track, process_tracks, report_name, write_array, write_report

logger = logging.getLogger(__name__)


def _put_fingerprints(run: Run, shard_key: str, tracks: list[Track]) -> None:
    """Write the fingerprints of `tracks` to one file, and replace each by the file's key, its first peak and its length."""
    fingerprints = [np.frombuffer(base64.b64decode(track.pop("fingerprint")), "<u4") for track in tracks]
    key = write_array(run, STAGE, shard_key, "fingerprints", np.concatenate([np.zeros(0, "<u4"), *fingerprints]))
    first = 0
    for track, peaks in zip(tracks, fingerprints, strict=True):
        track.update({"fingerprints_key": key, "first_peak": first, "peaks": len(peaks)})
        first += len(peaks)


def _put_summaries(run: Run, shard_key: str, tracks: list[Track]) -> None:
    """Write the summary statistics of `tracks` to one file, and replace each by the file's key and its row."""
    summaries = np.frombuffer(b"".join(base64.b64decode(track.pop("summary")) for track in tracks), "<f4")
    key = write_array(run, STAGE, shard_key, "summaries", summaries.reshape(len(tracks), len(SUMMARY_NAMES)))
    for row, track in enumerate(tracks):
        track.update({"summaries_key": key, "summary_row": row})


@reads_once
def features(run: Run, shard_key: str) -> Manifest:
    """Compute the features of the tracks of one shard.

    Parameters
    ----------
    run : Run
    shard_key : str
        Key of the shard's document, from ``discover``. Stage ``reformat`` must have run on this shard.

    Raises
    ------
    ObjectMissing
        When there is no report of ``reformat`` on this shard.
    TransientError, AccessDenied
        When a store fails as a whole.
    """
    shard = run.read_json_key(shard_key)
    catalogue_rows = {track["track_id"]: track for track in shard["tracks"]}
    reformatted = run.read_json("reformat", report_name(shard_key))["tracks"]
    tracks = [{**catalogue_rows[track["track_id"]], **track} for track in reformatted]
    with Stopwatch() as watch, Reformatter(run) as reformatter:
        outcome = process_tracks(STAGE, tracks, "computed", FeatureMaker(run, reformatter).features)
        _put_fingerprints(run, shard_key, outcome.tracks)
        _put_summaries(run, shard_key, outcome.tracks)
    logger.info("%s: %s", shard["name"], outcome.counters)
    return write_report(run, STAGE, shard_key, shard, outcome, watch)
