"""Neural networks in Keras 3: the presets, their training setup, and the stored model file.

TensorFlow, JAX and PyTorch all run them. In: segments of features, ``[shape=(batch, frames, 155), dtype=float32]``, as stage
`features` makes them. Out: nine probabilities per segment. Normalisation is a layer with the mean and the variance of the train
part, so ``music_emotion_model.keras`` needs no other file, and no code except Keras.

The preset `statistics` normalises the summary statistics of a segment (:mod:`mer_tasks.modelling.segment_statistics`) and has
two dense layers with 25 thousand trainable weights. On a few hundred tracks it is far better than every network on the
spectrogram that was tried: ``docs/model.md``. The convolutional networks normalise the columns of the features.

`seed-cnn` is the network of the public student project from which this platform started: convolution blocks, Flatten, Dense.
Nearly all of its 5.1 million weights lie between Flatten and Dense. `small-cnn` pools over time and frequency instead, and has
a fortieth of the weights.
"""

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from mer_tasks.audio.spectra import FEATURES
from mer_tasks.config import Config
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import IntegrityError
from mer_tasks.modelling.segment_statistics import statistics_model
from mer_tasks.storage.base import ObjectStore

L2, STATISTICS_L2 = 1e-4, 1e-3
"""L2 penalties: the weight of squared kernels in the loss, for convolutions and for the dense layer on statistics."""
BATCH_MOMENTUM = 0.9
"""Momentum of the moving averages of batch normalisation. With 0.99, the default of Keras, the averages of a few thousand
segments are still half initial values after one epoch. The validation loss, which decides when to stop, would then be that of
a different network from the trained one."""
Moments = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""Mean and variance of each normalised column."""
FRONT_ENDS: dict[str, Callable[[int], keras.Model]] = {"statistics": statistics_model}
"""Front end of the network, by preset. It has no trainable weights, so its output is computed only once for each segment."""


def front_end(preset: str, frames: int) -> keras.Model | None:
    """Make the front end of a preset, which computes before normalisation; None if the preset has no front end.

    Parameters
    ----------
    preset : str
    frames : int
        Number of frames of a segment.

    Examples
    --------
    >>> front_end("statistics", 130).output_shape, front_end("small-cnn", 130)
    ((None, 183), None)
    """
    return FRONT_ENDS[preset](frames) if preset in FRONT_ENDS else None


def build(config: Config, shape: tuple[int, ...], moments: Moments) -> keras.Model:
    """Build the trainable network of `config.preset` with new weights, not compiled.

    Parameters
    ----------
    config : Config
        `preset` selects the network; `seed` decides its initial weights and its dropout.
    shape : tuple of int
        (frames, 155), or (n,) if the preset has a front end (:func:`front_end`) with n numbers per segment.
    moments : (np.ndarray [shape=(shape[-1],)], np.ndarray [shape=(shape[-1],)])
        Mean and variance over the train part.
    """
    keras.utils.set_random_seed(config.seed)
    mean, variance = moments
    inputs = keras.Input(shape, name="features")
    # 32 bits under every policy: decibels and their variance need more than 16 bits
    normalisation = keras.layers.Normalization(
        axis=-1, mean=mean.tolist(), variance=variance.tolist(), dtype="float32", name="normalisation"
    )
    hidden = PRESETS[config.preset](normalisation(inputs), config.seed)
    # 32 bits under every policy: a sum of nine logarithms is too inexact in 16 bits
    probabilities = keras.layers.Dense(len(EMOTIONS), activation="sigmoid", dtype="float32", name="probabilities")(hidden)
    return keras.Model(inputs, probabilities, name=f"{config.preset.replace('-', '_')}_network")


def full_model(network: keras.Model, config: Config, frames: int) -> keras.Model:
    """Put the preset's front end, if any, before the `network` of :func:`build`: a model from features to probabilities."""
    front = front_end(config.preset, frames)
    if front is None:
        return network
    inputs = keras.Input((frames, FEATURES), name="features")
    return keras.Model(inputs, network(front(inputs)), name=config.preset)


def _statistics(values: Any, seed: int) -> Any:
    values = keras.layers.Dropout(0.3, seed=seed + 1, name="dropout_statistics")(values)
    values = keras.layers.Dense(128, activation="relu", kernel_regularizer=keras.regularizers.L2(STATISTICS_L2), name="dense")(
        values
    )
    return keras.layers.Dropout(0.5, seed=seed, name="dropout")(values)


