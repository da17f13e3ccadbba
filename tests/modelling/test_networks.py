import hashlib

import keras
import numpy as np
import pytest

from mer_tasks.config import Config
from mer_tasks.errors import IntegrityError, ObjectMissing
from mer_tasks.modelling import networks
from mer_tasks.modelling.predictions import check_frames
from mer_tasks.storage.local import FileStore
from tests.support.label_sets import EMOTIFY, make_label_set

FRAMES = 44
MOMENTS = (np.linspace(-40, 40, 155), np.linspace(1, 400, 155))


def small_network(preset: str = "small-cnn", seed: int = 1) -> keras.Model:
    config = Config.load({"preset": preset, "seed": seed})
    front = networks.front_end(preset, FRAMES)
    if front is None:
        return networks.full_model(networks.build(config, (FRAMES, 155), MOMENTS, EMOTIFY), config, FRAMES)
    numbers = front.output_shape[1]
    moments = np.zeros(numbers), np.full(numbers, 400.0)
    return networks.full_model(networks.build(config, (numbers,), moments, EMOTIFY), config, FRAMES)


def segments(count: int = 3) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 20, (count, FRAMES, 155)).astype(np.float32)


def layer_names(model: keras.Model) -> list[str]:
    return [type(layer).__name__ for layer in model.layers]


def test_the_seed_cnn_has_the_layers_of_the_student_project():
    model = networks.build(Config.load({"preset": "seed-cnn"}), (130, 155), MOMENTS, EMOTIFY)
    block = ["Conv2D", "BatchNormalization", "MaxPooling2D", "Dropout"]
    assert layer_names(model) == ["InputLayer", "Normalization", "Reshape", *block * 3, "Flatten", "Dense", "Dropout", "Dense"]
    convolution = model.get_layer("convolution_32")
    assert convolution.activation is keras.activations.relu
    assert isinstance(convolution.kernel_regularizer, keras.regularizers.L2)
    assert model.count_params() == 5_075_593


def test_the_small_cnn_pools_globally_and_has_a_fortieth_of_the_weights():
    model = networks.build(Config.load({"preset": "small-cnn"}), (130, 155), MOMENTS, EMOTIFY)
    assert "GlobalAveragePooling2D" in layer_names(model)
    assert model.count_params() < 5_075_593 / 40


@pytest.mark.parametrize("preset", sorted(networks.PRESETS.keys() - {"embedding"}))
def test_every_preset_gives_nine_probabilities(preset):
    probabilities = keras.ops.convert_to_numpy(small_network(preset)(segments()))
    assert probabilities.shape == (3, 9)
    assert ((probabilities > 0) & (probabilities < 1)).all()


def test_the_presets_are_those_of_the_configuration():
    assert {*networks.PRESETS, "auto"} == set(Config.model_fields["preset"].annotation.__args__)


def test_a_model_with_embeddings_has_two_inputs_and_computes_what_its_parts_compute():
    config = Config.load({"preset": "embedding"})
    front = networks.front_end("embedding", FRAMES)
    moments = np.zeros(front.output_shape[1] + 4), np.full(front.output_shape[1] + 4, 400.0)
    network = networks.build(config, moments[0].shape, moments, EMOTIFY)
    model = networks.full_model(network, config, FRAMES)
    assert networks.takes_embeddings(model)
    assert not networks.takes_embeddings(small_network("statistics"))
    vectors = np.random.default_rng(1).normal(0, 20, (3, 4)).astype(np.float32)
    probabilities = model.predict({"features": segments(), "embedding": vectors}, verbose=0)
    joined = np.concatenate([front.predict(segments(), verbose=0), vectors], axis=1)
    np.testing.assert_allclose(probabilities, network.predict(joined, verbose=0), rtol=1e-4)


