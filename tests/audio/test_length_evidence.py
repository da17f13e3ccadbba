"""Evidence of length: every format is measured by its own structure, and damaged bytes do no harm."""

import random
import time

import pytest

from benchmarks.fuzz_decoder import damaged, make_files
from mer_tasks.audio.length_evidence import measure

FILES = make_files()


@pytest.mark.parametrize("name", FILES)
def test_the_length_of_every_format_is_measured(name: str) -> None:
    length = measure(FILES[name])
    assert length is not None
    assert not length.problem
    if name == "fragmented":
        assert length.seconds is None
    else:
        assert length.seconds == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("name", FILES)
def test_a_tag_before_the_file_changes_nothing(name: str) -> None:
    tag = b"ID3\x03\0\0\0\0\0\x0a" + bytes(10)
    tagged, plain = measure(2 * tag + FILES[name]), measure(FILES[name])
    assert tagged is not None
    assert plain is not None
    assert (tagged.container, tagged.seconds) == (plain.container, plain.seconds)


@pytest.mark.parametrize(
    "data", [b"", b"\xff", b"Dear diary\n" * 1000, b"\x89PNG\r\n\x1a\n" + bytes(500), b"#EXTM3U\n", b"\xff" * 9999]
)
def test_what_is_no_sound_is_not_measured(data: bytes) -> None:
    assert measure(data) is None


def test_random_bytes_are_not_measured() -> None:
    assert measure(random.Random(1).randbytes(2_000_000)) is None


def test_damaged_files_are_measured_without_an_error() -> None:
    for number in range(1500):
        measure(damaged(FILES, 3, number)[1])


@pytest.mark.parametrize("name", FILES)
def test_the_time_of_a_measurement_grows_linearly_with_the_file(name: str) -> None:
    start = time.process_time()
    measure(50 * FILES[name])
    assert time.process_time() - start < 2


def test_a_header_alone_is_measured_without_an_error() -> None:
    for data in FILES.values():
        for size in (4, 8, 12, 16, 24, 32, 48, 64, 100, 200):
            measure(data[:size])
    assert measure(b"\0\0\0\x03ftyp" + bytes(20)) is not None
