"""RIFF and its relatives: the sizes in their chunks are compared with the file, and unknown sizes go to its end."""

import struct

import numpy as np
import pytest

from tests.support.audio_files import encoded, music
from tests.support.decode_outcomes import assert_truncated, assert_whole, decoded, refusal

SOUND = np.rint(music(5, 22_050, 2) * 32_767).astype(np.int16)
WAV = encoded(SOUND, 22_050)
HALF = len(WAV) // 2
LIST = b"LIST" + struct.pack("<I", 4) + b"INFO"
NOISE = np.random.default_rng(1).bytes(200_000)
KINDS = [("WAV", "PCM_16"), ("WAVEX", "PCM_24"), ("RF64", "PCM_16"), ("W64", "PCM_16"), ("AIFF", "PCM_16"), ("AU", "PCM_16")]
KINDS += [
    ("CAF", "PCM_16"),
    ("CAF", "ALAC_16"),
    ("WAV", "IMA_ADPCM"),
    ("WAV", "MS_ADPCM"),
    ("WAV", "ULAW"),
    ("AIFF", "IMA_ADPCM"),
]


def sized(size: int, wav: bytes = WAV) -> bytes:
    assert wav[36:40] == b"data"
    return wav[:40] + struct.pack("<I", size) + wav[44:]


def with_field(data: bytes, name: bytes, value: bytes) -> bytes:
    at = data.index(name) + 4
    return data[:at] + value + data[at + len(value) :]


@pytest.mark.parametrize(("container", "subtype"), KINDS)
def test_a_half_of_a_file_is_truncated_with_both_numbers(container: str, subtype: str) -> None:
    data = encoded(SOUND, 22_050, container, subtype)
    assert decoded(data).duration_seconds == pytest.approx(5, abs=0.1)
    assert_truncated(data[: len(data) // 2], "2.", "expected 5.")


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF, 0x7FFF_FFFF])
def test_a_wav_without_a_size_goes_to_the_end(size: int) -> None:
    crashed = WAV[:4] + bytes(4) + sized(size)[8:]
    assert decoded(crashed).pcm_sha256 == decoded(WAV).pcm_sha256


@pytest.mark.parametrize("tail", [b"", LIST])
def test_a_wav_with_an_empty_data_chunk_is_empty(tail: bytes) -> None:
    assert refusal(sized(0)[:44] + tail).reason == "empty_audio"


@pytest.mark.parametrize(
    "tail", [LIST, LIST + LIST, b"TAG" + bytes(125), bytes(300_000), NOISE[:3000], b"id3 " + struct.pack("<I", 2) + b"ab"]
)
def test_what_follows_the_sound_changes_no_sample(tail: bytes) -> None:
    assert assert_whole(WAV + tail, 5).pcm_sha256 == decoded(WAV).pcm_sha256


def test_an_odd_data_chunk_and_its_forgotten_pad_byte_are_read() -> None:
    mono = encoded(music(5), subtype="PCM_U8")
    odd = sized(len(mono) - 45, mono[:-1])
    for wav in (odd + b"\0" + LIST, odd + LIST):
        assert_whole(wav, 5)


@pytest.mark.parametrize("wav", [sized(50_000), with_field(sized(50_000), b"RIFF", struct.pack("<I", 50_036))])
def test_a_wav_whose_size_is_much_too_small_is_rejected(wav: bytes) -> None:
    assert_truncated(wav, "0.57 s of sound by its header", "4.43 s")


@pytest.mark.parametrize("container", ["WAV", "AIFF"])
def test_a_joined_file_is_rejected_and_not_left_out(container: str) -> None:
    data = encoded(SOUND, 22_050, container)
    assert_truncated(data + data, "5.00 s of sound by its header")


def test_a_bw64_is_read_as_an_rf64() -> None:
    rf64 = encoded(SOUND, 22_050, "RF64")
    bw64 = b"BW64" + rf64[4:]
    assert assert_whole(bw64, 5, "ffmpeg").pcm_sha256 == decoded(WAV).pcm_sha256
    assert_truncated(bw64[: len(bw64) // 2], "expected 5.00 s")


def test_an_aiff_whose_sound_begins_later_is_read_whole() -> None:
    aiff = encoded(SOUND, 22_050, "AIFF")
    at = aiff.index(b"SSND")
    size = struct.unpack(">I", aiff[at + 4 : at + 8])[0] + 16
    later = aiff[: at + 4] + struct.pack(">III", size, 16, 0) + bytes(16) + aiff[at + 16 :]
    assert assert_whole(later, 5).pcm_sha256 == decoded(WAV).pcm_sha256


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF])
def test_an_au_without_a_size_goes_to_the_end(size: int) -> None:
    au = encoded(SOUND, 22_050, "AU")
    assert decoded(au[:8] + struct.pack(">I", size) + au[12:]).pcm_sha256 == decoded(WAV).pcm_sha256


def test_a_caf_without_a_size_goes_to_the_end() -> None:
    caf = with_field(encoded(SOUND, 22_050, "CAF"), b"data", b"\xff" * 8)
    assert decoded(caf).pcm_sha256 == decoded(WAV).pcm_sha256
