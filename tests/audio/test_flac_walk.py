"""FLAC: the count in its header and the number of its last frame."""

import random

import numpy as np
import pytest

from tests.support.audio_files import claiming, encoded, music
from tests.support.decode_outcomes import assert_truncated, assert_whole, decoded

SOUND = np.rint(music(5, 44_100, 2) * 32_767).astype(np.int16)
FLAC = encoded(SOUND, 44_100, "FLAC")
UNCOUNTED = claiming(FLAC, 0)
ID3V1 = b"TAG" + b"Song".ljust(30, b"\0") + b"Artist".ljust(95, b"\0")


def same(data: bytes) -> bool:
    return decoded(data).pcm_sha256 == decoded(FLAC).pcm_sha256


@pytest.mark.parametrize("flac", [UNCOUNTED, claiming(FLAC, 50_000)])
def test_a_count_that_is_unknown_or_too_low_does_not_end_the_sound(flac: bytes) -> None:
    assert same(flac)


def test_a_count_that_is_too_high_means_truncated() -> None:
    assert_truncated(claiming(FLAC, 10 * 44_100), "5.00 s of sound, expected 10.00 s by its header")


@pytest.mark.parametrize("tail", [ID3V1, bytes(4000), random.Random(2).randbytes(2000)])
@pytest.mark.parametrize("flac", [FLAC, UNCOUNTED])
def test_what_follows_the_last_frame_changes_no_sample(flac: bytes, tail: bytes) -> None:
    if flac is UNCOUNTED and tail not in (ID3V1, bytes(4000)):
        assert_truncated(flac + tail, "last frame")  # nothing tells this tail from the rest of a frame
    else:
        assert same(flac + tail)


def test_a_tag_before_the_flac_changes_no_sample() -> None:
    assert same(b"ID3\x03\0\0\0\0\0\x0a" + bytes(10) + FLAC)


@pytest.mark.parametrize("flac", [FLAC, UNCOUNTED])
@pytest.mark.parametrize("part", [0.3, 0.99])
def test_a_cut_flac_is_truncated(flac: bytes, part: float) -> None:
    assert_truncated(flac[: int(part * len(flac))])


def test_joined_files_are_decoded_whole() -> None:
    joined = assert_whole(FLAC + FLAC, 10, "ffmpeg")
    assert joined.pcm_sha256 == decoded(encoded(np.concatenate([SOUND, SOUND]), 44_100, "FLAC")).pcm_sha256
    assert_truncated(FLAC[: len(FLAC) // 2] + FLAC)
    assert_truncated(FLAC + FLAC[: len(FLAC) // 2])


def test_a_damaged_frame_is_not_left_out_silently() -> None:
    damaged = bytearray(FLAC)
    damaged[len(FLAC) // 2] ^= 1
    assert_truncated(bytes(damaged), "expected 5.00 s")