def test_the_preset_auto_is_embedding_with_an_encoder():
    assert Config.load({}).network == "statistics"
    assert Config.load({"encoder": "folder"}).network == "embedding"
    assert Config.load({"encoder": "folder", "preset": "small-cnn"}).network == "small-cnn"


def test_the_statistics_network_trains_few_weights_and_no_front_end():
    model = small_network("statistics")
    assert layer_names(model) == ["InputLayer", "Functional", "Functional"]
    assert layer_names(model.layers[2]) == ["InputLayer", "Normalization", "Dropout", "Dense", "Dropout", "Dense"]
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert trainable == 175 * 128 + 128 + 128 * 9 + 9


def test_convolutional_networks_first_normalise_the_columns():
    model = small_network()
    inputs = segments()
    scaled = keras.ops.convert_to_numpy(model.get_layer("normalisation")(inputs))
    np.testing.assert_allclose(scaled, (inputs - MOMENTS[0]) / np.sqrt(MOMENTS[1]), rtol=1e-4, atol=1e-4)


def test_the_seed_decides_the_initial_weights():
    first, again, other = (small_network(seed=seed).get_layer("convolution_16").get_weights()[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_a_stored_model_is_loaded_unchanged(tmp_path):
    store = FileStore(tmp_path)
    model = small_network()
    sha256 = networks.save(model, store, "runs/r1/train/m.keras")
    assert sha256 == hashlib.sha256(store.get("runs/r1/train/m.keras")).hexdigest()
    again = networks.load(store, "runs/r1/train/m.keras", sha256)
    inputs = segments()
    np.testing.assert_array_equal(*(keras.ops.convert_to_numpy(each(inputs)) for each in (model, again)))


def test_a_changed_or_missing_model_file_is_refused(tmp_path):
    store = FileStore(tmp_path)
    sha256 = networks.save(small_network(), store, "m.keras")
    store.put("m.keras", store.get("m.keras") + b" ")
    with pytest.raises(IntegrityError, match=rf"m\.keras: sha256 \w+, expected {sha256}: this is not the model"):
        networks.load(store, "m.keras", sha256)
    store.delete("m.keras")
    with pytest.raises(ObjectMissing, match=r"m\.keras"):
        networks.load(store, "m.keras", sha256)


def test_a_model_that_contains_code_is_refused(tmp_path):
    store = FileStore(tmp_path)
    code = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda values: values * 2)])
    sha256 = networks.save(code, store, "m.keras")
    with pytest.raises(IntegrityError, match=r"m\.keras: .*expected a Keras model of known layers"):
        networks.load(store, "m.keras", sha256)


def test_a_file_that_is_no_model_is_refused(tmp_path):
    store = FileStore(tmp_path)
    store.put("m.keras", b"hello")
    with pytest.raises(IntegrityError, match="expected a Keras model"):
        networks.load(store, "m.keras", hashlib.sha256(b"hello").hexdigest())


def test_a_model_for_segments_of_another_length_is_refused():
    check_frames(small_network(), Config.load({"segment_seconds": 1}), "m.keras")
    with pytest.raises(Exception, match=r"segment_seconds=3 makes segments of 130 frames, m\.keras expects 44"):
        check_frames(small_network(), Config.load({"segment_seconds": 3}), "m.keras")


@pytest.mark.parametrize("preset", sorted(networks.PRESETS))
def test_a_network_for_labels_of_which_a_track_has_one_gives_probabilities_that_sum_to_one(preset):
    config = Config.load({"preset": preset})
    front = networks.front_end(preset, FRAMES)
    shape = (FRAMES, 155) if front is None else (front.output_shape[1],)
    inputs = np.random.default_rng(0).normal(0, 20, (3, *shape)).astype(np.float32)
    for count in (4, 200):
        network = networks.build(
            config, shape, (np.zeros(shape[-1]), np.full(shape[-1], 400.0)), make_label_set(count, "single")
        )
        probabilities = keras.ops.convert_to_numpy(network(inputs))
        assert probabilities.shape == (3, count)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
