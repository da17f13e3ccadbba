"""ASF, WavPack and Monkey's Audio: their counts and sizes."""

import struct

import numpy as np
import pytest

from mer_tasks.audio.block_walk import ASF_PROPERTIES
from mer_tasks.audio.length_evidence import measure
from tests.support.audio_files import music
from tests.support.av_files import av_encoded
from tests.support.decode_outcomes import assert_truncated, assert_whole, decoded

SOUND = np.rint(music(5, 48_000, 2) * 32_767).astype(np.int16)
WMA = av_encoded(SOUND, 48_000, "asf", "wmav2")
WAVPACK = av_encoded(SOUND, 48_000, "wv", "wavpack")
FILES = pytest.mark.parametrize("data", [WMA, WAVPACK], ids=["wma", "wavpack"])


@FILES
@pytest.mark.parametrize("part", [0.3, 0.85])
def test_a_cut_file_is_truncated(data: bytes, part: float) -> None:
    assert_truncated(data[: int(part * len(data))])


@FILES
def test_what_follows_the_file_changes_no_sample(data: bytes) -> None:
    for tail in (b"TAG" + bytes(125), bytes(3000)):
        assert assert_whole(data + tail, 5, "ffmpeg").pcm_sha256 == decoded(data).pcm_sha256


@FILES
def test_a_hole_in_the_middle_is_truncated(data: bytes) -> None:
    hole = len(data) // 4
    assert_truncated(data[: 2 * hole] + bytes(hole) + data[3 * hole :])


@FILES
def test_a_second_file_behind_the_first_is_not_left_out(data: bytes) -> None:
    assert_truncated(data + data)


def test_wavpack_blocks_count_where_the_first_block_has_no_total() -> None:
    streamed = WAVPACK[:12] + b"\xff" * 4 + WAVPACK[16:]
    assert_whole(streamed, 5, "ffmpeg")


@pytest.mark.parametrize("missing", [0, 5000])
def test_monkeys_audio_is_measured_by_its_header(missing: int) -> None:
    frames, per_frame, last = 3, 73_728, 10_000
    sizes = (52, 24, 4 * frames, 44, 60_000, 0, 0)
    descriptor = b"MAC " + struct.pack("<HH7I", 3990, 0, *sizes) + bytes(16)
    header = struct.pack("<HHIIIHHI", 2000, 0, per_frame, last, frames, 16, 2, 44_100)
    ape = descriptor + header + bytes(4 * frames + 44 + 60_000 - missing)
    length = measure(ape)
    assert length is not None
    assert length.seconds == pytest.approx((2 * per_frame + last) / 44_100)
    assert ("is cut off" in length.problem) == bool(missing)


def test_the_size_of_its_packets_shows_that_a_wma_is_cut_off() -> None:
    length = measure(WMA[:-100])
    assert length is not None
    assert f"of {len(WMA) - 100}: the file is cut off" in length.problem


def with_longer_stream(wma: bytes) -> bytes:
    """Make the play duration of a WMA 4 s longer, as if another stream ended later."""
    at = wma.index(ASF_PROPERTIES) + 64
    return wma[:at] + struct.pack("<Q", struct.unpack("<Q", wma[at : at + 8])[0] + 40_000_000) + wma[at + 8 :]


def test_the_length_of_a_wma_is_that_of_its_sound() -> None:
    assert assert_whole(with_longer_stream(WMA), 5, "ffmpeg").pcm_sha256 == decoded(WMA).pcm_sha256


def test_a_damaged_wma_with_a_longer_stream_is_truncated() -> None:
    data = with_longer_stream(WMA)
    third = len(data) // 3
    assert_truncated(data[: 2 * third])
    assert_truncated(data[:-100])
    assert_truncated(data[:third] + bytes(third) + data[2 * third :])
