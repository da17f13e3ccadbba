"""Decoding: the canonical form of every format, and the reasons of rejection."""

import re
import struct

import numpy as np
import pytest
import soxr

from mer_tasks.audio.decoding import SAMPLE_RATE, Decoded, decode, read_flac
from mer_tasks.errors import AudioError
from tests.support.audio_files import claiming, encoded, music, without_frame_count

FORMATS = [
    ("WAV", "PCM_16"),
    ("WAV", "PCM_24"),
    ("WAV", "FLOAT"),
    ("AIFF", "PCM_16"),
    ("FLAC", "PCM_16"),
    ("OGG", "VORBIS"),
    ("OGG", "OPUS"),
    ("MP3", "MPEG_LAYER_III"),
]


def decoded(data: bytes, max_duration_seconds: float = 60) -> Decoded:
    return decode(data, max_duration_seconds=max_duration_seconds)


def refusal(data: bytes, max_duration_seconds: float = 60) -> AudioError:
    with pytest.raises(AudioError) as caught:
        decoded(data, max_duration_seconds)
    return caught.value


def strongest_frequency(samples: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(samples)).argmax() * SAMPLE_RATE / len(samples))


@pytest.mark.parametrize(("container", "subtype"), FORMATS)
@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (48_000, 2)])
def test_every_format_gives_the_same_sound_at_one_rate(container: str, subtype: str, rate: int, channels: int) -> None:
    time = np.arange(4 * rate) / rate
    swell = 1 + 0.5 * np.sin(2 * np.pi * time)
    tone = (0.2 * swell * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    track = decoded(encoded(np.repeat(tone[:, np.newaxis], channels, axis=1), rate, container, subtype))
    samples = read_flac(track.flac)
    assert (track.sample_rate, track.channels, track.gain) == (rate, channels, 1.0)
    assert track.duration_seconds == pytest.approx(4, abs=0.06)
    assert track.samples == len(samples) == pytest.approx(4 * SAMPLE_RATE, abs=0.06 * SAMPLE_RATE)
    assert strongest_frequency(samples) == pytest.approx(440, abs=1)
    assert np.sqrt(np.mean(samples**2)) == pytest.approx(np.sqrt(np.mean(tone**2)), rel=0.03)


def test_a_sound_of_many_blocks_is_resampled_as_one_signal() -> None:
    source = music(20, rate=44_100, channels=2)
    samples = read_flac(decoded(encoded(source, 44_100, "WAV", "FLOAT")).flac)
    whole = soxr.resample(source.mean(axis=1), 44_100, SAMPLE_RATE, quality="HQ")
    np.testing.assert_allclose(samples, whole, atol=0.51 / 32_768)


def test_mono_is_the_mean_of_all_channels() -> None:
    source = np.concatenate([music(2, seed=seed) for seed in range(6)], axis=1)
    samples = read_flac(decoded(encoded(source, subtype="FLOAT")).flac)
    np.testing.assert_allclose(samples, source.mean(axis=1), atol=0.51 / 32_768)


def test_the_same_samples_have_the_same_hash_in_every_lossless_format() -> None:
    source = np.rint(music(2, channels=2) * 32_767).astype(np.int16)
    flac = decoded(encoded(source, SAMPLE_RATE, "FLAC", "PCM_16"))
    wav = decoded(encoded(source, SAMPLE_RATE, "WAV", "PCM_16"))
    assert flac.pcm_sha256 == wav.pcm_sha256
    assert decoded(encoded(music(2, seed=1), SAMPLE_RATE, "FLAC", "PCM_16")).pcm_sha256 != flac.pcm_sha256


def test_a_source_above_full_scale_is_made_quieter_and_not_clipped() -> None:
    source = music(2)
    track = decoded(encoded(source * np.float32(2 / np.abs(source).max()), subtype="FLOAT"))
    assert track.gain == pytest.approx(0.5, rel=1e-3)
    assert np.corrcoef(read_flac(track.flac), source[:, 0])[0, 1] > 0.999999
    assert np.abs(read_flac(track.flac)).max() == pytest.approx(32_767 / 32_768)


@pytest.mark.parametrize(
    ("data", "reason", "detail"),
    [
        (b"", "empty_audio", "0 bytes"),
        (b"Dear diary,\n" * 500, "not_audio", "begins with 'Dear diary"),
        (encoded(np.zeros((0, 1))), "empty_audio", "0 frames"),
        (encoded(np.zeros((44_100, 2)), 44_100), "silent", "0.00 of 1.00 s"),
        (encoded(1e-4 * music(4), subtype="FLOAT"), "silent", "0.00 of 4.00 s, expected it in at least 0.05 s"),
        (encoded(music(1), 1), "not_audio", "sample rate 1 Hz"),
        (encoded(music(1), 1_000_000), "not_audio", "sample rate 1000000 Hz"),
        (encoded(music(61), subtype="PCM_16"), "too_long", "61 s of sound by its header, expected at most 60 s"),
    ],
)
def test_an_unusable_file_is_rejected_with_its_reason(data: bytes, reason: str, detail: str) -> None:
    error = refusal(data)
    assert error.reason == reason
    assert re.search(detail, error.detail), error.detail


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("position", [0, 200_001, 299_999])
def test_the_first_sample_that_is_not_finite_is_named(value: float, position: int) -> None:
    source = music(300_000 / SAMPLE_RATE)
    source[position] = value
    error = refusal(encoded(source, subtype="FLOAT"))
    assert error.reason == "not_finite"
    assert f"sample {position} " in error.detail


def test_a_file_with_a_single_sample_is_decoded() -> None:
    assert decoded(encoded(np.array([[0.5]]))).samples == 1


def test_a_file_of_a_tenth_of_a_second_is_decoded() -> None:
    assert decoded(encoded(music(0.1))).samples == round(0.1 * SAMPLE_RATE)


def test_a_flac_whose_header_claims_ten_hours_is_rejected_before_decoding() -> None:
    error = refusal(claiming(encoded(music(1), container="FLAC"), 10 * 3600 * SAMPLE_RATE), 1800)
    assert error.reason == "too_long"
    assert "36000 s of sound by its header" in error.detail


def test_a_wav_whose_header_claims_ten_hours_is_rejected_before_decoding() -> None:
    wav = bytearray(encoded(music(1, rate=8_000), 8_000))
    start = wav.index(b"data") + 4
    wav[start : start + 4] = struct.pack("<I", 10 * 3600 * 16_000)
    error = refusal(bytes(wav), 1800)
    assert error.reason == "too_long"
    assert "36000 s of sound by its header" in error.detail


def test_a_header_that_claims_too_little_does_not_let_long_audio_through() -> None:
    mp3 = without_frame_count(encoded(music(70), container="MP3"))
    error = refusal(mp3)
    assert error.reason == "too_long"
    assert "70 s of sound by its frame headers" in error.detail


def test_a_wav_from_a_stream_is_decoded_although_its_header_has_no_length() -> None:
    wav = bytearray(encoded(music(2)))
    start = wav.index(b"data") + 4
    wav[start : start + 4] = struct.pack("<I", 0xFFFF_FFFF)
    assert decoded(bytes(wav)).duration_seconds == 2


@pytest.mark.parametrize(("container", "subtype"), [("WAV", "PCM_16"), ("AIFF", "PCM_16"), ("FLAC", "PCM_16"), ("MP3", None)])
@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_file_that_is_shorter_than_its_header_claims_is_truncated(container: str, subtype: str | None, part: float) -> None:
    whole = encoded(music(20, 44_100, 2), 44_100, container, subtype)
    assert refusal(whole[: int(part * len(whole))]).reason == "truncated"


@pytest.mark.parametrize("container", ["WAV", "AIFF", "MP3"])
def test_a_file_may_lack_half_a_second(container: str) -> None:
    whole = encoded(music(20, 44_100, 2), 44_100, container)
    track = decoded(whole[: int(len(whole) * 19.7 / 20)])
    assert track.duration_seconds == pytest.approx(19.7, abs=0.1)


def test_an_mp3_without_frame_count_is_decoded_to_its_end() -> None:
    mp3 = encoded(music(20, 44_100), 44_100, "MP3")
    whole = decoded(mp3)
    uncounted = decoded(without_frame_count(mp3))
    assert uncounted.duration_seconds == pytest.approx(whole.duration_seconds, abs=0.1)
    assert len(without_frame_count(mp3)) > 0.9 * len(mp3)


def test_a_cut_mp3_without_frame_count_counts_as_whole() -> None:
    whole = without_frame_count(encoded(music(20, 44_100), 44_100, "MP3"))
    assert decoded(whole[: len(whole) // 2]).duration_seconds == pytest.approx(10, abs=0.2)


def test_the_frame_count_is_found_after_a_tag_with_a_picture() -> None:
    mp3 = encoded(music(20, 44_100), 44_100, "MP3")
    size = 40_000
    picture = b"APIC" + struct.pack(">I", size - 10) + bytes(2) + bytes(size - 10)
    tag = b"ID3\x03\0\0" + bytes([size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127]) + picture
    assert decoded(tag + mp3).duration_seconds == pytest.approx(20, abs=0.1)
    assert refusal(tag + mp3[: len(mp3) // 2]).reason == "truncated"


@pytest.mark.parametrize("data", [b"", b"fLaC", encoded(music(2), container="FLAC")[:-2000], encoded(music(1, 8_000), 8_000)])
def test_a_flac_that_is_damaged_or_not_canonical_is_refused(data: bytes) -> None:
    with pytest.raises(AudioError, match=r"[Ee]xpected"):
        read_flac(data)
