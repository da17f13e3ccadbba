"""How far a training has come, kept in the store after every epoch, so that a killed one goes on where it was.

In: the model and the measures of each epoch. Out: ``train/checkpoint.json``, a pointer to the latest model (with its
optimizer's state) and to the best one, with the history so far. The files that it names are written before it and removed
after it has moved on, so it never names what is not there. When to halve the learning rate and when to stop follow from the
history alone: Keras' own callbacks for both forget their counts with the process.
"""

import logging
import math
from typing import Any

import keras

from mer_tasks.config import Config
from mer_tasks.errors import ObjectMissing, PermanentError
from mer_tasks.modelling import networks
from mer_tasks.runs.artifacts import CHECKPOINT
from mer_tasks.runs.progress_log import part
from mer_tasks.runs.run import Run

logger = logging.getLogger(__name__)

HALVE_AFTER = 2
"""Epochs without a lower validation loss after which the learning rate is halved."""
LOWEST_RATE = 1e-5
History = dict[str, list[float]]


def waited(losses: list[float]) -> int:
    """Epochs since the lowest loss; 0 if it was the last one, or there is none."""
    return len(losses) - 1 - losses.index(min(losses)) if losses else 0


def learning_rate(losses: list[float], initial: float) -> float:
    """Rate of the next epoch: halved each time that so many epochs in a row had no lower loss.

    Parameters
    ----------
    losses : list of float
        Validation loss of each epoch so far.
    initial : float
        Rate of the first epoch.
    """
    rate, best, wait = initial, math.inf, 0
    for loss in losses:
        wait = 0 if loss < best else wait + 1
        best = min(best, loss)
        if wait == HALVE_AFTER:
            rate, wait = max(rate / 2, min(LOWEST_RATE, initial)), 0
    return rate


def finished(history: History, config: Config) -> bool:
    """Whether all epochs are done, or none of the last `config.patience` was better than the best before them."""
    losses = history.get("val_loss", [])
    return len(losses) >= config.epochs or waited(losses) >= config.patience


class Checkpoint(keras.callbacks.Callback):  # type: ignore[misc]  # Keras publishes no types
    """The state of a training; a callback that keeps it after every epoch.

    Parameters
    ----------
    run : Run
    inputs : str
        Digest of everything that the training depends on; a checkpoint of other inputs is not gone on with.

    Attributes
    ----------
    history : dict of str to list of float
        One value an epoch for each measure.
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
        """Epochs that are done."""
        return len(self.history.get("val_loss", []))

    def resume(self) -> keras.Model | None:
        """The model as the last epoch of an earlier try left it; None if there was none, or with other inputs."""
        try:
            state = self._run.read_json("train", CHECKPOINT)
        except ObjectMissing:
            return None
        if state["inputs"] != self._inputs:
            logger.warning("there is a checkpoint of other inputs: beginning anew")
            return None
        model = self._load(state["files"]["latest"], to_be_fitted=True)
        self.history, self.files = state["history"], state["files"]
        logger.info("going on after epoch %d of an earlier try", self.epochs)
        return model

    def best(self) -> keras.Model:
        """The model after the epoch with the lowest validation loss."""
        return self._load(self.files["best"])

    def remove(self) -> None:
        """Forget everything, the pointer first."""
        self._run.store.delete(self._run.key("train", CHECKPOINT))
        for file in self.files.values():
            self._run.store.delete(file["key"])

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Set what only depends on the number of the epoch: the learning rate, and what dropout leaves out."""
        self.model.optimizer.learning_rate = learning_rate(self.history.get("val_loss", []), self._run.config.learning_rate)
        for layer in self.model.layers:
            if isinstance(layer, keras.layers.Dropout):
                layer.seed_generator.state.assign([layer.seed, epoch << 20])

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keep the model and its measures."""
        measures = {name: float(value) for name, value in (logs or {}).items()}
        measures["learning_rate"] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        wrong = [name for name in ("loss", "val_loss") if not math.isfinite(measures[name])]
        if wrong:
            raise PermanentError(
                f"run {self._run.run_id}: {wrong[0]} is {measures[wrong[0]]} after epoch {epoch + 1}, expected a finite number:"
                f" try a learning_rate below {self._run.config.learning_rate:g}"
            )
        for name, value in measures.items():
            self.history.setdefault(name, []).append(value)
        told = ", ".join(f"{name} {value:.4g}" for name, value in measures.items())
        logger.info("epoch %d: %s", epoch + 1, told, extra=part(epoch + 1, self._run.config.epochs))
        self._keep(epoch)
        self.model.stop_training = finished(self.history, self._run.config)

    def _keep(self, epoch: int) -> None:
        key = self._run.key("train", f"epoch-{epoch + 1:04}.keras")
        former = self.files
        latest = {"key": key, "sha256": networks.save(self.model, self._run.store, key)}
        self.files = {"latest": latest, "best": former["best"] if waited(self.history["val_loss"]) else latest}
        self._run.write_json("train", CHECKPOINT, {"inputs": self._inputs, "history": self.history, "files": self.files})
        for old in former.values():
            if old not in self.files.values():
                self._run.store.delete(old["key"])

    def _load(self, file: dict[str, str], *, to_be_fitted: bool = False) -> keras.Model:
        return networks.load(self._run.store, file["key"], file["sha256"], to_be_fitted=to_be_fitted)
