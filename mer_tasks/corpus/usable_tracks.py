"""The corpus of a run: what `discover`, `reformat` and `features` made of the landing zone, as one table.

In: the catalogue and the reports of every shard. Out: the usable tracks, the rejected files, and the stages' counters. Nothing
is written, so this is no stage; every stage after the fan-out begins here.
"""

import io
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.audio.fingerprint import Peaks
from mer_tasks.audio.track_summary import NAMES
from mer_tasks.errors import CorpusError, IntegrityError
from mer_tasks.runs.artifacts import CATALOGUE, PREDICTIONS, REJECTED_FILES
from mer_tasks.runs.pipeline import FAN_OUT
from mer_tasks.runs.run import Run
from mer_tasks.runs.shards import report_name

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
SUMMARY = {"summaries_key": "str", "summary_row": "Int64"}
"""Missing where `features` did not write summaries yet; only :func:`load_summaries` needs them."""
ROWS = 1 << 12
"""Tracks that are held as Python's objects at a time: a table takes a fifth of that."""
NAMED = 20
"""So many files are named in a message; the others are counted."""


@dataclass(frozen=True)
class Corpus:
    """What is left of the landing zone after the fan-out.

    Attributes
    ----------
    tracks : pd.DataFrame
        One row per usable track, sorted by ``track_id``: see ``COLUMNS`` and ``SUMMARY``; ``key`` is the file's key in the
        landing zone, and ``artists`` has the list of texts of its artist tag.
    rejected : list of dict
        ``track_id``, ``genre``, ``key``, ``sha256``, ``stage``, ``reason``, ``detail`` of every file that is left out.
    genres : tuple of str
        Every genre that has a file, usable or not, in order.
    counters : dict
        Counters of `discover`, `reformat` and `features`, summed over shards.
    """

    tracks: pd.DataFrame
    rejected: list[dict[str, Any]]
    genres: tuple[str, ...]
    counters: dict[str, dict[str, float]]


def load_corpus(run: Run) -> Corpus:
    """The corpus of `run`: its catalogue, joined with the reports of its shards. Within a stage it is joined once.

    Raises
    ------
    ObjectMissing
        If a shard has not been through `reformat` and `features`.
    IntegrityError
        If a report names a track that the catalogue has not, or is of another version.
    """
    prefixes = tuple(run.key(stage, "") for stage in ("discover", *FAN_OUT))
    return run.documents.derived(f"corpus of {prefixes[0]}", prefixes, lambda: _joined(run))


def _joined(run: Run) -> Corpus:
    discovered = run.manifest("discover")
    catalogue = run.read_table("discover", CATALOGUE)
    rejected: dict[str, list[dict[str, Any]]] = {stage: [] for stage in FAN_OUT}
    totals: dict[str, dict[str, float]] = {stage: defaultdict(float) for stage in FAN_OUT}
    rows: list[dict[str, Any]] = []
    tables = []
    for shard in discovered["shards"]:
        facts: dict[str, dict[str, Any]] = {}
        for stage in FAN_OUT:
            report = run.read_json(stage, report_name(shard["key"]), keep=False)
            rejected[stage] += report["rejected"]
            facts = {track["track_id"]: {**facts.get(track["track_id"], {}), **track} for track in report["tracks"]}
            for name, value in report["counters"].items():
                totals[stage][name] += value
        rows += facts.values()
        if len(rows) >= ROWS:
            tables.append(_table(run, rows))
            rows = []
    found = pd.concat([*tables, _table(run, rows)]).sort_values("track_id", ignore_index=True)
    places = pd.Index(catalogue["track_id"]).get_indexer(found["track_id"])
    if (places < 0).any():
        unknown = found.loc[places < 0, "track_id"].iloc[0]
        raise IntegrityError(f"run {run.run_id}: the reports have track {unknown!r}, expected tracks of the catalogue only")
    found["key"] = catalogue["key"].take(places).array
    lost = run.read_json("discover", REJECTED_FILES)["rejected"] + [line for stage in FAN_OUT for line in rejected[stage]]
    counters = {"discover": dict(discovered.get("counters", {})), **{stage: dict(totals[stage]) for stage in FAN_OUT}}
    genres = {*catalogue["genre"].unique(), *(line["genre"] for line in lost if line["genre"])}
    return Corpus(found[[*COLUMNS, *SUMMARY]], lost, tuple(sorted(genres)), counters)


def _table(run: Run, rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """What reports say of some tracks: the columns of a corpus but the key."""
    wanted = COLUMNS.keys() - {"key"}
    absent = sorted({name for row in rows for name in wanted - row.keys()})
    if absent:
        raise _of_earlier_version(run, absent, "reformat")
    columns = {name: dtype for name, dtype in {**COLUMNS, **SUMMARY}.items() if name != "key"}
    return pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=dtype) for name, dtype in columns.items()})


