"""Stage ``train``: fits the network to the train part.

In: features, labels, split, and the plan of synthetic segments. Out: ``music_emotion_model.keras``, as it was after the epoch
with the lowest loss on the validation part, and ``Music_emotion_history.json``, one list of values for each measure. A killed
training goes on after its last whole epoch (:mod:`mer_tasks.checkpoint`).

On a CPU a seed gives the same weights twice, also if the training was interrupted in between. On a GPU it does not: sums of
floats are taken there in whatever order they come.
"""

import hashlib
import json
import logging

import keras

from mer_tasks import devices, networks
from mer_tasks.balance import Plan, read_plan
from mer_tasks.batches import LabelledBatches, TrainingBatches, moments, own_errors
from mer_tasks.checkpoint import Checkpoint, finished, waited
from mer_tasks.config import Config
from mer_tasks.run import Manifest, Run, Stopwatch
from mer_tasks.segments import SegmentIndex, segment_index

logger = logging.getLogger(__name__)

STAGE = "train"
MODEL, HISTORY = "music_emotion_model.keras", "Music_emotion_history.json"
FITTED_BY = ("segment_seconds", "preset", "soft_targets", "learning_rate", "batch_size", "seed")
"""Fields of the configuration that decide what an epoch does to the weights."""


def inputs_digest(config: Config, *documents: bytes) -> str:
    """Digest of what the weights depend on: the configuration's part in it, the Keras that fits, and stored documents."""
    settings = {name: getattr(config, name) for name in FITTED_BY} | {"keras": keras.__version__}
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for document in documents:
        digest.update(hashlib.sha256(document).digest())
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


def final(best: keras.Model, config: Config) -> keras.Model:
    """A copy of `best` that computes in 32 bits and has neither losses nor an optimizer, as it is published.

    Parameters
    ----------
    best : keras.Model
    config : Config
        With which it was built.
    """
    keras.config.set_dtype_policy("float32")
    normalisation = best.get_layer("normalisation")
    moments = tuple(keras.ops.convert_to_numpy(values).reshape(-1) for values in (normalisation.mean, normalisation.variance))
    copy = networks.build(config, best.input_shape[1], (moments[0], moments[1]))
    copy.set_weights(best.get_weights())
    return copy


def _batches(run: Run, train: SegmentIndex, plan: Plan, epoch: int) -> tuple[TrainingBatches, LabelledBatches]:
    config = run.config
    labels = run.read_table("labels", "labels.parquet")
    soft = config.soft_targets
    synthetic = plan.shares if soft else plan.labels.astype("float32")
    targets = train.targets(labels, soft=soft)
    data = TrainingBatches(
        train, config.batch_size, targets, plan=plan, synthetic_targets=synthetic, seed=config.seed, epoch=epoch
    )
    validation = segment_index(run, "validation")
    return data, LabelledBatches(validation, config.batch_size, validation.targets(labels, soft=soft))


def train(run: Run) -> Manifest:
    """Fit the network.

    Raises
    ------
    PermanentError
        If the loss is no number any more.
    IntegrityError
        If stored features are not as the corpus says.
    ObjectMissing
        If features are gone: ``features`` makes them again.
    TransientError
        When the store does not answer.
    """
    config, store = run.config, run.store
    with Stopwatch() as watch:
        device = devices.prepare()
        logger.info("training on %s", device.name)
        index, plan = segment_index(run, "train"), read_plan(run)
        documents = [store.get(run.key(*place)) for place in (("split", "split.parquet"), ("balance", "plan.npz"))]
        checkpoint = Checkpoint(run, inputs_digest(config, *documents, store.get(run.key("labels", "labels.parquet"))))
        model = checkpoint.resume()
        before = checkpoint.epochs
        if model is None:
            model = networks.compiled(networks.build(config, index.frames, moments(index)), config, jit=device.gpu)
        data, validation = _batches(run, index, plan, before)
        with Stopwatch() as fitting:
            fitted(model, config, checkpoint, data, validation)
        key = run.key(STAGE, MODEL)
        sha256 = networks.save(final(checkpoint.best(), config), store, key)
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
