"""FLAC: the count in its header and the number of its last frame."""

import random

import numpy as np
import pytest

from tests.support.audio_files import claiming, encoded, music
from tests.support.decode_outcomes import assert_truncated, assert_whole, decoded, refusal

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


@pytest.mark.parametrize(
    "tail",
    [ID3V1, bytes(4000), bytes(1 << 20), b"\r\n", b"<html></html>", random.Random(2).randbytes(2000)],
    ids=["id3v1", "zeros", "a MiB of zeros", "line end", "html", "noise"],
)
@pytest.mark.parametrize("flac", [FLAC, UNCOUNTED], ids=["counted", "uncounted"])
def test_what_follows_the_last_frame_changes_no_sample(flac: bytes, tail: bytes) -> None:
    assert same(flac + tail)


def test_an_uncounted_flac_without_a_whole_frame_is_not_too_long() -> None:
    assert refusal(UNCOUNTED[:200] + bytes(5000)).reason == "truncated"


@pytest.mark.parametrize("missing", [1, 2, 50, 500])
@pytest.mark.parametrize("tail", [b"", b"\r\n", bytes(1000), random.Random(3).randbytes(2000)])
def test_an_uncounted_flac_whose_last_frame_is_cut_off_is_truncated(missing: int, tail: bytes) -> None:
    assert_truncated(UNCOUNTED[:-missing] + tail, "by its last frame")


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
