"""Networks in pure Keras 3, which TensorFlow, JAX and PyTorch run alike: the presets, and the file that a model is kept in.

In: segments of features, ``[shape=(batch, frames, 155), dtype=float32]``, as stage `features` makes them. Out: nine
probabilities for each. Normalisation is the first layer, with the moments of the train part written into it, so a
``music_emotion_model.keras`` needs nothing beside itself.

`seed-cnn` is the network of the public student project that this platform descends from: convolution blocks, Flatten, Dense.
Nearly all of its 5.1 million weights lie between Flatten and Dense. `small-cnn` pools over time and frequency instead, and has
a fortieth of them.
"""

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from mer_tasks.config import Config
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import IntegrityError
from mer_tasks.spectra import FEATURES
from mer_tasks.storage import ObjectStore

L2 = 1e-4
"""Weight of the squared kernels in the loss."""
BATCH_MOMENTUM = 0.9
"""Of the running moments. At Keras' 0.99 those of a few thousand segments are still half their first values after an epoch,
and the validation loss, which decides when to stop, would be of another network than the one that was trained."""
Moments = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""Mean and variance of each of the 155 columns."""


def build(config: Config, frames: int, moments: Moments) -> keras.Model:
    """The network of `config.preset` with new weights, not compiled.

    Parameters
    ----------
    config : Config
        `preset` chooses the network, `seed` its weights and what dropout leaves out.
    frames : int
        Of a segment.
    moments : (np.ndarray [shape=(155,)], np.ndarray [shape=(155,)])
        Mean and variance of each column over the train part.
    """
    keras.utils.set_random_seed(config.seed)
    mean, variance = (values.tolist() for values in moments)
    inputs = keras.Input((frames, FEATURES), name="features")
    # 32 bits whatever the policy: decibels and their variance do not fit into 16
    scaled = keras.layers.Normalization(axis=-1, mean=mean, variance=variance, dtype="float32", name="normalisation")(inputs)
    image = keras.layers.Reshape((frames, FEATURES, 1), name="image")(scaled)
    found = PRESETS[config.preset](image, config.seed)
    # 32 bits whatever the policy: a sum of nine logarithms does not bear 16
    probabilities = keras.layers.Dense(len(EMOTIONS), activation="sigmoid", dtype="float32", name="probabilities")(found)
    return keras.Model(inputs, probabilities, name=config.preset.replace("-", "_"))


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
    for filters in (32, 64, 128):
        values = _block(values, filters, seed)
    values = keras.layers.Flatten(name="flatten")(values)
    values = keras.layers.Dense(128, activation="relu", kernel_regularizer=keras.regularizers.L2(L2), name="dense")(values)
    return keras.layers.Dropout(0.5, seed=seed, name="dropout")(values)


def _small_cnn(values: Any, seed: int) -> Any:
    for filters in (16, 32, 64, 128):
        values = _block(values, filters, seed)
    values = keras.layers.GlobalAveragePooling2D(name="global_pooling")(values)
    return keras.layers.Dropout(0.3, seed=seed, name="dropout")(values)


PRESETS: dict[str, Callable[[Any, int], Any]] = {"seed-cnn": _seed_cnn, "small-cnn": _small_cnn}


def compiled(model: keras.Model, config: Config, *, jit: bool) -> keras.Model:
    """`model`, ready to be fitted: Adam, binary cross-entropy, and what its history is to show.

    Parameters
    ----------
    model : keras.Model
    config : Config
        Shares as targets (`soft_targets`) are no classes, so the history then has the mean absolute error in place of
        accuracy, AUC, precision and recall.
    jit : bool
        Whether XLA is to compile the steps.
    """
    classes = [
        keras.metrics.BinaryAccuracy(name="accuracy"),
        keras.metrics.AUC(name="auc", multi_label=True, num_labels=len(EMOTIONS)),
        keras.metrics.Precision(name="precision"),
        keras.metrics.Recall(name="recall"),
    ]
    model.compile(
        optimizer=keras.optimizers.Adam(config.learning_rate),
        loss=keras.losses.BinaryCrossentropy(),
        metrics=[keras.metrics.MeanAbsoluteError(name="absolute_error")] if config.soft_targets else classes,
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
    data = store.get(key)
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise IntegrityError(f"{store.uri(key)}: sha256 {found}, expected {sha256}: this is not the model that was published")
    with tempfile.TemporaryDirectory(prefix="mer-model-") as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(data)
        try:
            return keras.saving.load_model(path, compile=to_be_fitted, safe_mode=True)
        except (ValueError, TypeError, OSError) as error:
            reason = " ".join(str(error).split())[:300]
            raise IntegrityError(f"{store.uri(key)}: {reason}; expected a Keras model of known layers") from None
