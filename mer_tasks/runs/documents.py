"""Reading of stored documents: JSON, Parquet tables and arrays, by key. A stage fetches each of them once.

In: keys of a store. Out: what the documents hold, and their sha256. Outside of a stage every document is read when it is asked
for. Within a stage (:func:`reads_once`) it is kept, parsed, until the stage ends or writes it again.

What a caller gets is the caller's own to change where that is cheap: a table is a copy that shares its columns until one is
changed. JSON documents and arrays are shared, and must not be changed.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, wraps
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar, cast

from mer_tasks.errors import IntegrityError
from mer_tasks.storage.base import ObjectStore
from mer_tasks.storage.factory import open_store

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from mer_tasks.runs.run import Run

Result = TypeVar("Result")
Entry = TypeVar("Entry", bound=Callable[..., Any])


class Documents:
    """The documents of one store.

    Parameters
    ----------
    store_url : str
    keep : bool
        Keep what was read, so that it is fetched once.
    """

    def __init__(self, store_url: str, *, keep: bool = False) -> None:
        self.keep = keep
        self.store_url = store_url
        self._parsed: dict[str, Any] = {}
        self._digests: dict[str, str] = {}
        self._derived: dict[str, tuple[tuple[str, ...], Any]] = {}

    @cached_property
    def store(self) -> ObjectStore:
        """Where the documents lie; opened when it is first asked for."""
        return open_store(self.store_url)

    def json(self, key: str, *, keep: bool = True) -> dict[str, Any]:
        """A JSON document; raises :class:`ObjectMissing`, or :class:`IntegrityError` if it is not JSON.

        Without `keep` it is not kept: for the reports of all shards, which are read one after the other into one table.
        """
        document: dict[str, Any] = self._read(key, keep)
        return document

    def table(self, key: str) -> "pd.DataFrame":
        """A Parquet table; raises :class:`ObjectMissing`."""
        table: pd.DataFrame = self._read(key, True)
        return table.copy(deep=False)

    def arrays(self, key: str) -> "Mapping[str, npt.NDArray[np.generic]]":
        """The arrays of an ``.npz`` file by name; raises :class:`ObjectMissing`, or :class:`IntegrityError` if it is none."""
        arrays: Mapping[str, npt.NDArray[np.generic]] = self._read(key, True)
        return arrays

    def sha256(self, key: str) -> str:
        """sha256 of the stored bytes, in hex; raises :class:`ObjectMissing`."""
        if key in self._digests:
            return self._digests[key]
        data = self.store.get(key)
        digest = hashlib.sha256(data).hexdigest()
        if self.keep and PurePosixPath(key).suffix in PARSERS:
            self._parsed[key], self._digests[key] = self._parse(key, data), digest
        return digest

    def put(self, key: str, data: bytes) -> None:
        """Write a document. What was kept of an earlier one, and what was derived from it, is forgotten."""
        self.store.put(key, data)
        self._parsed.pop(key, None)
        self._digests.pop(key, None)
        self._derived = {name: kept for name, kept in self._derived.items() if not key.startswith(kept[0])}

    def derived(self, name: str, prefixes: tuple[str, ...], make: Callable[[], Result]) -> Result:
        """What `make` returns, which is kept as documents are.

        Parameters
        ----------
        name : str
            Unique among what is derived from documents of this store.
        prefixes : tuple of str
            Of the keys of the documents that it is derived from.
        make : callable
        """
        if name in self._derived:
            kept: Result = self._derived[name][1]
            return kept
        result = make()
        if self.keep:
            self._derived[name] = (prefixes, result)
        return result

    def _read(self, key: str, keep: bool) -> Any:
        if key in self._parsed:
            return self._parsed[key]
        data = self.store.get(key)
        document = self._parse(key, data)
        if self.keep and keep:
            self._parsed[key], self._digests[key] = document, hashlib.sha256(data).hexdigest()
        return document

    def _parse(self, key: str, data: bytes) -> Any:
        return PARSERS[PurePosixPath(key).suffix](self.store.uri(key), data)


def _json(uri: str, data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError as error:
        raise IntegrityError(f"{uri}: {error}; expected a JSON document") from None


def _table(uri: str, data: bytes) -> "pd.DataFrame":
    import pandas as pd

    return pd.read_parquet(io.BytesIO(data))


def _arrays(uri: str, data: bytes) -> "Mapping[str, npt.NDArray[np.generic]]":
    import numpy as np

    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return dict(arrays)
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise IntegrityError(f"{uri}: {error}; expected an .npz file") from None


PARSERS: dict[str, Callable[[str, bytes], Any]] = {".json": _json, ".parquet": _table, ".npz": _arrays}


def reads_once(stage: Entry) -> Entry:
    """Decorator of a stage's entry: the stage fetches each document once. Stages that it calls share what it keeps.

    Examples
    --------
    ::

        @reads_once
        def split(run: Run) -> Manifest:
            labels = run.read_table("labels", LABELS)  # fetched here, and not again before `split` ends
    """

    @wraps(stage)
    def entry(run: "Run", *args: Any, **kwargs: Any) -> Any:
        if not run.documents.keep:
            run = replace(run, documents=Documents(run.config.store_url, keep=True))
        return stage(run, *args, **kwargs)

    return cast("Entry", entry)
