"""Stage ``train``: fit the network to the train part.

Input: the features, the labels, the split, and the plan of synthetic segments. With `soft_targets` the targets are the shares
of the listeners, and each track has a weight in proportion to the number of its listeners. Without `soft_targets` the targets
are the labels, and every track has the same weight.

Output: ``music_emotion_model.keras``, the network after the epoch with the lowest loss on the validation part, and
``Music_emotion_history.json``, which has one value per epoch for each measure. A training that was killed continues after its
last complete epoch (:mod:`mer_tasks.modelling.checkpoint`).

On a CPU the same seed gives the same weights, even if the training was interrupted. On a GPU it does not, because a GPU adds
floating-point numbers in no fixed order.
"""

import hashlib
import json
import logging

import keras
import numpy as np
import pandas as pd

from mer_tasks.config import Config, deciding
from mer_tasks.corpus.segments import Array32, SegmentIndex, segment_index
from mer_tasks.corpus.synthetic_plan import Plan, read_plan
from mer_tasks.database.queries import check_unpublished
from mer_tasks.label_set import LabelSet
from mer_tasks.modelling import devices, networks
from mer_tasks.modelling.batches import (
    LabelledBatches,
    PrecomputedSource,
    Source,
    TrainingBatches,
    moments,
    reraise_reading_errors,
)
from mer_tasks.modelling.checkpoint import Checkpoint, epochs_since_best, training_finished
from mer_tasks.runs.artifacts import HISTORY, LABELS, MODEL, PLAN, SPLIT_TABLE
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.wording import listed

logger = logging.getLogger(__name__)

STAGE = "train"
NAMED = 20
"""Most labels that a message names; the others are only counted."""


def inputs_digest(config: Config, label_set: LabelSet, *documents: str) -> str:
    """Compute the sha256, in hex, of everything that decides the weights of the network.

    These are fields of the configuration, the version of Keras, the label set, and stored documents.

    Parameters
    ----------
    config : Config
    label_set : LabelSet
    *documents : str
        sha256 of each document, in hex.
    """
    settings = {name: getattr(config, name) for name in deciding("features", "fit")} | {
        "keras": keras.__version__,
        "labels": label_set.digest,
    }
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for document in documents:
        digest.update(bytes.fromhex(document))
    return digest.hexdigest()


def fit_remaining_epochs(
    model: keras.Model, config: Config, checkpoint: Checkpoint, data: TrainingBatches, validation: LabelledBatches
) -> None:
    """Fit `model` from the last epoch of `checkpoint` on; `checkpoint` stores the best model and the history."""
    if training_finished(checkpoint.history, config):
        return
    with reraise_reading_errors(data, validation):
        model.fit(
            data,
            epochs=config.epochs,
            initial_epoch=checkpoint.epochs,
            validation_data=validation,
            callbacks=[checkpoint],
            shuffle=False,
            verbose=0,
        )


def model_to_publish(best: keras.Model, config: Config, frames: int, label_set: LabelSet) -> keras.Model:
    """Copy `best` to the model that is published: in float32, with features as input, without loss and optimizer.

    Parameters
    ----------
    best : keras.Model
        Network after the best epoch.
    config : Config
        Configuration with which `best` was built.
    frames : int
        Number of frames of a segment.
    label_set : LabelSet
    """
    keras.config.set_dtype_policy("float32")
    normalisation = best.get_layer("normalisation")
    mean = keras.ops.convert_to_numpy(normalisation.mean).reshape(-1)
    variance = keras.ops.convert_to_numpy(normalisation.variance).reshape(-1)
    copy = networks.build(config, best.input_shape[1:], (mean, variance), label_set)
    copy.set_weights(best.get_weights())
    return networks.full_model(copy, config, frames)


def presence_weights(targets: Array32, label_set: LabelSet) -> list[float]:
    """Compute class weights: the weight of a label's presence in the loss that makes presence and absence weigh the same.

    If a track has exactly one label, the weights make all labels weigh the same, and their mean over segments is 1.

    Parameters
    ----------
    targets : np.ndarray [shape=(segments, labels), dtype=float32]
        Labels or shares.
    label_set : LabelSet

    Returns
    -------
    list of float
        Weight of each label; 1 for a label that no segment has.

    Examples
    --------
    >>> from mer_tasks.label_set import parse_label_set
    >>> moods = parse_label_set('name = "moods"\\nkind = "multi"\\nlabels = ["calm", "happy"]', "moods.toml")
    >>> presence_weights(np.array([[1, 0], [0, 0], [0, 0], [0, 0]], np.float32), moods)
    [3.0, 1.0]
    """
    rates = targets.mean(axis=0, dtype=np.float64)
    present = rates > 0
    numerators = np.full(rates.shape, 1 / max(1, int(present.sum()))) if label_set.single else 1 - rates
    weights: list[float] = np.where(present, numerators / np.where(present, rates, 1), 1).tolist()
    return weights


def share_limits(labels: pd.DataFrame, label_set: LabelSet) -> list[float]:
    """Compute the share of listeners from which on a track has each label.

    The limit lies halfway between the lowest share with the label and the highest share without it. The label rule compares
    whole numbers; a limit between two shares that occur gives the same labels with floating-point numbers.

    Parameters
    ----------
    labels : pd.DataFrame
        The table of stage `labels`.
    label_set : LabelSet

    Returns
    -------
    list of float
        Limit of each label; at least 1 if no track has the label.
    """
    limits = []
    for label in label_set.ids:
        shares = labels[f"share_{label}"].to_numpy(np.float64)
        positive = labels[f"label_{label}"].to_numpy(bool)
        lowest_with = min(shares[positive], default=2.0)
        highest_without = max(shares[~positive], default=0.0)
        limits.append(float(lowest_with + highest_without) / 2)
    return limits