def _image(values: Any) -> Any:
    return keras.layers.Reshape((*values.shape[1:], 1), name="image")(values)


def _block(values: Any, filters: int, seed: int) -> Any:
    """Apply a convolution with ReLU, batch normalisation, max-pooling by 2, and dropout."""
    values = keras.layers.Conv2D(
        filters,
        3,
        padding="same",
        activation="relu",
        kernel_regularizer=keras.regularizers.L2(L2),
        name=f"convolution_{filters}",
    )(values)
    values = keras.layers.BatchNormalization(momentum=BATCH_MOMENTUM, name=f"batch_normalisation_{filters}")(values)
    values = keras.layers.MaxPooling2D(2, name=f"pooling_{filters}")(values)
    return keras.layers.Dropout(0.25, seed=seed + filters, name=f"dropout_{filters}")(values)


def _seed_cnn(values: Any, seed: int) -> Any:
    values = _image(values)
    for filters in (32, 64, 128):
        values = _block(values, filters, seed)
    values = keras.layers.Flatten(name="flatten")(values)
    values = keras.layers.Dense(128, activation="relu", kernel_regularizer=keras.regularizers.L2(L2), name="dense")(values)
    return keras.layers.Dropout(0.5, seed=seed, name="dropout")(values)


def _small_cnn(values: Any, seed: int) -> Any:
    values = _image(values)
    for filters in (16, 32, 64, 128):
        values = _block(values, filters, seed)
    values = keras.layers.GlobalAveragePooling2D(name="global_pooling")(values)
    return keras.layers.Dropout(0.3, seed=seed, name="dropout")(values)


PRESETS: dict[str, Callable[[Any, int], Any]] = {"statistics": _statistics, "seed-cnn": _seed_cnn, "small-cnn": _small_cnn}
"""Functions that build the hidden layers between normalisation and probabilities, by preset."""


@keras.saving.register_keras_serializable(package="mer")
class WeightedCrossentropy(keras.losses.Loss):  # type: ignore[misc]  # Keras publishes no types
    """Weighted binary cross-entropy: the presence of each emotion has a weight of its own, and its absence has weight 1.

    Parameters
    ----------
    weights : sequence of float
        One weight per emotion.
    name : str
    **options
        Options of ``keras.losses.Loss``.
    """

    def __init__(self, weights: Sequence[float], name: str = "weighted_crossentropy", **options: Any) -> None:
        super().__init__(name=name, **options)
        self.weights = list(weights)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Compute the mean loss over emotions [shape=(batch,)]."""
        probabilities = keras.ops.clip(y_pred, keras.config.epsilon(), 1 - keras.config.epsilon())
        weights = keras.ops.convert_to_tensor(self.weights, dtype=probabilities.dtype)
        presence = weights * y_true * keras.ops.log(probabilities)
        absence = (1 - y_true) * keras.ops.log(1 - probabilities)
        return -keras.ops.mean(presence + absence, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Return the settings from which :meth:`from_config` makes this loss again."""
        return {**super().get_config(), "weights": self.weights}


