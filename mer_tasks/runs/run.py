"""One pipeline run: its configuration, its stores, and the documents that its stages leave for each other.

Everything of a run lies under ``runs/<run id>/<stage>/``. A stage ends by writing ``manifest.json`` there (a sharded stage:
one report per shard); the next stage begins by reading it. Only these small documents travel between tasks.
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
from mer_tasks.runs.artifacts import MANIFEST
from mer_tasks.runs.documents import Documents
from mer_tasks.storage.base import ObjectStore
from mer_tasks.storage.factory import open_store

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

Manifest = dict[str, Any]


def safe_name(name: str) -> str:
    """`name` with everything but letters, digits, ``.``, ``_`` and ``-`` made ``-``: usable in a key and in a shell.

    A name that this changes gets a short hash of the original, so that two names never become one.
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


class Stopwatch:
    """Wall and CPU seconds of a ``with`` block, child processes that ended in it included."""

    def __enter__(self) -> "Stopwatch":
        self._wall, self._cpu = time.perf_counter(), self._cpu_seconds()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._wall
        self.cpu_seconds = self._cpu_seconds() - self._cpu

    @staticmethod
    def _cpu_seconds() -> float:
        usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)

    def counters(self) -> dict[str, float]:
        """``seconds`` and ``cpu_seconds``, for a manifest's counters."""
        return {"seconds": round(self.seconds, 3), "cpu_seconds": round(self.cpu_seconds, 3)}


@dataclass(frozen=True)
class Run:
    """A run as its stages see it.

    Attributes
    ----------
    config : Config
        What to compute.
    run_id : str
        Name of the run, already safe in keys (see :func:`safe_name`).
    try_number : int
        1, and one more each time the scheduler tries the current task again.
    documents : Documents
        Reads and writes documents of the store; made of the configuration if it is not given.
    """

    config: Config
    run_id: str
    try_number: int = 1
    documents: Documents = field(default=None, repr=False, compare=False)  # type: ignore[assignment]  # see __post_init__

    def __post_init__(self) -> None:
        """A run that is made from another, by :func:`dataclasses.replace`, shares its documents if both have one store."""
        documents = self.documents
        if not documents or documents.store_url != self.config.store_url:
            keep = bool(documents and documents.keep)
            object.__setattr__(self, "documents", Documents(self.config.store_url, keep=keep))

    @property
    def store(self) -> ObjectStore:
        """Where the run's outputs and the content-addressed blobs lie."""
        return self.documents.store

    @cached_property
    def landing(self) -> ObjectStore:
        """Where audio and annotations arrive; never written by a stage."""
        return open_store(self.config.landing)

    def key(self, stage: str, name: str) -> str:
        """Key of the document `name` of `stage` in this run."""
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
        """Close `stage`: write its manifest (with the stage and run names added) and return it."""
        document = {"stage": stage, "run_id": self.run_id, **value}
        self.write_json(stage, MANIFEST, document)
        return document

    def manifest(self, stage: str) -> Manifest:
        """The manifest that `stage` closed with."""
        return self.read_json(stage, MANIFEST)

    def sha256(self, stage: str, name: str) -> str:
        """sha256 of a document of this run, in hex; raises :class:`~mer_tasks.errors.ObjectMissing`."""
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
        np.savez(buffer, **arrays)  # type: ignore[arg-type]  # a name of theirs could be one of savez's own
        return self.write_bytes(stage, name, buffer.getvalue())

    def read_arrays(self, stage: str, name: str) -> "Mapping[str, npt.NDArray[Any]]":
        """Read the arrays of an ``.npz`` of this run; see :meth:`Documents.arrays`."""
        return self.documents.arrays(self.key(stage, name))


def run_as_published(run: Run, run_id: str, values: Mapping[str, Any]) -> Run:
    """A published run, with the configuration that it was published with.

    Parameters
    ----------
    run : Run
        Its stores, database and scratch folder are used.
    run_id : str
    values : mapping
        The published configuration. Fields that are new since have their defaults; those that are no more are left out.
    """
    defaults = {name: field.get_default() for name, field in Config.model_fields.items()}
    known = {name: value for name, value in values.items() if name in defaults}
    places = {name: getattr(run.config, name) for name in deciding("places")}
    return Run(Config.load({**defaults, **known, **places}), run_id, documents=run.documents)