class LabelledSegments:
    """The segments of the train or the validation part: inputs of the network, targets and sample weights.

    Parameters
    ----------
    index : SegmentIndex
    labels : pd.DataFrame
        The table of stage `labels`.
    config : Config
        `preset` decides the inputs; `soft_targets` decides targets and weights.
    label_set : LabelSet

    Attributes
    ----------
    source : SegmentIndex or PrecomputedSource
        Where the inputs of the network are read.
    targets : np.ndarray [shape=(segments, labels), dtype=float32]
        Shares or labels.
    weights : np.ndarray [shape=(segments,), dtype=float32]
        Relative number of listeners, or 1.
    """

    def __init__(self, index: SegmentIndex, labels: pd.DataFrame, config: Config, label_set: LabelSet) -> None:
        front = networks.front_end(config.preset, index.frames)
        self.source: Source = index if front is None else PrecomputedSource(index, front)
        self.targets = index.targets(labels, label_set, soft=config.soft_targets)
        self.weights = index.listeners(labels) if config.soft_targets else np.ones(len(index), np.float32)


def _batches(
    train: LabelledSegments, validation: LabelledSegments, plan: Plan, config: Config, epoch: int
) -> tuple[TrainingBatches, LabelledBatches]:
    """Make the batches of both parts; `epoch` is the first one to be trained, and decides the order of segments."""
    synthetic_targets = plan.shares if config.soft_targets else plan.labels.astype(np.float32)
    data = TrainingBatches(
        train.source,
        config.batch_size,
        train.targets,
        train.weights,
        plan=plan,
        synthetic_targets=synthetic_targets,
        seed=config.seed,
        epoch=epoch,
    )
    return data, LabelledBatches(validation.source, config.batch_size, validation.targets, validation.weights)


@reads_once
def train(run: Run) -> Manifest:
    """Fit the network to the train part, and store the model of the best epoch and the history.

    Raises
    ------
    PermanentError
        If the loss is no longer a finite number, or if the run is already published.
    IntegrityError
        If stored features do not match the corpus.
    ObjectMissing
        If stored features are missing; stage `features` computes them again.
    TransientError
        When the store does not answer.
    """
    config, store, label_set = run.config, run.store, run.label_set
    if config.database_url is not None:
        check_unpublished(config.database_url.get_secret_value(), run.run_id)
    with Stopwatch() as watch:
        device = devices.prepare(config)
        logger.info("%straining on %s", "" if device.gpu else "no GPU: ", device.name)
        plan = read_plan(run)
        labels = run.read_table("labels", LABELS)
        index = segment_index(run, "train")
        train_segments = LabelledSegments(index, labels, config, label_set)
        validation_segments = LabelledSegments(segment_index(run, "validation"), labels, config, label_set)
        inputs = (("split", SPLIT_TABLE), ("balance", PLAN), ("labels", LABELS))
        unlearnt = [name for name, share in zip(label_set.names, train_segments.targets.max(axis=0), strict=True) if not share]
        if unlearnt:
            logger.warning("no train track has %s: the model cannot learn these %s", listed(unlearnt, NAMED), label_set.noun[1])
        checkpoint = Checkpoint(run, inputs_digest(config, label_set, *(run.sha256(*document) for document in inputs)))
        model = checkpoint.resume()
        epochs_before = checkpoint.epochs
        if model is None:
            model = networks.build(config, train_segments.source.shape, moments(train_segments.source), label_set)
            weights = presence_weights(train_segments.targets, label_set) if config.balance == "weights" else None
            limits = share_limits(labels, label_set) if config.soft_targets and not label_set.single else None
            model = networks.compile_model(model, config, label_set, jit=device.gpu, weights=weights, limits=limits)
        train_batches, validation_batches = _batches(train_segments, validation_segments, plan, config, epochs_before)
        with Stopwatch() as fit_watch:
            fit_remaining_epochs(model, config, checkpoint, train_batches, validation_batches)
        key = run.key(STAGE, MODEL)
        sha256 = networks.save(model_to_publish(checkpoint.best(), config, index.frames, label_set), store, key)
        run.write_json(STAGE, HISTORY, checkpoint.history)
    losses = checkpoint.history["val_loss"]
    best = len(losses) - epochs_since_best(losses)
    logger.info("best of %d epochs: %d, validation loss %.4g", len(losses), best, min(losses))
    segments_seen = (checkpoint.epochs - epochs_before) * (len(index) + len(plan))
    counters = {
        "epochs": len(losses),
        "best_epoch": best,
        "resumed_after": epochs_before,
        "segments": len(index),
        "synthetic": len(plan),
        "segments_per_second": round(segments_seen / fit_watch.seconds, 1),
        "weights": model.count_params(),
        **watch.counters(),
    }
    manifest = {"model": {"run_id": run.run_id, "key": key, "sha256": sha256}, "device": device.name, "counters": counters}
    written = run.write_manifest(STAGE, {**manifest, "preset": config.preset})
    checkpoint.remove()
    return written
