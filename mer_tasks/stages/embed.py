"""Stage ``embed``: compute the vectors of every track with the run's pretrained encoder.

Input: the reports of `reformat` and `features` on the shard, the FLAC blobs of its tracks, and the encoder
(:mod:`mer_tasks.encoders`).

Output:

- one ``.npy`` blob for each distinct audio file, float32 ``[shape=(windows, size)]``: one vector for each window;
- one ``.npy`` per shard with the mean vector of each of its tracks: code that compares all tracks reads one file per shard;
- a report on the shard.

Only a run with an encoder has this stage. The encoder gets the samples of the FLAC. If a FLAC blob is missing or damaged, the
track is decoded again from the landing zone. Before the first track that is computed, the golden audio of the encoder shows
whether this machine computes its vectors.

A track is rejected as ``too_short`` if it is shorter than a window and the encoder does not pad it, and as ``no_embedding`` if
the encoder fails on it.
"""

import base64
import logging

import numpy as np

from mer_tasks.corpus.embedding_maker import STAGE, EmbeddingMaker
from mer_tasks.corpus.reformatter import Reformatter
from mer_tasks.errors import ConfigError
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.runs.shards import Track, process_tracks, report_name, write_array, write_report

logger = logging.getLogger(__name__)


def _put_means(run: Run, shard_key: str, size: int, tracks: list[Track]) -> None:
    """Write the mean vectors of `tracks` to one file, and replace each by the file's key and its row."""
    means = np.frombuffer(b"".join(base64.b64decode(track.pop("mean")) for track in tracks), "<f4")
    key = write_array(run, STAGE, shard_key, "means", means.reshape(len(tracks), size))
    for row, track in enumerate(tracks):
        track.update({"means_key": key, "mean_row": row})


@reads_once
def embed(run: Run, shard_key: str) -> Manifest:
    """Compute the embeddings of the tracks of one shard.

    Parameters
    ----------
    run : Run
    shard_key : str
        Key of the shard's document, from ``discover``. Stage ``features`` must have run on this shard.

    Raises
    ------
    ConfigError
        If the run has no encoder, or if this machine cannot use it: the model is refused, or does not give its golden vectors.
    ObjectMissing
        If the encoder's files are gone, or when there is no report of ``features`` on this shard.
    TransientError, AccessDenied
        When a store fails as a whole.
    """
    encoder = run.encoder
    if encoder is None:
        raise ConfigError(f"run {run.run_id}: no encoder, expected one (MER_ENCODER) before stage discover")
    shard = run.read_json_key(shard_key)
    catalogue_rows = {track["track_id"]: track for track in shard["tracks"]}
    reformatted = {track["track_id"]: track for track in run.read_json("reformat", report_name(shard_key))["tracks"]}
    usable = [track["track_id"] for track in run.read_json("features", report_name(shard_key))["tracks"]]
    tracks = [{**catalogue_rows[track_id], **reformatted[track_id]} for track_id in usable]
    with Stopwatch() as watch, Reformatter(run) as reformatter, EmbeddingMaker(run, reformatter) as maker:
        outcome = process_tracks(STAGE, tracks, "computed", maker.embeddings)
        _put_means(run, shard_key, encoder.size, outcome.tracks)
    logger.info("%s: %s", shard["name"], outcome.counters)
    return write_report(run, STAGE, shard_key, shard, outcome, watch, space=run.space)
