"""Checks of ONNX models: only standard operators, no other files, a known operator set."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from mer_tasks.encoders.model_checks import checked_model
from mer_tasks.errors import ConfigError
from tests.support.encoders import MEAN, TINY_MODEL, endless, model_of, with_model

PRODUCT = helper.make_node("MatMul", ["mean", "weights"], ["vector"])


def external(tensor: TensorProto) -> None:
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def external_in_a_loop(model: onnx.ModelProto) -> None:
    body = next(attribute.g for attribute in model.graph.node[-1].attribute if attribute.name == "body")
    body.initializer.append(numpy_helper.from_array(np.zeros(1, np.float32), "hidden"))
    external(body.initializer[0])


def external_in_an_attribute(model: onnx.ModelProto) -> None:
    constant = helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(np.zeros(1, np.float32), "in_node"))
    model.graph.node.append(constant)
    external(model.graph.node[-1].attribute[0].t)


WRONG = {
    "no ONNX model": b"no model",
    "without operators": b"",
    "operator set 9, expected 11 to": model_of([MEAN, PRODUCT], opset=9),
    "operator set 99, expected 11 to": model_of([MEAN, PRODUCT], opset=99),
    "operator com.evil.Shell": model_of(
        [MEAN, helper.make_node("Shell", ["mean"], ["vector"], domain="com.evil")], domain="com.evil"
    ),
    "operator ai.onnx.ml.Normalizer": model_of(
        [MEAN, helper.make_node("Normalizer", ["mean"], ["vector"], domain="ai.onnx.ml")], domain="ai.onnx.ml"
    ),
    "function 'F'": with_model(TINY_MODEL, lambda model: model.functions.add(name="F", domain="x")),
    "'weights' lies in another file": with_model(TINY_MODEL, lambda model: external(model.graph.initializer[0])),
    "'hidden' lies in another file": with_model(endless(), external_in_a_loop),
    "'in_node' lies in another file": with_model(TINY_MODEL, external_in_an_attribute),
}


@pytest.mark.parametrize("message", WRONG)
def test_a_model_that_needs_more_than_itself_is_refused(message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        checked_model(WRONG[message], "vector")


def test_an_inner_tensor_may_be_the_output() -> None:
    assert [tensor.name for tensor in onnx.load_model_from_string(checked_model(TINY_MODEL, "vector")).graph.output] == [
        "vector"
    ]
    assert [tensor.name for tensor in onnx.load_model_from_string(checked_model(TINY_MODEL, "mean")).graph.output] == ["mean"]
    with pytest.raises(ConfigError, match=r"no tensor 'nothing' among .* such as the outputs 'vector'"):
        checked_model(TINY_MODEL, "nothing")
