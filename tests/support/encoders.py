"""Encoders with tiny networks: the mean of log-mel frames times a matrix, and networks that are wrong in one way."""

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import soundfile
from onnx import TensorProto, helper, numpy_helper

from mer_tasks.audio.decoding import SAMPLE_RATE
from mer_tasks.encoders.description import Encoder
from mer_tasks.encoders.windows import window_inputs

BANDS, SIZE = 8, 4
MATRIX = np.random.default_rng(1).standard_normal((BANDS, SIZE)).astype(np.float32)
DESCRIPTION: dict[str, Any] = {
    "format": 1,
    "name": "tiny",
    "version": "1",
    "model_sha256": "0" * 64,
    "licence": "MIT",
    "commercial_use": True,
    "trained_on": "nothing: its matrix is random",
    "front_end": {
        "kind": "log_mel",
        "sample_rate": 16_000,
        "n_fft": 512,
        "win_length": 512,
        "hop_length": 256,
        "center": True,
        "n_mels": BANDS,
        "fmin": 0.0,
        "fmax": 8000.0,
        "mel_scale": "htk",
        "norm": None,
        "power": 2,
        "log": "log10_10000",
    },
    "input": "frames",
    "axes": ["batch", "frames", "bands"],
    "window_seconds": 1.0,
    "hop_seconds": 1.0,
    "short": "pad",
    "output": "vector",
    "size": SIZE,
    "pooling": "none",
    "golden": {"audio": "golden.wav", "vector": "golden.npy"},
    "limits": {"memory_mb": 1024, "seconds": 60},
}
"""Entries of the description of the encoder tiny; its windows are segments of one second."""


def described(**changes: Any) -> dict[str, Any]:
    """Return the entries of the description with some changed; None leaves an entry out."""
    return {name: value for name, value in {**DESCRIPTION, **changes}.items() if value is not None}


def model_of(nodes: list[Any], *, output: list[Any] | None = None, opset: int = 17, domain: str = "", **graph: Any) -> bytes:
    """Return an ONNX file of `nodes` with the input ``frames``, the output ``vector`` and the matrix ``weights`` of tiny."""
    made = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("frames", TensorProto.FLOAT, [1, "frames", BANDS])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, output or [1, SIZE])],
        [numpy_helper.from_array(MATRIX, "weights"), *graph.pop("tensors", [])],
    )
    opsets = [helper.make_opsetid("", opset), *([helper.make_opsetid(domain, 1)] if domain else [])]
    return helper.make_model(made, opset_imports=opsets, ir_version=8, **graph).SerializeToString()


MEAN = helper.make_node("ReduceMean", ["frames"], ["mean"], axes=[1], keepdims=0)
TINY_MODEL = model_of([MEAN, helper.make_node("MatMul", ["mean", "weights"], ["vector"])])


def nan_in_silence() -> bytes:
    """Return a model that divides by the loudness, so that silence gives NaN."""
    product = helper.make_node("MatMul", ["mean", "weights"], ["product"])
    loudness = helper.make_node("ReduceSum", ["mean"], ["loudness"])
    return model_of([MEAN, product, loudness, helper.make_node("Div", ["product", "loudness"], ["vector"])])


def hungry(gigabytes: int = 30) -> bytes:
    """Return a model that fills a tensor of so many GB when it runs."""
    count = numpy_helper.from_array(np.array([gigabytes * 250_000_000], np.int64), "count")
    nodes = [
        helper.make_node("ReduceMean", ["frames"], ["loudness"], keepdims=0),
        helper.make_node("Reshape", ["loudness", "one"], ["scalar"]),
        helper.make_node("Expand", ["scalar", "count"], ["filled"]),
        helper.make_node("ReduceMax", ["filled"], ["largest"], keepdims=0),
        MEAN,
        helper.make_node("MatMul", ["mean", "weights"], ["product"]),
        helper.make_node("Add", ["product", "largest"], ["vector"]),
    ]
    return model_of(nodes, tensors=[count, numpy_helper.from_array(np.array([1], np.int64), "one")])


def endless() -> bytes:
    """Return a model with a loop that never ends."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["condition"], ["goes_on"]),
            helper.make_node("Sin", ["value"], ["next_value"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("number", TensorProto.INT64, []),
            helper.make_tensor_value_info("condition", TensorProto.BOOL, []),
            helper.make_tensor_value_info("value", TensorProto.FLOAT, [1, SIZE]),
        ],
        [
            helper.make_tensor_value_info("goes_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next_value", TensorProto.FLOAT, [1, SIZE]),
        ],
    )
    product = helper.make_node("MatMul", ["mean", "weights"], ["product"])
    yes = numpy_helper.from_array(np.array(True), "yes")
    loop = helper.make_node("Loop", ["", "yes", "product"], ["vector"], body=body)
    return model_of([MEAN, product, loop], tensors=[yes])


def tiny_vectors(encoder: Encoder, samples: np.ndarray) -> np.ndarray:
    """Compute by NumPy the vectors [shape=(windows, 4)] that the network of tiny gives."""
    return np.stack([window[0].mean(axis=0) @ MATRIX for window in window_inputs(encoder, samples)])


def tones(seconds: float, pitch: float = 440.0) -> np.ndarray:
    """Return samples at 22,050 Hz of a tone with overtones that gets louder."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    sound = sum(np.sin(2 * np.pi * pitch * k * time) / k for k in range(1, 8)) * (0.05 + 0.1 * time / max(seconds, 1))
    return (np.round(sound * 32_768) / 32_768).astype(np.float32)


def wav(samples: np.ndarray, rate: int = SAMPLE_RATE) -> bytes:
    content = io.BytesIO()
    soundfile.write(content, samples, rate, format="WAV", subtype="PCM_16")
    return content.getvalue()


def npy(array: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def encoder_files(model: bytes = TINY_MODEL, *, vectors: np.ndarray | None = None, **changes: Any) -> dict[str, bytes]:
    """Return the files of the encoder tiny by name, with another model, golden vectors or entries of the description."""
    description = described(**{"model_sha256": hashlib.sha256(model).hexdigest(), **changes})
    golden = tones(3.5)
    if vectors is None:
        vectors = tiny_vectors(Encoder.of(DESCRIPTION), golden)
    return {
        "encoder.json": json.dumps(description).encode(),
        "model.onnx": model,
        "golden.wav": wav(golden),
        "golden.npy": npy(vectors),
    }


def encoder_folder(folder: Path, model: bytes = TINY_MODEL, **changes: Any) -> Path:
    """Write the files of the encoder tiny to a folder, and return it; see :func:`encoder_files`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in encoder_files(model, **changes).items():
        (folder / name).write_bytes(content)
    return folder


def with_model(model: bytes, change: Callable[[Any], None]) -> bytes:
    """Return an ONNX file after `change` has changed its message."""
    message = onnx.load_model_from_string(model)
    change(message)
    return message.SerializeToString()
