"""Reproduction of a published run: compute its predictions again from stored data, and compare them with the published ones.

In: the rows of a run in Postgres, and its documents, model and features in the store. Out: :class:`ReproductionResult`. For a
run of mode train or eval, the predictions of its test part are computed again; for a run of mode predict, those of all tracks
that it scored. Features that were deleted are computed again from the landing zone. Segments go through the model in the same
batches as in the run, so on the same machine with the same libraries the difference is 0.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mer_tasks.config import Config
from mer_tasks.corpus.cached_features import features_of
from mer_tasks.corpus.segments import index_of
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.database.connection import database_of, transaction
from mer_tasks.errors import ConfigError, IntegrityError
from mer_tasks.evaluation.metrics import Predictions
from mer_tasks.label_set import LabelSet
from mer_tasks.modelling.scorer import Scorer
from mer_tasks.runs.artifacts import CATALOGUE
from mer_tasks.runs.pipeline import with_champion_features
from mer_tasks.runs.run import Run, run_as_published
from mer_tasks.runs.shards import usable_lines

logger = logging.getLogger(__name__)

TOLERANCE = 1e-6
"""Largest difference of probabilities that may be rounding on another processor."""
RUN = """
SELECT scored.run_no, scored.mode, scored.config, scored.store_url, scored.model_run_id, scored.model_key, scored.model_sha256,
  trained.config
FROM mer.run AS scored LEFT JOIN mer.run AS trained ON trained.run_id = scored.model_run_id
WHERE scored.run_id = %s
"""
ROWS = """
SELECT track_id, split.sha256, array_agg(probability ORDER BY place), array_agg(positive ORDER BY place)
FROM mer.prediction JOIN mer.split USING (run_no, track_no) JOIN mer.track USING (track_no)
JOIN mer.label USING (label_no) JOIN unnest(%s) WITH ORDINALITY AS labels (id, place) ON id = label_id
WHERE run_no = %s AND (%s OR prediction.part = 'test') GROUP BY track_id, split.sha256
"""


@dataclass(frozen=True)
class ReproductionResult:
    """Result of the reproduction of one run.

    Attributes
    ----------
    run_id : str
    tracks : int
        Number of tracks whose predictions were computed again.
    difference : float
        Largest difference between a probability and the published one.
    decisions : int
        Number of decisions that differ from the published ones.
    remade : int
        Number of tracks whose features had been deleted and were computed again.
    """

    run_id: str
    tracks: int
    difference: float
    decisions: int
    remade: int

    @property
    def same(self) -> bool:
        """Return whether the predictions are the published ones, up to rounding."""
        return self.difference <= TOLERANCE and not self.decisions


def compare_predictions(published: Predictions, reproduced: Predictions) -> tuple[float, int]:
    """Compute the largest difference of probabilities, and the number of decisions that differ.

    Parameters
    ----------
    published, reproduced : tuple of np.ndarray [shape=(tracks, labels)]
        Probabilities and decisions of the same tracks.

    Examples
    --------
    >>> published = np.array([[0.25, 0.75]]), np.array([[False, True]])
    >>> compare_predictions(published, (np.array([[0.25, 0.5]]), np.array([[False, False]])))
    (0.25, 1)
    """
    if not len(published[0]):
        return 0.0, 0
    return float(np.abs(published[0] - reproduced[0]).max()), int((published[1] != reproduced[1]).sum())


def _published(url: str, run_no: int, label_set: LabelSet, *, everything: bool) -> tuple[pd.DataFrame, Predictions]:
    """Read the published predictions of a run, in the order of its label set: of all its tracks, or of its test part only.

    Returns
    -------
    pd.DataFrame
        Indexed by track id: ``sha256`` of the content, and ``row`` of the track in the predictions.
    Predictions
    """
    with transaction(url) as cursor:
        cursor.execute(ROWS, [list(label_set.ids), run_no, everything])
        tracks, contents, probabilities, decisions = zip(*cursor, strict=True) if cursor.rowcount else ((), (), (), ())
    table = pd.DataFrame({"sha256": contents, "row": np.arange(len(tracks))}, index=pd.Index(tracks, dtype="str"))
    shape = len(tracks), len(label_set)
    return table, (np.array(probabilities, float).reshape(shape), np.array(decisions, bool).reshape(shape))


def _scored_together(run: Run, published: pd.DataFrame, tracks: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield the corpus rows of each set of tracks that went through the model together, in the order of the run."""
    corpus = tracks.set_index("track_id").loc[lambda table: table.index.isin(published.index)]
    changed = corpus.index[corpus["sha256"] != published["sha256"].reindex(corpus.index)]
    missing = published.index.difference(corpus.index).union(changed)
    if len(missing):
        raise IntegrityError(
            f"run {run.run_id}: {len(missing)} published tracks are not in its documents with that content, first"
            f" {missing[0]!r}; expected the documents that were published"
        )
    if run.config.mode != "predict":
        yield corpus.reset_index()
        return
    for shard in run.manifest("discover")["shards"]:
        yield corpus.loc[[track["track_id"] for track in usable_lines(run, shard["key"])]].reset_index()


