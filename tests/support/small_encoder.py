"""Folder of a small encoder: one matrix, which makes four numbers of each window of the samples."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

RATE = 22_050
WINDOW = 11_025
"""Samples of a window: half a second."""
SIZE = 4


def weights_of(seed: int, window: int = WINDOW) -> np.ndarray:
    """Make the matrix of an encoder [shape=(window, size), dtype=float32]."""
    return np.random.default_rng(seed).standard_normal((window, SIZE)).astype(np.float32)


def vectors_of(samples: np.ndarray, seed: int = 0, window: int = WINDOW) -> np.ndarray:
    """Compute the vectors that the encoder gives for samples, without ONNX [shape=(windows, size), dtype=float32]."""
    whole = samples[: len(samples) // window * window].reshape(-1, window)
    return (np.abs(whole) @ weights_of(seed, window)).astype(np.float32)


def small_encoder(folder: Path, seed: int = 0, window: int = WINDOW, **changes: Any) -> Path:
    """Write the folder of an encoder whose weights depend on `seed`.

    `window` is the length of its windows in samples, and `changes` are entries of ``encoder.json``.
    """
    from onnx import TensorProto, helper, numpy_helper

    graph = helper.make_graph(
        [helper.make_node("Abs", ["samples"], ["loudness"]), helper.make_node("MatMul", ["loudness", "weights"], ["vector"])],
        "small",
        [helper.make_tensor_value_info("samples", TensorProto.FLOAT, [1, window])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, SIZE])],
        [numpy_helper.from_array(weights_of(seed, window), "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()
    golden = np.random.default_rng(99).uniform(-0.5, 0.5, 3 * window).astype(np.float32)
    folder.mkdir(parents=True, exist_ok=True)
    soundfile.write(folder / "golden.flac", golden, RATE, format="FLAC", subtype="PCM_16")
    buffer = io.BytesIO()
    np.save(buffer, vectors_of(soundfile.read(folder / "golden.flac", dtype="float32")[0], seed, window))
    (folder / "golden.npy").write_bytes(buffer.getvalue())
    (folder / "model.onnx").write_bytes(model)
    description = {
        "format": 1,
        "name": "small",
        "version": str(seed),
        "model_sha256": hashlib.sha256(model).hexdigest(),
        "licence": "ISC",
        "commercial_use": True,
        "trained_on": "nothing: random numbers",
        "front_end": {"kind": "waveform", "sample_rate": RATE},
        "input": "samples",
        "axes": ["batch", "samples"],
        "window_seconds": window / RATE,
        "hop_seconds": window / RATE,
        "short": "reject",
        "output": "vector",
        "size": SIZE,
        "pooling": "none",
        "golden": {"audio": "golden.flac", "vector": "golden.npy"},
        "limits": {"memory_mb": 4096, "seconds": 60},
    }
    (folder / "encoder.json").write_text(json.dumps({**description, **changes}), encoding="utf-8")
    return folder
