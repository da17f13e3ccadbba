"""A pipeline run: its configuration, its stores, and the documents that its stages write for each other.

The documents of a run are under ``runs/<run id>/<stage>/``. A stage ends by writing ``manifest.json`` there (a sharded stage:
one report per shard), and the next stage begins by reading it. Tasks pass only these small documents to each other.
"""

import hashlib
import io
import json
import re
import resource
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mer_tasks.config import Config, deciding
from mer_tasks.label_set import LabelSet, label_set_of
from mer_tasks.landing.folder import open_landing
from mer_tasks.runs.artifacts import ENCODER, LABEL_SET, MANIFEST
from mer_tasks.runs.documents import Documents
from mer_tasks.storage.base import ObjectStore

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from mer_tasks.encoders.description import Encoder

Manifest = dict[str, Any]


def safe_name(name: str) -> str:
    """Make a name that is safe in a key and in a shell: letters, digits, ``.``, ``_`` and ``-``.

    Other characters become ``-``. A changed name ends with a short hash of the original, so that two names stay different.

    Examples
    --------
    >>> safe_name("r1"), safe_name("my run")
    ('r1', 'my-run-d33e7609')
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


class Stopwatch:
    """Measure wall and CPU seconds of a ``with`` block, including child processes that end in it."""

    def __enter__(self) -> "Stopwatch":
        self._wall = time.perf_counter()
        self._cpu = self._cpu_seconds()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._wall
        self.cpu_seconds = self._cpu_seconds() - self._cpu

    @staticmethod
    def _cpu_seconds() -> float:
        usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)

    def counters(self) -> dict[str, float]:
        """Return ``seconds`` and ``cpu_seconds``, for a manifest's counters."""
        return {"seconds": round(self.seconds, 3), "cpu_seconds": round(self.cpu_seconds, 3)}


@dataclass(frozen=True)
class Run:
    """A run: its configuration, its name, and access to its documents.

    Attributes
    ----------
    config : Config
        Settings of the run.
    run_id : str
        Name of the run, which must be safe in keys (see :func:`safe_name`).
    try_number : int
        Number of the current try of the task: 1 at first, and one more with each retry by the scheduler.
    documents : Documents
        Reader and writer of the store's documents. By default it opens the store of the configuration.
    """

    config: Config
    run_id: str
    try_number: int = 1
    documents: Documents = field(default=None, repr=False, compare=False)  # type: ignore[assignment]  # see __post_init__

    def __post_init__(self) -> None:
        """Open the store, unless `documents` of that store are given: :func:`dataclasses.replace` passes the cache on."""
        documents = self.documents
        if not documents or documents.store_url != self.config.store_url:
            keep = bool(documents and documents.keep)
            object.__setattr__(self, "documents", Documents(self.config.store_url, keep=keep))

    @property
    def store(self) -> ObjectStore:
        """Store of the run's documents and of content-addressed blobs."""
        return self.documents.store

    @cached_property
    def landing(self) -> ObjectStore:
        """Landing zone, where audio, annotations and metadata arrive; no stage writes to it."""
        return open_landing(self.config.landing)

    @cached_property
    def label_set(self) -> LabelSet:
        """Label set of the run, as stage `discover` has written it: the configured one, or that of the model that is used."""
        uri = self.store.uri(self.key("discover", LABEL_SET))
        return label_set_of(self.read_json("discover", LABEL_SET), uri, stored=True)

    @property
    def space(self) -> str | None:
        """Space of the run's encoder, as stage `discover` has recorded it; None if the run has no encoder."""
        space: str | None = self.manifest("discover").get("encoder")
        return space

    @cached_property
    def encoder(self) -> "Encoder | None":
        """Pretrained encoder of the run, as stage `discover` has described it; None if the run has none."""
        if self.space is None:
            return None
        from mer_tasks.encoders.description import Encoder  # only runs with an encoder need it

        return Encoder.of(self.read_json("discover", ENCODER), self.store.uri(self.key("discover", ENCODER)))

    def key(self, stage: str, name: str) -> str:
        """Return the key of the document `name` of `stage` in this run."""
        return f"runs/{self.run_id}/{stage}/{name}"

    def write_json(self, stage: str, name: str, value: Mapping[str, Any]) -> str:
        """Write `value` as JSON and return its key."""
        return self.write_bytes(stage, name, json.dumps(value, indent=1, sort_keys=True, allow_nan=False).encode())

    def write_bytes(self, stage: str, name: str, data: bytes) -> str:
        """Write a document and return its key."""
        key = self.key(stage, name)
        self.documents.put(key, data)
        return key

    def read_json(self, stage: str, name: str, *, keep: bool = True) -> Manifest:
        """Read a JSON document of this run; see :meth:`Documents.json`."""
        return self.documents.json(self.key(stage, name), keep=keep)

    def read_json_key(self, key: str) -> Manifest:
        """Read the JSON document at `key`; see :meth:`Documents.json`."""
        return self.documents.json(key)

    def write_manifest(self, stage: str, value: Mapping[str, Any]) -> Manifest:
        """Complete `stage`: add stage and run names to its manifest, write it, and return it."""
        document = {"stage": stage, "run_id": self.run_id, **value}
        self.write_json(stage, MANIFEST, document)
        return document

    def manifest(self, stage: str) -> Manifest:
        """Read the manifest of `stage`."""
        return self.read_json(stage, MANIFEST)

    def sha256(self, stage: str, name: str) -> str:
        """Return the sha256 of a document of this run, in hex; raises :class:`~mer_tasks.errors.ObjectMissing`."""
        return self.documents.sha256(self.key(stage, name))

    def write_table(self, stage: str, name: str, table: "pd.DataFrame") -> str:
        """Write `table` as Parquet and return its key."""
        buffer = io.BytesIO()
        table.to_parquet(buffer, index=False)
        return self.write_bytes(stage, name, buffer.getvalue())

    def read_table(self, stage: str, name: str) -> "pd.DataFrame":
        """Read a Parquet table of this run; see :meth:`Documents.table`."""
        return self.documents.table(self.key(stage, name))

    def write_arrays(self, stage: str, name: str, arrays: "Mapping[str, npt.NDArray[Any]]") -> str:
        """Write arrays as ``.npz`` and return its key."""
        import numpy as np

        buffer = io.BytesIO()
        np.savez(buffer, **arrays)  # type: ignore[arg-type]  # an array could have the name of one of savez's own parameters
        return self.write_bytes(stage, name, buffer.getvalue())

    def read_arrays(self, stage: str, name: str) -> "Mapping[str, npt.NDArray[Any]]":
        """Read the arrays of an ``.npz`` of this run; see :meth:`Documents.arrays`."""
        return self.documents.arrays(self.key(stage, name))


def run_as_published(run: Run, run_id: str, values: Mapping[str, Any]) -> Run:
    """Make the :class:`Run` of a published run, with the configuration that it was published with.

    Parameters
    ----------
    run : Run
        Run whose stores, database and scratch folder are used.
    run_id : str
        Name of the published run.
    values : mapping
        Its published configuration. Newer fields have their defaults, and fields that no longer exist are ignored.
    """
    defaults = {name: field.get_default() for name, field in Config.model_fields.items()}
    current = {name: value for name, value in values.items() if name in defaults}
    places = {name: getattr(run.config, name) for name in deciding("places")}
    return Run(Config.load({**defaults, **current, **places}), run_id, documents=run.documents)
