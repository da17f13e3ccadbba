import keras
import numpy as np
import pytest

from mer_tasks.config import Config
from mer_tasks.modelling import networks
from mer_tasks.modelling.losses import training_loss
from mer_tasks.modelling.parallel_networks import copy_weights, parallel_network
from tests.support.label_sets import EMOTIFY, QUARTERS

CONFIG = Config(preset="statistics")
RANDOM = np.random.default_rng(0)
INPUTS = RANDOM.normal(1, 2, (40, 6)).astype(np.float32)


def moments_of(rows):
    return INPUTS[rows].mean(axis=0), INPUTS[rows].var(axis=0)


@pytest.mark.parametrize("label_set", [EMOTIFY, QUARTERS], ids=["multi", "single"])
def test_each_copy_computes_what_the_network_with_its_moments_computes(label_set):
    moments = [moments_of(slice(None)), moments_of(slice(20))]
    network = networks.build(CONFIG, (6,), moments[0], label_set)
    parallel = parallel_network(network, moments)
    outputs = parallel.predict_on_batch(INPUTS)
    assert outputs.shape == (40, 2, len(label_set))
    for copy, own in enumerate(moments):
        alone = networks.build(CONFIG, (6,), own, label_set)
        alone.set_weights(network.get_weights())
        np.testing.assert_allclose(outputs[:, copy], alone.predict_on_batch(INPUTS), rtol=1e-4, atol=1e-6)


def test_a_copy_learns_from_its_own_rows_only():
    targets = (RANDOM.random((40, 9)) < 0.5).astype(np.float32)
    weights = np.ones((40, 2), np.float32)
    weights[20:, 1] = 0  # the second copy does not see the second half

    def trained(changed):
        network = networks.build(CONFIG, (6,), moments_of(slice(None)), EMOTIFY)
        parallel = parallel_network(network, [moments_of(slice(None))] * 2)
        networks.compile_model(parallel, CONFIG, training_loss([[1.0] * 9] * 2, EMOTIFY), [], jit=False)
        repeated = np.repeat(changed[:, np.newaxis], 2, axis=1)
        parallel.fit(INPUTS, repeated, sample_weight=weights, epochs=2, shuffle=False, verbose=0)
        copies = []
        for copy in range(2):
            copy_weights(parallel, copy, network)
            copies.append(network.predict_on_batch(INPUTS))
        return copies

    changed = targets.copy()
    changed[20:] = 1 - changed[20:]
    before, after = trained(targets), trained(changed)
    np.testing.assert_array_equal(before[1], after[1])
    assert abs(before[0] - after[0]).max() > 1e-4


def test_another_kind_of_layer_is_refused():
    inputs = keras.Input((6,))
    network = keras.Model(inputs, keras.layers.LayerNormalization(name="layer_norm")(inputs))
    with pytest.raises(
        TypeError, match=r"^layer layer_norm: LayerNormalization, expected normalisation, dropout or a dense layer$"
    ):
        parallel_network(network, [moments_of(slice(None))])
