"""Ogg: positions on the pages, the end-of-stream page, and streams one after the other."""

import struct

import numpy as np
import pytest

from mer_tasks.audio.length_evidence import measure
from tests.support.audio_files import encoded, music
from tests.support.av_files import av_encoded
from tests.support.decode_outcomes import assert_truncated, assert_whole, decoded

SOUND = np.rint(music(5, 48_000, 2) * 32_767).astype(np.int16)
VORBIS = encoded(SOUND, 48_000, "OGG", "VORBIS")
OPUS = encoded(SOUND, 48_000, "OGG", "OPUS")
FLAC = av_encoded(SOUND, 48_000, "ogg", "flac")
STREAMS = pytest.mark.parametrize("ogg", [VORBIS, OPUS, FLAC], ids=["vorbis", "opus", "flac"])


def pages(ogg: bytes) -> list[bytes]:
    starts = [at for at in range(len(ogg)) if ogg.startswith(b"OggS", at)]
    return [ogg[begin:end] for begin, end in zip(starts, [*starts[1:], len(ogg)], strict=True)]


def renumbered(ogg: bytes, serial: int) -> bytes:
    """Give all pages another serial number, without their checksums."""
    return b"".join(page[:14] + struct.pack("<I", serial) + page[18:] for page in pages(ogg))


@STREAMS
def test_half_of_a_file_is_truncated(ogg: bytes) -> None:
    assert_truncated(ogg[: len(ogg) // 2], "s of sound, but a logical stream has no end-of-stream page")


@STREAMS
def test_a_file_without_its_last_page_is_truncated(ogg: bytes) -> None:
    assert_truncated(b"".join(pages(ogg)[:-1]), "no end-of-stream page")


@STREAMS
def test_a_file_that_lacks_pages_in_the_middle_is_truncated(ogg: bytes) -> None:
    content = pages(ogg)
    lost = len(content) // 2
    assert_truncated(b"".join(content[:lost] + content[lost + len(content) // 4 :]), "expected 5.00 s by its last Ogg page")


@STREAMS
def test_chained_streams_are_decoded_whole(ogg: bytes) -> None:
    assert_whole(ogg + ogg, 10, "ffmpeg")
    assert_truncated(ogg[: len(ogg) // 2] + ogg, "no end-of-stream page")


def test_chained_streams_of_two_kinds_are_not_half_accepted() -> None:
    assert_truncated(VORBIS + OPUS, "expected 10.00 s")


@STREAMS
def test_what_follows_the_last_page_changes_nothing(ogg: bytes) -> None:
    assert decoded(ogg + b"junk" * 500).pcm_sha256 == decoded(ogg).pcm_sha256


def test_flac_in_ogg_has_the_samples_of_a_flac() -> None:
    assert assert_whole(FLAC, 5, "ffmpeg").pcm_sha256 == decoded(encoded(SOUND, 48_000, "FLAC")).pcm_sha256


def test_of_streams_side_by_side_the_first_counts() -> None:
    one, two = pages(VORBIS), pages(renumbered(OPUS, 77))
    length = measure(b"".join([one[0], two[0], *one[1:], *two[1:]]))
    assert length is not None
    assert length.seconds == pytest.approx(5, abs=0.01)


def test_the_positions_of_a_recorded_broadcast_begin_anywhere() -> None:
    hour = 3600 * 48_000
    later = [page[:6] + struct.pack("<q", struct.unpack("<q", page[6:14])[0] + hour) + page[14:] for page in pages(VORBIS)[2:]]
    length = measure(b"".join([*pages(VORBIS)[:2], *later]))
    assert length is not None
    assert length.seconds is not None
    assert 3 < length.seconds <= 5
