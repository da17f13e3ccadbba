"""Networks in pure Keras 3, which TensorFlow, JAX and PyTorch run alike: the presets, and the file that a model is kept in.

In: segments of features, ``[shape=(batch, frames, 155), dtype=float32]``, as stage `features` makes them. Out: nine
probabilities for each. Normalisation is a layer, with the moments of the train part written into it, so a
``music_emotion_model.keras`` needs nothing beside itself, and no code but Keras'.

`statistics` normalises summary statistics of the segment (:mod:`mer_tasks.modelling.segment_statistics`) and has two dense
layers, 25 thousand weights to be fitted. Where a few hundred tracks are all there is, no network on the spectrogram that was
tried comes near it: ``docs/model.md``. The convolutional networks normalise the features' columns.

`seed-cnn` is the network of the public student project that this platform descends from: convolution blocks, Flatten, Dense.
Nearly all of its 5.1 million weights lie between Flatten and Dense. `small-cnn` pools over time and frequency instead, and has
a fortieth of them.
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
from mer_tasks.modelling.segment_statistics import statistics
from mer_tasks.storage.base import ObjectStore

L2, STATISTICS_L2 = 1e-4, 1e-3
"""Weight of the squared kernels in the loss: of convolutions, and of the dense layer on statistics."""
BATCH_MOMENTUM = 0.9
"""Of the running moments. At Keras' 0.99 those of a few thousand segments are still half their first values after an epoch,
and the validation loss, which decides when to stop, would be of another network than the one that was trained."""
Moments = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""Mean and variance of each number that is normalised."""
FRONTS: dict[str, Callable[[int], keras.Model]] = {"statistics": statistics}
"""What stands before the network, by preset; has nothing to be fitted, so it is computed once for each segment."""


def front(preset: str, frames: int) -> keras.Model | None:
    """What the preset computes of segments of so many frames before it normalises; None if nothing."""
    return FRONTS[preset](frames) if preset in FRONTS else None


def build(config: Config, shape: tuple[int, ...], moments: Moments) -> keras.Model:
    """The network of `config.preset` with new weights, not compiled: all that is fitted.

    Parameters
    ----------
    config : Config
        `preset` chooses the network, `seed` its weights and what dropout leaves out.
    shape : tuple of int
        (frames, 155), or (n,) if the preset has a :func:`front`, which gives n numbers a segment.
    moments : (np.ndarray [shape=(shape[-1],)], np.ndarray [shape=(shape[-1],)])
        Mean and variance over the train part.
    """
    keras.utils.set_random_seed(config.seed)
    mean, variance = (values.tolist() for values in moments)
    inputs = keras.Input(shape, name="features")
    # 32 bits whatever the policy: decibels and their variance do not fit into 16
    scaled = keras.layers.Normalization(axis=-1, mean=mean, variance=variance, dtype="float32", name="normalisation")(inputs)
    found = PRESETS[config.preset](scaled, config.seed)
    # 32 bits whatever the policy: a sum of nine logarithms does not bear 16
    probabilities = keras.layers.Dense(len(EMOTIONS), activation="sigmoid", dtype="float32", name="probabilities")(found)
    return keras.Model(inputs, probabilities, name=f"{config.preset.replace('-', '_')}_network")


def complete(network: keras.Model, config: Config, frames: int) -> keras.Model:
    """`network`, as :func:`build` gives it, from features to probabilities: behind the preset's front, if it has one."""
    before = front(config.preset, frames)
    if before is None:
        return network
    inputs = keras.Input((frames, FEATURES), name="features")
    return keras.Model(inputs, network(before(inputs)), name=config.preset)


def _statistics(values: Any, seed: int) -> Any:
    values = keras.layers.Dropout(0.3, seed=seed + 1, name="dropout_statistics")(values)
    values = keras.layers.Dense(128, activation="relu", kernel_regularizer=keras.regularizers.L2(STATISTICS_L2), name="dense")(
        values
    )
    return keras.layers.Dropout(0.5, seed=seed, name="dropout")(values)


def _image(values: Any) -> Any:
    return keras.layers.Reshape((*values.shape[1:], 1), name="image")(values)


def _block(values: Any, filters: int, seed: int) -> Any:
    """Convolution with ReLU, batch normalisation, max-pooling by 2, dropout."""
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
"""What stands between normalisation and probabilities."""


