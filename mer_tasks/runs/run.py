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
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mer_tasks.config import PLACES, Config
from mer_tasks.errors import IntegrityError
from mer_tasks.storage.base import ObjectStore
from mer_tasks.storage.factory import open_store

if TYPE_CHECKING:
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
    """

    config: Config
    run_id: str
    try_number: int = 1

    @cached_property
    def store(self) -> ObjectStore:
        """Where the run's outputs and the content-addressed blobs lie."""
        return open_store(self.config.store_url)

    @cached_property
    def landing(self) -> ObjectStore:
        """Where audio and annotations arrive; never written by a stage."""
        return open_store(self.config.landing)

    def key(self, stage: str, name: str) -> str:
        """Key of the document `name` of `stage` in this run."""
        return f"runs/{self.run_id}/{stage}/{name}"

    def write_json(self, stage: str, name: str, value: Mapping[str, Any]) -> str:
        """Write `value` as JSON and return its key."""
        key = self.key(stage, name)
        self.store.put(key, json.dumps(value, indent=1, sort_keys=True, allow_nan=False).encode())
        return key

    def read_json(self, stage: str, name: str) -> Manifest:
        """Read a JSON document of this run; raises :class:`~mer_tasks.errors.ObjectMissing`."""
        return self.read_json_key(self.key(stage, name))

    def read_json_key(self, key: str) -> Manifest:
        """Read the JSON document at `key`; raises :class:`~mer_tasks.errors.IntegrityError` if it is not JSON."""
        try:
            document: Manifest = json.loads(self.store.get(key))
        except ValueError as error:
            raise IntegrityError(f"{self.store.uri(key)}: {error}; expected a JSON document") from None
        return document

    def write_manifest(self, stage: str, value: Mapping[str, Any]) -> Manifest:
        """Close `stage`: write its manifest (with the stage and run names added) and return it."""
        document = {"stage": stage, "run_id": self.run_id, **value}
        self.write_json(stage, "manifest.json", document)
        return document

    def manifest(self, stage: str) -> Manifest:
        """The manifest that `stage` closed with."""
        return self.read_json(stage, "manifest.json")

    def sha256(self, stage: str, name: str) -> str:
        """sha256 of a document of this run, in hex; raises :class:`~mer_tasks.errors.ObjectMissing`."""
        return hashlib.sha256(self.store.get(self.key(stage, name))).hexdigest()

    def write_table(self, stage: str, name: str, table: "pd.DataFrame") -> str:
        """Write `table` as Parquet and return its key."""
        buffer = io.BytesIO()
        table.to_parquet(buffer, index=False)
        key = self.key(stage, name)
        self.store.put(key, buffer.getvalue())
        return key

    def read_table(self, stage: str, name: str) -> "pd.DataFrame":
        """Read a Parquet table of this run."""
        import pandas as pd

        return pd.read_parquet(io.BytesIO(self.store.get(self.key(stage, name))))


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
    places = {name: getattr(run.config, name) for name in PLACES}
    return Run(Config.load({**defaults, **known, **places}), run_id)
