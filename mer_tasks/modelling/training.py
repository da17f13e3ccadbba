"""Training of a run's network, stopped by a validation part or by out-of-fold predictions.

In: the segments of the train part with labels and a plan of synthetic segments. Out: the network after the epoch with the
lowest validation loss; with inner folds, also the out-of-fold predictions of the train tracks.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import pandas as pd

from mer_tasks.config import Config, deciding
from mer_tasks.corpus.inner_folds import FOLD, Folds
from mer_tasks.corpus.segments import Array32, Rows, SegmentIndex, segment_index
from mer_tasks.corpus.synthetic_plan import Plan
from mer_tasks.label_set import LabelSet
from mer_tasks.modelling import networks
from mer_tasks.modelling.batches import LabelledBatches, Source, TrainingBatches, moments, reraise_reading_errors
from mer_tasks.modelling.checkpoint import Checkpoint, training_finished
from mer_tasks.modelling.cross_fitting import FoldBatches, FoldScores, fold_moments, fold_probabilities
from mer_tasks.modelling.losses import training_loss, training_metrics
from mer_tasks.modelling.parallel_networks import copy_weights, parallel_network
from mer_tasks.modelling.training_targets import LabelledSegments, presence_weights, share_limits
from mer_tasks.runs.artifacts import LABELS, PLAN, SPLIT_TABLE
from mer_tasks.runs.run import Run, Stopwatch


def inputs_digest(config: Config, label_set: LabelSet, space: str | None, *documents: str) -> str:
    """Compute the sha256, in hex, of everything that decides the weights of the network.

    These are fields of the configuration, the version of Keras, the label set, and stored documents.

    Parameters
    ----------
    config : Config
    label_set : LabelSet
    space : str or None
        Space of the run's encoder.
    *documents : str
        sha256 of each document, in hex.
    """
    settings = {name: getattr(config, name) for name in deciding("features", "fit")} | {
        "keras": keras.__version__,
        "labels": label_set.digest,
        "network": config.network,
        "space": space,
    }
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for document in documents:
        digest.update(bytes.fromhex(document))
    return digest.hexdigest()


@dataclass(frozen=True)
class Fitted:
    """Result of a training.

    Attributes
    ----------
    network : keras.Model
        Network from inputs to probabilities, with the weights of the best epoch.
    out_of_fold : pd.DataFrame or None
        ``track_id``, ``fold`` and ``raw_<label>`` of each train track, if the training was cross-fitted.
    seconds : float
        Duration of the fit.
    epochs_before : int
        Number of epochs that an earlier try had finished.
    """

    network: keras.Model
    out_of_fold: pd.DataFrame | None
    seconds: float
    epochs_before: int


class Training:
    """Training of the network of a run.

    Parameters
    ----------
    run : Run
    index : SegmentIndex
        Segments of the train part.
    labels : pd.DataFrame
        The table of stage `labels`.
    plan : Plan
    jit : bool
        Whether XLA compiles the steps.
    """

    def __init__(self, run: Run, index: SegmentIndex, labels: pd.DataFrame, plan: Plan, *, jit: bool) -> None:
        self._run, self._labels, self._plan, self._jit = run, labels, plan, jit
        self._index = index
        self.segments = LabelledSegments(index, labels, run.config, run.label_set)
        documents = (("split", SPLIT_TABLE), ("balance", PLAN), ("labels", LABELS))
        digest = inputs_digest(run.config, run.label_set, run.space, *(run.sha256(*document) for document in documents))
        self.checkpoint = Checkpoint(run, digest)

    def fit(self) -> Fitted:
        """Fit the network and stop by the loss on the validation part."""
        run, config, label_set = self._run, self._run.config, self._run.label_set
        validation = LabelledSegments(segment_index(run, "validation"), self._labels, config, label_set)
        model = self.checkpoint.resume()
        if model is None:
            model = networks.build(config, self.segments.source.shape, moments(self.segments.source), label_set)
            weights, limits = self._presence_weights(), self._limits()
            networks.compile_model(
                model, config, training_loss(weights, label_set), training_metrics(limits, weights, label_set), jit=self._jit
            )
        epoch = self.checkpoint.epochs
        data = TrainingBatches(*self._batches(), plan=self._plan, **self._options(epoch))
        batches = LabelledBatches(validation.source, config.step_size, validation.targets, validation.weights)
        seconds = self._fit_remaining_epochs(model, data, batches)
        model.set_weights(self.checkpoint.best)
        return Fitted(model, None, seconds, epoch)

    def cross_fit(self, folds: Folds) -> Fitted:
        """Fit the networks without each inner fold and the one to all segments, and stop by the out-of-fold loss.

        Parameters
        ----------
        folds : np.ndarray [shape=(segments,), dtype=int16]
            Inner fold of each segment.
        """
        config, label_set, source = self._run.config, self._run.label_set, self.segments.source
        inputs = fold_moments(source, folds)
        network = networks.build(config, source.shape, inputs[-1], label_set)
        used = [folds != fold for fold in range(len(inputs))]
        weights = [of_copy for rows in used if (of_copy := self._presence_weights(rows))]
        model = self.checkpoint.resume()
        if model is None:
            model = parallel_network(network, inputs)
            loss = training_loss(weights or None, label_set)
            networks.compile_model(model, config, loss, [], jit=self._jit)
        epoch = self.checkpoint.epochs
        data = FoldBatches(*self._batches(), folds, plan=self._plan, **self._options(epoch))
        last = weights[-1] if weights else None
        judges = training_loss(last, label_set), training_metrics(self._limits(), last, label_set)
        scores = FoldScores(source, self.segments.targets, self.segments.weights, folds, *judges)
        seconds = self._fit_remaining_epochs(model, data, None, scores)
        model.set_weights(self.checkpoint.best)
        copy_weights(model, len(inputs) - 1, network)
        raw, _ = fold_probabilities(model, source, folds)
        table = pd.DataFrame({"track_id": list(self._index.tracks), FOLD: folds[self._index.first]})
        columns = [f"raw_{label}" for label in label_set.ids]
        out_of_fold = pd.concat([table, pd.DataFrame(self._index.track_means(raw), columns=columns)], axis=1)
        return Fitted(network, out_of_fold, seconds, epoch)

    def _fit_remaining_epochs(
        self,
        model: keras.Model,
        data: TrainingBatches,
        validation: LabelledBatches | None,
        *callbacks: keras.callbacks.Callback,
    ) -> float:
        """Fit `model` from the last epoch of the checkpoint on, and return the seconds; the checkpoint comes last."""
        with Stopwatch() as watch:
            if not training_finished(self.checkpoint.history, self._run.config):
                readers = [data, *([] if validation is None else [validation])]
                with reraise_reading_errors(*readers):
                    model.fit(
                        data,
                        epochs=self._run.config.epochs,
                        initial_epoch=self.checkpoint.epochs,
                        validation_data=validation,
                        callbacks=[*callbacks, self.checkpoint],
                        shuffle=False,
                        verbose=0,
                    )
        return watch.seconds

    def _batches(self) -> tuple[Source, int, Array32, Array32]:
        """Return source, size, targets and weights of the training batches."""
        return self.segments.source, self._run.config.step_size, self.segments.targets, self.segments.weights

    def _options(self, epoch: int) -> dict[str, Any]:
        """Return the options of training batches; `epoch` is the first one to be trained, and decides the order of segments."""
        config, plan = self._run.config, self._plan
        synthetic_targets = plan.shares if config.soft_targets else plan.labels.astype(np.float32)
        return {"synthetic_targets": synthetic_targets, "seed": config.seed, "epoch": epoch}

    def _presence_weights(self, rows: slice | Rows = slice(None)) -> list[float] | None:
        """Compute the class weights of some segments; None if the balance is another one."""
        if self._run.config.balance != "weights":
            return None
        return presence_weights(self.segments.targets[rows], self._run.label_set)

    def _limits(self) -> list[float] | None:
        config, label_set = self._run.config, self._run.label_set
        return share_limits(self._labels, label_set) if config.soft_targets and not label_set.single else None
