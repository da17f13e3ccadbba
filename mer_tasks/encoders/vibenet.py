"""Encoder VibeNet: make its folder from the ONNX file in the installed package ``vibenet``.

The package's network is an EfficientNet that predicts seven attributes, such as energy and valence. Its file is taken as it is.
The vectors are the 256 numbers of the layer before the attributes, an inner tensor of that file.
"""

import hashlib
from typing import Any

from mer_tasks.encoders.building import NOT_YET_KNOWN, golden_samples, make_folder, package_file, package_folder
from mer_tasks.encoders.description import Encoder
from mer_tasks.encoders.folder import EncoderFolder
from mer_tasks.encoders.network import Network
from mer_tasks.errors import ConfigError

VERSION = "0.1.0"
"""Version of the package."""
MODEL_SHA256 = "efa88450153863a1461989a00846526ac9230665b19fbf82f33e46fdeef7d275"
"""The sha256 of the network in that version: the description below fits no other file."""
DESCRIPTION: dict[str, Any] = {
    "name": "vibenet",
    "version": VERSION,
    "licence": "GPL-3.0-or-later",
    "commercial_use": True,
    "trained_on": "the Free Music Archive (FMA) with Echo Nest attributes; which of your tracks are in it is unknown",
    "front_end": {
        "kind": "log_mel",
        "sample_rate": 16_000,
        "n_fft": 1024,
        "win_length": 640,
        "hop_length": 320,
        "framing": "win_length",
        "center": False,
        "n_mels": 128,
        "fmin": 0.0,
        "fmax": 8000.0,
        "mel_scale": "slaney",
        "norm": "slaney",
        "power": 2,
        "log": "decibel",
        "floor": 1e-10,
        "reference": "one",
        "top_db": 80.0,
    },
    "input": "x",
    "axes": ["batch", "bands", "frames"],
    "window_seconds": 3.0,
    "hop_seconds": 3.0,
    "short": "pad",
    "output": "gelu",
    "size": 256,
    "pooling": "none",
    "limits": {"memory_mb": 4096, "seconds": 300},
}


def build_vibenet() -> EncoderFolder:
    """Make the encoder's files from the installed package.

    The golden vectors are computed here, since the package has no others. They show later that another machine agrees with
    this one.

    Raises
    ------
    ConfigError
        If the package is not installed, has another version, or misses the file.
    """
    model = package_file(package_folder("vibenet", VERSION) / "artifacts", "efficientnet_model.onnx")
    found = hashlib.sha256(model).hexdigest()
    if found != MODEL_SHA256:
        raise ConfigError(f"package vibenet {VERSION}: efficientnet_model.onnx has sha256 {found}, expected {MODEL_SHA256}")
    network = Network(Encoder.of({**DESCRIPTION, **NOT_YET_KNOWN}), model)
    return make_folder(DESCRIPTION, model, network.vectors(golden_samples()))
