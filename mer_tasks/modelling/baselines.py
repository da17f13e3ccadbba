"""Two classical models beside which a network has to show what it is worth.

In: for each track the mean and the standard deviation over its segments of their summary statistics
(:mod:`mer_tasks.modelling.segment_statistics`), and what listeners said. Out: nine probabilities a track.

- ``logistic-regression``: one for each emotion, on the labels, with standardised columns and an L2 penalty.
- ``extra-trees``: 500 extremely randomised trees (Geurts, Ernst, Wehenkel 2006, doi 10.1007/s10994-006-6226-1) that all predict
  the nine shares at once, a track counting as often as it has listeners.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mer_tasks.corpus.segments import SegmentIndex, segment_index, track_targets
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.machine import cores
from mer_tasks.modelling import devices
from mer_tasks.modelling.predictions import segment_probabilities
from mer_tasks.modelling.segment_statistics import statistics
from mer_tasks.runs.artifacts import FOLD_SUMMARIES, LABELS
from mer_tasks.runs.run import Run

logger = logging.getLogger(__name__)

PENALTY = 0.01
"""scikit-learn's C, the inverse of the penalty: far below its 1, since columns are more than the tracks of a small corpus."""
TREES, LEAF = 500, 3
"""Number of trees, and least tracks in a leaf."""

Array64 = npt.NDArray[np.float64]
Scored = tuple[SegmentIndex, Array64]
"""A part, and probabilities of its tracks [shape=(tracks, 9)]."""


@dataclass(frozen=True)
class Heard:
    """What listeners said of some tracks.

    Attributes
    ----------
    labels : np.ndarray [shape=(tracks, 9), dtype=bool]
    shares : np.ndarray [shape=(tracks, 9)]
    annotators : np.ndarray [shape=(tracks,)]
    """

    labels: npt.NDArray[np.bool_]
    shares: npt.NDArray[np.floating]
    annotators: npt.NDArray[np.integer]


def track_summaries(index: SegmentIndex, statistics: npt.NDArray[np.floating]) -> Array64:
    """Mean and standard deviation over each track's segments.

    Parameters
    ----------
    index : SegmentIndex
    statistics : np.ndarray [shape=(segments, n)]

    Returns
    -------
    np.ndarray [shape=(tracks, 2 * n), dtype=float64]
    """
    values = statistics.astype(np.float64)
    means = index.track_means(values)
    deviations = np.sqrt(index.track_means((values - means[index.track]) ** 2))
    return np.concatenate([means, deviations], axis=1)


def logistic_regression(summaries: Array64, heard: Heard, seed: int) -> Callable[[Array64], Array64]:
    """Fitted to the labels; an emotion that all tracks or none carry keeps that rate."""
    models = [
        make_pipeline(StandardScaler(), LogisticRegression(C=PENALTY, max_iter=10_000, random_state=seed)).fit(
            summaries, labels
        )
        if labels.any() and not labels.all()
        else float(labels.mean())
        for labels in heard.labels.T
    ]

    def predict(others: Array64) -> Array64:
        columns = [
            np.full(len(others), model) if isinstance(model, float) else model.predict_proba(others)[:, 1] for model in models
        ]
        return np.stack(columns, axis=1)

    return predict


def extra_trees(summaries: Array64, heard: Heard, seed: int) -> Callable[[Array64], Array64]:
    """Fitted to the shares."""
    forest = ExtraTreesRegressor(TREES, min_samples_leaf=LEAF, random_state=seed, n_jobs=cores())
    forest.fit(summaries, heard.shares, sample_weight=heard.annotators)
    forest.set_params(n_jobs=1)  # threads would add the trees up in whatever order they come

    def predict(others: Array64) -> Array64:
        found: Array64 = forest.predict(others)
        return found

    return predict


FIT: dict[str, Callable[[Array64, Heard, int], Callable[[Array64], Array64]]] = {
    "logistic-regression": logistic_regression,
    "extra-trees": extra_trees,
}
"""By the names of :data:`mer_tasks.runs.crossval_config.BASELINES`."""


def summarise(run: Run) -> None:
    """Store the summaries of all labelled tracks of `run`.

    Raises
    ------
    IntegrityError, ObjectMissing
        If features are not those that the run says.
    """
    tracks = load_corpus(run).tracks
    labelled = run.read_table("labels", LABELS)["track_id"]
    index = SegmentIndex(run.store, run.config.scratch_dir, tracks[tracks["track_id"].isin(labelled)])
    logger.info("summary statistics of %d segments on %s", len(index), devices.prepare(run.config).name)
    found = segment_probabilities(statistics(index.frames), index)
    run.write_arrays("folds", FOLD_SUMMARIES, {"tracks": np.array(index.tracks), "summaries": track_summaries(index, found)})


def judged(name: str, one: Run, run: Run) -> tuple[Scored, Scored]:
    """What the baseline `name`, fitted to the train part of `one`, says of its validation and its test part.

    Parameters
    ----------
    name : str
        A key of ``FIT``.
    one : Run
        Of a fold.
    run : Run
        The one that has the summaries.
    """
    arrays = run.read_arrays("folds", FOLD_SUMMARIES)
    rows, summaries = {track: row for row, track in enumerate(arrays["tracks"].tolist())}, arrays["summaries"]
    labels = one.read_table("labels", LABELS)
    known, validation, test = (segment_index(one, part) for part in ("train", "validation", "test"))

    def of(index: SegmentIndex) -> Array64:
        found: Array64 = summaries[[rows[track] for track in index.tracks]]
        return found

    listeners = labels.set_index("track_id").loc[list(known.tracks), "annotators"].to_numpy()
    heard = Heard(track_targets(known.tracks, labels) > 0, track_targets(known.tracks, labels, soft=True), listeners)
    predict = FIT[name](of(known), heard, one.config.seed)
    return (validation, predict(of(validation))), (test, predict(of(test)))
