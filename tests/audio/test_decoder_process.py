"""The decoder process: its limits, and what happens when the child dies, hangs or cannot start."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mer_tasks.audio.child_process import MIB
from mer_tasks.audio.decoder_process import Decoder
from mer_tasks.audio.decoding import decode
from mer_tasks.errors import AudioError, WorkerLost
from tests.support.audio_files import claiming, encoded, music
from tests.support.av_files import av_encoded
from tests.support.saboteur import saboteur

GOOD = encoded(music(3), container="FLAC")


@pytest.fixture(scope="module")
def slow() -> bytes:
    """A file that takes a second or more to decode, so that something can happen meanwhile."""
    return encoded(music(60, 96_000, 6), 96_000, "FLAC")


@pytest.fixture
def make() -> Iterator[Callable[..., Decoder]]:
    """A function that makes decoders with the given arguments; they are closed after the test."""
    decoders: list[Decoder] = []

    def factory(kind: Callable[..., Decoder] = Decoder, **arguments: float) -> Decoder:
        decoders.append(kind(**{"max_duration_seconds": 1800, "timeout_seconds": 60, "memory_mb": 2048, **arguments}))
        return decoders[-1]

    yield factory
    for decoder in decoders:
        decoder.close()


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("the condition was not met within 10 s")


def test_one_child_decodes_several_files(make: Callable[..., Decoder]) -> None:
    decoder = make()
    assert decoder.pid is None
    assert decoder.decode(GOOD) == decode(GOOD, max_duration_seconds=1800)
    first = decoder.pid
    assert decoder.decode(encoded(music(70, 44_100, 2), 44_100)).duration_seconds == 70
    with pytest.raises(AudioError, match="not_audio"):
        decoder.decode(b"no sound")
    assert decoder.decode(GOOD).samples == 3 * 22_050
    assert decoder.pid == first
    decoder.close()
    assert first is not None
    assert not is_alive(first)


def test_the_child_imports_only_libraries_for_decoding(make: Callable[..., Decoder]) -> None:
    decoder = make()
    decoder.decode(GOOD)
    mapped = Path(f"/proc/{decoder.pid}/maps").read_text()
    assert "soxr" in mapped
    assert not any(
        name in mapped for name in ("/scipy/", "/pandas/", "/pyarrow/", "/sklearn/", "/tensorflow/", "/pydantic_core/")
    )


def test_the_child_limits_its_memory_files_and_cpu_time(make: Callable[..., Decoder]) -> None:
    decoder = make(memory_mb=512, timeout_seconds=30)
    decoder.decode(GOOD)
    lines = Path(f"/proc/{decoder.pid}/limits").read_text().splitlines()
    limits = {line[:25].strip(): line[26:].split()[:2] for line in lines}
    assert limits["Max address space"] == [str(512 * MIB)] * 2
    assert limits["Max core file size"] == ["0", "0"]
    assert limits["Max file size"] == [str(MIB)] * 2
    assert 30 <= int(limits["Max cpu time"][0]) <= 35


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_a_file_is_rejected_if_two_children_die_while_decoding_it(
    make: Callable[..., Decoder], slow: bytes, number: signal.Signals
) -> None:
    decoder = make(saboteur(number, slow))
    with pytest.raises(AudioError, match=f"two decoders died of it, the second by {number.name}") as caught:
        decoder.decode(slow)
    assert caught.value.reason == "decoder_crashed"
    assert decoder.pid is None
    assert decoder.decode(GOOD).samples == 3 * 22_050


def test_a_child_that_dies_once_is_replaced(
    make: Callable[..., Decoder], slow: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    decoder = make(saboteur(signal.SIGKILL, slow, times=1))
    decoder.decode(GOOD)
    first = decoder.pid
    assert decoder.decode(slow).channels == 6
    assert decoder.pid != first
    assert "decoder died (SIGKILL)" in caplog.text


def test_a_child_that_dies_between_two_files_is_replaced(make: Callable[..., Decoder]) -> None:
    decoder = make()
    decoder.decode(GOOD)
    assert decoder.pid is not None
    os.kill(decoder.pid, signal.SIGKILL)
    assert decoder.decode(GOOD).samples == 3 * 22_050


def test_a_child_that_hangs_is_killed_and_the_file_is_rejected(make: Callable[..., Decoder], slow: bytes) -> None:
    decoder = make(saboteur(signal.SIGSTOP, slow), timeout_seconds=1)
    decoder.decode(GOOD)
    first = decoder.pid
    with pytest.raises(AudioError, match="still decoding after 1 s") as caught:
        decoder.decode(slow)
    assert caught.value.reason == "decode_timeout"
    assert first is not None
    assert not is_alive(first)
    assert decoder.decode(GOOD).samples == 3 * 22_050


def test_a_file_that_exceeds_the_cpu_limit_is_rejected_with_a_timeout(make: Callable[..., Decoder], slow: bytes) -> None:
    decoder = make(saboteur(signal.SIGXCPU, slow))
    with pytest.raises(AudioError, match="decode_timeout"):
        decoder.decode(slow)


def test_a_file_that_needs_too_much_memory_is_rejected(make: Callable[..., Decoder]) -> None:
    decoder = make(memory_mb=256)
    long = encoded(music(1500, 8_000), 8_000, "FLAC")
    with pytest.raises(AudioError, match="decode_memory"):
        decoder.decode(long)
    assert decoder.decode(GOOD).samples == 3 * 22_050


def test_a_header_that_claims_ten_hours_takes_no_memory(make: Callable[..., Decoder]) -> None:
    decoder = make(memory_mb=256, max_duration_seconds=100 * 3600)
    with pytest.raises(AudioError, match="truncated"):
        decoder.decode(claiming(GOOD, 10 * 3600 * 22_050))


def test_the_child_ignores_ctrl_c(make: Callable[..., Decoder]) -> None:
    decoder = make()
    decoder.decode(GOOD)
    first = decoder.pid
    assert first is not None
    os.kill(first, signal.SIGINT)
    assert decoder.decode(GOOD).samples == 3 * 22_050
    assert decoder.pid == first


def test_a_child_that_hangs_dies_with_its_parent(tmp_path: Path) -> None:
    script = (
        "import sys, os, signal\n"
        "from mer_tasks.audio.decoder_process import Decoder\n"
        "decoder = Decoder(max_duration_seconds=1800, timeout_seconds=60, memory_mb=2048)\n"
        "decoder.decode(open(sys.argv[1], 'rb').read())\n"
        "os.kill(decoder.pid, signal.SIGSTOP)\n"
        "print(decoder.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    (tmp_path / "good.flac").write_bytes(GOOD)
    command = [sys.executable, "-c", script, str(tmp_path / "good.flac")]
    root = Path(__file__).parents[2]
    completed = subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=root, timeout=60, check=False)
    assert completed.returncode == -signal.SIGKILL
    child = int(completed.stdout)
    try:
        wait_until(lambda: not is_alive(child))
    finally:
        if is_alive(child):
            os.kill(child, signal.SIGKILL)


def test_a_child_that_cannot_start_is_a_lost_worker_and_rejects_no_file(
    make: Callable[..., Decoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(WorkerLost, match="exit status 1"):
        make().decode(GOOD)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(WorkerLost, match="No such file"):
        make().decode(GOOD)


def test_a_child_that_is_killed_just_after_its_response_is_replaced_before_the_next_file(
    make: Callable[..., Decoder], caplog: pytest.LogCaptureFixture
) -> None:
    class LateDecoder(Decoder):
        """Takes so long to receive a response that the time limit ends meanwhile."""

        def _exchange(self, channel, data):
            decoded = super()._exchange(channel, data)
            time.sleep(2 if data == late else 0)
            return decoded

    late = encoded(music(2), container="FLAC")
    decoder = make(LateDecoder, timeout_seconds=1)
    assert decoder.decode(late).samples == 2 * 22_050
    assert decoder.pid is None
    assert decoder.decode(GOOD).samples == 3 * 22_050
    assert "decoder died" not in caplog.text


def test_the_child_decodes_with_the_second_decoder_within_its_limits(make: Callable[..., Decoder]) -> None:
    decoder = make(memory_mb=512)
    track = decoder.decode(av_encoded(music(3, 44_100, 2), 44_100, "ipod", "aac"))
    assert (track.decoder, round(track.duration_seconds)) == ("ffmpeg", 3)
    assert len(os.listdir(f"/proc/{decoder.pid}/task")) == 1
