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

import hashlib
import logging
from dataclasses import asdict
from typing import Any

import soundfile
import soxr

from mer_tasks.audio.decoder_process import MIB, Decoder
from mer_tasks.audio.decoding import QUALITY, SAMPLE_RATE, Decoded
from mer_tasks.config import Config
from mer_tasks.errors import AccessDenied, AudioError, ObjectMissing
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.runs.shards import Track, work_through, write_report
from mer_tasks.storage.blobs import Blobs, Facts

logger = logging.getLogger(__name__)

STAGE = "reformat"
VERSION = 2
"""Counted up when this stage's code changes what it writes."""
DETERMINISTIC = frozenset({"not_audio", "empty_audio", "too_long", "truncated", "not_finite", "silent"})
"""Reasons that follow from the bytes and the recipe alone."""
IN_REPORT = ("duration_seconds", "sample_rate", "channels", "pcm_sha256", "artists", "tag_problem")


def recipe(config: Config) -> dict[str, Any]:
    """Everything besides the audio that decides what this stage makes of it."""
    return {
        "stage": STAGE,
        "version": VERSION,
        "sample_rate": SAMPLE_RATE,
        "quality": QUALITY,
        "max_duration_seconds": config.max_duration_seconds,
        "libsndfile": soundfile.__libsndfile_version__,
        "soxr": soxr.__libsoxr_version__,
    }


class Reformatter:
    """Makes and finds the FLAC blobs of a run; a context manager that ends its decoding process."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.blobs = Blobs(run.store, STAGE, ".flac", recipe(run.config))
        self._decoder = Decoder(
            max_duration_seconds=run.config.max_duration_seconds,
            timeout_seconds=run.config.decode_timeout_seconds,
            memory_mb=run.config.decode_memory_mb,
        )

    def __enter__(self) -> "Reformatter":
        return self

    def __exit__(self, *_: object) -> None:
        self._decoder.close()

    def reformat(self, track: Track) -> tuple[Facts, bool]:
        """Facts for the report on `track`, and whether its blob was already there; raises AudioError."""
        facts = self.blobs.find(track["sha256"])
        found = facts is not None
        if facts is None:
            facts, _ = self.make(track)
        return {"audio_key": self.blobs.key(track["sha256"]), **{name: facts[name] for name in IN_REPORT}}, found

    def make(self, track: Track) -> tuple[Facts, bytes]:
        """Decode `track` whatever is stored already; its facts and its FLAC. Raises AudioError."""
        data = self._landed(track)
        try:
            decoded = self._decoder.decode(data)
        except AudioError as error:
            if error.reason in DETERMINISTIC:
                self.blobs.reject(track["sha256"], error)
            logger.warning("%s: %s", self.run.landing.uri(track["key"]), error)
            raise
        if decoded.tag_problem:
            logger.warning("%s: its tags cannot be read: %s", ascii(self.run.landing.uri(track["key"])), decoded.tag_problem)
        return self.blobs.save(track["sha256"], decoded.flac, _facts(decoded)), decoded.flac

    def _landed(self, track: Track) -> bytes:
        largest = self.run.config.decode_memory_mb * MIB // 2
        if track["size"] > largest:
            raise AudioError("decode_memory", f"{track['size']} bytes, expected at most {largest} (half of decode_memory_mb)")
        try:
            data = self.run.landing.get(track["key"])
        except (AccessDenied, ObjectMissing) as error:
            # a store that can still be listed has lost or locked this one object; one that cannot raises here
            next(self.run.landing.list(f"{track['genre']}/"), None)
            raise AudioError("unreadable", str(error)) from None
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 != track["sha256"]:
            raise AudioError("changed", f"sha256 {sha256}, expected {track['sha256']} as in the catalogue")
        return data


def _facts(decoded: Decoded) -> Facts:
    facts = asdict(decoded)
    del facts["flac"]
    return facts


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