def _of_earlier_version(run: Run, absent: Sequence[str], stage: str) -> IntegrityError:
    return IntegrityError(
        f"run {run.run_id}: the reports say nothing of {' and '.join(absent)}, expected reports of this version: repeat the run"
        f" from `{stage}` on"
    )


def prediction_tables(run: Run) -> tuple[tuple[str, str], ...]:
    """Stage and name of the tables of what the model of a run says of tracks."""
    if run.config.mode != "predict":
        return ("thresholds", PREDICTIONS), ("evaluate", PREDICTIONS)
    return tuple(("predict", report_name(shard["key"], ".parquet")) for shard in run.manifest("discover")["shards"])


class Fingerprints(Sequence[Peaks]):
    """Fingerprints of some tracks, of which one shard's are held at a time: read them genre by genre, by their ids.

    Parameters
    ----------
    run : Run
    tracks : pd.DataFrame
        With ``fingerprints_key``, ``first_peak`` and ``peaks``.

    Raises
    ------
    ObjectMissing
        When one is read, if a shard's fingerprints are gone: running `features` again makes them.
    IntegrityError
        If they are not as the reports say.
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

    def __getitem__(self, place: Any) -> Any:
        shard = self._shards[place]
        if self._held[0] != shard:
            self._held = shard, _array(self._run, self._names[shard], "uint32", (int(self._sizes[shard]),))
        return self._held[1][self._firsts[place] : self._lasts[place]]


def load_summaries(run: Run, tracks: pd.DataFrame) -> npt.NDArray[np.float32]:
    """Summary statistics of the corpus' tracks.

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
        If a shard's summaries are gone: running `features` again makes them.
    IntegrityError
        If they are not as the reports say, or the reports are of before there were any.
    """
    absent = [name for name in SUMMARY if tracks[name].isna().any()]
    if absent:
        raise _of_earlier_version(run, absent, "features")
    found = np.empty((len(tracks), len(NAMES)), np.float32)
    for key, places in tracks.groupby("summaries_key").indices.items():
        rows = tracks["summary_row"].to_numpy(np.int64)[places]
        found[places] = _array(run, str(key), "float32", (int(rows.max()) + 1, len(NAMES)))[rows]
    return found


def _array(run: Run, key: str, dtype: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """A stored array of that shape, or with more rows."""
    try:
        found: npt.NDArray[Any] = np.load(io.BytesIO(run.store.get(key)), allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise IntegrityError(f"{run.store.uri(key)}: {error}; expected a .npy file") from None
    if found.dtype != dtype or found.ndim != len(shape) or found.shape[1:] != shape[1:] or len(found) < shape[0]:
        raise IntegrityError(f"{run.store.uri(key)}: {found.dtype} of shape {found.shape}, expected {dtype} of shape {shape}")
    return found


def check_budget(corpus: Corpus, budget: float) -> None:
    """Refuse a corpus of which too much was rejected.

    Parameters
    ----------
    corpus : Corpus
    budget : float
        Share of a genre's files that may be rejected.

    Raises
    ------
    CorpusError
        In one line, every genre that has more rejected files than that, or no usable track at all, with the files' ids and
        reasons.
    """
    usable = corpus.tracks["genre"].value_counts()
    lost: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in corpus.rejected:
        lost[line["genre"] or ""].append(line)
    # the decimal that was written, so that 3 of 30 files are within 0.1
    allowed = Fraction(repr(float(budget)))
    complaints = []
    for genre in corpus.genres:
        left, gone = int(usable.get(genre, 0)), lost[genre]
        files = left + len(gone)
        if not left:
            complaints.append(f"genre {genre!r} has no usable audio among {files} files: {_named(gone)}")
        elif len(gone) > allowed * files:
            limit = int(allowed * files)
            complaints.append(
                f"genre {genre!r}: {len(gone)} of {files} files rejected, expected at most {limit}"
                f" (reject_budget {budget:g}): {_named(gone)}"
            )
    if not corpus.genres:
        complaints.append("no usable audio: the landing zone has no file of the chosen genres")
    if complaints:
        raise CorpusError("; ".join(complaints))
    if corpus.rejected:
        logger.warning("%d files rejected, within the budget: %s", len(corpus.rejected), _named(corpus.rejected))


def _named(rejected: list[dict[str, Any]]) -> str:
    names = [f"{line['track_id']} ({line['reason']})" for line in rejected[:NAMED]]
    more = len(rejected) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
