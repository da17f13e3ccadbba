"""Stage ``train``: fits the network to the train part.

In: features, labels, split, and the plan of synthetic segments. It is fitted to the listeners' shares, a track counting as much
as it has listeners, or to the labels where `soft_targets` is off. Out: ``music_emotion_model.keras``, as it was after the epoch
with the lowest loss on the validation part, and ``Music_emotion_history.json``, one list of values for each measure. A killed
training goes on after its last whole epoch (:mod:`mer_tasks.modelling.checkpoint`).

On a CPU a seed gives the same weights twice, also if the training was interrupted in between. On a GPU it does not: sums of
floats are taken there in whatever order they come.
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
from mer_tasks.emotions import EMOTIONS
from mer_tasks.modelling import devices, networks
from mer_tasks.modelling.batches import Computed, LabelledBatches, Source, TrainingBatches, moments, own_errors
from mer_tasks.modelling.checkpoint import Checkpoint, finished, waited
from mer_tasks.runs.artifacts import HISTORY, LABELS, MODEL, PLAN, SPLIT_TABLE
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch

logger = logging.getLogger(__name__)

STAGE = "train"


def inputs_digest(config: Config, *documents: str) -> str:
    """sha256 of what the weights depend on, in hex: fields of the configuration, the version of Keras, and stored documents.

    Parameters
    ----------
    config : Config
    *documents : str
        sha256 of each, in hex.
    """
    settings = {name: getattr(config, name) for name in deciding("features", "fit")} | {"keras": keras.__version__}
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for document in documents:
        digest.update(bytes.fromhex(document))
    return digest.hexdigest()


def fitted(
    model: keras.Model, config: Config, checkpoint: Checkpoint, data: TrainingBatches, validation: LabelledBatches
) -> None:
    """Fit `model` from where `checkpoint` is to the last epoch; what comes of it is in `checkpoint`."""
    if finished(checkpoint.history, config):
        return
    with own_errors(data, validation):
        model.fit(
            data,
            epochs=config.epochs,
            initial_epoch=checkpoint.epochs,
            validation_data=validation,
            callbacks=[checkpoint],
            shuffle=False,
            verbose=0,
        )


def final(best: keras.Model, config: Config, frames: int) -> keras.Model:
    """A copy of `best` that computes in 32 bits and has neither losses nor an optimizer, from features on, as it is published.

    Parameters
    ----------
    best : keras.Model
    config : Config
        With which it was built.
    frames : int
        Of a segment.
    """
    keras.config.set_dtype_policy("float32")
    normalisation = best.get_layer("normalisation")
    moments = tuple(keras.ops.convert_to_numpy(values).reshape(-1) for values in (normalisation.mean, normalisation.variance))
    copy = networks.build(config, best.input_shape[1:], (moments[0], moments[1]))
    copy.set_weights(best.get_weights())
    return networks.complete(copy, config, frames)


def presence_weights(targets: Array32) -> list[float]:
    """How much an emotion's presence has to count for presence and absence to weigh the same; 1 where it is never there.

    Parameters
    ----------
    targets : np.ndarray [shape=(segments, 9), dtype=float32]
        Labels or shares.
    """
    there = targets.mean(axis=0, dtype=np.float64)
    weights: list[float] = np.where(there > 0, (1 - there) / np.where(there > 0, there, 1), 1).tolist()
    return weights


def share_limits(labels: pd.DataFrame) -> list[float]:
    """From which share on a track carries each emotion: halfway between the lowest share with it and the highest without it.

    The label rule decides on whole numbers; a limit between two shares that occur does the same on floats. It is above 1 where
    no track carries the emotion.

    Parameters
    ----------
    labels : pd.DataFrame
        The table of stage `labels`.
    """
    limits = []
    for emotion in EMOTIONS:
        shares, carried = labels[f"share_{emotion}"].to_numpy(np.float64), labels[f"label_{emotion}"].to_numpy(bool)
        lowest, highest = min(shares[carried], default=2.0), max(shares[~carried], default=0.0)
        limits.append(float(lowest + highest) / 2)
    return limits


class Part:
    """The segments of a part as the network reads them, with what they are to teach: targets and weights.

    Parameters
    ----------
    index : SegmentIndex
    labels : pd.DataFrame
        The table of stage `labels`.
    config : Config
        `preset` says what is read, `soft_targets` what is taught.
    """

    def __init__(self, index: SegmentIndex, labels: pd.DataFrame, config: Config) -> None:
        front = networks.front(config.preset, index.frames)
        self.source: Source = index if front is None else Computed(index, front)
        self.targets = index.targets(labels, soft=config.soft_targets)
        self.weights = index.listeners(labels) if config.soft_targets else np.ones(len(index), np.float32)


def _batches(train: Part, validation: Part, plan: Plan, config: Config, epoch: int) -> tuple[TrainingBatches, LabelledBatches]:
    synthetic = plan.shares if config.soft_targets else plan.labels.astype(np.float32)
    data = TrainingBatches(
        train.source,
        config.batch_size,
        train.targets,
        train.weights,
        plan=plan,
        synthetic_targets=synthetic,
        seed=config.seed,
        epoch=epoch,
    )
    return data, LabelledBatches(validation.source, config.batch_size, validation.targets, validation.weights)


@reads_once
def train(run: Run) -> Manifest:
    """Fit the network.

    Raises
    ------
    PermanentError
        If the loss is no number any more, or the run is published already.
    IntegrityError
        If stored features are not as the corpus says.
    ObjectMissing
        If features are gone: ``features`` makes them again.
    TransientError
        When the store does not answer.
    """
    config, store = run.config, run.store
    if config.database_url is not None:
        check_unpublished(config.database_url.get_secret_value(), run.run_id)
    with Stopwatch() as watch:
        device = devices.prepare(config)
        logger.info("%straining on %s", "" if device.gpu else "no GPU: ", device.name)
        plan, labels = read_plan(run), run.read_table("labels", LABELS)
        index = segment_index(run, "train")
        known, unknown = (Part(each, labels, config) for each in (index, segment_index(run, "validation")))
        inputs = (("split", SPLIT_TABLE), ("balance", PLAN), ("labels", LABELS))
        checkpoint = Checkpoint(run, inputs_digest(config, *(run.sha256(*document) for document in inputs)))
        model = checkpoint.resume()
        before = checkpoint.epochs
        if model is None:
            model = networks.build(config, known.source.shape, moments(known.source))
            weights = presence_weights(known.targets) if config.balance == "weights" else None
            limits = share_limits(labels) if config.soft_targets else None
            model = networks.compiled(model, config, jit=device.gpu, weights=weights, limits=limits)
        data, validation = _batches(known, unknown, plan, config, before)
        with Stopwatch() as fitting:
            fitted(model, config, checkpoint, data, validation)
        key = run.key(STAGE, MODEL)
        sha256 = networks.save(final(checkpoint.best(), config, index.frames), store, key)
        run.write_json(STAGE, HISTORY, checkpoint.history)
    losses = checkpoint.history["val_loss"]
    best = len(losses) - waited(losses)
    logger.info("best of %d epochs: %d, validation loss %.4g", len(losses), best, min(losses))
    segments = (checkpoint.epochs - before) * (len(index) + len(plan))
    counters = {
        "epochs": len(losses),
        "best_epoch": best,
        "resumed_after": before,
        "segments": len(index),
        "synthetic": len(plan),
        "segments_per_second": round(segments / fitting.seconds, 1),
        "weights": model.count_params(),
        **watch.counters(),
    }
    manifest = {"model": {"run_id": run.run_id, "key": key, "sha256": sha256}, "device": device.name, "counters": counters}
    written = run.write_manifest(STAGE, {**manifest, "preset": config.preset})
    checkpoint.remove()
    return written
