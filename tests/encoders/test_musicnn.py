"""Encoder MSD_musicnn, where its package is installed."""

import importlib.util
from pathlib import Path

import pytest

from mer_tasks.encoders.building import build_folder
from mer_tasks.encoders.folder import read_encoder
from mer_tasks.encoders.golden_check import check_encoder
from mer_tasks.encoders.musicnn import build_musicnn

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("musicnn") is None, reason="package musicnn is not installed (pip install --no-deps musicnn)"
)


def test_the_network_of_musicnn_gives_the_vectors_of_the_packages_own_graph(tmp_path: Path) -> None:
    made = build_folder(build_musicnn, tmp_path / "musicnn")
    read = read_encoder(str(tmp_path / "musicnn"))
    assert read.files == made.files
    assert check_encoder(read) > 0.999999
    assert (read.encoder.licence, read.encoder.size, read.encoder.windows(22_050 * 30)) == ("ISC", 200, 10)
