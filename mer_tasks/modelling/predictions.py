"""Predictions of a model for segments and tracks, for the stages `thresholds` and `evaluate`.

The probability of a track is the mean over its segments, calibrated by Platt scaling (:mod:`mer_tasks.modelling.calibration`).
The decision for an emotion is positive if that probability reaches the threshold of the emotion.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.audio.spectra import frames_of
from mer_tasks.config import Config
from mer_tasks.corpus.segments import BATCH, SegmentIndex
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import ConfigError, IntegrityError
from mer_tasks.modelling import devices, networks
from mer_tasks.modelling.batches import Batches, reraise_reading_errors
from mer_tasks.modelling.calibration import apply_platt
from mer_tasks.runs.artifacts import THRESHOLDS
from mer_tasks.runs.run import Run

logger = logging.getLogger(__name__)

Array64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rule:
    """Decision rule of a model: Platt scaling and thresholds, which stage `thresholds` fits to the validation part.

    Attributes
    ----------
    thresholds, temperatures, offsets : np.ndarray [shape=(9,), dtype=float64]
        In the order of the emotions.

    Examples
    --------
    >>> rule = Rule(np.full(9, 0.6), np.full(9, 2.0), np.zeros(9))
    >>> probabilities = rule.probabilities(np.full((1, 9), 0.9))
    >>> probabilities.round(2)[0, 0], rule.decisions(probabilities)[0, 0]
    (np.float64(0.75), np.True_)
    """

    thresholds: Array64
    temperatures: Array64
    offsets: Array64

    @classmethod
    def of(cls, run: Run) -> "Rule":
        """Read the rule of `run` from the store; raises :class:`~mer_tasks.errors.ObjectMissing`."""
        document = run.read_json("thresholds", THRESHOLDS)
        return cls(*(_in_order(document[name]) for name in ("thresholds", "temperatures", "offsets")))

    def probabilities(self, raw_probabilities: npt.NDArray[np.floating]) -> Array64:
        """Calibrate the model's probabilities of tracks or segments [shape=(n, 9), dtype=float64]."""
        return apply_platt(raw_probabilities, self.temperatures, self.offsets)

    def decisions(self, probabilities: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
        """Decide whether calibrated probabilities reach the thresholds [shape=(n, 9), dtype=bool]."""
        return probabilities >= self.thresholds

    def by_emotion(self) -> dict[str, dict[str, float]]:
        """Return ``thresholds``, ``temperatures`` and ``offsets``, each by emotion."""
        values = {"thresholds": self.thresholds, "temperatures": self.temperatures, "offsets": self.offsets}
        return {name: dict(zip(EMOTIONS, map(float, numbers), strict=True)) for name, numbers in values.items()}


def _in_order(values: Mapping[str, float]) -> Array64:
    return np.array([values[emotion] for emotion in EMOTIONS])


def load_model(run: Run) -> tuple[keras.Model, devices.Device]:
    """Load the model of `run`, and return it with its device.

    In mode train it is the model that the run trained. In mode eval it is the model that the run was given to evaluate.

    Raises
    ------
    ConfigError
        If the model was made for segments of another length.
    IntegrityError
        If the file is not the one that was written.
    ObjectMissing
        If the file is missing.
    """
    model = run.manifest("train" if run.config.mode == "train" else "discover")["model"]
    device = devices.prepare(run.config)
    network = networks.load(run.store, model["key"], model["sha256"])
    check_frames(network, run.config, run.store.uri(model["key"]))
    logger.info("%s on %s", run.store.uri(model["key"]), device.name)
    return network, device


def check_frames(model: keras.Model, config: Config, name: str) -> None:
    """Check that a model takes segments as long as those of the run; raises :class:`ConfigError`, which names it `name`."""
    frames = frames_of(config.segment_seconds)
    if model.input_shape[1] != frames:
        raise ConfigError(
            f"segment_seconds={config.segment_seconds:g} makes segments of {frames} frames,"
            f" {name} expects {model.input_shape[1]}"
        )


def segment_probabilities(model: keras.Model, index: SegmentIndex) -> npt.NDArray[np.float32]:
    """Compute the model's output for every segment of `index`: its raw probabilities; features are read batch by batch.

    Returns
    -------
    np.ndarray [shape=(segments, 9), dtype=float32]

    Raises
    ------
    IntegrityError
        If a probability is not a finite number.
    """
    if not len(index):
        return np.zeros((0, len(EMOTIONS)), np.float32)
    batches = Batches(index, BATCH)
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
    index: SegmentIndex, probabilities: Array64, decisions: npt.NDArray[np.bool_], parts: Mapping[str, str]
) -> pd.DataFrame:
    """Make the table of the predictions of tracks, as it is stored.

    Parameters
    ----------
    index : SegmentIndex
    probabilities : np.ndarray [shape=(tracks, 9), dtype=float64]
        Calibrated probabilities of the tracks of `index`.
    decisions : np.ndarray [shape=(tracks, 9), dtype=bool]
    parts : mapping of str to str
        Part of each track, by track id.

    Returns
    -------
    pd.DataFrame
        ``track_id``, ``part``, ``segments``, and per emotion ``probability_`` and ``positive_``.
    """
    columns: dict[str, Any] = {"track_id": list(index.tracks), "part": [parts[track] for track in index.tracks]}
    columns["segments"] = np.bincount(index.track, minlength=len(index.tracks))
    columns |= {f"probability_{emotion}": probabilities[:, number] for number, emotion in enumerate(EMOTIONS)}
    columns |= {f"positive_{emotion}": decisions[:, number] for number, emotion in enumerate(EMOTIONS)}
    return pd.DataFrame(columns)
