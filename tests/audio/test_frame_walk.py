"""MPEG audio and ADTS: all frames count, whatever one header claims and whatever lies between them."""

import random
import struct

import numpy as np
import pytest

from mer_tasks.audio.length_evidence import measure
from tests.support.audio_files import encoded, music, without_frame_count
from tests.support.av_files import av_encoded
from tests.support.decode_outcomes import assert_truncated, assert_whole, decoded

COUNTED = encoded(music(5, 44_100, 2, seed=1), 44_100, "MP3")
OTHER = encoded(music(5, 44_100, 2, seed=2), 44_100, "MP3")
PLAIN, PLAIN_OTHER = without_frame_count(COUNTED), without_frame_count(OTHER)
MONO = without_frame_count(encoded(music(5, 44_100, seed=3), 44_100, "MP3"))
SLOWER = without_frame_count(encoded(music(5, 22_050, 2, seed=4), 22_050, "MP3"))
AAC = av_encoded(music(5, 44_100, 2), 44_100, "adts", "aac")
ID3V2 = b"ID3\x03\0\0\0\0\0\x13TPE1\0\0\0\x09\0\0\0Some One"
ID3V1 = b"TAG" + b"Song".ljust(125, b"\0")
APE = b"APETAGEX" + struct.pack("<IIII", 2000, 64, 1, 0xA000_0000) + bytes(72)
LYRICS = b"LYRICSBEGIN" + b"la " * 30 + b"000101LYRICS200"
JUNK = random.Random(1).randbytes(60_000)


def claiming_frames(mp3: bytes, frames: int) -> bytes:
    at = min(at for at in (mp3.find(b"Xing", 0, 200), mp3.find(b"Info", 0, 200)) if at >= 0)
    return mp3[: at + 8] + struct.pack(">I", frames) + mp3[at + 12 :]


def test_a_joined_file_is_decoded_although_the_first_frame_count_leaves_it_out() -> None:
    track = assert_whole(COUNTED + OTHER, 10, "ffmpeg")
    assert track.duration_seconds == pytest.approx(10, abs=0.1)


@pytest.mark.parametrize("between", [b"", ID3V1, ID3V1 + ID3V2, LYRICS + ID3V1 + ID3V2, APE + ID3V2, bytes(400)])
def test_tags_between_joined_files_change_nothing(between: bytes) -> None:
    assert_whole(ID3V2 + COUNTED + between + OTHER + ID3V1, 10, "ffmpeg")


@pytest.mark.parametrize(("first", "second"), [(PLAIN, MONO), (MONO, PLAIN), (PLAIN, SLOWER), (SLOWER, PLAIN)])
def test_a_stream_whose_channels_or_rate_change_is_decoded_whole(first: bytes, second: bytes) -> None:
    assert_whole(first + second, 10, "ffmpeg")


def test_the_second_half_of_a_changing_stream_has_its_pitch_and_level() -> None:
    from mer_tasks.audio.decoding import SAMPLE_RATE, read_flac

    tone = (0.5 * np.sin(2 * np.pi * 440 * np.arange(5 * 22_050) / 22_050)).astype(np.float32)[:, np.newaxis]
    slower = without_frame_count(encoded(tone, 22_050, "MP3"))
    samples = read_flac(decoded(PLAIN + slower).flac)[7 * SAMPLE_RATE : 9 * SAMPLE_RATE]
    assert np.abs(np.fft.rfft(samples)).argmax() / 2 == pytest.approx(440, abs=1)
    assert np.abs(samples).max() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("frames", [0, 20, 100])
def test_a_frame_count_that_is_too_low_does_not_end_the_sound(frames: int) -> None:
    assert_whole(claiming_frames(COUNTED, frames), 5, "ffmpeg")


def test_a_frame_count_that_is_too_high_means_truncated() -> None:
    assert_truncated(claiming_frames(COUNTED, 400), "expected 10.45 s by its frame count")


@pytest.mark.parametrize(
    "cut", [COUNTED[:40_000], PLAIN + COUNTED[:40_000], COUNTED[:40_000] + OTHER, COUNTED + OTHER[:40_000]]
)
def test_any_part_of_a_joined_file_may_be_cut_off(cut: bytes) -> None:
    assert_truncated(cut, "frame count")


@pytest.mark.parametrize("tail", [ID3V1, APE, LYRICS + ID3V1, JUNK, bytes(5000), b"\xff" * 3000])
@pytest.mark.parametrize("mp3", [COUNTED, PLAIN])
def test_what_follows_the_last_frame_changes_no_sample(mp3: bytes, tail: bytes) -> None:
    assert assert_whole(mp3 + tail, 5).pcm_sha256 == decoded(mp3).pcm_sha256


@pytest.mark.parametrize("lead", [bytes(1000), ID3V2 + bytes(1024), ID3V2 + ID3V2, JUNK[:5000]])
@pytest.mark.parametrize("mp3", [COUNTED, PLAIN])
def test_what_precedes_the_first_frame_changes_no_sample(mp3: bytes, lead: bytes) -> None:
    assert assert_whole(lead + mp3, 5).pcm_sha256 == decoded(mp3).pcm_sha256


@pytest.mark.parametrize("stream", [PLAIN, AAC])
def test_a_little_junk_between_frames_is_skipped(stream: bytes) -> None:
    half = len(stream) // 2
    assert_whole(stream[:half] + JUNK[:1500] + stream[half:], 5, "ffmpeg")


@pytest.mark.parametrize("stream", [PLAIN, AAC])
@pytest.mark.parametrize("filling", [JUNK, bytes(len(JUNK))])
def test_much_junk_between_frames_counts_as_lost_sound(stream: bytes, filling: bytes) -> None:
    third = len(stream) // 3
    assert_truncated(stream[:third] + filling[:third] + stream[2 * third :], "between its frames")


def test_layer_two_and_frames_without_bit_rate_are_measured() -> None:
    layer_two = av_encoded(music(5, 44_100, 2), 44_100, "mp2", "mp2")
    assert_whole(layer_two, 5)
    header = b"\xff\xfb\x00\x00"
    free = b"".join(header + bytes([1 + number % 7]) * 700 for number in range(100))
    length = measure(free)
    assert length is not None
    assert length.seconds == pytest.approx(100 * 1152 / 44_100)


def test_an_mp3_in_a_wav_is_measured_by_its_frames() -> None:
    form = struct.pack("<4sIHHIIHHH", b"fmt ", 18, 0x55, 2, 44_100, 16_000, 1, 0, 0)
    body = b"WAVE" + form + b"data" + struct.pack("<I", len(PLAIN)) + PLAIN
    length = measure(b"RIFF" + struct.pack("<I", len(body)) + body)
    assert length is not None
    assert length.seconds == pytest.approx(5, abs=0.1)
