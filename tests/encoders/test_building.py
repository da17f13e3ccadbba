"""Building of encoder folders: packages that are missing, folders that are not empty, and the golden audio."""

from pathlib import Path

import numpy as np
import pytest

from mer_tasks.encoders.building import build_folder, golden_samples, package_folder
from mer_tasks.encoders.folder import EncoderFolder
from mer_tasks.errors import ConfigError


def test_a_package_that_is_missing_or_has_another_version_is_named() -> None:
    with pytest.raises(
        ConfigError, match=r"package no_such_package is not installed.*pip install --no-deps no_such_package==1\.0"
    ):
        package_folder("no_such_package", "1.0")
    with pytest.raises(ConfigError, match=r"package numpy has version .*, expected 0\.1"):
        package_folder("numpy", "0.1")


def test_a_folder_with_files_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    def build() -> EncoderFolder:
        raise AssertionError("it was built")

    (tmp_path / "mine").write_text("keep")
    with pytest.raises(ConfigError, match="the folder has files, expected a new or empty one"):
        build_folder(build, tmp_path)


def test_the_golden_audio_is_16_bit_sound_of_nine_seconds() -> None:
    samples = golden_samples()
    assert len(samples) == 9 * 22_050
    assert np.abs(samples).max() < 1
    np.testing.assert_array_equal(samples * 32_768, np.round(samples * 32_768))
