"""Encoder MSD_musicnn: make its folder from the weights in the installed package ``musicnn``.

Pons and Serra (2019), musicnn: pre-trained convolutional neural networks for music audio tagging, arXiv 1909.06654. The package
needs TensorFlow 1 to run, and is not imported. Its checkpoint is read by TensorFlow 2, and the network is written as ONNX here.
The golden vectors come from the package's own graph, so they also check the network that this module writes.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mer_tasks.encoders.building import NOT_YET_KNOWN, golden_samples, make_folder, package_file, package_folder
from mer_tasks.encoders.description import Encoder
from mer_tasks.encoders.folder import EncoderFolder
from mer_tasks.encoders.golden_check import check_encoder
from mer_tasks.encoders.windows import window_inputs
from mer_tasks.errors import ConfigError

VERSION = "0.1.0"
"""Version of the package."""
MODEL_FOLDER = "MSD_musicnn"
EPSILON = 1e-3
"""Constant of the batch normalisations, TensorFlow's default."""
BANDS = 96
FRAMES = 187
OPSET = 13
TIMBRAL = ("conv2d", "conv2d_1")
TEMPORAL = ("conv2d_2", "conv2d_3", "conv2d_4")
MIDDLE = ("conv2d_5", "conv2d_6", "conv2d_7")
PENULTIMATE = "model/batch_normalization_10/batchnorm/add_1"
"""Node of the package's graph that has the penultimate layer."""
DESCRIPTION: dict[str, Any] = {
    "name": "msd-musicnn",
    "version": VERSION,
    "licence": "ISC",
    "commercial_use": True,
    "trained_on": "tags of the Million Song Dataset (its last.fm part); which of your tracks are in it is unknown",
    "front_end": {
        "kind": "log_mel",
        "sample_rate": 16_000,
        "n_fft": 512,
        "win_length": 512,
        "hop_length": 256,
        "center": True,
        "padding": "zeros",
        "n_mels": BANDS,
        "fmin": 0.0,
        "fmax": 8000.0,
        "mel_scale": "slaney",
        "norm": "slaney",
        "power": 2,
        "log": "log10_10000",
    },
    "input": "log_mel",
    "axes": ["batch", "frames", "bands"],
    "window_seconds": FRAMES * 256 / 16_000,
    "hop_seconds": 3.0,
    "short": "pad",
    "output": "penultimate",
    "size": 200,
    "pooling": "none",
    "limits": {"memory_mb": 2048, "seconds": 120},
}

Array32 = npt.NDArray[np.float32]
Weights = Mapping[str, Array32]


def build_musicnn() -> EncoderFolder:
    """Make the encoder's files from the installed package, and check them.

    Raises
    ------
    ConfigError
        If the package is not installed, has another version or misses a file, or if the network that is written does not give
        the vectors of the package's own graph.
    """
    folder = package_folder("musicnn", VERSION) / MODEL_FOLDER
    weights = _read_weights(folder)
    inputs = [*window_inputs(Encoder.of({**DESCRIPTION, **NOT_YET_KNOWN}), golden_samples())]
    made = make_folder(DESCRIPTION, write_network(weights), _vectors_of_graph(folder, weights, np.concatenate(inputs)))
    check_encoder(made)
    return made


def _read_weights(folder: Path) -> Weights:
    """Read the variables of the checkpoint in a folder, by name."""
    import tensorflow as tf

    try:
        reader = tf.compat.v1.train.NewCheckpointReader(f"{folder}/")
        return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map() if "Adam" not in name}
    except (tf.errors.OpError, ValueError) as error:
        line = " ".join(str(error).split())[:200]
        raise ConfigError(f"{folder}: {line}, expected the checkpoint of {MODEL_FOLDER} in package musicnn {VERSION}") from None


def _vectors_of_graph(folder: Path, weights: Weights, windows: Array32) -> Array32:
    """Compute the penultimate layer of windows [shape=(windows, frames, bands)] by the graph that the package contains."""
    import tensorflow as tf
    from google.protobuf.message import DecodeError

    try:
        saved = tf.compat.v1.MetaGraphDef.FromString(package_file(folder, ".meta"))
        nodes = _needed_nodes(saved.graph_def, PENULTIMATE)
    except (DecodeError, KeyError) as error:
        raise ConfigError(f"{folder / '.meta'}: {error}, expected the graph of {MODEL_FOLDER}") from None
    names = {node.name for node in nodes.node}
    values: dict[str, Any] = {f"{name}/read:0": value for name, value in weights.items() if f"{name}/read" in names}
    values |= {"model/Placeholder:0": windows, "model/Placeholder_2:0": False}
    with tf.Graph().as_default():
        tf.import_graph_def(nodes, name="")
        with tf.compat.v1.Session() as session:
            vectors: Array32 = session.run(f"{PENULTIMATE}:0", values)
    return vectors


