"""A published run's predictions, done again from what is stored, and how far they are from those that were published.

In: the rows of a run in Postgres, and its documents, model and features in the store. Out: :class:`Reproduced`. Runs of modes
train and eval are done again on their test part, runs of mode predict on all that they scored. Features that are gone are made
again from the landing zone. Segments go through the model in the batches that they went through then: on the same machine with
the same libraries the difference is 0.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.config import Config
from mer_tasks.corpus.cached_features import features_of
from mer_tasks.corpus.segments import SegmentIndex
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.database.connection import database_of, transaction
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import ConfigError, IntegrityError
from mer_tasks.modelling.scorer import Scorer
from mer_tasks.runs.artifacts import CATALOGUE
from mer_tasks.runs.pipeline import as_trained
from mer_tasks.runs.run import Run, run_as_published
from mer_tasks.runs.shards import report_name

logger = logging.getLogger(__name__)

TOLERANCE = 1e-6
"""A larger difference of probabilities is no rounding, as another processor may do it."""
RUN = """
SELECT scored.run_no, scored.mode, scored.config, scored.store_url, scored.model_run_id, scored.model_key, scored.model_sha256,
  trained.config
FROM mer.run AS scored LEFT JOIN mer.run AS trained ON trained.run_id = scored.model_run_id
WHERE scored.run_id = %s
"""
ROWS = """
SELECT track_id, split.sha256, array_agg(probability ORDER BY emotion), array_agg(positive ORDER BY emotion)
FROM mer.prediction JOIN mer.split USING (run_no, track_no) JOIN mer.track USING (track_no)
WHERE run_no = %s AND (%s OR prediction.part = 'test') GROUP BY track_id, split.sha256
"""

Said = tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]
"""Probabilities and decisions, each [shape=(tracks, 9)]."""


@dataclass(frozen=True)
class Reproduced:
    """What was found.

    Attributes
    ----------
    run_id : str
    tracks : int
        Whose predictions were done again.
    difference : float
        The largest between a probability and the published one.
    decisions : int
        How many decisions are others.
    remade : int
        Tracks whose features were gone and have been made again.
    """

    run_id: str
    tracks: int
    difference: float
    decisions: int
    remade: int

    @property
    def same(self) -> bool:
        """Whether nothing but rounding differs."""
        return self.difference <= TOLERANCE and not self.decisions


def distance(published: Said, again: Said) -> tuple[float, int]:
    """Largest difference of probabilities, and number of decisions that differ."""
    if not len(published[0]):
        return 0.0, 0
    return float(np.abs(published[0] - again[0]).max()), int((published[1] != again[1]).sum())


def _published(url: str, run_no: int, everything: bool) -> tuple[pd.DataFrame, Said]:
    """What was published: ``sha256`` and ``place`` by ``track_id``, and what is said at each place."""
    with transaction(url) as cursor:
        cursor.execute(ROWS, [run_no, everything])
        tracks, contents, probabilities, decisions = zip(*cursor, strict=True) if cursor.rowcount else ((), (), (), ())
    table = pd.DataFrame({"sha256": contents, "place": np.arange(len(tracks))}, index=pd.Index(tracks, dtype="str"))
    shape = len(tracks), len(EMOTIONS)
    return table, (np.array(probabilities, float).reshape(shape), np.array(decisions, bool).reshape(shape))


def _scored_together(run: Run, published: pd.DataFrame, tracks: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Rows of the corpus of the tracks that went through the model together, in their order then."""
    there = tracks.set_index("track_id").loc[lambda table: table.index.isin(published.index)]
    other = published.index.difference(there.index).union(
        there.index[there["sha256"] != published["sha256"].reindex(there.index)]
    )
    if len(other):
        raise IntegrityError(
            f"run {run.run_id}: {len(other)} published tracks are not in its documents with that content, first {other[0]!r};"
            " expected the documents that were published"
        )
    if run.config.mode != "predict":
        yield there.reset_index()
        return
    for shard in run.manifest("discover")["shards"]:
        report = run.read_json("features", report_name(shard["key"]))["tracks"]
        yield there.loc[[track["track_id"] for track in report]].reset_index()


def _with_features(run: Run, tracks: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """`tracks` with features that are there, and how many had to be made again."""
    gone = [not run.store.exists(key) for key in tracks["features_key"]]
    if not any(gone):
        return tracks, 0
    catalogue = run.read_table("discover", CATALOGUE).set_index("track_id").loc[tracks.loc[gone, "track_id"]]
    made, outcome = features_of(run, catalogue.reset_index())
    if outcome.rejected:
        first = outcome.rejected[0]
        raise IntegrityError(
            f"run {run.run_id}: the features of {len(outcome.rejected)} tracks are gone and cannot be made again, first"
            f" {first['track_id']!r}: {first['reason']}: {first['detail']}; expected its audio in the landing zone as it was"
        )
    known = tracks.set_index("track_id")[["features_key", "segments"]]
    known.loc[made["track_id"]] = made.set_index("track_id")
    return known.reset_index(), len(made)


def _of_run(config: Config, url: str, run_id: str) -> tuple[Run, Run, dict[str, str], int]:
    """The run, the one whose rule it scored by, the model's key and sha256, and the run's number."""
    with transaction(url) as cursor:
        cursor.execute(RUN, [run_id])
        found = cursor.fetchone()
    if found is None:
        raise ConfigError(f"run {run_id!r}: not published, expected one of mer.runs")
    run_no, mode, values, store_url, model_run, key, sha256, trained = found
    here = Run(config, run_id)
    if store_url != here.store.url:
        raise ConfigError(f"run {run_id!r}: its outputs are in {store_url}, expected {here.store.url} (MER_STORE_URL)")
    run = run_as_published(here, run_id, values)
    if mode != "predict":
        return run, run, {"key": key, "sha256": sha256}, run_no
    return as_trained(run), run_as_published(here, model_run, trained or {}), {"key": key, "sha256": sha256}, run_no


def reproduce(config: Config, run_id: str) -> Reproduced:
    """Do a run's predictions again.

    Parameters
    ----------
    config : Config
        Its database, store and landing zone.
    run_id : str
        A published run.

    Raises
    ------
    ConfigError
        If there is no database, no such run, or its outputs are in another store.
    IntegrityError, ObjectMissing
        If its model, its documents or features are gone, or are not those that were published.
    TransientError
        When a store or the database does not answer.
    """
    url = database_of(config)
    run, by, model, run_no = _of_run(config, url, run_id)
    scorer = Scorer.of(by, model)
    published, said = _published(url, run_no, run.config.mode == "predict")
    largest, decisions, remade, count = 0.0, 0, 0, 0
    for tracks in _scored_together(run, published, load_corpus(run).tracks):
        heard, made = _with_features(run, tracks)
        places = published.loc[heard["track_id"], "place"].to_numpy()
        probabilities = scorer.probabilities(SegmentIndex(run.store, run.config.scratch_dir, heard))
        again = probabilities, scorer.rule.decisions(probabilities)
        far, others = distance((said[0][places], said[1][places]), again)
        largest, decisions, remade, count = max(largest, far), decisions + others, remade + made, count + len(heard)
    logger.info("run %s on %s: %d tracks", run_id, scorer.device, count)
    return Reproduced(run_id, count, largest, decisions, remade)
