"""Parallel networks: copies of one network of dense layers, which are trained side by side on different rows.

In: a network of :func:`mer_tasks.modelling.networks.build` that has only normalisation, dropout and dense layers. Out: one
Keras model with an axis for the copies. A step of it costs little more than a step of one network, because most of the time of
a small network is not arithmetic. The copies share their inputs and nothing else: the gradient of a copy depends on its own
loss only, and Adam treats each weight by itself.
"""

from collections.abc import Sequence

import keras
import numpy as np

from mer_tasks.modelling.networks import Moments

NORMALISATION = "normalisation"
"""Name of the layer with the moments of the inputs."""


def parallel_network(network: keras.Model, moments: Sequence[Moments]) -> keras.Model:
    """Build a model of as many copies of `network` as there are `moments`, all with its initial weights.

    Parameters
    ----------
    network : keras.Model
        From inputs [shape=(batch, n)] to probabilities [shape=(batch, labels)], a chain of normalisation, dropout and dense
        layers.
    moments : sequence of (np.ndarray [shape=(n,)], np.ndarray [shape=(n,)])
        Mean and variance of the inputs of each copy.

    Returns
    -------
    keras.Model
        From inputs [shape=(batch, n)] to probabilities [shape=(batch, copies, labels)]. Layers have the names of the originals.

    Raises
    ------
    TypeError
        If the network has another kind of layer.
    """
    copies = len(moments)
    inputs = keras.Input(network.input_shape[1:], name="features")
    values = keras.layers.RepeatVector(copies, name="copies")(inputs)
    for layer in network.layers[1:]:
        values = _copied_layer(layer, moments)(values)
    parallel = keras.Model(inputs, values, name=f"parallel_{network.name}")
    for layer in _dense_layers(network):
        parallel.get_layer(layer.name).set_weights(
            [np.repeat(weights[np.newaxis], copies, axis=0) for weights in layer.get_weights()]
        )
    return parallel


def _copied_layer(layer: keras.layers.Layer, moments: Sequence[Moments]) -> keras.layers.Layer:
    """Make the layer that does for every copy what `layer` does for one network."""
    if isinstance(layer, keras.layers.Normalization):
        mean, variance = (np.stack(values) for values in zip(*moments, strict=True))
        # the weights are lists, so that the stored configuration has only JSON values
        return keras.layers.Normalization(
            axis=(1, 2), mean=mean.tolist(), variance=variance.tolist(), dtype="float32", name=layer.name
        )
    if isinstance(layer, keras.layers.Dropout):
        return keras.layers.Dropout(layer.rate, seed=layer.seed, name=layer.name)
    if isinstance(layer, keras.layers.Dense):
        return keras.layers.EinsumDense(
            "bcn,cnu->bcu",
            (len(moments), layer.units),
            activation=layer.activation,
            bias_axes="cu",
            kernel_regularizer=layer.kernel_regularizer,
            dtype=layer.dtype_policy,
            name=layer.name,
        )
    raise TypeError(f"layer {layer.name}: {type(layer).__name__}, expected normalisation, dropout or a dense layer")


def copy_weights(parallel: keras.Model, copy: int, network: keras.Model) -> None:
    """Set the weights of the dense layers of `network` to those of one copy in `parallel`; copies count from 0."""
    for layer in _dense_layers(network):
        layer.set_weights([weights[copy] for weights in parallel.get_layer(layer.name).get_weights()])


def _dense_layers(network: keras.Model) -> list[keras.layers.Layer]:
    return [layer for layer in network.layers if isinstance(layer, keras.layers.Dense)]
