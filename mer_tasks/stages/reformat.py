"""Stage ``reformat``: decode every track of a shard to mono 22,050 Hz 16-bit FLAC.

Input: the document of the shard, and the audio files of its tracks in the landing zone.

Output: one FLAC blob for each distinct audio file (:mod:`mer_tasks.storage.blobs`), and a report. For each track the report has
duration, sample rate, channels, the hash of the samples, and title, artists, album, year and track number of the tags. If the
tags cannot be read, the track is used nevertheless and counted in ``tags_unreadable``.

A file that cannot be used is rejected with a reason; the other tracks of the shard go on. The reasons are:

- those of :mod:`mer_tasks.audio.decoding`; they are stored, so the same file is not decoded again;
- those of :mod:`mer_tasks.audio.decoder_process`; the next run decodes the file again;
- ``unreadable``: the landing zone lists the file but cannot return it;
- ``changed``: the bytes of the file are no longer those of the catalogue;
- ``decode_memory``: the file alone is larger than half of the decoder's memory.

If the whole store cannot be reached or refuses access, the stage ends with the error of the store.
"""

import logging

from mer_tasks.corpus.reformatter import STAGE, Reformatter
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.runs.shards import process_tracks, write_report

logger = logging.getLogger(__name__)


@reads_once
def reformat(run: Run, shard_key: str) -> Manifest:
    """Reformat the tracks of one shard.

    Parameters
    ----------
    run : Run
    shard_key : str
        Key of the shard's document, from ``discover``.

    Raises
    ------
    TransientError, AccessDenied, ObjectMissing
        When a store fails as a whole.
    WorkerLost
        When no decoder process can be started.
    """
    shard = run.read_json_key(shard_key)
    with Stopwatch() as watch, Reformatter(run) as reformatter:
        outcome = process_tracks(STAGE, shard["tracks"], "decoded", reformatter.reformat)
        outcome.counters["tags_unreadable"] = sum(track["tag_problem"] is not None for track in outcome.tracks)
    logger.info("%s: %s", shard["name"], outcome.counters)
    return write_report(run, STAGE, shard_key, shard, outcome, watch)
