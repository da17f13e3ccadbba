"""Stage ``reformat``: every track of a shard as mono 22,050 Hz 16-bit FLAC.

In: the shard's document, and its files in the landing zone. Out: one content-addressed FLAC per audio content
(:mod:`mer_tasks.storage.blobs`) and a report with duration, rate, channels, the hash of the samples and the artists of its tags
per track. Tags that cannot be read are counted (``tags_unreadable``), and the track stays. A file that cannot be used is
rejected with a reason and never stops the shard: those of :mod:`mer_tasks.audio.decoding` (remembered, so that the file is not
decoded again), those of :mod:`mer_tasks.audio.decoder_process` (tried again in the next run), and these:

- ``unreadable``: the landing zone lists the file and does not give it;
- ``changed``: its bytes are no longer those of the catalogue;
- ``decode_memory``: its bytes alone take more than half of the decoder's memory.

The store as a whole being away or closed to us ends the stage with its own error.
"""

import logging

from mer_tasks.corpus.reformatter import STAGE, Reformatter
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.runs.shards import work_through, write_report

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
        When no decoding process can be started.
    """
    shard = run.read_json_key(shard_key)
    with Stopwatch() as watch, Reformatter(run) as reformatter:
        outcome = work_through(STAGE, shard["tracks"], "decoded", reformatter.reformat)
        outcome.counters["tags_unreadable"] = sum(track["tag_problem"] is not None for track in outcome.tracks)
    logger.info("%s: %s", shard["name"], outcome.counters)
    return write_report(run, STAGE, shard_key, shard, outcome, watch)
