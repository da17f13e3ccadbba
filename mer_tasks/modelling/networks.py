"""Neural networks in Keras 3: the presets, their training setup, and the stored model file.

TensorFlow, JAX and PyTorch all run them. In: segments of features, ``[shape=(batch, frames, 155), dtype=float32]``, as stage
`features` makes them. Out: one probability per segment and label: of a sigmoid, or of a softmax if a track has exactly one
label. Normalisation is a layer with the mean and the variance of the train
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
from mer_tasks.config import DENSE, Config
from mer_tasks.errors import IntegrityError
from mer_tasks.label_set import LabelSet
from mer_tasks.modelling.segment_statistics import statistics_model
from mer_tasks.storage.base import ObjectStore

L2, STATISTICS_L2 = 1e-4, 1e-3
"""L2 penalties: the weight of squared kernels in the loss, for convolutions and for the dense layer on statistics."""
BATCH_MOMENTUM = 0.9
"""Momentum of the moving averages of batch normalisation. With 0.99, the default of Keras, the averages of a few thousand
segments are still half initial values after one epoch. The validation loss, which decides when to stop, would then be that of
a different network from the trained one."""
STEPS_AT_ONCE = 8
"""Gradient steps between two returns to Python, for networks whose step takes less time than the return."""
Moments = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""Mean and variance of each normalised column."""
FRONT_ENDS: dict[str, Callable[[int], keras.Model]] = {"statistics": statistics_model, "embedding": statistics_model}
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


def build(config: Config, shape: tuple[int, ...], moments: Moments, label_set: LabelSet) -> keras.Model:
    """Build the trainable network of `config.network` with new weights, not compiled.

    Parameters
    ----------
    config : Config
        `network` selects the preset; `seed` decides its initial weights and its dropout.
    shape : tuple of int
        (frames, 155), or (n,) if the preset has a front end (:func:`front_end`) with n numbers per segment. For the preset
        `embedding`, these are followed by the numbers of the embedding.
    moments : (np.ndarray [shape=(shape[-1],)], np.ndarray [shape=(shape[-1],)])
        Mean and variance over the train part.
    label_set : LabelSet
        The network has one output for each of its labels. If a track has exactly one label, the outputs sum to 1.
    """
    keras.utils.set_random_seed(config.seed)
    mean, variance = moments
    inputs = keras.Input(shape, name="features")
    # 32 bits under every policy: decibels and their variance need more than 16 bits
    normalisation = keras.layers.Normalization(
        axis=-1, mean=mean.tolist(), variance=variance.tolist(), dtype="float32", name="normalisation"
    )
    hidden = PRESETS[config.network](normalisation(inputs), config.seed)
    # 32 bits under every policy: a sum of logarithms over the labels is too inexact in 16 bits
    activation = "softmax" if label_set.single else "sigmoid"
    probabilities = keras.layers.Dense(len(label_set), activation=activation, dtype="float32", name="probabilities")(hidden)
    return keras.Model(inputs, probabilities, name=f"{config.network.replace('-', '_')}_network")


def moments_of(network: keras.Model) -> Moments:
    """Return the mean and the variance by which a network of :func:`build` normalises its inputs."""
    layer = network.get_layer("normalisation")
    mean, variance = (keras.ops.convert_to_numpy(values).reshape(-1) for values in (layer.mean, layer.variance))
    return mean, variance


def full_model(network: keras.Model, config: Config, frames: int) -> keras.Model:
    """Put the preset's front end, if any, before the `network` of :func:`build`: a model from features to probabilities.

    The model of the preset `embedding` has two inputs, features and embeddings.
    """
    front = front_end(config.network, frames)
    if front is None:
        return network
    inputs = keras.Input((frames, FEATURES), name="features")
    numbers = front(inputs)
    if config.network != "embedding":
        return keras.Model(inputs, network(numbers), name=config.network)
    embedding = keras.Input((network.input_shape[-1] - numbers.shape[-1],), name="embedding")
    joined = keras.layers.Concatenate(name="statistics_and_embedding")([numbers, embedding])
    return keras.Model([inputs, embedding], network(joined), name=config.network)


def takes_embeddings(model: keras.Model) -> bool:
    """Return whether a model of :func:`full_model` has embeddings as its second input."""
    return len(model.inputs) == 2


def _statistics(values: Any, seed: int, dropout: float = 0.3) -> Any:
    values = keras.layers.Dropout(dropout, seed=seed + 1, name="dropout_statistics")(values)
    values = keras.layers.Dense(128, activation="relu", kernel_regularizer=keras.regularizers.L2(STATISTICS_L2), name="dense")(
        values
    )
    return keras.layers.Dropout(0.5, seed=seed, name="dropout")(values)


def _embedding(values: Any, seed: int) -> Any:
    return _statistics(values, seed, dropout=0.5)


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


PRESETS: dict[str, Callable[[Any, int], Any]] = {
    "statistics": _statistics,
    "embedding": _embedding,
    "seed-cnn": _seed_cnn,
    "small-cnn": _small_cnn,
}
"""Functions that build the hidden layers between normalisation and probabilities, by preset."""


def compile_model(
    model: keras.Model,
    config: Config,
    loss: keras.losses.Loss,
    metrics: Sequence[keras.metrics.Metric],
    *,
    jit: bool,
) -> None:
    """Compile `model` for training with the Adam optimizer.

    Parameters
    ----------
    model : keras.Model
    config : Config
    loss, metrics
        See :func:`~mer_tasks.modelling.losses.training_loss` and :func:`~mer_tasks.modelling.losses.training_metrics`.
    jit : bool
        Whether XLA compiles the steps.
    """
    model.compile(
        optimizer=keras.optimizers.Adam(config.first_learning_rate),
        loss=loss,
        metrics=list(metrics),
        jit_compile=jit,
        steps_per_execution=STEPS_AT_ONCE if config.network in DENSE else 1,
    )


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
