"""Scoring of tracks by a fitted model: its network, its calibration and its thresholds together.

In: the run that fitted the model. Out: a :class:`Scorer`, which gives probabilities of any tracks as a run with that model
would. Light to import: TensorFlow is loaded with the model.
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
    """A fitted model with the calibration and the thresholds of its run.

    Attributes
    ----------
    run : Run
        That fitted it; features for it are made by this run's configuration.
    model : keras.Model
    rule : Rule
    device : str
        What it runs on.
    """

    run: Run
    model: "keras.Model"
    rule: "Rule"
    device: str

    @classmethod
    def of(cls, run: Run, model: Mapping[str, str], data: bytes | None = None) -> "Scorer":
        """The model that `run` fitted.

        Parameters
        ----------
        run : Run
            As :func:`~mer_tasks.runs.run.run_as_published` gives it.
        model : mapping
            Its ``key`` and ``sha256``.
        data : bytes, optional
            The model's file, where it has been read already.

        Raises
        ------
        IntegrityError
            If the file is not the one that was published.
        ObjectMissing
            If it is gone.
        """
        from mer_tasks.modelling import devices, networks
        from mer_tasks.modelling.predictions import Rule

        device = devices.prepare(run.config)
        uri = run.store.uri(model["key"])
        if data is None:
            data = run.store.get(model["key"])
        return cls(run, networks.loaded(uri, data, model["sha256"]), Rule.of(run), device.name)

    def said(self, index: "SegmentIndex") -> "npt.NDArray[np.float32]":
        """What the model says of the segments of `index`, not calibrated [shape=(segments, 9), dtype=float32]."""
        from mer_tasks.modelling.predictions import segment_probabilities

        return segment_probabilities(self.model, index)

    def probabilities(self, index: "SegmentIndex") -> "npt.NDArray[np.float64]":
        """Calibrated probabilities of the tracks of `index` [shape=(tracks, 9), dtype=float64]."""
        return self.rule.probabilities(index.track_means(self.said(index)))