def _with_features(run: Run, tracks: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Compute missing features and embeddings again; returns `tracks` with them, and the number of tracks without them."""
    keys = ["features_key"] + (["embedding_key"] if run.space else [])
    missing = [not all(run.store.exists(key) for key in of_track) for of_track in tracks[keys].itertuples(index=False)]
    if not any(missing):
        return tracks, 0
    catalogue = run.read_table("discover", CATALOGUE).set_index("track_id").loc[tracks.loc[missing, "track_id"]]
    remade, outcome = features_of(run, catalogue.reset_index())
    if outcome.rejected:
        first = outcome.rejected[0]
        raise IntegrityError(
            f"run {run.run_id}: the features of {len(outcome.rejected)} tracks are gone and cannot be made again, first"
            f" {first['track_id']!r}: {first['reason']}: {first['detail']}; expected its audio in the landing zone as it was"
        )
    features = tracks.set_index("track_id")[[column for column in remade.columns if column != "track_id"]]
    remade = remade.set_index("track_id").dropna(axis=1, how="all")  # without an encoder there are no embeddings
    features.loc[remade.index, list(remade.columns)] = remade
    return features.reset_index(), len(remade)


def _published_run(config: Config, url: str, run_id: str) -> tuple[Run, Run, dict[str, str], int]:
    """Find a published run.

    Returns
    -------
    Run
        The run.
    Run
        The run that trained the model, whose calibration and thresholds were used.
    dict
        ``key`` and ``sha256`` of the model.
    int
        The run's number.
    """
    with transaction(url) as cursor:
        cursor.execute(RUN, [run_id])
        row = cursor.fetchone()
    if row is None:
        raise ConfigError(f"run {run_id!r}: not published, expected one of mer.runs")
    run_no, mode, values, store_url, model_run, key, sha256, trained = row
    current = Run(config, run_id)
    if store_url != current.store.url:
        raise ConfigError(f"run {run_id!r}: its outputs are in {store_url}, expected {current.store.url} (MER_STORE_URL)")
    run = run_as_published(current, run_id, values)
    if mode != "predict":
        return run, run, {"key": key, "sha256": sha256}, run_no
    return (
        with_champion_features(run),
        run_as_published(current, model_run, trained or {}),
        {"key": key, "sha256": sha256},
        run_no,
    )


def reproduce(config: Config, run_id: str) -> ReproductionResult:
    """Compute a published run's predictions again, and compare them with the published ones.

    Parameters
    ----------
    config : Config
        The database, store and landing zone of the run.
    run_id : str
        A published run.

    Raises
    ------
    ConfigError
        If no database is configured, the run is not published, or its outputs are in another store.
    IntegrityError, ObjectMissing
        If its model, documents or features are missing, or are not those that were published.
    TransientError
        If a store or the database does not answer.
    """
    url = database_of(config)
    run, training_run, model, run_no = _published_run(config, url, run_id)
    scorer = Scorer.of(training_run, model)
    published, (published_probabilities, published_decisions) = _published(
        url, run_no, run.label_set, everything=run.config.mode == "predict"
    )
    result = ReproductionResult(run_id, tracks=0, difference=0.0, decisions=0, remade=0)
    for tracks in _scored_together(run, published, load_corpus(run).tracks):
        scored, remade = _with_features(run, tracks)
        rows = published.loc[scored["track_id"], "row"].to_numpy()
        probabilities = scorer.probabilities(index_of(run, scored))
        difference, decisions = compare_predictions(
            (published_probabilities[rows], published_decisions[rows]), (probabilities, scorer.rule.decisions(probabilities))
        )
        result = replace(
            result,
            tracks=result.tracks + len(scored),
            difference=max(result.difference, difference),
            decisions=result.decisions + decisions,
            remade=result.remade + remade,
        )
    logger.info("run %s on %s: %d tracks", run_id, scorer.device, result.tracks)
    return result
