"""Features of tracks: compute the content-addressed feature blob of a FLAC blob, unless the store has it already.

In: lines of the report of stage `reformat`. Out: facts of each track for the report of stage `features`.
"""

import base64
import io
import logging
from typing import Any

import numpy as np
import numpy.typing as npt

from mer_tasks.audio.fingerprint import VERSION as FINGERPRINT_VERSION
from mer_tasks.audio.fingerprint import fingerprint
from mer_tasks.audio.spectra import Extractor
from mer_tasks.audio.track_summary import VERSION as SUMMARY_VERSION
from mer_tasks.audio.track_summary import summarize_track
from mer_tasks.config import Config, deciding
from mer_tasks.corpus.reformatter import Reformatter
from mer_tasks.corpus.reformatter import recipe as reformat_recipe
from mer_tasks.errors import AudioError
from mer_tasks.runs.run import Run
from mer_tasks.runs.shards import Track
from mer_tasks.storage.blobs import Blobs, Facts

logger = logging.getLogger(__name__)

STAGE = "features"
"""Stage that the blobs and the recipe belong to."""
VERSION = 2
"""Increased by one when a change of this module changes what it writes."""


def recipe(config: Config) -> dict[str, Any]:
    """Return everything that decides the features of a track, besides its audio."""
    return {
        "stage": STAGE,
        "version": VERSION,
        **{name: getattr(config, name) for name in deciding("features")},
        "fingerprint": FINGERPRINT_VERSION,
        "summary": SUMMARY_VERSION,
        "numpy": np.__version__,
        "audio": reformat_recipe(config),
    }


class FeatureMaker:
    """Computes the feature blobs of a run, or finds those that the store has."""

    def __init__(self, run: Run, reformatter: Reformatter) -> None:
        self.run = run
        self.blobs = Blobs(run.store, STAGE, ".npy", recipe(run.config))
        self._reformatter = reformatter
        self._extractor = Extractor(run.config.segment_seconds)

    def features(self, track: Track) -> tuple[Facts, bool]:
        """Return facts for the report on `track`, and whether the store had its blob already; raises :class:`AudioError`."""
        facts = self.blobs.find(track["sha256"])
        reused = facts is not None
        if facts is None:
            facts = self._make(track)
        reported = {name: facts[name] for name in ("segments", "fingerprint", "summary")}
        return {"features_key": self.blobs.key(track["sha256"]), **reported}, reused

    def _make(self, track: Track) -> Facts:
        try:
            samples = self._reformatter.samples(track)
            array = self._extractor.track(samples)
        except AudioError as error:
            if error.reason == "too_short":
                self.blobs.reject(track["sha256"], error)
            logger.warning("%s: %s", self.run.landing.uri(track["key"]), error)
            raise
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=False)
        facts = {
            "segments": len(array),
            "frames": self._extractor.frames,
            "fingerprint": _base64(fingerprint(samples).astype("<u4")),
            "summary": _base64(summarize_track(array).astype("<f4")),
        }
        return self.blobs.save(track["sha256"], buffer.getvalue(), facts)


def _base64(values: npt.NDArray[Any]) -> str:
    return base64.b64encode(values.tobytes()).decode()
