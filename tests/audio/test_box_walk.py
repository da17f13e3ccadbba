"""MP4 and Matroska: cut files are recognised by their boxes and elements, and the length is the one that they state."""

import io
import struct
from fractions import Fraction

import av
import numpy as np
import pytest

from mer_tasks.audio.length_evidence import measure
from tests.support.audio_files import music
from tests.support.av_files import av_encoded
from tests.support.decode_outcomes import assert_truncated, assert_whole, decoded

SOUND = np.rint(music(5, 48_000, 2) * 32_767).astype(np.int16)
M4A = av_encoded(SOUND, 48_000, "ipod", "aac")


def index_first(m4a: bytes) -> bytes:
    """Move the index (moov) of an MP4 before its sound, as for streaming, and correct the positions in it."""
    media, index = m4a.index(b"mdat") - 4, m4a.rindex(b"moov") - 4
    moov = bytearray(m4a[index:])
    table = moov.index(b"stco")
    for entry in range(struct.unpack(">I", moov[table + 8 : table + 12])[0]):
        at = table + 12 + 4 * entry
        moov[at : at + 4] = struct.pack(">I", struct.unpack(">I", moov[at : at + 4])[0] + len(moov))
    return m4a[:media] + bytes(moov) + m4a[media:index]


INDEX_FIRST = index_first(M4A)
ALAC = av_encoded(SOUND, 48_000, "ipod", "alac")
FRAGMENTS = av_encoded(SOUND, 48_000, "mp4", "aac", {"movflags": "frag_keyframe+empty_moov", "frag_duration": "500000"})
WEBM = av_encoded(SOUND, 48_000, "webm", "libopus")
LIVE = av_encoded(SOUND, 48_000, "webm", "libopus", {"live": "1"})
MKA = av_encoded(SOUND, 48_000, "matroska", "flac")
FILES = pytest.mark.parametrize("data", [M4A, INDEX_FIRST, ALAC, FRAGMENTS, WEBM, MKA])


@FILES
@pytest.mark.parametrize("part", [0.3, 0.5, 0.85])
def test_a_cut_file_is_truncated(data: bytes, part: float) -> None:
    assert_truncated(data[: int(part * len(data))])


@FILES
@pytest.mark.parametrize("tail", [b"TAG" + bytes(125), bytes(3000), np.random.default_rng(3).bytes(3000)])
def test_what_follows_the_file_changes_no_sample(data: bytes, tail: bytes) -> None:
    assert assert_whole(data + tail, 5, "ffmpeg").pcm_sha256 == decoded(data).pcm_sha256


@FILES
def test_a_hole_in_the_middle_is_truncated(data: bytes) -> None:
    hole = len(data) // 4
    assert_truncated(data[: 2 * hole] + bytes(hole) + data[3 * hole :])


@pytest.mark.parametrize("data", [M4A, ALAC])
def test_a_second_file_behind_the_first_is_not_left_out(data: bytes) -> None:
    assert_truncated(data + data, "expected 10.0")


def test_a_live_stream_without_duration_is_decoded() -> None:
    length = measure(LIVE)
    assert length is not None
    assert length.seconds is None
    assert_whole(LIVE, 5, "ffmpeg")


def test_the_edit_list_cuts_the_padding_off() -> None:
    at = INDEX_FIRST.index(b"elst") + 12
    scale = struct.unpack(">I", INDEX_FIRST[INDEX_FIRST.index(b"mvhd") + 16 :][:4])[0]
    shorter = INDEX_FIRST[:at] + struct.pack(">I", 4 * scale) + INDEX_FIRST[at + 4 :]
    assert decoded(shorter).duration_seconds == 4


def test_the_segment_indexes_of_fragments_promise_their_length() -> None:
    first = FRAGMENTS.index(b"moof") - 4
    entries = struct.pack(">III", 1000, 5 * 48_000, 0)
    content = struct.pack(">IIIIIHH", 0, 1, 48_000, 0, 0, 0, 1) + entries
    indexed = FRAGMENTS[:first] + struct.pack(">I", 8 + len(content)) + b"sidx" + content + FRAGMENTS[first:]
    length = measure(indexed)
    assert length is not None
    assert length.seconds == 5
    assert length.lacks(4.4, lossless=False)
    assert not length.lacks(4.6, lossless=False)


@pytest.mark.parametrize("data", [WEBM, MKA])
def test_the_sizes_of_elements_show_that_a_matroska_is_cut_off(data: bytes) -> None:
    length = measure(data[:-100])
    assert length is not None
    assert f"of {len(data) - 100}: the file is cut off" in length.problem


def side_by_side(container: str, codec: str, tracks: list[tuple[float, float]]) -> bytes:
    """Encode tracks of sound, each with its start and its length in seconds."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        streams = [output.add_stream(codec, rate=48_000, layout="stereo") for _ in tracks]
        packets = []
        for stream, (start, seconds) in zip(streams, tracks, strict=True):
            stream.codec_context.open()
            samples = np.ascontiguousarray(np.resize(SOUND, (round(48_000 * seconds), 2)).reshape(1, -1))
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
            frame.sample_rate, frame.time_base, frame.pts = 48_000, Fraction(1, 48_000), round(48_000 * start)
            resampler = av.AudioResampler(stream.codec_context.format, "stereo", 48_000, stream.codec_context.frame_size)
            for part in [*resampler.resample(frame), *resampler.resample(None), None]:
                packets += [packet for packet in stream.encode(part) if packet.size]
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            output.mux(packet)
    return buffer.getvalue()


LONGER_BESIDE = [(0.0, 5.0), (0.0, 9.0)]
SEGMENTS = pytest.mark.parametrize(("container", "codec"), [("webm", "libopus"), ("matroska", "flac")])


@SEGMENTS
@pytest.mark.parametrize("tracks", [LONGER_BESIDE, [(0.0, 5.0), (0.0, 2.0)], [(2.0, 5.0)], [(2.0, 5.0), (0.0, 3.0)]])
def test_the_length_of_a_matroska_is_that_of_its_first_sound(
    container: str, codec: str, tracks: list[tuple[float, float]]
) -> None:
    data = side_by_side(container, codec, tracks)
    length = measure(data)
    assert length is not None
    assert length.seconds is not None
    assert 4.85 < length.seconds < 5.05
    assert_whole(data, 5, "ffmpeg")


@SEGMENTS
def test_a_damaged_matroska_with_a_longer_track_is_truncated(container: str, codec: str) -> None:
    data = side_by_side(container, codec, LONGER_BESIDE)
    third = len(data) // 3
    assert_truncated(data[: 2 * third])
    assert_truncated(data[:-100])
    assert_truncated(data[:third] + bytes(third) + data[2 * third :])
