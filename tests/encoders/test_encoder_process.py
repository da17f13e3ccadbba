"""Encoder process: limits of memory and time, children that die, and tracks that have no vector."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper, numpy_helper

from mer_tasks.encoders.description import Encoder
from mer_tasks.encoders.encoder_process import EncoderProcess
from mer_tasks.errors import AudioError, ConfigError
from tests.support.encoders import MEAN, TINY_MODEL, described, endless, hungry, model_of, nan_in_silence, tiny_vectors, tones

PRODUCT = helper.make_node("MatMul", ["mean", "weights"], ["vector"])
SHORT_LIMIT = {"memory_mb": 1024, "seconds": 2}


@pytest.fixture
def make() -> Iterator[Callable[..., EncoderProcess]]:
    """A function that makes processes for the encoder tiny; they are ended after the test."""
    processes: list[EncoderProcess] = []

    def factory(model: bytes = TINY_MODEL, **changes: Any) -> EncoderProcess:
        processes.append(EncoderProcess(Encoder.of(described(**changes)), model))
        return processes[-1]

    yield factory
    for process in processes:
        process.close()


def test_one_child_embeds_several_tracks(make: Callable[..., EncoderProcess]) -> None:
    process = make()
    assert process.pid is None
    for seconds in (0.2, 1, 60):
        expected = tiny_vectors(process.encoder, tones(seconds))
        np.testing.assert_allclose(process.embed(tones(seconds)), expected, rtol=1e-5)
        first = process.pid
    assert process.pid == first
    threads = [*Path(f"/proc/{first}/task").iterdir()]
    assert len(threads) <= 2, "expected one thread, and one of ONNX Runtime that waits"
    for thread in threads:
        used = sum(map(int, (thread / "stat").read_text().rpartition(")")[2].split()[11:13]))
        assert used == 0 or thread.name == str(first), "a second thread has used CPU time"
    limits = Path(f"/proc/{first}/limits").read_text()
    assert str(1024 << 20) in next(line for line in limits.splitlines() if "address space" in line)


def test_a_track_without_a_whole_window_is_rejected_if_the_encoder_says_so(make: Callable[..., EncoderProcess]) -> None:
    process = make(short="reject")
    with pytest.raises(AudioError, match=r"too_short: 0\.900 s of sound, expected at least one window of 1 s \(tiny 1\)"):
        process.embed(tones(0.9))
    with pytest.raises(AudioError, match="too_short"):
        make(short="pad").embed(np.zeros(0, np.float32))
    assert process.pid is None


def test_nan_rejects_one_track_and_the_same_child_goes_on(make: Callable[..., EncoderProcess]) -> None:
    process = make(nan_in_silence())
    with pytest.raises(AudioError, match="no_embedding"):
        process.embed(np.zeros(22_050, np.float32))
    first = process.pid
    assert process.embed(tones(1)).shape == (1, 4)
    assert process.pid == first


def test_a_network_that_needs_30_gb_is_one_error(make: Callable[..., EncoderProcess]) -> None:
    process = make(hungry())
    for _ in range(2):
        with pytest.raises(AudioError, match="embedding_memory: more memory than memory_mb=1024 allows"):
            process.embed(tones(1))


def test_a_network_that_never_returns_is_killed(make: Callable[..., EncoderProcess]) -> None:
    process = make(endless(), limits=SHORT_LIMIT)
    with pytest.raises(AudioError, match="embedding_timeout: still embedding after 2 s"):
        process.embed(tones(1))
    assert process.pid is None


def test_a_track_is_rejected_if_two_children_die_of_it(make: Callable[..., EncoderProcess]) -> None:
    process = make(endless())
    exchange, killed = process._exchange, []

    def sabotaged(channel: Any, body: bytes, limit: float) -> Any:
        assert process.pid is not None
        killed.append(process.pid)
        threading.Timer(0.2, os.kill, (process.pid, signal.SIGKILL)).start()
        return exchange(channel, body, limit)

    process._exchange = sabotaged
    with pytest.raises(AudioError, match="encoder_crashed: two encoders died of it, the second by SIGKILL"):
        process.embed(tones(1))
    assert len({*killed}) == 2


def test_the_next_track_gets_a_new_child(make: Callable[..., EncoderProcess]) -> None:
    process = make()
    process.embed(tones(1))
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    assert process.embed(tones(1)).shape == (1, 4)


@pytest.mark.parametrize(
    ("model", "changes", "message"),
    [
        (b"no model", {}, "encoder tiny 1: 8 bytes that are no ONNX model"),
        (model_of([]), {}, "without operators"),
        (TINY_MODEL, {"size": 7}, r"expected tensor\(float\) \[1, 7\]"),
        (TINY_MODEL, {"output": "mean"}, r"'mean' is tensor\(float\) \[1, 8\]"),
    ],
)
def test_a_wrong_encoder_is_no_error_of_the_track(
    make: Callable[..., EncoderProcess], model: bytes, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        make(model, **changes).embed(tones(1))


def test_a_model_that_does_not_fit_into_memory_is_refused(make: Callable[..., EncoderProcess]) -> None:
    heavy = numpy_helper.from_array(np.zeros(50_000_000, np.float32), "heavy")
    process = make(model_of([MEAN, PRODUCT], tensors=[heavy]), limits={"memory_mb": 256, "seconds": 60})
    with pytest.raises(
        ConfigError, match=r"encoder tiny 1: (the model needs more memory than memory_mb=256|the process died while it loaded)"
    ):
        process.embed(tones(1))


def test_a_package_that_is_missing_is_named(
    make: Callable[..., EncoderProcess], monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    (tmp_path / "onnxruntime.py").write_text("raise ImportError('No module named onnxruntime')")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    with pytest.raises(ConfigError, match="No module named onnxruntime; expected the packages onnx and onnxruntime"):
        make().embed(tones(1))


def test_cuda_that_is_not_there_is_named() -> None:
    with (
        EncoderProcess(Encoder.of(described()), TINY_MODEL, cuda=True) as process,
        pytest.raises(ConfigError, match="expected CUDAExecutionProvider"),
    ):
        process.embed(tones(1))
