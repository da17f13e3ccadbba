"""Checks of an ONNX model before it is run: only standard operators, no other files, an operator set that is known.

In: the bytes of the file, which may come from strangers. Out: the model with the output of the description, or one line that
says what is refused. The child process of an encoder calls this, so a file that crashes the parser ends only that process.
"""

from collections.abc import Iterator
from typing import Any

from mer_tasks.errors import ConfigError

OPSETS = (11, 24)
"""Smallest and largest version of the standard operator set."""
STANDARD = ("", "ai.onnx")
"""Names of the domain of the standard operators. Others, ai.onnx.ml too, are refused: they are not needed for networks."""


def checked_model(data: bytes, output: str) -> bytes:
    """Check that a model is self-contained and has only standard operators; make the tensor `output` its only output.

    Parameters
    ----------
    data : bytes
        Content of ``model.onnx``.
    output : str
        Name of an output or of an inner tensor. The operators that only other outputs need are then not computed.

    Returns
    -------
    bytes
        The model that is to be run.

    Raises
    ------
    ConfigError
        In one line: what the model has, and what was expected.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load_model_from_string(data)
    except DecodeError:
        raise ConfigError(f"{len(data)} bytes that are no ONNX model, expected one") from None
    if not model.graph.node:
        raise ConfigError("an ONNX model without operators, expected a network")
    for opset in model.opset_import:
        if opset.domain in STANDARD and not OPSETS[0] <= opset.version <= OPSETS[1]:
            raise ConfigError(f"operator set {opset.version}, expected {OPSETS[0]} to {OPSETS[1]}")
    if model.functions:
        raise ConfigError(f"function {model.functions[0].name[:100]!r}, expected a model without functions of its own")
    for graph in _graphs(model.graph):
        _check_graph(graph, onnx.TensorProto.EXTERNAL)
    outputs = [tensor for tensor in model.graph.output if tensor.name == output]
    if not outputs and not any(output in node.output for node in model.graph.node):
        names = ", ".join(repr(tensor.name[:100]) for tensor in list(model.graph.output)[:10])
        raise ConfigError(f"no tensor {output!r} among the results of operators, expected one, such as the outputs {names}")
    del model.graph.output[:]
    model.graph.output.extend(outputs or [onnx.helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, None)])
    content: bytes = model.SerializeToString()
    return content


def _check_graph(graph: Any, external: int) -> None:
    for node in graph.node:
        if node.domain not in STANDARD:
            raise ConfigError(f"operator {node.domain[:100]}.{node.op_type[:100]}, expected only standard ONNX operators")
    for tensor in _tensors(graph):
        if tensor.data_location == external or tensor.external_data:
            raise ConfigError(f"tensor {tensor.name[:100]!r} lies in another file, expected all weights in model.onnx")


def _graphs(graph: Any) -> Iterator[Any]:
    """Yield a graph, and the graphs of its loops and branches."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                if inner.node or inner.initializer or inner.sparse_initializer:
                    yield from _graphs(inner)


def _tensors(graph: Any) -> Iterator[Any]:
    """Yield the tensors that a graph contains, without those of its inner graphs."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
                yield from (sparse.values, sparse.indices)
