"""Encoder VibeNet, where its package is installed."""

import importlib.util
from pathlib import Path

import pytest

from mer_tasks.encoders.building import build_folder, package_folder
from mer_tasks.encoders.folder import read_encoder
from mer_tasks.encoders.golden_check import check_encoder
from mer_tasks.encoders.vibenet import build_vibenet

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("vibenet") is None, reason="package vibenet is not installed (pip install --no-deps vibenet)"
)


def test_the_network_of_vibenet_is_its_package_file_as_it_is(tmp_path: Path) -> None:
    build_folder(build_vibenet, tmp_path / "vibenet")
    read = read_encoder(str(tmp_path / "vibenet"))
    assert read.model == (package_folder("vibenet", "0.1.0") / "artifacts" / "efficientnet_model.onnx").read_bytes()
    assert check_encoder(read) > 0.999999
    assert (read.encoder.licence, read.encoder.size) == ("GPL-3.0-or-later", 256)
