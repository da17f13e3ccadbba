"""RIFF and its relatives: the sizes in their chunks are compared with the file, and unknown sizes go to its end."""

import struct

import numpy as np
import pytest

from mer_tasks.audio.length_evidence import measure
from tests.support.audio_files import encoded, music, without_frame_count
from tests.support.decode_outcomes import assert_truncated, assert_whole, decoded, refusal

SOUND = np.rint(music(5, 22_050, 2) * 32_767).astype(np.int16)
WAV = encoded(SOUND, 22_050)
W64 = encoded(SOUND, 22_050, "W64")
W64_CHUNK = b"list" + bytes.fromhex("2f91cf11a5d628db04c10000") + struct.pack("<Q", 200_024) + bytes(range(200)) * 1000
COUNTED_MP3 = encoded(music(5, 44_100, 2), 44_100, "MP3")
ID3V2 = b"ID3\x03\0\0\0\0\x75\0" + bytes(0x75 << 7)
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


def in_wav(mp3: bytes) -> bytes:
    form = struct.pack("<4sIHHIIHHH", b"fmt ", 18, 0x55, 2, 44_100, 16_000, 1, 0, 0)
    return b"RIFF" + struct.pack("<I", len(mp3) + 38) + b"WAVE" + form + b"data" + struct.pack("<I", len(mp3)) + mp3


MP3_WAV = in_wav(without_frame_count(COUNTED_MP3))


def with_field(data: bytes, name: bytes, value: bytes) -> bytes:
    at = data.index(name) + 4
    return data[:at] + value + data[at + len(value) :]


def measured_seconds(data: bytes) -> float | None:
    length = measure(data)
    assert length is not None
    return length.seconds


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


@pytest.mark.parametrize("tail", [bytes(300_000), W64_CHUNK, b"TAG" + bytes(125), NOISE[:3000]])
def test_what_follows_the_sound_of_a_w64_changes_no_sample(tail: bytes) -> None:
    assert assert_whole(W64 + tail, 5).pcm_sha256 == decoded(WAV).pcm_sha256


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24"])
def test_the_padding_of_a_w64_is_no_sound(subtype: str) -> None:
    mono = encoded(music(5)[:-1], container="W64", subtype=subtype)
    padding = bytes(-len(mono) % 8)
    assert padding
    for tail in (b"", W64_CHUNK, padding, padding + W64_CHUNK):
        assert assert_whole(mono + tail, 5).duration_seconds == (5 * 22_050 - 1) / 22_050


@pytest.mark.parametrize(("container", "subtype"), [("W64", "PCM_16"), ("CAF", "PCM_16"), ("CAF", "ALAC_16")])
def test_a_joined_file_or_junk_behind_long_chunks_is_rejected(container: str, subtype: str) -> None:
    data = encoded(SOUND, 22_050, container, subtype)
    for tail in (data, NOISE):
        assert_truncated(data + tail, "5.00 s of sound by its", "that are no chunk")


@pytest.mark.parametrize(
    "tail", [bytes(300_000), b"free" + struct.pack(">q", 9000) + bytes(9000), b"TAG" + bytes(125), NOISE[:300]]
)
@pytest.mark.parametrize("subtype", ["PCM_16", "ALAC_16"])
def test_what_follows_the_sound_of_a_caf_changes_no_sample(subtype: str, tail: bytes) -> None:
    data = encoded(SOUND, 22_050, "CAF", subtype)
    assert decoded(data + tail).pcm_sha256 == decoded(data).pcm_sha256


@pytest.mark.parametrize("container", ["WAV", "W64", "AIFF", "AU", "CAF"])
def test_a_tag_before_a_file_costs_no_sound(container: str) -> None:
    data = encoded(SOUND, 22_050, container)
    assert assert_whole(ID3V2 + data, 5).pcm_sha256 == decoded(WAV).pcm_sha256


def test_a_tag_before_a_wav_without_a_size_costs_no_sound() -> None:
    assert decoded(ID3V2 + sized(0xFFFF_FFFF)).pcm_sha256 == decoded(WAV).pcm_sha256


@pytest.mark.parametrize("tail", [b"", LIST, b"TAG" + bytes(125), bytes(300_000), NOISE[:3000]])
def test_an_mp3_in_a_wav_is_whole(tail: bytes) -> None:
    assert decoded(MP3_WAV + tail).duration_seconds == pytest.approx(5, abs=0.15)


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF])
def test_an_mp3_in_a_wav_without_a_size_goes_to_the_end(size: int) -> None:
    assert measured_seconds(with_field(MP3_WAV, b"data", struct.pack("<I", size))) == pytest.approx(5, abs=0.15)


@pytest.mark.parametrize("share", [0.5, 0.85])
def test_a_cut_mp3_in_a_wav_is_truncated_with_both_numbers(share: float) -> None:
    assert_truncated(MP3_WAV[: int(len(MP3_WAV) * share)], f"{int(5 * share)}.", "expected", "by its data chunk")


def test_a_cut_mp3_with_a_frame_count_in_a_wav_is_truncated_by_this_count() -> None:
    data = in_wav(COUNTED_MP3)
    assert decoded(data).duration_seconds == pytest.approx(5, abs=0.15)
    assert_truncated(data[: len(data) // 2], "2.", "expected 5.", "by its frame count")


def test_a_hole_in_an_mp3_in_a_wav_is_found() -> None:
    fifth = len(MP3_WAV) // 5
    assert_truncated(MP3_WAV[: 2 * fifth] + MP3_WAV[3 * fifth :], "expected 5.")
    assert_truncated(MP3_WAV[: 2 * fifth] + bytes(fifth) + MP3_WAV[3 * fifth :], "between its frames")
    assert_truncated(MP3_WAV[: 3 * fifth] + bytes(2 * fifth + 1), "expected 5.")


def test_a_joined_mp3_in_a_wav_is_rejected() -> None:
    assert_truncated(MP3_WAV + MP3_WAV, "s of sound by its frame headers", "that are no chunk")
