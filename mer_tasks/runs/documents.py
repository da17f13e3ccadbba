"""Read stored documents by key: JSON, Parquet tables and arrays. A cache lets each stage fetch a document once.

In: keys of a store. Out: parsed documents and their sha256. Outside of a stage, every call reads from the store. Within a stage
(:func:`reads_once`), a parsed document stays in the cache until the stage ends or writes the document again.

A caller may change a table: it is a copy that shares its columns until one is changed. JSON documents and arrays are shared
between callers, and must not be changed.
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
from mer_tasks.storage import open_store
from mer_tasks.storage.base import ObjectStore

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from mer_tasks.runs.run import Run

Result = TypeVar("Result")
Entry = TypeVar("Entry", bound=Callable[..., Any])


class Documents:
    """Reader and writer of the documents of one store, with an optional cache.

    Parameters
    ----------
    store_url : str
    keep : bool
        Cache documents that were read, so that each is fetched once.
    """

    def __init__(self, store_url: str, *, keep: bool = False) -> None:
        self.keep = keep
        self.store_url = store_url
        self._parsed: dict[str, Any] = {}
        self._digests: dict[str, str] = {}
        self._derived: dict[str, tuple[tuple[str, ...], Any]] = {}

    @cached_property
    def store(self) -> ObjectStore:
        """Store of the documents; it is opened on first use."""
        return open_store(self.store_url)

    def json(self, key: str, *, keep: bool = True) -> dict[str, Any]:
        """Read a JSON document; raises :class:`ObjectMissing`, or :class:`IntegrityError` if it is not JSON.

        With ``keep=False`` it is not cached. That saves memory where the reports of all shards are read into one table.
        """
        document: dict[str, Any] = self._read(key, keep)
        return document

    def table(self, key: str) -> "pd.DataFrame":
        """Read a Parquet table; raises :class:`ObjectMissing`."""
        table: pd.DataFrame = self._read(key, True)
        return table.copy(deep=False)

    def arrays(self, key: str) -> "Mapping[str, npt.NDArray[np.generic]]":
        """Read the arrays of an ``.npz`` by name; raises :class:`ObjectMissing`, or :class:`IntegrityError` for other data."""
        arrays: Mapping[str, npt.NDArray[np.generic]] = self._read(key, True)
        return arrays

    def sha256(self, key: str) -> str:
        """Return the sha256 of the stored bytes, in hex; raises :class:`ObjectMissing`."""
        if key in self._digests:
            return self._digests[key]
        data = self.store.get(key)
        digest = hashlib.sha256(data).hexdigest()
        if self.keep and PurePosixPath(key).suffix in PARSERS:
            self._parsed[key] = self._parse(key, data)
            self._digests[key] = digest
        return digest

    def put(self, key: str, data: bytes) -> None:
        """Write a document, and remove from the cache its earlier version and every value derived from that."""
        self.store.put(key, data)
        self._parsed.pop(key, None)
        self._digests.pop(key, None)
        self._derived = {name: entry for name, entry in self._derived.items() if not key.startswith(entry[0])}

    def derived(self, name: str, prefixes: tuple[str, ...], make: Callable[[], Result]) -> Result:
        """Return the result of `make`, a value that is derived from documents and cached like them.

        Parameters
        ----------
        name : str
            Name of the value, unique among the values derived from documents of this store.
        prefixes : tuple of str
            Prefixes of the keys of the documents that `make` reads. Writing such a document removes the value from the cache.
        make : callable
            Called without arguments if the value is not cached.
        """
        if name in self._derived:
            cached: Result = self._derived[name][1]
            return cached
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
            self._parsed[key] = document
            self._digests[key] = hashlib.sha256(data).hexdigest()
        return document

    def _parse(self, key: str, data: bytes) -> Any:
        return PARSERS[PurePosixPath(key).suffix](self.store.uri(key), data)


def _json(uri: str, data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError as error:
        raise IntegrityError(f"{uri}: {error}; expected a JSON document") from None


def parquet_table(data: bytes) -> "pd.DataFrame":
    """Read a Parquet table from its bytes."""
    import pandas as pd

    # Reading ahead gains nothing, because the bytes are in memory. With it, pyarrow 26 may abort a process that then ends.
    return pd.read_parquet(io.BytesIO(data), pre_buffer=False)


def _table(uri: str, data: bytes) -> "pd.DataFrame":
    return parquet_table(data)


def _arrays(uri: str, data: bytes) -> "Mapping[str, npt.NDArray[np.generic]]":
    import numpy as np

    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return dict(arrays)
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise IntegrityError(f"{uri}: {error}; expected an .npz file") from None


PARSERS: dict[str, Callable[[str, bytes], Any]] = {".json": _json, ".parquet": _table, ".npz": _arrays}


def reads_once(stage: Entry) -> Entry:
    """Decorate a stage's entry function so that the stage fetches each document once. Stages that it calls share its cache.

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
