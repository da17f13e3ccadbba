"""Reformatting of tracks: decode a landed file to its content-addressed FLAC blob, unless the store has it already.

In: lines of a shard's document. Out: facts of each track for the report of stage `reformat`. Stage `features` and
:mod:`mer_tasks.corpus.cached_features` also use it for tracks whose FLAC blob is missing.
"""

import hashlib
import importlib.metadata
import logging
from dataclasses import asdict
from typing import Any

import soundfile
import soxr

from mer_tasks.audio.child_process import MIB
from mer_tasks.audio.decoder_process import Decoder
from mer_tasks.audio.decoding import RESAMPLING_QUALITY, SAMPLE_RATE, Decoded, Samples, read_flac
from mer_tasks.config import Config, deciding
from mer_tasks.errors import AccessDenied, AudioError, ObjectMissing
from mer_tasks.runs.run import Run
from mer_tasks.runs.shards import Track
from mer_tasks.storage.blobs import Blobs, Facts

logger = logging.getLogger(__name__)

STAGE = "reformat"
"""Stage that the blobs and the recipe belong to."""
VERSION = 3
"""Increased by one when a change of this module changes what it writes."""
DETERMINISTIC = frozenset({"not_audio", "empty_audio", "too_long", "truncated", "not_finite", "silent", "spikes", "test_tone"})
"""Reasons of rejection that depend on nothing but the file's bytes and the recipe: they are stored and not tried again."""
IN_REPORT = (
    *("duration_seconds", "sample_rate", "channels", "pcm_sha256", "decoder", "mixdown"),
    *("cancelled_share", "stray_samples", "dc_offset", "gain"),
    *("title", "artists", "album", "year", "track_number", "tag_problem"),
)
"""Facts on a decoded track that its line in the report has."""


def recipe(config: Config) -> dict[str, Any]:
    """Return everything that decides the FLAC blob of a file, besides its bytes."""
    return {
        "stage": STAGE,
        "version": VERSION,
        "sample_rate": SAMPLE_RATE,
        "quality": RESAMPLING_QUALITY,
        **{name: getattr(config, name) for name in deciding("audio")},
        "libsndfile": soundfile.__libsndfile_version__,
        "ffmpeg": importlib.metadata.version("av"),  # PyAV's wheel contains FFmpeg, and importing it takes memory
        "soxr": soxr.__libsoxr_version__,
    }


class Reformatter:
    """Makes the FLAC blobs of a run, or finds those that the store has; a context manager that ends its decoding process."""

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
        """Return facts for the report on `track`, and whether the store had its blob already; raises :class:`AudioError`."""
        facts = self.blobs.find(track["sha256"])
        reused = facts is not None
        if facts is None:
            facts, _ = self.make(track)
        return {"audio_key": self.blobs.key(track["sha256"]), **{name: facts[name] for name in IN_REPORT}}, reused

    def make(self, track: Track) -> tuple[Facts, bytes]:
        """Decode `track` even if its blob exists; return its facts and its FLAC bytes. Raises :class:`AudioError`."""
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

    def samples(self, track: Track) -> Samples:
        """Read the samples of a track from its FLAC blob, or decode the landed file again if the blob cannot be used.

        Parameters
        ----------
        track : dict
            Line of the shard's document, and ``audio_key`` of the blob.

        Returns
        -------
        np.ndarray [shape=(samples,), dtype=float32]
            Samples at 22,050 Hz.

        Raises
        ------
        AudioError
            If neither the blob nor the landed file can be used.
        """
        try:
            return read_flac(self.run.store.get(track["audio_key"]))
        except (AudioError, ObjectMissing) as error:
            logger.warning(
                "%s: decoding the landed file again, because the FLAC blob cannot be used: %s",
                self.run.store.uri(track["audio_key"]),
                error,
            )
        _, flac = self.make(track)
        return read_flac(flac)

    def _landed(self, track: Track) -> bytes:
        largest = self.run.config.decode_memory_mb * MIB // 2
        if track["size"] > largest:
            raise AudioError("decode_memory", f"{track['size']} bytes, expected at most {largest} (half of decode_memory_mb)")
        try:
            data = self.run.landing.get(track["key"])
        except (AccessDenied, ObjectMissing) as error:
            # listing succeeds if only this object is missing or locked; it raises if the whole store is out of reach
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
