import hashlib

import keras
import numpy as np
import pytest

from mer_tasks.config import Config
from mer_tasks.errors import IntegrityError, ObjectMissing
from mer_tasks.modelling import networks
from mer_tasks.modelling.predictions import check_frames
from mer_tasks.storage.local import FileStore

FRAMES = 44
MOMENTS = (np.linspace(-40, 40, 155), np.linspace(1, 400, 155))


def built(preset: str = "small-cnn", seed: int = 1) -> keras.Model:
    config = Config.load({"preset": preset, "seed": seed})
    front = networks.front(preset, FRAMES)
    if front is None:
        return networks.complete(networks.build(config, (FRAMES, 155), MOMENTS), config, FRAMES)
    numbers = front.output_shape[1]
    return networks.complete(networks.build(config, (numbers,), (np.zeros(numbers), np.full(numbers, 400.0))), config, FRAMES)


def segments(count: int = 3) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 20, (count, FRAMES, 155)).astype(np.float32)


def names(model: keras.Model) -> list[str]:
    return [type(layer).__name__ for layer in model.layers]


def test_the_seed_cnn_has_the_blocks_of_its_ancestor():
    model = networks.build(Config.load({"preset": "seed-cnn"}), (130, 155), MOMENTS)
    block = ["Conv2D", "BatchNormalization", "MaxPooling2D", "Dropout"]
    assert names(model) == ["InputLayer", "Normalization", "Reshape", *block * 3, "Flatten", "Dense", "Dropout", "Dense"]
    convolution = model.get_layer("convolution_32")
    assert convolution.activation is keras.activations.relu
    assert isinstance(convolution.kernel_regularizer, keras.regularizers.L2)
    assert model.count_params() == 5_075_593


def test_the_small_cnn_pools_and_has_far_fewer_weights():
    model = networks.build(Config.load({"preset": "small-cnn"}), (130, 155), MOMENTS)
    assert "GlobalAveragePooling2D" in names(model)
    assert model.count_params() < 5_075_593 / 40


@pytest.mark.parametrize("preset", sorted(networks.PRESETS))
def test_every_preset_of_the_configuration_gives_nine_probabilities(preset):
    found = keras.ops.convert_to_numpy(built(preset)(segments()))
    assert found.shape == (3, 9)
    assert ((found > 0) & (found < 1)).all()


def test_presets_are_those_of_the_configuration():
    assert set(networks.PRESETS) == set(Config.model_fields["preset"].annotation.__args__)


def test_the_network_of_statistics_fits_few_weights_and_no_statistics():
    model = built("statistics")
    assert names(model) == ["InputLayer", "Functional", "Functional"]
    assert names(model.layers[2]) == ["InputLayer", "Normalization", "Dropout", "Dense", "Dropout", "Dense"]
    fitted = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert fitted == 175 * 128 + 128 + 128 * 9 + 9


def test_convolutional_networks_normalise_columns_first():
    model = built()
    inputs = segments()
    scaled = keras.ops.convert_to_numpy(model.get_layer("normalisation")(inputs))
    np.testing.assert_allclose(scaled, (inputs - MOMENTS[0]) / np.sqrt(MOMENTS[1]), rtol=1e-4, atol=1e-4)


def test_the_seed_decides_the_weights():
    first, again, other = (built(seed=seed).get_layer("convolution_16").get_weights()[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_a_stored_model_is_the_same_model(tmp_path):
    store = FileStore(tmp_path)
    model = built()
    sha256 = networks.save(model, store, "runs/r1/train/m.keras")
    assert sha256 == hashlib.sha256(store.get("runs/r1/train/m.keras")).hexdigest()
    again = networks.load(store, "runs/r1/train/m.keras", sha256)
    inputs = segments()
    np.testing.assert_array_equal(*(keras.ops.convert_to_numpy(each(inputs)) for each in (model, again)))


def test_another_file_than_the_one_that_was_written_is_refused(tmp_path):
    store = FileStore(tmp_path)
    sha256 = networks.save(built(), store, "m.keras")
    store.put("m.keras", store.get("m.keras") + b" ")
    with pytest.raises(IntegrityError, match=rf"m\.keras: sha256 \w+, expected {sha256}: this is not the model"):
        networks.load(store, "m.keras", sha256)
    store.delete("m.keras")
    with pytest.raises(ObjectMissing, match=r"m\.keras"):
        networks.load(store, "m.keras", sha256)


def test_a_model_with_code_in_it_is_refused(tmp_path):
    store = FileStore(tmp_path)
    code = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda values: values * 2)])
    sha256 = networks.save(code, store, "m.keras")
    with pytest.raises(IntegrityError, match=r"m\.keras: .*expected a Keras model of known layers"):
        networks.load(store, "m.keras", sha256)


def test_text_is_no_model(tmp_path):
    store = FileStore(tmp_path)
    store.put("m.keras", b"hello")
    with pytest.raises(IntegrityError, match="expected a Keras model"):
        networks.load(store, "m.keras", hashlib.sha256(b"hello").hexdigest())


def test_segments_of_another_length_are_refused():
    check_frames(built(), Config.load({"segment_seconds": 1}), "m.keras")
    with pytest.raises(Exception, match=r"segment_seconds=3 makes segments of 130 frames, m\.keras expects 44"):
        check_frames(built(), Config.load({"segment_seconds": 3}), "m.keras")
