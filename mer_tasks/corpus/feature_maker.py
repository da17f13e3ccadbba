"""Features of tracks: from a FLAC blob to its content-addressed feature blob, computed only if it is not there yet.

In: lines of the report of stage `reformat`. Out: facts of each track for the report of stage `features`.
"""

import base64
import io
import logging
from typing import Any

import numpy as np
import numpy.typing as npt

from mer_tasks.audio.decoding import read_flac
from mer_tasks.audio.fingerprint import VERSION as FINGERPRINT_VERSION
from mer_tasks.audio.fingerprint import fingerprint
from mer_tasks.audio.spectra import Array32, Extractor
from mer_tasks.audio.track_summary import VERSION as SUMMARY_VERSION
from mer_tasks.audio.track_summary import summary
from mer_tasks.config import Config, deciding
from mer_tasks.corpus.reformatter import Reformatter
from mer_tasks.corpus.reformatter import recipe as reformat_recipe
from mer_tasks.errors import AudioError, ObjectMissing
from mer_tasks.runs.run import Run
from mer_tasks.runs.shards import Track
from mer_tasks.storage.blobs import Blobs, Facts

logger = logging.getLogger(__name__)

STAGE = "features"
"""Whose blobs and recipe these are."""
VERSION = 2
"""Counted up when this module changes what it writes."""


def recipe(config: Config) -> dict[str, Any]:
    """Everything besides the audio that decides what is made of it."""
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
    """Makes and finds the feature blobs of a run."""

    def __init__(self, run: Run, reformatter: Reformatter) -> None:
        self.run = run
        self.blobs = Blobs(run.store, STAGE, ".npy", recipe(run.config))
        self._reformatter = reformatter
        self._extractor = Extractor(run.config.segment_seconds)

    def features(self, track: Track) -> tuple[Facts, bool]:
        """Facts for the report on `track`, and whether its blob was already there; raises AudioError."""
        facts = self.blobs.find(track["sha256"])
        found = facts is not None
        if facts is None:
            facts = self._make(track)
        kept = {name: facts[name] for name in ("segments", "fingerprint", "summary")}
        return {"features_key": self.blobs.key(track["sha256"]), **kept}, found

    def _make(self, track: Track) -> Facts:
        try:
            samples = self._samples(track)
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
            "fingerprint": _text(fingerprint(samples).astype("<u4")),
            "summary": _text(summary(array).astype("<f4")),
        }
        return self.blobs.save(track["sha256"], buffer.getvalue(), facts)

    def _samples(self, track: Track) -> Array32:
        try:
            return read_flac(self.run.store.get(track["audio_key"]))
        except (AudioError, ObjectMissing) as error:
            logger.warning("%s: decoding it again, because: %s", self.run.store.uri(track["audio_key"]), error)
        _, flac = self._reformatter.make(track)
        return read_flac(flac)


def _text(values: npt.NDArray[Any]) -> str:
    return base64.b64encode(values.tobytes()).decode()
