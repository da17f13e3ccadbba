"""Training checkpoint: the state of a training, stored after an epoch, so that a killed training can resume.

In: the model and the metrics of each epoch. Out: ``train/checkpoint.json``, which points to the latest model (with its
optimizer's state) and to the best one, and has the history so far. It is not stored after an epoch that ends within
``STORE_SECONDS`` of the last time: repeating a few seconds costs less than storing. The model files are written before this
pointer and removed after it points to newer ones, so it never points to a missing file. The history alone decides when the
learning rate is halved and when training stops, because the Keras callbacks for this lose their counts when the process ends.
"""

import logging
import math
import time
from typing import Any

import keras
import numpy.typing as npt

from mer_tasks.config import Config
from mer_tasks.errors import ObjectMissing, PermanentError
from mer_tasks.modelling import networks
from mer_tasks.runs.artifacts import CHECKPOINT
from mer_tasks.runs.progress_log import progress_fields
from mer_tasks.runs.run import Run

logger = logging.getLogger(__name__)

STORE_SECONDS = 5.0
"""Least number of seconds between the begin of training, or the last stored state, and the next stored state."""
LEAST_GAIN = 1e-3
"""Share of the lowest validation loss so far by which a lower one must be lower to count."""
HALVE_AFTER = 2
"""Number of epochs without a lower validation loss after which the learning rate is halved."""
LOWEST_RATE = 1e-5
"""The learning rate is not halved below this value."""
History = dict[str, list[float]]
"""One value per epoch for each metric."""


def epochs_since_best(losses: list[float]) -> int:
    """Count the epochs since the best one; 0 if the last epoch is the best one, or if there is no loss yet.

    An epoch is better than the ones before it if its loss is lower by ``LEAST_GAIN``.

    Examples
    --------
    >>> epochs_since_best([0.9, 0.5, 0.4999])
    1
    """
    best, since = math.inf, -1
    for loss in losses:
        better = loss < best * (1 - LEAST_GAIN)
        best, since = (loss, 0) if better else (best, since + 1)
    return max(since, 0)


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
    rate, wait = initial, 0
    for number in range(1, len(losses) + 1):
        wait = wait + 1 if epochs_since_best(losses[:number]) else 0
        if wait == HALVE_AFTER:
            rate, wait = max(rate / 2, min(LOWEST_RATE, initial)), 0
    return rate


def training_finished(history: History, config: Config) -> bool:
    """Return whether training ends: all epochs are done, or the last `config.patience` epochs had no lower validation loss."""
    losses = history.get("val_loss", [])
    return len(losses) >= config.epochs or epochs_since_best(losses) >= config.patience


class Checkpoint(keras.callbacks.Callback):  # type: ignore[misc]  # Keras publishes no types
    """State of a training, and the Keras callback that stores it.

    Parameters
    ----------
    run : Run
    inputs : str
        Digest of everything that the training depends on; a checkpoint of other inputs is ignored.

    Attributes
    ----------
    history : dict of str to list of float
        One value per epoch for each metric.
    best : list of np.ndarray
        Weights of the model after the epoch with the lowest validation loss.
    files : dict of str to dict
        ``key`` and ``sha256`` of the stored model after the ``latest`` epoch and after the ``best`` one.
    """

    def __init__(self, run: Run, inputs: str) -> None:
        super().__init__()
        self._run, self._inputs = run, inputs
        self._stored = time.monotonic()
        self.history: History = {}
        self.best: list[npt.NDArray[Any]] = []
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
        best = state["files"]["best"]
        self.best = (model if best == state["files"]["latest"] else self._load(best)).get_weights()
        self.history, self.files = state["history"], state["files"]
        logger.info("training resumes after epoch %d of an earlier try", self.epochs)
        return model

    def remove(self) -> None:
        """Delete the checkpoint from the store, the pointer first."""
        self._run.store.delete(self._run.key("train", CHECKPOINT))
        for file in self.files.values():
            self._run.store.delete(file["key"])

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Set the learning rate and the state of dropout, so that they depend only on the history and the epoch's number."""
        self.model.optimizer.learning_rate = learning_rate(
            self.history.get("val_loss", []), self._run.config.first_learning_rate
        )
        for layer in self.model.layers:
            if isinstance(layer, keras.layers.Dropout):
                layer.seed_generator.state.assign([layer.seed, epoch << 20])

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Note the metrics, store the state if the last time is long ago, and stop training if it is finished.

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
                f" try a learning_rate below {self._run.config.first_learning_rate:g}"
            )
        for name, value in metrics.items():
            self.history.setdefault(name, []).append(value)
        summary = ", ".join(f"{name} {value:.4g}" for name, value in metrics.items())
        logger.info("epoch %d: %s", epoch + 1, summary, extra=progress_fields(epoch + 1, self._run.config.epochs))
        if not epochs_since_best(self.history["val_loss"]):
            self.best = self.model.get_weights()
        if time.monotonic() - self._stored >= STORE_SECONDS:
            self._store(epoch)
            self._stored = time.monotonic()
        self.model.stop_training = training_finished(self.history, self._run.config)

    def _store(self, epoch: int) -> None:
        """Write the models, then the pointer, and delete the models that the pointer no longer names."""
        former = self.files
        self.files = {"latest": self._save(f"epoch-{epoch + 1:04}.keras")}
        self.files["best"] = self.files["latest"]
        if epochs_since_best(self.history["val_loss"]):
            latest = self.model.get_weights()
            self.model.set_weights(self.best)
            self.files["best"] = self._save(f"best-of-{epoch + 1:04}.keras")
            self.model.set_weights(latest)
        self._run.write_json("train", CHECKPOINT, {"inputs": self._inputs, "history": self.history, "files": self.files})
        for old in former.values():
            if old not in self.files.values():
                self._run.store.delete(old["key"])

    def _save(self, name: str) -> dict[str, str]:
        key = self._run.key("train", name)
        return {"key": key, "sha256": networks.save(self.model, self._run.store, key)}

    def _load(self, file: dict[str, str], *, for_training: bool = False) -> keras.Model:
        return networks.load(self._run.store, file["key"], file["sha256"], for_training=for_training)
