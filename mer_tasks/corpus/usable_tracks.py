"""Corpus of a run: join the results of `discover`, `reformat`, `features` and `embed` to one table of usable tracks.

In: the catalogue, the reports of every shard, and the names of metadata files. Out: the usable tracks, the rejected files, and
the stages' counters. Nothing is written. Every stage after the fan-out starts from this table.
"""

import io
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.audio.fingerprint import Peaks
from mer_tasks.audio.track_summary import SUMMARY_NAMES
from mer_tasks.corpus.inner_folds import is_cross_fitted
from mer_tasks.corpus.track_metadata import NAMES, ONLY_IN_FILES, read_metadata, with_metadata
from mer_tasks.errors import ConfigError, IntegrityError
from mer_tasks.runs.artifacts import CATALOGUE, PREDICTIONS, REJECTED_FILES
from mer_tasks.runs.pipeline import FAN_OUT, fan_out_of
from mer_tasks.runs.run import Run
from mer_tasks.runs.shards import joined_lines, report_name

logger = logging.getLogger(__name__)

COLUMNS = {
    "track_id": "str",
    "genre": "str",
    "sha256": "str",
    "key": "str",
    "features_key": "str",
    "segments": "int64",
    "duration_seconds": "float64",
    "audio_key": "str",
    "sample_rate": "int64",
    "channels": "int64",
    "pcm_sha256": "str",
    "artists": "object",
    "fingerprints_key": "str",
    "first_peak": "int64",
    "peaks": "int64",
}
DECODING = {"decoder": "str", "mixdown": "str"}
"""Columns without values in reports of earlier versions, as those of ``NAMES``."""
SUMMARY = {"summaries_key": "str", "summary_row": "Int64"}
"""Columns without values in reports of versions that wrote no summaries; only :func:`load_summaries` needs them."""
EMBEDDING = {"embedding_key": "str", "windows": "Int64"}
MEAN = {"means_key": "str", "mean_row": "Int64"}
"""Columns without values in runs without an encoder: the blob of `embed` with its number of windows; the mean vector."""
ROWS = 1 << 12
"""Number of tracks that are kept as Python objects at a time: a table needs a fifth of their memory."""
Texts = tuple[str, ...]


@dataclass(frozen=True)
class Corpus:
    """Usable tracks and rejected files of a run, after the fan-out.

    Attributes
    ----------
    tracks : pd.DataFrame
        One row per usable track, sorted by ``track_id``: see ``COLUMNS``, ``DECODING``, ``SUMMARY``, ``EMBEDDING``, ``MEAN``,
        and ``NAMES`` and ``ONLY_IN_FILES`` of :mod:`mer_tasks.corpus.track_metadata`. ``key`` is the file's key in the landing
        zone, and ``artists`` is a tuple of the texts that name its artists.
    rejected : list of dict
        ``track_id``, ``genre``, ``key``, ``sha256``, ``stage``, ``reason``, ``detail`` of every rejected file.
    genres : tuple of str
        Every genre that has a file, usable or not, sorted.
    counters : dict
        Counters of `discover`, `reformat`, `features` and, with an encoder, `embed`, summed over shards.
    """

    tracks: pd.DataFrame
    rejected: list[dict[str, Any]]
    genres: tuple[str, ...]
    counters: dict[str, dict[str, float]]


def load_corpus(run: Run) -> Corpus:
    """Join the catalogue of `run` with the reports of its shards. A stage joins them once, however often it calls this.

    Raises
    ------
    ObjectMissing
        If a shard has no report of `reformat`, `features` or, with an encoder, `embed`.
    IntegrityError
        If a report names a track that is not in the catalogue, or an earlier version of this code wrote the report.
    """
    prefixes = tuple(run.key(stage, "") for stage in ("discover", *FAN_OUT))
    return run.documents.derived(f"corpus of {prefixes[0]}", prefixes, lambda: _joined(run))


