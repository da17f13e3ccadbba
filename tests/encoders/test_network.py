"""Network of an encoder: its vectors, its pooling, and tensors that are not those of the description."""

from typing import Any

import numpy as np
import pytest
from onnx import helper

from mer_tasks.encoders.description import Encoder
from mer_tasks.encoders.network import Network
from mer_tasks.encoders.windows import window_inputs
from mer_tasks.errors import AudioError, ConfigError
from tests.support.encoders import MATRIX, SIZE, TINY_MODEL, described, model_of, nan_in_silence, tiny_vectors, tones

EVERY_FRAME = model_of([helper.make_node("MatMul", ["frames", "weights"], ["vector"])], output=[1, "frames", SIZE])


def network(model: bytes = TINY_MODEL, **changes: Any) -> Network:
    return Network(Encoder.of(described(**changes)), model)


def test_vectors_are_those_of_the_network() -> None:
    made = network()
    vectors = made.vectors(tones(3.5))
    assert (vectors.shape, vectors.dtype) == ((3, SIZE), np.float32)
    np.testing.assert_allclose(vectors, tiny_vectors(made.encoder, tones(3.5)), rtol=1e-5)


@pytest.mark.parametrize("pooling", ["mean", "max"])
def test_steps_of_a_window_are_pooled(pooling: str) -> None:
    made = network(EVERY_FRAME, pooling=pooling)
    steps = [window[0] @ MATRIX for window in window_inputs(made.encoder, tones(2))]
    expected = [getattr(step, pooling)(axis=0) for step in steps]
    np.testing.assert_allclose(made.vectors(tones(2)), expected, rtol=1e-4)


def test_an_inner_tensor_is_an_output() -> None:
    made = network(output="mean", size=8)
    np.testing.assert_allclose(made.vectors(tones(1)) @ MATRIX, tiny_vectors(made.encoder, tones(1)), rtol=1e-4)


@pytest.mark.parametrize(
    ("model", "changes", "message"),
    [
        (TINY_MODEL, {"output": "mean"}, r"'mean' is tensor\(float\) \[1, 8\], expected tensor\(float\) \[1, 4\]"),
        (TINY_MODEL, {"size": 5}, r"'vector' is tensor\(float\) \[1, 4\], expected tensor\(float\) \[1, 5\]"),
        (TINY_MODEL, {"pooling": "mean"}, r"expected tensor\(float\) \[1, 'any', 4\]"),
        (
            TINY_MODEL,
            {"axes": ["batch", "channel", "frames", "bands"]},
            r"'frames' is .*expected tensor\(float\) \[1, 1, 63?2?",
        ),
        (TINY_MODEL, {"front_end": {**described()["front_end"], "n_mels": 9}}, "expected tensor.* 9]"),
        (TINY_MODEL, {"input": "x"}, "input tensors 'frames', expected only 'x'"),
        (model_of([helper.make_node("Nonsense", ["frames"], ["vector"])]), {}, "ONNX Runtime refuses the model"),
    ],
)
def test_tensors_that_are_not_those_of_the_description_are_refused(model: bytes, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        network(model, **changes)


def test_a_shape_that_is_only_known_when_it_is_computed_is_checked_then() -> None:
    by_frame = helper.make_node("ReduceMean", ["frames"], ["vector"], axes=[2], keepdims=0)
    made = network(model_of([by_frame], output=[1, "n"]))
    with pytest.raises(ConfigError, match=r"output 'vector' has shape \[1, 62\], expected \[1, 4\]"):
        made.vectors(tones(1))


def test_nan_is_no_embedding() -> None:
    made = network(nan_in_silence())
    assert np.isfinite(made.vectors(tones(2))).all()
    with pytest.raises(AudioError, match="no_embedding: the vector of window 3 of 3 has NaN or infinity"):
        made.vectors(np.concatenate([tones(1), np.zeros(44_100, np.float32)]))
