"""Embeddings of tracks: compute the content-addressed blob of an encoder's vectors, unless the store has it already.

In: lines of the report of stage `reformat`. Out: facts of each track for the report of stage `embed`.
"""

import base64
import io
import logging
from contextlib import ExitStack
from typing import Any

import numpy as np

from mer_tasks.config import Config
from mer_tasks.corpus.reformatter import Reformatter
from mer_tasks.corpus.reformatter import recipe as reformat_recipe
from mer_tasks.corpus.run_encoder import stored_encoder
from mer_tasks.encoders.encoder_process import EncoderProcess
from mer_tasks.encoders.golden_check import check_encoder
from mer_tasks.errors import AudioError
from mer_tasks.runs.run import Run
from mer_tasks.runs.shards import Track
from mer_tasks.storage.blobs import Blobs, Facts

logger = logging.getLogger(__name__)

STAGE = "embed"
"""Stage that the blobs and the recipe belong to."""
VERSION = 1
"""Increased by one when a change of this module changes what it writes."""
DETERMINISTIC = frozenset({"too_short", "no_embedding"})
"""Reasons of rejection that depend on nothing but the audio and the recipe: they are stored and not tried again."""


def recipe(config: Config, space: str | None) -> dict[str, Any]:
    """Return everything that decides the embeddings of a track, besides its audio.

    The version of ONNX Runtime is not in it: the golden audio shows that a machine computes the vectors of the space.

    Parameters
    ----------
    config : Config
    space : str or None
        Space of the encoder.
    """
    return {"stage": STAGE, "version": VERSION, "space": space, "audio": reformat_recipe(config)}


class EmbeddingMaker:
    """Computes the embedding blobs of a run, or finds those that the store has; a context manager that ends its process.

    The encoder is loaded and checked on its golden audio when the first blob has to be computed.
    """

    def __init__(self, run: Run, reformatter: Reformatter) -> None:
        self.run = run
        self.blobs = Blobs(run.store, STAGE, ".npy", recipe(run.config, run.space))
        self._reformatter = reformatter
        self._process: EncoderProcess | None = None
        self._open = ExitStack()

    def __enter__(self) -> "EmbeddingMaker":
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def embeddings(self, track: Track) -> tuple[Facts, bool]:
        """Return facts for the report on `track`, and whether the store had its blob already; raises :class:`AudioError`."""
        facts = self.blobs.find(track["sha256"])
        reused = facts is not None
        if facts is None:
            facts = self._make(track)
        return {"embedding_key": self.blobs.key(track["sha256"]), **{name: facts[name] for name in ("windows", "mean")}}, reused

    def _make(self, track: Track) -> Facts:
        process = self._started()
        try:
            vectors = process.embed(self._reformatter.samples(track))
        except AudioError as error:
            if error.reason in DETERMINISTIC:
                self.blobs.reject(track["sha256"], error)
            logger.warning("%s: %s", self.run.landing.uri(track["key"]), error)
            raise
        buffer = io.BytesIO()
        np.save(buffer, vectors, allow_pickle=False)
        mean = base64.b64encode(vectors.mean(axis=0, dtype=np.float64).astype("<f4").tobytes()).decode()
        return self.blobs.save(track["sha256"], buffer.getvalue(), {"windows": len(vectors), "mean": mean})

    def _started(self) -> EncoderProcess:
        """Start the encoder's process, and check that this machine computes its golden vectors."""
        if self._process is None:
            folder = stored_encoder(self.run)
            process = self._open.enter_context(EncoderProcess(folder.encoder, folder.model))
            cosine = check_encoder(folder, process)
            logger.info("encoder %s: golden audio has cosine %.6f on this machine", folder.encoder, cosine)
            self._process = process
        return self._process
