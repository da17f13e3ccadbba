"""Scorer: a trained model with its calibration and thresholds, for predictions of any tracks.

In: the run that trained the model. Out: a :class:`Scorer`, which computes the same probabilities as that run would. Importing
this module is cheap: TensorFlow is imported only when a model is loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mer_tasks.runs.run import Run

if TYPE_CHECKING:
    import keras
    import numpy as np
    import numpy.typing as npt

    from mer_tasks.corpus.segments import SegmentIndex
    from mer_tasks.modelling.predictions import Rule


@dataclass(frozen=True)
class Scorer:
    """A trained model with the calibration and the thresholds of its run.

    Attributes
    ----------
    run : Run
        The run that trained the model; its configuration decides how features are made.
    model : keras.Model
    rule : Rule
        Calibration and thresholds.
    device : str
        Name of the device that the model runs on.
    """

    run: Run
    model: "keras.Model"
    rule: "Rule"
    device: str

    @classmethod
    def of(cls, run: Run, model: Mapping[str, str], data: bytes | None = None) -> "Scorer":
        """Load the model that `run` trained, with its calibration and thresholds.

        Parameters
        ----------
        run : Run
            From :func:`~mer_tasks.runs.run.run_as_published`.
        model : mapping
            ``key`` and ``sha256`` of the model.
        data : bytes, optional
            Content of the model's file, if it was already read.

        Raises
        ------
        IntegrityError
            If the file is not the one that was published.
        ObjectMissing
            If the file is missing.
        """
        from mer_tasks.modelling import devices, networks
        from mer_tasks.modelling.predictions import Rule

        device = devices.prepare(run.config)
        uri = run.store.uri(model["key"])
        if data is None:
            data = run.store.get(model["key"])
        return cls(run, networks.model_from_bytes(uri, data, model["sha256"]), Rule.of(run), device.name)

    def raw_probabilities(self, index: "SegmentIndex") -> "npt.NDArray[np.float32]":
        """Compute the uncalibrated probabilities of the segments of `index` [shape=(segments, labels), dtype=float32]."""
        from mer_tasks.modelling.predictions import segment_probabilities

        return segment_probabilities(self.model, index)

    def probabilities(self, index: "SegmentIndex") -> "npt.NDArray[np.float64]":
        """Compute the calibrated probabilities of the tracks of `index` [shape=(tracks, labels), dtype=float64]."""
        return self.rule.probabilities(index.track_means(self.raw_probabilities(index)))
