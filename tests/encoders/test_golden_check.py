"""Golden check: which machines and encoders are refused because the vectors of the golden audio are others."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mer_tasks.encoders.description import Encoder
from mer_tasks.encoders.encoder_process import EncoderProcess
from mer_tasks.encoders.folder import EncoderFolder, read_encoder
from mer_tasks.encoders.golden_check import check_encoder
from mer_tasks.errors import ConfigError
from tests.support.encoders import (
    DESCRIPTION,
    TINY_MODEL,
    encoder_folder,
    endless,
    hungry,
    nan_in_silence,
    npy,
    tiny_vectors,
    tones,
    wav,
)

GOLDEN = tiny_vectors(Encoder.of(DESCRIPTION), tones(3.5))


def folder(path: Path, model: bytes = TINY_MODEL, files: dict[str, bytes] | None = None, **changes: Any) -> EncoderFolder:
    encoder_folder(path, model, **changes)
    for name, content in (files or {}).items():
        (path / name).write_bytes(content)
    return read_encoder(str(path))


@pytest.fixture(scope="module")
def process():
    with EncoderProcess(Encoder.of(DESCRIPTION), TINY_MODEL) as started:
        yield started


def test_right_vectors_pass_in_a_process_of_their_own_or_a_given_one(tmp_path: Path, process: EncoderProcess) -> None:
    assert check_encoder(folder(tmp_path)) > 0.999999
    assert check_encoder(folder(tmp_path), process) > 0.999999
    assert process.embed(tones(1)).shape == (1, 4)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"golden.npy": npy(GOLDEN[:, ::-1].copy())}, "has cosine .* to its golden vector, expected at least 0.9999"),
        ({"golden.npy": npy(np.concatenate([GOLDEN[:2], GOLDEN[2:] + np.float32(0.5)]))}, "has cosine"),
        ({"golden.npy": npy(GOLDEN * 2)}, "a vector is 0.5000 times as long as its golden vector"),
        ({"golden.npy": npy(GOLDEN[:2])}, r"float32 \[2, 4\], expected float32 \[3, 4\]"),
        ({"golden.npy": npy(GOLDEN.astype(np.float64))}, r"float64 \[3, 4\]"),
        ({"golden.npy": npy(GOLDEN * np.nan)}, "NaN, infinite numbers or a vector of zeros"),
        ({"golden.npy": npy(GOLDEN * 0)}, "a vector of zeros"),
        ({"golden.npy": npy(np.array([{}], dtype=object))}, "golden.npy: .*expected a NumPy file"),
        ({"golden.npy": b"no array"}, "golden.npy: .*expected a NumPy file"),
        ({"golden.npy": b""}, "golden.npy: .*expected a NumPy file"),
        ({"golden.wav": b"no sound"}, "golden.wav: .*expected a FLAC or WAV file"),
        ({"golden.wav": wav(tones(3.5), 44_100)}, "has 44100 Hz and 1 channels, expected 22050 Hz"),
        ({"golden.wav": wav(np.zeros((9, 2), np.float32))}, "has 22050 Hz and 2 channels"),
        ({"golden.wav": wav(np.zeros(0, np.float32))}, "has 0 samples or more, expected 1 to"),
    ],
)
def test_wrong_golden_files_are_refused(tmp_path: Path, process: EncoderProcess, files: dict[str, bytes], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_encoder(folder(tmp_path, files=files), process)


@pytest.mark.parametrize(
    ("model", "changes", "message"),
    [
        (hungry(), {}, "the golden audio has no vector: embedding_memory"),
        (endless(), {"limits": {"memory_mb": 1024, "seconds": 2}}, "the golden audio has no vector: embedding_timeout"),
        (nan_in_silence(), {"files": {"golden.wav": wav(np.zeros(77_175, np.float32))}}, "no vector: no_embedding"),
    ],
)
def test_an_encoder_that_fails_on_its_golden_audio_is_refused(
    tmp_path: Path, model: bytes, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        check_encoder(folder(tmp_path, model, **changes))
