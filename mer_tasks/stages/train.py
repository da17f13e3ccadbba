"""Stage ``train``: fit the network to the train part.

Input: the features, the labels, the split, and the plan of synthetic segments. With `soft_targets` the targets are the shares
of the listeners, and each track has a weight in proportion to the number of its listeners. Without `soft_targets` the targets
are the labels, and every track has the same weight.

Output: ``music_emotion_model.keras``, the network after the epoch with the lowest validation loss, and
``Music_emotion_history.json``, which has one value per epoch for each measure. A training that was killed continues after its
last stored epoch (:mod:`mer_tasks.modelling.checkpoint`).

If the split has inner folds, the network is fitted once without each fold and once to the whole train part
(:mod:`mer_tasks.modelling.cross_fitting`). The validation loss is then that of the out-of-fold predictions, whose means per
track are a third output, ``out_of_fold.parquet``. The stored model is the one that was fitted to the whole train part, for the
number of epochs at which the validation loss is lowest. Without inner folds, the validation loss is that of the validation
part.

On a CPU the same seed gives the same weights, even if the training was interrupted. On a GPU it does not, because a GPU adds
floating-point numbers in no fixed order.
"""

import logging

import keras
import numpy as np

from mer_tasks.config import Config
from mer_tasks.corpus.inner_folds import FOLD, Folds
from mer_tasks.corpus.segments import SegmentIndex, segment_index
from mer_tasks.corpus.synthetic_plan import read_plan
from mer_tasks.database.queries import check_unpublished
from mer_tasks.errors import ConfigError
from mer_tasks.label_set import LabelSet
from mer_tasks.modelling import devices, networks
from mer_tasks.modelling.checkpoint import epochs_since_best
from mer_tasks.modelling.training import Training
from mer_tasks.runs.artifacts import HISTORY, LABELS, MODEL, OUT_OF_FOLD, SPLIT_TABLE
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.wording import listed

logger = logging.getLogger(__name__)

STAGE = "train"
NAMED = 20
"""Most labels that a message names; the others are only counted."""


def model_to_publish(network: keras.Model, config: Config, frames: int, label_set: LabelSet) -> keras.Model:
    """Copy `network` to the model that is published: in float32, with features as input, without loss and optimizer.

    Parameters
    ----------
    network : keras.Model
        Network of the best epoch.
    config : Config
        Configuration with which `network` was built.
    frames : int
        Number of frames of a segment.
    label_set : LabelSet
    """
    keras.config.set_dtype_policy("float32")
    copy = networks.build(config, network.input_shape[1:], networks.moments_of(network), label_set)
    copy.set_weights(network.get_weights())
    return networks.full_model(copy, config, frames)


def inner_folds(run: Run, index: SegmentIndex) -> Folds | None:
    """Return the inner fold of each segment of the train part; None if the split has no inner folds."""
    split = run.read_table("split", SPLIT_TABLE).set_index("track_id")
    if FOLD not in split:
        return None
    return split.loc[list(index.tracks), FOLD].to_numpy(np.int16)[index.track]


@reads_once
def train(run: Run) -> Manifest:
    """Fit the network to the train part, and store the model of the best epoch and the history.

    Raises
    ------
    ConfigError
        If the preset needs the embeddings of an encoder, and the run has none.
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
        index = segment_index(run, "train")
        if config.network == "embedding" and not index.embedding_size:
            raise ConfigError("preset='embedding': the run has no encoder, expected one (MER_ENCODER), or another preset")
        training = Training(run, index, run.read_table("labels", LABELS), plan, jit=device.gpu)
        shares = training.segments.targets.max(axis=0)
        unlearnt = [name for name, share in zip(label_set.names, shares, strict=True) if not share]
        if unlearnt:
            logger.warning("no train track has %s: the model cannot learn these %s", listed(unlearnt, NAMED), label_set.noun[1])
        folds = inner_folds(run, index)
        fitted = training.fit() if folds is None else training.cross_fit(folds)
        key = run.key(STAGE, MODEL)
        sha256 = networks.save(model_to_publish(fitted.network, config, index.frames, label_set), store, key)
        run.write_json(STAGE, HISTORY, training.checkpoint.history)
        if fitted.out_of_fold is not None:
            run.write_table(STAGE, OUT_OF_FOLD, fitted.out_of_fold)
    losses = training.checkpoint.history["val_loss"]
    best = len(losses) - epochs_since_best(losses)
    logger.info("best of %d epochs: %d, validation loss %.4g", len(losses), best, min(losses))
    segments_seen = (len(losses) - fitted.epochs_before) * (len(index) + len(plan))
    counters = {
        "epochs": len(losses),
        "best_epoch": best,
        "resumed_after": fitted.epochs_before,
        "folds": 0 if folds is None else int(folds.max()) + 1,
        "segments": len(index),
        "synthetic": len(plan),
        "segments_per_second": round(segments_seen / fitted.seconds, 1),
        "weights": fitted.network.count_params(),
        **watch.counters(),
    }
    manifest = {"model": {"run_id": run.run_id, "key": key, "sha256": sha256}, "device": device.name, "counters": counters}
    written = run.write_manifest(STAGE, {**manifest, "preset": config.network})
    training.checkpoint.remove()
    return written