@keras.saving.register_keras_serializable(package="mer")
class OfLabels(keras.metrics.Metric):  # type: ignore[misc]  # Keras publishes no types
    """Keras metric of labels for a network that is fitted to shares: shares and probabilities are compared with limits first.

    Parameters
    ----------
    metric : keras.metrics.Metric
        Metric of labels, whose name this metric takes.
    shares : sequence of float
        For each emotion, the least share of a track that has it.
    likely : sequence of float, optional
        For each emotion, the least probability of a positive decision. None for a metric that compares with limits of its own.
    name : str, optional
    **options
        Options of ``keras.metrics.Metric``.
    """

    def __init__(
        self,
        metric: keras.metrics.Metric,
        shares: Sequence[float],
        likely: Sequence[float] | None = None,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name=name or metric.name, **options)
        self.metric = metric
        self.shares = list(shares)
        self.likely = None if likely is None else list(likely)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch [shape=(batch, 9)] to the metric."""
        predicted = y_pred if self.likely is None else keras.ops.cast(y_pred >= self.likely, "float32")
        self.metric.update_state(keras.ops.cast(y_true >= self.shares, "float32"), predicted, sample_weight)

    def result(self) -> Any:
        """Compute the metric of all batches since the last reset."""
        return self.metric.result()

    def get_config(self) -> dict[str, Any]:
        """Return the settings from which :meth:`from_config` makes this metric again."""
        metric = keras.saving.serialize_keras_object(self.metric)
        return {**super().get_config(), "metric": metric, "shares": self.shares, "likely": self.likely}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "OfLabels":
        """Make the metric from the settings of :meth:`get_config`."""
        return cls(**{**config, "metric": keras.saving.deserialize_keras_object(config["metric"])})


def training_metrics(limits: Sequence[float] | None, weights: Sequence[float] | None) -> list[keras.metrics.Metric]:
    """Make the Keras metrics of a training history: AUC, accuracy, precision and recall of segments.

    A network that is fitted to shares predicts the expected share. A weight `w` of presence in the loss moves this prediction
    to `w * share / (w * share + 1 - share)`. The limit of a share is moved in the same way, and is then one of a probability.

    Parameters
    ----------
    limits : sequence of float, optional
        For each emotion, the least share of a track that has it. None if the targets are labels.
    weights : sequence of float, optional
        Weight of each emotion's presence in the loss; by default 1.
    """
    decision_metrics: list[keras.metrics.Metric] = [
        keras.metrics.BinaryAccuracy(name="accuracy"),
        keras.metrics.Precision(name="precision"),
        keras.metrics.Recall(name="recall"),
    ]
    area = keras.metrics.AUC(name="auc", multi_label=True, num_labels=len(EMOTIONS))
    if limits is None:
        return [area, *decision_metrics]
    pairs = zip(weights or [1.0] * len(limits), limits, strict=True)
    moved = [w * share / (w * share + 1 - share) if share < 1 else share for w, share in pairs]
    return [OfLabels(area, limits), *(OfLabels(metric, limits, moved) for metric in decision_metrics)]


def compile_model(
    model: keras.Model,
    config: Config,
    *,
    jit: bool,
    weights: Sequence[float] | None = None,
    limits: Sequence[float] | None = None,
) -> keras.Model:
    """Compile `model` for training: the Adam optimizer, binary cross-entropy, and the metrics of its history.

    Parameters
    ----------
    model : keras.Model
    config : Config
    jit : bool
        Whether XLA compiles the steps.
    weights : sequence of float, optional
        Weight of each emotion's presence in the loss; by default 1.
    limits : sequence of float, optional
        See :func:`training_metrics`.

    Returns
    -------
    keras.Model
        The same model.
    """
    model.compile(
        optimizer=keras.optimizers.Adam(config.learning_rate),
        loss=keras.losses.BinaryCrossentropy() if weights is None else WeightedCrossentropy(weights),
        metrics=training_metrics(limits, weights),
        jit_compile=jit,
    )
    return model


def save(model: keras.Model, store: ObjectStore, key: str) -> str:
    """Write `model` to the store under `key`, and return the sha256 of the file, in hex."""
    with tempfile.TemporaryDirectory(prefix="mer-model-") as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        store.put_file(key, path)
        return hashlib.sha256(path.read_bytes()).hexdigest()


def load(store: ObjectStore, key: str, sha256: str, *, for_training: bool = False) -> keras.Model:
    """Load the model that is stored under `key`, after a check of its sha256.

    Parameters
    ----------
    store : ObjectStore
    key : str
    sha256 : str
        sha256 of the file in hex, from the run that wrote it.
    for_training : bool
        Whether to load the optimizer's state too.

    Raises
    ------
    IntegrityError
        If the file has another sha256, or Keras cannot read it in safe mode.
    ObjectMissing
        If there is no such file.
    """
    return model_from_bytes(store.uri(key), store.get(key), sha256, for_training=for_training)


def model_from_bytes(uri: str, data: bytes, sha256: str, *, for_training: bool = False) -> keras.Model:
    """Load a model from the bytes of its file; `uri` is for messages, and the other parameters are those of :func:`load`."""
    actual = hashlib.sha256(data).hexdigest()
    if actual != sha256:
        raise IntegrityError(f"{uri}: sha256 {actual}, expected {sha256}: this is not the model that was published")
    with tempfile.TemporaryDirectory(prefix="mer-model-") as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(data)
        try:
            return keras.saving.load_model(path, compile=for_training, safe_mode=True)
        except (ValueError, TypeError, OSError) as error:
            reason = " ".join(str(error).split())[:300]
            raise IntegrityError(f"{uri}: {reason}; expected a Keras model of known layers") from None