@keras.saving.register_keras_serializable(package="mer")
class WeightedCrossentropy(keras.losses.Loss):  # type: ignore[misc]  # Keras publishes no types
    """Binary cross-entropy in which the presence of each emotion has a weight of its own, and its absence 1.

    Parameters
    ----------
    weights : sequence of float
        One for each emotion.
    name : str
    **options
        Those of ``keras.losses.Loss``.
    """

    def __init__(self, weights: Sequence[float], name: str = "weighted_crossentropy", **options: Any) -> None:
        super().__init__(name=name, **options)
        self.weights = list(weights)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Mean over emotions [shape=(batch,)]."""
        likely = keras.ops.clip(y_pred, keras.config.epsilon(), 1 - keras.config.epsilon())
        weights = keras.ops.convert_to_tensor(self.weights, dtype=likely.dtype)
        there, absent = weights * y_true * keras.ops.log(likely), (1 - y_true) * keras.ops.log(1 - likely)
        return -keras.ops.mean(there + absent, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """What :meth:`from_config` makes it from again."""
        return {**super().get_config(), "weights": self.weights}


@keras.saving.register_keras_serializable(package="mer")
class OfLabels(keras.metrics.Metric):  # type: ignore[misc]  # Keras publishes no types
    """A metric of yes and no where the targets are shares: both sides are compared with limits first.

    Parameters
    ----------
    metric : keras.metrics.Metric
        Of labels; gives its name.
    shares : sequence of float
        From which share on a track carries each emotion.
    likely : sequence of float, optional
        From which probability on the network says so; left out for a metric that has limits of its own.
    name : str, optional
    **options
        Those of ``keras.metrics.Metric``.
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
        self.metric, self.shares, self.likely = metric, list(shares), None if likely is None else list(likely)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take a batch in [shape=(batch, 9)]."""
        said = y_pred if self.likely is None else keras.ops.cast(y_pred >= self.likely, "float32")
        self.metric.update_state(keras.ops.cast(y_true >= self.shares, "float32"), said, sample_weight)

    def result(self) -> Any:
        """The metric of all batches since the last reset."""
        return self.metric.result()

    def get_config(self) -> dict[str, Any]:
        """What :meth:`from_config` makes it from again."""
        metric = keras.saving.serialize_keras_object(self.metric)
        return {**super().get_config(), "metric": metric, "shares": self.shares, "likely": self.likely}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "OfLabels":
        """The metric that :meth:`get_config` tells of."""
        return cls(**{**config, "metric": keras.saving.deserialize_keras_object(config["metric"])})


def measures(limits: Sequence[float] | None, weights: Sequence[float] | None) -> list[keras.metrics.Metric]:
    """What a history shows beside the loss: accuracy, AUC, precision and recall of segments.

    A network that is fitted to shares says the share it expects, and one whose loss has weights says it moved: presence that
    counts `w` times makes `w * share / (w * share + 1 - share)` of it. So the limit of a share becomes that of a probability.

    Parameters
    ----------
    limits : sequence of float, optional
        From which share on a track carries each emotion, if the targets are shares.
    weights : sequence of float, optional
        Of each emotion's presence in the loss; 1 if left out.
    """
    decided: list[keras.metrics.Metric] = [
        keras.metrics.BinaryAccuracy(name="accuracy"),
        keras.metrics.Precision(name="precision"),
        keras.metrics.Recall(name="recall"),
    ]
    area = keras.metrics.AUC(name="auc", multi_label=True, num_labels=len(EMOTIONS))
    if limits is None:
        return [area, *decided]
    pairs = zip(weights or [1.0] * len(limits), limits, strict=True)
    moved = [w * share / (w * share + 1 - share) if share < 1 else share for w, share in pairs]
    return [OfLabels(area, limits), *(OfLabels(metric, limits, moved) for metric in decided)]


def compiled(
    model: keras.Model,
    config: Config,
    *,
    jit: bool,
    weights: Sequence[float] | None = None,
    limits: Sequence[float] | None = None,
) -> keras.Model:
    """`model`, ready to be fitted: Adam, binary cross-entropy, and what its history is to show.

    Parameters
    ----------
    model : keras.Model
    config : Config
    jit : bool
        Whether XLA is to compile the steps.
    weights : sequence of float, optional
        Of each emotion's presence in the loss; 1 if left out.
    limits : sequence of float, optional
        See :func:`measures`.
    """
    model.compile(
        optimizer=keras.optimizers.Adam(config.learning_rate),
        loss=keras.losses.BinaryCrossentropy() if weights is None else WeightedCrossentropy(weights),
        metrics=measures(limits, weights),
        jit_compile=jit,
    )
    return model


def save(model: keras.Model, store: ObjectStore, key: str) -> str:
    """Write `model` under `key`; returns the sha256 of the file, in hex."""
    with tempfile.TemporaryDirectory(prefix="mer-model-") as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        store.put_file(key, path)
        return hashlib.sha256(path.read_bytes()).hexdigest()


def load(store: ObjectStore, key: str, sha256: str, *, to_be_fitted: bool = False) -> keras.Model:
    """The model under `key`, if its file is the one that was written.

    Parameters
    ----------
    store : ObjectStore
    key : str
    sha256 : str
        Of the file, in hex, as the run that wrote it said.
    to_be_fitted : bool
        Whether the optimizer's state is needed too.

    Raises
    ------
    IntegrityError
        If the file has another sha256, or Keras cannot read it in safe mode.
    ObjectMissing
    """
    return loaded(store.uri(key), store.get(key), sha256, to_be_fitted=to_be_fitted)


def loaded(uri: str, data: bytes, sha256: str, *, to_be_fitted: bool = False) -> keras.Model:
    """The model of a file that has been read; `uri` is for messages, the rest as for :func:`load`."""
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise IntegrityError(f"{uri}: sha256 {found}, expected {sha256}: this is not the model that was published")
    with tempfile.TemporaryDirectory(prefix="mer-model-") as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(data)
        try:
            return keras.saving.load_model(path, compile=to_be_fitted, safe_mode=True)
        except (ValueError, TypeError, OSError) as error:
            reason = " ".join(str(error).split())[:300]
            raise IntegrityError(f"{uri}: {reason}; expected a Keras model of known layers") from None
