"""Predictions of a model for segments and tracks, for the stages `thresholds` and `evaluate`.

The probability of a track is the mean over its segments, calibrated by Platt scaling (:mod:`mer_tasks.modelling.calibration`).
The decision for a label is positive if that probability reaches the threshold of the label. If a track has exactly one label,
there are no thresholds: the decision is positive for the most probable label. An answer is unclear in a range of probabilities
around the threshold (:mod:`mer_tasks.modelling.conformal`).
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.audio.spectra import frames_of
from mer_tasks.config import Config
from mer_tasks.corpus.segments import BATCH, SegmentIndex
from mer_tasks.errors import ConfigError, IntegrityError
from mer_tasks.label_set import LabelSet
from mer_tasks.modelling import devices, networks
from mer_tasks.modelling.batches import Batches, EmbeddedBatches, reraise_reading_errors
from mer_tasks.modelling.calibration import apply_platt, apply_softmax
from mer_tasks.modelling.conformal import RANGE, unclear_answers
from mer_tasks.runs.artifacts import THRESHOLDS
from mer_tasks.runs.run import Run

logger = logging.getLogger(__name__)

Array64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rule:
    """Decision rule of a model: calibration and thresholds, which stage `thresholds` fits to the validation part.

    Attributes
    ----------
    thresholds : np.ndarray [shape=(labels,), dtype=float64] or None
        In the order of the labels. None if a track has exactly one label, the most probable one.
    temperatures, offsets : np.ndarray [shape=(labels,), dtype=float64]
        Calibration: Platt scaling of each label, or, without thresholds, the same temperature for all labels.
    unclear_from, unclear_to : np.ndarray [shape=(labels,), dtype=float64] or None
        Range of calibrated probabilities in which the answer to a label is unclear. None for a model of a version that had no
        such ranges.

    Examples
    --------
    >>> rule = Rule(np.full(2, 0.6), np.full(2, 2.0), np.zeros(2))
    >>> probabilities = rule.probabilities(np.array([[0.9, 0.1]]))
    >>> probabilities.round(2), rule.decisions(probabilities)
    (array([[0.75, 0.25]]), array([[ True, False]]))
    """

    thresholds: Array64 | None
    temperatures: Array64
    offsets: Array64
    unclear_from: Array64 | None = None
    unclear_to: Array64 | None = None

    @classmethod
    def of(cls, run: Run) -> "Rule":
        """Read the rule of `run` from the store; raises :class:`~mer_tasks.errors.ObjectMissing`."""
        document, label_set = run.read_json("thresholds", THRESHOLDS), run.label_set
        thresholds = None if label_set.single else _in_order(document["thresholds"], label_set)
        ranges = [_in_order(document[name], label_set) for name in RANGE if document.get(name)]
        return cls(thresholds, *(_in_order(document[name], label_set) for name in ("temperatures", "offsets")), *ranges)

    def probabilities(self, raw_probabilities: npt.NDArray[np.floating]) -> Array64:
        """Calibrate the model's probabilities of tracks or segments [shape=(n, labels), dtype=float64]."""
        calibrate = apply_softmax if self.thresholds is None else apply_platt
        return calibrate(raw_probabilities, self.temperatures, self.offsets)

    def decisions(self, probabilities: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
        """Decide which labels tracks or segments have, from calibrated probabilities [shape=(n, labels), dtype=bool].

        Of equally probable labels, the first is the most probable one.
        """
        if self.thresholds is None:
            return most_probable(probabilities)
        return probabilities >= self.thresholds

    def unclear(self, probabilities: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_] | None:
        """Find the answers that are unclear [shape=(n, labels), dtype=bool]; None if the rule has no ranges."""
        if self.unclear_from is None or self.unclear_to is None:
            return None
        ends = self.unclear_from, self.unclear_to
        return unclear_answers(probabilities, self.decisions(probabilities), *ends, single=self.thresholds is None)

    def by_label(self, label_set: LabelSet) -> dict[str, dict[str, float] | None]:
        """Return each field by label, as ``thresholds.json`` has them; ``thresholds`` and the ranges may be None."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: None if numbers is None else dict(zip(label_set.ids, map(float, numbers), strict=True))
            for name, numbers in values.items()
        }


def most_probable(probabilities: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """Decide for the most probable label of each row, the first of equal ones [shape=(n, labels), dtype=bool].

    Examples
    --------
    >>> most_probable(np.array([[0.2, 0.4, 0.4]]))
    array([[False,  True, False]])
    """
    decisions = np.zeros(probabilities.shape, bool)
    if len(decisions):
        decisions[np.arange(len(decisions)), probabilities.argmax(axis=1)] = True
    return decisions


def _in_order(values: Mapping[str, float], label_set: LabelSet) -> Array64:
    return np.array([values[label] for label in label_set.ids])


def load_model(run: Run) -> tuple[keras.Model, devices.Device]:
    """Load the model of `run`, and return it with its device.

    In mode train it is the model that the run trained. In mode eval it is the model that the run was given to evaluate.

    Raises
    ------
    ConfigError
        If the model was made for segments of another length, or for another label set.
    IntegrityError
        If the file is not the one that was written.
    ObjectMissing
        If the file is missing.
    """
    model = run.manifest("train" if run.config.mode == "train" else "discover")["model"]
    device = devices.prepare(run.config)
    network = networks.load(run.store, model["key"], model["sha256"])
    check_model(network, model, run)
    logger.info("%s on %s", run.store.uri(model["key"]), device.name)
    return network, device


def check_model(network: keras.Model, model: Mapping[str, str], run: Run) -> None:
    """Check that a loaded model takes the segments and embeddings of `run`, and has the outputs of its label set.

    Parameters
    ----------
    network : keras.Model
    model : mapping
        ``key`` of its file, and ``run_id`` of the run that trained it.
    run : Run
        The run that uses the model.

    Raises
    ------
    ConfigError
        If the model was made for segments of another length, with another encoder, or for another label set.
    """
    name, label_set = run.store.uri(model["key"]), run.label_set
    training_run = run if model["run_id"] == run.run_id else replace(run, run_id=model["run_id"])
    trained_for = training_run.label_set
    if training_run.space != run.space:
        raise ConfigError(
            f"{name}: made with the embeddings of {training_run.encoder or 'no encoder'}, expected those of"
            f" {run.encoder or 'no encoder'} as in run {run.run_id}: spaces cannot be compared"
        )
    if trained_for.digest != label_set.digest:
        raise ConfigError(f"{name}: made for label set {trained_for}, expected one for the run's label set {label_set}")
    if network.output_shape[-1] != len(label_set):
        raise ConfigError(f"{name}: {network.output_shape[-1]} outputs, expected one per label of the run's set {label_set}")
    check_frames(network, run.config, name)


def check_frames(model: keras.Model, config: Config, name: str) -> None:
    """Check that a model takes segments as long as those of the run; raises :class:`ConfigError`, which names it `name`."""
    frames = frames_of(config.segment_seconds)
    expected = model.inputs[0].shape[1]
    if expected != frames:
        raise ConfigError(
            f"segment_seconds={config.segment_seconds:g} makes segments of {frames} frames, {name} expects {expected}"
        )


def segment_probabilities(model: keras.Model, index: SegmentIndex) -> npt.NDArray[np.float32]:
    """Compute the model's output for every segment of `index`: its raw probabilities; features are read batch by batch.

    Returns
    -------
    np.ndarray [shape=(segments, labels), dtype=float32]

    Raises
    ------
    IntegrityError
        If a probability is not a finite number.
    """
    if not len(index):
        return np.zeros((0, model.output_shape[-1]), np.float32)
    batches = EmbeddedBatches(index, BATCH) if networks.takes_embeddings(model) else Batches(index, BATCH)
    with reraise_reading_errors(batches):
        probabilities: npt.NDArray[np.float32] = model.predict(batches, verbose=0)
    wrong = np.flatnonzero(~np.isfinite(probabilities).all(axis=1))
    if len(wrong):
        raise IntegrityError(
            f"{len(wrong)} segments have no number for a probability, first of track {index.tracks[index.track[wrong[0]]]!r};"
            " expected numbers from 0 to 1"
        )
    return probabilities


def prediction_table(
    index: SegmentIndex,
    probabilities: Array64,
    decisions: npt.NDArray[np.bool_],
    parts: Mapping[str, str],
    label_set: LabelSet,
) -> pd.DataFrame:
    """Make the table of the predictions of tracks, as it is stored.

    Parameters
    ----------
    index : SegmentIndex
    probabilities : np.ndarray [shape=(tracks, labels), dtype=float64]
        Calibrated probabilities of the tracks of `index`.
    decisions : np.ndarray [shape=(tracks, labels), dtype=bool]
    parts : mapping of str to str
        Part of each track, by track id.
    label_set : LabelSet

    Returns
    -------
    pd.DataFrame
        ``track_id``, ``part``, ``segments``, and per label ``probability_`` and ``positive_``.
    """
    columns: dict[str, Any] = {"track_id": list(index.tracks), "part": [parts[track] for track in index.tracks]}
    columns["segments"] = np.bincount(index.track, minlength=len(index.tracks))
    columns |= {f"probability_{label}": probabilities[:, number] for number, label in enumerate(label_set.ids)}
    columns |= {f"positive_{label}": decisions[:, number] for number, label in enumerate(label_set.ids)}
    return pd.DataFrame(columns)