def _joined(run: Run) -> Corpus:
    discovered = run.manifest("discover")
    stages = fan_out_of(run)
    catalogue = run.read_table("discover", CATALOGUE)
    rejected: dict[str, list[dict[str, Any]]] = {stage: [] for stage in stages}
    totals: dict[str, dict[str, float]] = {stage: defaultdict(float) for stage in stages}
    rows: list[dict[str, Any]] = []
    tables = []
    shared: dict[Texts, Texts] = {}
    for shard in discovered["shards"]:
        reports = {stage: run.read_json(stage, report_name(shard["key"]), keep=False) for stage in stages}
        for stage, report in reports.items():
            rejected[stage] += report["rejected"]
            for name, value in report["counters"].items():
                totals[stage][name] += value
        rows += joined_lines(reports.values())
        if len(rows) >= ROWS:
            tables.append(_table(run, rows, shared))
            rows = []
    tracks = pd.concat([*tables, _table(run, rows, shared)]).sort_values("track_id", ignore_index=True)
    positions = pd.Index(catalogue["track_id"]).get_indexer(tracks["track_id"])
    if (positions < 0).any():
        unknown = tracks.loc[positions < 0, "track_id"].iloc[0]
        raise IntegrityError(f"run {run.run_id}: the reports have track {unknown!r}, expected tracks of the catalogue only")
    tracks["key"] = catalogue["key"].take(positions).array
    tracks = with_metadata(tracks, read_metadata(run))
    rejected_by_name = run.read_json("discover", REJECTED_FILES)["rejected"]
    all_rejected = rejected_by_name + [line for stage in stages for line in rejected[stage]]
    counters = {"discover": dict(discovered.get("counters", {})), **{stage: dict(totals[stage]) for stage in stages}}
    genres = {*catalogue["genre"].unique(), *(line["genre"] for line in all_rejected if line["genre"])}
    columns = [*COLUMNS, *NAMES, *ONLY_IN_FILES, *DECODING, *SUMMARY, *EMBEDDING, *MEAN]
    return Corpus(tracks[columns], all_rejected, tuple(sorted(genres)), counters)


def _table(run: Run, rows: Sequence[dict[str, Any]], shared: dict[Texts, Texts]) -> pd.DataFrame:
    """Make a table of some tracks from the lines of reports: all columns of a corpus that reports have.

    Equal texts of artists are in memory once, in `shared`.
    """
    wanted = COLUMNS.keys() - {"key"}
    absent = sorted({name for row in rows for name in wanted - row.keys()})
    if absent:
        raise _of_earlier_version(run, absent, "reformat")
    columns = {
        name: dtype for name, dtype in {**COLUMNS, **NAMES, **DECODING, **SUMMARY, **EMBEDDING, **MEAN}.items() if name != "key"
    }
    table = pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=dtype) for name, dtype in columns.items()})
    table["artists"] = pd.Series([shared.setdefault(texts, texts) for texts in map(tuple, table["artists"])], dtype="object")
    return table


def _of_earlier_version(run: Run, absent: Sequence[str], stage: str) -> IntegrityError:
    return IntegrityError(
        f"run {run.run_id}: the reports have no {' and '.join(absent)}, expected reports of this version: repeat the run"
        f" from `{stage}` on"
    )


def prediction_tables(run: Run) -> tuple[tuple[str, str], ...]:
    """Return stage and name of each table of predictions of a run; they have each usable track once."""
    if run.config.mode != "predict":
        of_thresholds = () if is_cross_fitted(run) else (("thresholds", PREDICTIONS),)
        return *of_thresholds, ("evaluate", PREDICTIONS)
    return tuple(("predict", report_name(shard["key"], ".parquet")) for shard in run.manifest("discover")["shards"])


