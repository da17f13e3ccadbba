"""Training checkpoint: the state of a training, stored after every epoch, so that a killed training can resume.

In: the model and the metrics of each epoch. Out: ``train/checkpoint.json``, which points to the latest model (with its
optimizer's state) and to the best one, and has the history so far. The model files are written before this pointer and removed
after it points to newer ones, so it never points to a missing file. The history alone decides when the learning rate is halved
and when training stops, because the Keras callbacks for this lose their counts when the process ends.
"""

import logging
import math
from typing import Any

import keras

from mer_tasks.config import Config
from mer_tasks.errors import ObjectMissing, PermanentError
from mer_tasks.modelling import networks
from mer_tasks.runs.artifacts import CHECKPOINT
from mer_tasks.runs.progress_log import progress_fields
from mer_tasks.runs.run import Run

logger = logging.getLogger(__name__)

HALVE_AFTER = 2
"""Number of epochs without a lower validation loss after which the learning rate is halved."""
LOWEST_RATE = 1e-5
"""The learning rate is not halved below this value."""
History = dict[str, list[float]]
"""One value per epoch for each metric."""


def epochs_since_best(losses: list[float]) -> int:
    """Count the epochs since the lowest loss; 0 if the last loss is the lowest one, or if there is no loss yet.

    Examples
    --------
    >>> epochs_since_best([0.9, 0.5, 0.6])
    1
    """
    return len(losses) - 1 - losses.index(min(losses)) if losses else 0


def learning_rate(losses: list[float], initial: float) -> float:
    """Compute the learning rate of the next epoch: halved after every ``HALVE_AFTER`` epochs in a row without a lower loss.

    Parameters
    ----------
    losses : list of float
        Validation loss of each epoch so far.
    initial : float
        Rate of the first epoch.

    Examples
    --------
    >>> learning_rate([0.9, 0.5, 0.6, 0.7], initial=0.001)
    0.0005
    """
    rate, best, wait = initial, math.inf, 0
    for loss in losses:
        wait = 0 if loss < best else wait + 1
        best = min(best, loss)
        if wait == HALVE_AFTER:
            rate, wait = max(rate / 2, min(LOWEST_RATE, initial)), 0
    return rate


def training_finished(history: History, config: Config) -> bool:
    """Return whether training ends: all epochs are done, or the last `config.patience` epochs had no lower validation loss."""
    losses = history.get("val_loss", [])
    return len(losses) >= config.epochs or epochs_since_best(losses) >= config.patience


class Checkpoint(keras.callbacks.Callback):  # type: ignore[misc]  # Keras publishes no types
    """State of a training, and the Keras callback that stores it after every epoch.

    Parameters
    ----------
    run : Run
    inputs : str
        Digest of everything that the training depends on; a checkpoint of other inputs is ignored.

    Attributes
    ----------
    history : dict of str to list of float
        One value per epoch for each metric.
    files : dict of str to dict
        ``key`` and ``sha256`` of the model after the ``latest`` epoch and after the ``best`` one.
    """

    def __init__(self, run: Run, inputs: str) -> None:
        super().__init__()
        self._run, self._inputs = run, inputs
        self.history: History = {}
        self.files: dict[str, dict[str, str]] = {}

    @property
    def epochs(self) -> int:
        """Number of finished epochs."""
        return len(self.history.get("val_loss", []))

    def resume(self) -> keras.Model | None:
        """Load the model as it was after the last epoch of an earlier try; None if there is no checkpoint of these inputs."""
        try:
            state = self._run.read_json("train", CHECKPOINT)
        except ObjectMissing:
            return None
        if state["inputs"] != self._inputs:
            logger.warning("the stored checkpoint belongs to other inputs: training starts from the beginning")
            return None
        model = self._load(state["files"]["latest"], for_training=True)
        self.history, self.files = state["history"], state["files"]
        logger.info("training resumes after epoch %d of an earlier try", self.epochs)
        return model

    def best(self) -> keras.Model:
        """Load the model after the epoch with the lowest validation loss."""
        return self._load(self.files["best"])

    def remove(self) -> None:
        """Delete the checkpoint from the store, the pointer first."""
        self._run.store.delete(self._run.key("train", CHECKPOINT))
        for file in self.files.values():
            self._run.store.delete(file["key"])

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Set the learning rate and the state of dropout, so that they depend only on the history and the epoch's number."""
        self.model.optimizer.learning_rate = learning_rate(self.history.get("val_loss", []), self._run.config.learning_rate)
        for layer in self.model.layers:
            if isinstance(layer, keras.layers.Dropout):
                layer.seed_generator.state.assign([layer.seed, epoch << 20])

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Store the model and its metrics, and stop training if it is finished.

        Raises
        ------
        PermanentError
            If a loss is not a finite number.
        """
        metrics = {name: float(value) for name, value in (logs or {}).items()}
        metrics["learning_rate"] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        wrong = [name for name in ("loss", "val_loss") if not math.isfinite(metrics[name])]
        if wrong:
            raise PermanentError(
                f"run {self._run.run_id}: {wrong[0]} is {metrics[wrong[0]]} after epoch {epoch + 1}, expected a finite number:"
                f" try a learning_rate below {self._run.config.learning_rate:g}"
            )
        for name, value in metrics.items():
            self.history.setdefault(name, []).append(value)
        summary = ", ".join(f"{name} {value:.4g}" for name, value in metrics.items())
        logger.info("epoch %d: %s", epoch + 1, summary, extra=progress_fields(epoch + 1, self._run.config.epochs))
        self._store(epoch)
        self.model.stop_training = training_finished(self.history, self._run.config)

    def _store(self, epoch: int) -> None:
        """Write the model, then the pointer, and delete the models that the pointer no longer names."""
        key = self._run.key("train", f"epoch-{epoch + 1:04}.keras")
        former = self.files
        latest = {"key": key, "sha256": networks.save(self.model, self._run.store, key)}
        self.files = {"latest": latest, "best": former["best"] if epochs_since_best(self.history["val_loss"]) else latest}
        self._run.write_json("train", CHECKPOINT, {"inputs": self._inputs, "history": self.history, "files": self.files})
        for old in former.values():
            if old not in self.files.values():
                self._run.store.delete(old["key"])

    def _load(self, file: dict[str, str], *, for_training: bool = False) -> keras.Model:
        return networks.load(self._run.store, file["key"], file["sha256"], for_training=for_training)