def _needed_nodes(graph: Any, output: str) -> Any:
    """Return the part of TensorFlow's graph that the node `output` needs, without devices."""
    by_name = {node.name: node for node in graph.node}
    needed = type(graph)(versions=graph.versions)
    seen: set[str] = set()
    waiting = [output]
    while waiting:
        name = waiting.pop().lstrip("^").partition(":")[0]
        if name not in seen:
            seen.add(name)
            needed.node.append(by_name[name])
            needed.node[-1].device = ""
            if by_name[name].op == "RandomUniform":  # of a dropout that is off; TensorFlow's deterministic mode wants a seed
                needed.node[-1].attr["seed"].i = 1
            waiting.extend(by_name[name].input)
    return needed


class _Writer:
    """Collects the operators and weights of an ONNX graph; each operator has one output, whose name it returns."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.tensors: list[Any] = []

    def add(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        from onnx import helper

        output = name or f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def constant(self, name: str, values: npt.NDArray[Any]) -> str:
        from onnx import numpy_helper

        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def normalised(self, value: str, number: int, name: str = "") -> str:
        """Add batch normalisation `number` with the moments of the training."""
        layer = f"batch_normalization_{number}" if number else "batch_normalization"
        parts = ("gamma", "beta", "moving_mean", "moving_variance")
        constants = [self.constant(f"{layer}.{part}", self.weights[f"{layer}/{part}"]) for part in parts]
        return self.add("BatchNormalization", value, *constants, name=name, epsilon=EPSILON)

    def convolved(self, value: str, layer: str, pads: list[int]) -> str:
        """Add a convolution over time and bands, with its ReLU. TensorFlow's kernel is [time, bands, in, out]."""
        kernel = self.constant(f"{layer}.kernel", self.weights[f"{layer}/kernel"].transpose(3, 2, 0, 1))
        bias = self.constant(f"{layer}.bias", self.weights[f"{layer}/bias"])
        return self.add("Relu", self.add("Conv", value, kernel, bias, pads=pads))

    def convolved_over_time(self, value: str, layer: str) -> str:
        """Add a convolution over time of all channels [batch, channels, frames], with its ReLU. Its kernel has 7 frames."""
        weights = self.weights[f"{layer}/kernel"][:, :, 0, :]
        kernel = self.constant(f"{layer}.kernel", weights.transpose(2, 1, 0))
        bias = self.constant(f"{layer}.bias", self.weights[f"{layer}/bias"])
        return self.add("Relu", self.add("Conv", value, kernel, bias, pads=[3, 3]))


def write_network(weights: Weights) -> bytes:
    """Write the network up to its penultimate layer as an ONNX file.

    Parameters
    ----------
    weights : Mapping
        Variables of the checkpoint by name.

    Returns
    -------
    bytes
        Model with the input ``log_mel`` [1, 187, 96] and the output ``penultimate`` [1, 200].

    Raises
    ------
    ConfigError
        If a variable is missing.
    """
    from onnx import TensorProto, helper

    writer = _Writer(weights)
    try:
        features = _front(writer, writer.add("Unsqueeze", "log_mel", writer.constant("channel_axis", np.array([1]))))
        _back(writer, _middle(writer, features))
    except KeyError as error:
        raise ConfigError(f"the checkpoint has no variable {error}, expected those of {MODEL_FOLDER}") from None
    graph = helper.make_graph(
        writer.nodes,
        MODEL_FOLDER,
        [helper.make_tensor_value_info("log_mel", TensorProto.FLOAT, [1, FRAMES, BANDS])],
        [helper.make_tensor_value_info("penultimate", TensorProto.FLOAT, [1, DESCRIPTION["size"]])],
        writer.tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _front(writer: _Writer, spectrogram: str) -> str:
    """Add the filters over timbre (many bands) and over time (many frames); the loudest band of each counts."""
    spectrogram = writer.normalised(spectrogram, 0)
    parts = []
    for number, layer in enumerate((*TIMBRAL, *TEMPORAL), 1):
        length = len(writer.weights[f"{layer}/kernel"])
        pads = [(length - 1) // 2, 0, length // 2, 0]  # TensorFlow's "same": of an even kernel, the end has one frame more
        filtered = writer.normalised(writer.convolved(spectrogram, layer, pads), number)
        parts.append(writer.add("ReduceMax", filtered, axes=[3], keepdims=0))
    return writer.add("Concat", *parts, axis=1)


def _middle(writer: _Writer, features: str) -> str:
    """Add three convolutions over time, two of them residual, and join their outputs with the features."""
    joined = [features]
    value = features
    for number, layer in enumerate(MIDDLE, 6):
        filtered = writer.normalised(writer.convolved_over_time(value, layer), number)
        value = filtered if number == 6 else writer.add("Add", filtered, value)
        joined.append(value)
    return writer.add("Concat", *joined, axis=1)


def _back(writer: _Writer, features: str) -> None:
    """Add the maximum and the mean over time, of each channel side by side, and the dense layer."""
    largest = writer.add("ReduceMax", features, axes=[2], keepdims=1)
    mean = writer.add("ReduceMean", features, axes=[2], keepdims=1)
    flat = writer.add("Flatten", writer.add("Concat", largest, mean, axis=2))
    kernel = writer.constant("dense.kernel", writer.weights["dense/kernel"])
    bias = writer.constant("dense.bias", writer.weights["dense/bias"])
    dense = writer.add("Relu", writer.add("Gemm", writer.normalised(flat, 9), kernel, bias))
    writer.normalised(dense, 10, name="penultimate")