class Fingerprints(Sequence[Peaks]):
    """Fingerprints of some tracks, read from the store when they are accessed.

    Only one shard's fingerprints are in memory at a time, so access them genre by genre, in the order of track ids.

    Parameters
    ----------
    run : Run
    tracks : pd.DataFrame
        With ``fingerprints_key``, ``first_peak`` and ``peaks``.

    Raises
    ------
    ObjectMissing
        On access, if a shard's fingerprints are missing: running stage `features` again makes them.
    IntegrityError
        On access, if the file does not have the type and size that the reports state.
    """

    def __init__(self, run: Run, tracks: pd.DataFrame) -> None:
        self._run = run
        self._shards, names = pd.factorize(tracks["fingerprints_key"])
        self._names = names.to_numpy(object)
        self._firsts = tracks["first_peak"].to_numpy(np.int64)
        self._lasts = self._firsts + tracks["peaks"].to_numpy(np.int64)
        self._sizes = np.zeros(len(names), np.int64)
        np.maximum.at(self._sizes, self._shards, self._lasts)
        self._held: tuple[int, Peaks] = (-1, np.zeros(0, np.uint32))

    def __len__(self) -> int:
        return len(self._shards)

    def __getitem__(self, index: Any) -> Any:
        shard = self._shards[index]
        if self._held[0] != shard:
            self._held = shard, _array(self._run, self._names[shard], "uint32", (int(self._sizes[shard]),))
        return self._held[1][self._firsts[index] : self._lasts[index]]


def load_summaries(run: Run, tracks: pd.DataFrame) -> npt.NDArray[np.float32]:
    """Read the summary statistics of the corpus' tracks.

    Parameters
    ----------
    run : Run
    tracks : pd.DataFrame
        With ``summaries_key`` and ``summary_row``.

    Returns
    -------
    np.ndarray [shape=(tracks, 54), dtype=float32]
        In the order of `tracks`; see :mod:`mer_tasks.audio.track_summary`.

    Raises
    ------
    ObjectMissing
        If a shard's summaries are missing: running stage `features` again makes them.
    IntegrityError
        If a file does not have the type and shape that the reports state, or the reports are of a version without summaries.
    """
    absent = [name for name in SUMMARY if tracks[name].isna().any()]
    if absent:
        raise _of_earlier_version(run, absent, "features")
    return _rows(run, tracks, *SUMMARY, size=len(SUMMARY_NAMES))


def load_mean_embeddings(run: Run, tracks: pd.DataFrame) -> npt.NDArray[np.float32]:
    """Read the mean embedding of each of the corpus' tracks [shape=(tracks, size), dtype=float32], one file per shard.

    Raises
    ------
    ConfigError
        If the run has no encoder.
    ObjectMissing, IntegrityError
        If a shard's file is missing or is another one; running stage `embed` again makes it.
    """
    if run.encoder is None:
        raise ConfigError(f"run {run.run_id}: no embeddings, expected those of a run with an encoder (MER_ENCODER)")
    return _rows(run, tracks, *MEAN, size=run.encoder.size)


def _rows(run: Run, tracks: pd.DataFrame, key: str, row: str, *, size: int) -> npt.NDArray[np.float32]:
    """Read a row of numbers for each track, from the file of its shard, whose names are in the columns `key` and `row`."""
    values = np.empty((len(tracks), size), np.float32)
    for name, positions in tracks.groupby(key).indices.items():
        rows = tracks[row].to_numpy(np.int64)[positions]
        values[positions] = _array(run, str(name), "float32", (int(rows.max()) + 1, size))[rows]
    return values


def _array(run: Run, key: str, dtype: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Read a stored array, which must have `dtype` and `shape`, but may have more rows."""
    try:
        array: npt.NDArray[Any] = np.load(io.BytesIO(run.store.get(key)), allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise IntegrityError(f"{run.store.uri(key)}: {error}; expected a .npy file") from None
    if array.dtype != dtype or array.ndim != len(shape) or array.shape[1:] != shape[1:] or len(array) < shape[0]:
        raise IntegrityError(f"{run.store.uri(key)}: {array.dtype} of shape {array.shape}, expected {dtype} of shape {shape}")
    return array
