"""Classical baseline models, which a network has to beat.

In: the mean and the standard deviation of each track's summary statistics over its segments
(:mod:`mer_tasks.modelling.segment_statistics`), and the track's labels, shares and number of listeners. Out: one
probability per track and label.

- ``logistic-regression``: one model per label, fitted to the labels, with standardised columns and an L2 penalty; one model
  with a softmax if a track has exactly one label.
- ``extra-trees``: 500 extremely randomised trees (Geurts, Ernst, Wehenkel 2006, doi 10.1007/s10994-006-6226-1), which predict
  all shares at once. The weight of a track is its number of listeners.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from mer_tasks.corpus.segments import SegmentIndex, index_of, segment_index, track_targets
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.label_set import LabelSet
from mer_tasks.machine import cores
from mer_tasks.modelling import devices
from mer_tasks.modelling.predictions import segment_probabilities
from mer_tasks.modelling.segment_statistics import statistics_model
from mer_tasks.runs.artifacts import FOLD_SUMMARIES, LABELS
from mer_tasks.runs.run import Run

logger = logging.getLogger(__name__)

PENALTY = 0.01
"""scikit-learn's C, the inverse of the penalty. It is far below the default of 1 because a small corpus has fewer tracks than
columns."""
TREES, LEAF = 500, 3
"""Number of trees, and least number of tracks in a leaf."""

Array64 = npt.NDArray[np.float64]
PartProbabilities = tuple[SegmentIndex, Array64]
"""The tracks of a part, and their probabilities [shape=(tracks, labels)]."""


@dataclass(frozen=True)
class TrainingTargets:
    """Targets of the train tracks, from the votes of listeners.

    Attributes
    ----------
    labels : np.ndarray [shape=(tracks, labels), dtype=bool]
    shares : np.ndarray [shape=(tracks, labels)]
        Shares of votes.
    annotators : np.ndarray [shape=(tracks,)]
        Number of listeners of each track.
    label_set : LabelSet
    """

    labels: npt.NDArray[np.bool_]
    shares: npt.NDArray[np.floating]
    annotators: npt.NDArray[np.integer]
    label_set: LabelSet


def track_summaries(index: SegmentIndex, statistics: npt.NDArray[np.floating]) -> Array64:
    """Compute the mean and the standard deviation of statistics over the segments of each track.

    Parameters
    ----------
    index : SegmentIndex
    statistics : np.ndarray [shape=(segments, n)]

    Returns
    -------
    np.ndarray [shape=(tracks, 2 * n), dtype=float64]
        The n means of a track, then its n standard deviations.
    """
    values = statistics.astype(np.float64)
    means = index.track_means(values)
    deviations = np.sqrt(index.track_means((values - means[index.track]) ** 2))
    return np.concatenate([means, deviations], axis=1)


def logistic_regression(summaries: Array64, targets: TrainingTargets, seed: int) -> Callable[[Array64], Array64]:
    """Fit one logistic regression per label to the labels, and return the function that predicts.

    If all tracks have a label, its probability is always 1; if no track has it, 0.

    Parameters
    ----------
    summaries : np.ndarray [shape=(tracks, columns), dtype=float64]
        From :func:`track_summaries`.
    targets : TrainingTargets
    seed : int

    Returns
    -------
    callable
        From summaries [shape=(n, columns)] to probabilities [shape=(n, labels)].

    Examples
    --------
    >>> from mer_tasks.label_set import parse_label_set
    >>> moods = parse_label_set('name = "moods"\\nkind = "multi"\\nlabels = ["calm", "happy"]', "moods.toml")
    >>> labels = np.array([[False, True], [True, True]])
    >>> targets = TrainingTargets(labels, labels * 0.5, np.array([4, 4]), moods)
    >>> predict = logistic_regression(np.array([[0.0], [1.0]]), targets, seed=0)
    >>> predict(np.array([[0.5]])).round(2)
    array([[0.5, 1. ]])
    """
    if targets.label_set.single:
        return _softmax_regression(summaries, targets, seed)
    models = [
        _standardised_regression(seed).fit(summaries, labels) if labels.any() and not labels.all() else float(labels.mean())
        for labels in targets.labels.T
    ]

    def predict(others: Array64) -> Array64:
        columns = [
            np.full(len(others), model) if isinstance(model, float) else model.predict_proba(others)[:, 1] for model in models
        ]
        return np.stack(columns, axis=1)

    return predict


def _standardised_regression(seed: int) -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=PENALTY, max_iter=10_000, random_state=seed))


def _softmax_regression(summaries: Array64, targets: TrainingTargets, seed: int) -> Callable[[Array64], Array64]:
    """Fit one logistic regression to labels of which each track has exactly one; a label of no track has probability 0."""
    labels = targets.labels.argmax(axis=1)
    present = np.unique(labels)
    model = _standardised_regression(seed).fit(summaries, labels) if len(present) > 1 else None

    def predict(others: Array64) -> Array64:
        probabilities = np.zeros((len(others), targets.labels.shape[1]))
        probabilities[:, present] = 1 if model is None else model.predict_proba(others)
        return probabilities

    return predict


def extra_trees(summaries: Array64, targets: TrainingTargets, seed: int) -> Callable[[Array64], Array64]:
    """Fit extremely randomised trees to the shares, and return the function that predicts; see :func:`logistic_regression`."""
    forest = ExtraTreesRegressor(TREES, min_samples_leaf=LEAF, random_state=seed, n_jobs=cores())
    forest.fit(summaries, targets.shares, sample_weight=targets.annotators)
    forest.set_params(n_jobs=1)  # several threads would sum the trees in a random order, which changes rounding

    def predict(others: Array64) -> Array64:
        shares: Array64 = forest.predict(others)
        return shares

    return predict


FIT: dict[str, Callable[[Array64, TrainingTargets, int], Callable[[Array64], Array64]]] = {
    "logistic-regression": logistic_regression,
    "extra-trees": extra_trees,
}
"""Functions that fit a baseline, by the names of :data:`mer_tasks.runs.crossval_config.BASELINES`."""


def write_track_summaries(run: Run) -> None:
    """Compute the summaries of all labelled tracks of `run`, and store them.

    Raises
    ------
    IntegrityError, ObjectMissing
        If stored features are damaged or missing.
    """
    tracks = load_corpus(run).tracks
    labelled = run.read_table("labels", LABELS)["track_id"]
    index = index_of(run, tracks[tracks["track_id"].isin(labelled)])
    logger.info("summary statistics of %d segments on %s", len(index), devices.prepare(run.config).name)
    statistics = segment_probabilities(statistics_model(index.frames), index)
    summaries = track_summaries(index, statistics)
    run.write_arrays("folds", FOLD_SUMMARIES, {"tracks": np.array(index.tracks), "summaries": summaries})


def predict_held_out(name: str, fold: Run, run: Run) -> tuple[PartProbabilities, PartProbabilities]:
    """Fit a baseline to the train part of a fold, and predict its validation part and its test part.

    Parameters
    ----------
    name : str
        A key of ``FIT``.
    fold : Run
        The run of the fold.
    run : Run
        The run of the cross-validation, which has the summaries.

    Returns
    -------
    PartProbabilities, PartProbabilities
        The validation part and the test part.
    """
    arrays = run.read_arrays("folds", FOLD_SUMMARIES)
    summaries = arrays["summaries"]
    rows = {track: row for row, track in enumerate(arrays["tracks"].tolist())}
    labels = fold.read_table("labels", LABELS)
    train = segment_index(fold, "train")
    validation = segment_index(fold, "validation")
    test = segment_index(fold, "test")

    def summaries_of(index: SegmentIndex) -> Array64:
        selected: Array64 = summaries[[rows[track] for track in index.tracks]]
        return selected

    annotators = labels.set_index("track_id").loc[list(train.tracks), "annotators"].to_numpy()
    label_set = fold.label_set
    train_labels = track_targets(train.tracks, labels, label_set) > 0
    train_shares = track_targets(train.tracks, labels, label_set, soft=True)
    targets = TrainingTargets(train_labels, train_shares, annotators, label_set)
    predict = FIT[name](summaries_of(train), targets, fold.config.seed)
    return (validation, predict(summaries_of(validation))), (test, predict(summaries_of(test)))
