"""What a model says of segments and of tracks: shared by stages `thresholds` and `evaluate`.

A track's probability of an emotion is the mean over its segments', calibrated (:mod:`mer_tasks.modelling.calibration`); it is
positive if that reaches the emotion's threshold.
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
from mer_tasks.modelling.batches import Batches, own_errors
from mer_tasks.modelling.calibration import calibrated
from mer_tasks.runs.artifacts import THRESHOLDS
from mer_tasks.runs.run import Run

logger = logging.getLogger(__name__)

Array64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rule:
    """How a model's probabilities become those of tracks, and decisions: what stage `thresholds` found on the validation part.

    Attributes
    ----------
    thresholds, temperatures, offsets : np.ndarray [shape=(9,), dtype=float64]
        In the order of the emotions.
    """

    thresholds: Array64
    temperatures: Array64
    offsets: Array64

    @classmethod
    def of(cls, run: Run) -> "Rule":
        """The rule of `run`; raises :class:`~mer_tasks.errors.ObjectMissing`."""
        document = run.read_json("thresholds", THRESHOLDS)
        return cls(*(_in_order(document[name]) for name in ("thresholds", "temperatures", "offsets")))

    def probabilities(self, said: npt.NDArray[np.floating]) -> Array64:
        """What the model said of tracks or segments, calibrated [shape=(n, 9), dtype=float64]."""
        return calibrated(said, self.temperatures, self.offsets)

    def decisions(self, probabilities: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
        """Whether calibrated probabilities reach the thresholds [shape=(n, 9), dtype=bool]."""
        return probabilities >= self.thresholds

    def by_emotion(self) -> dict[str, dict[str, float]]:
        """``thresholds``, ``temperatures`` and ``offsets``, each by emotion."""
        values = {"thresholds": self.thresholds, "temperatures": self.temperatures, "offsets": self.offsets}
        return {name: dict(zip(EMOTIONS, map(float, numbers), strict=True)) for name, numbers in values.items()}


def _in_order(values: Mapping[str, float]) -> Array64:
    return np.array([values[emotion] for emotion in EMOTIONS])


def load_model(run: Run) -> tuple[keras.Model, devices.Device]:
    """The model of `run`, and what it runs on: the one that it fitted, or in mode eval the one that it was told to load.

    Raises
    ------
    ConfigError
        If the model was made for segments of another length.
    IntegrityError
        If the file is not the one that was written.
    ObjectMissing
    """
    model = run.manifest("train" if run.config.mode == "train" else "discover")["model"]
    device = devices.prepare(run.config)
    found = networks.load(run.store, model["key"], model["sha256"])
    check_frames(found, run.config, run.store.uri(model["key"]))
    logger.info("%s on %s", run.store.uri(model["key"]), device.name)
    return found, device


def check_frames(model: keras.Model, config: Config, name: str) -> None:
    """Refuse a model, called `name`, for segments of another length than those of the run; raises :class:`ConfigError`."""
    frames = frames_of(config.segment_seconds)
    if model.input_shape[1] != frames:
        raise ConfigError(
            f"segment_seconds={config.segment_seconds:g} makes segments of {frames} frames,"
            f" {name} expects {model.input_shape[1]}"
        )


def segment_probabilities(model: keras.Model, index: SegmentIndex) -> npt.NDArray[np.float32]:
    """Probabilities of every segment of `index` [shape=(segments, 9), dtype=float32]; features are read batch by batch.

    Raises
    ------
    IntegrityError
        If one is not a number.
    """
    if not len(index):
        return np.zeros((0, len(EMOTIONS)), np.float32)
    batches = Batches(index, BATCH)
    with own_errors(batches):
        found: npt.NDArray[np.float32] = model.predict(batches, verbose=0)
    wrong = np.flatnonzero(~np.isfinite(found).all(axis=1))
    if len(wrong):
        raise IntegrityError(
            f"{len(wrong)} segments have no number for a probability, first of track {index.tracks[index.track[wrong[0]]]!r};"
            " expected numbers from 0 to 1"
        )
    return found


def prediction_table(
    index: SegmentIndex, probabilities: Array64, decisions: npt.NDArray[np.bool_], parts: Mapping[str, str]
) -> pd.DataFrame:
    """What is said of tracks, as it is stored.

    Parameters
    ----------
    index : SegmentIndex
    probabilities : np.ndarray [shape=(tracks, 9), dtype=float64]
        Of the tracks of `index`, calibrated.
    decisions : np.ndarray [shape=(tracks, 9), dtype=bool]
    parts : mapping of str to str
        Part by track id.

    Returns
    -------
    pd.DataFrame
        ``track_id``, ``part``, ``segments``, and per emotion ``probability_`` and ``positive_``.
    """
    columns: dict[str, Any] = {"track_id": list(index.tracks), "part": [parts[track] for track in index.tracks]}
    columns["segments"] = np.bincount(index.track, minlength=len(index.tracks))
    columns |= {f"probability_{emotion}": probabilities[:, place] for place, emotion in enumerate(EMOTIONS)}
    columns |= {f"positive_{emotion}": decisions[:, place] for place, emotion in enumerate(EMOTIONS)}
    return pd.DataFrame(columns)
