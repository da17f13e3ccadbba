"""The second decoder: its formats, and that it opens nothing but the file."""

import base64
import io
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from mer_tasks.audio.decoding import SAMPLE_RATE, read_flac
from mer_tasks.audio.ffmpeg_source import DEMUXERS, FfmpegSource
from mer_tasks.audio.length_evidence import measure
from mer_tasks.audio.stream_length import StreamLength
from mer_tasks.errors import AudioError
from tests.support.audio_files import encoded, music
from tests.support.av_files import av_encoded
from tests.support.decode_outcomes import decoded, refusal

SOUND = np.rint(music(4, 48_000, 2) * 32_767).astype(np.int16)
WHOLE = decoded(encoded(SOUND, 48_000))
LOSSLESS = {
    "m4a": ("ipod", "alac"),
    "mka": ("matroska", "flac"),
    "wv": ("wv", "wavpack"),
    "oga": ("ogg", "flac"),
}
LOSSY = {
    "m4a": ("ipod", "aac"),
    "aac": ("adts", "aac"),
    "wma": ("asf", "wmav2"),
    "webm": ("webm", "libopus"),
    "mp4": ("mp4", "aac"),
}


@pytest.mark.parametrize("name", LOSSLESS)
def test_lossless_formats_give_the_samples_of_a_wav(name: str) -> None:
    assert decoded(av_encoded(SOUND, 48_000, *LOSSLESS[name])).pcm_sha256 == WHOLE.pcm_sha256


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_both_decoders_scale_samples_equally(subtype: str) -> None:
    container = "AIFF" if subtype == "PCM_S8" else "WAV"
    data = encoded(music(1, 48_000, 2), 48_000, container, subtype)
    length = measure(data)
    assert length is not None
    block = np.empty((48_000, 2), np.float32)
    with FfmpegSource(data, length) as source:
        assert len(source.read(out=block)) == 48_000
    np.testing.assert_allclose(block, soundfile.read(io.BytesIO(data), dtype="float32")[0], atol=1e-7)


@pytest.mark.parametrize("name", LOSSY)
def test_lossy_formats_have_the_start_and_the_length_of_the_sound(name: str) -> None:
    track = decoded(av_encoded(SOUND, 48_000, *LOSSY[name]))
    assert track.decoder == "ffmpeg"
    assert track.duration_seconds == pytest.approx(4, abs=0.07)
    expected, got = read_flac(WHOLE.flac), read_flac(track.flac)
    middle = expected[SAMPLE_RATE : 3 * SAMPLE_RATE]
    delays = np.arange(-1000, 1000)
    likeness = [np.corrcoef(middle, got[SAMPLE_RATE + delay : 3 * SAMPLE_RATE + delay])[0, 1] for delay in delays]
    assert max(likeness) > 0.98
    delay = abs(int(delays[np.argmax(likeness)]))
    assert delay <= (1000 if name in ("aac", "wma") else 1)  # ADTS and ASF do not have the length of the encoder's delay


@pytest.mark.parametrize("container", ["MP3", "OGG"])
def test_lossy_formats_of_libsndfile_are_the_same_within_rounding(container: str) -> None:
    data = encoded(SOUND, 48_000, container)
    length = measure(data)
    assert length is not None
    block = np.empty((4 * 48_000, 2), np.float32)
    with FfmpegSource(data, length) as source:
        assert len(source.read(out=block)) == 4 * 48_000
    np.testing.assert_allclose(block, soundfile.read(io.BytesIO(data), dtype="float32")[0], atol=1e-4)


def test_a_playlist_opens_neither_files_nor_addresses(tmp_path: Path) -> None:
    (tmp_path / "other.wav").write_bytes(encoded(SOUND, 48_000))
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/other.wav"
        for target in (f"file://{tmp_path}/other.wav", address):
            for text in (
                f"ffconcat version 1.0\nfile '{target}'\n",
                f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{target}\n#EXT-X-ENDLIST\n",
                f"<?xml version='1.0'?><MPD><Period><BaseURL>{target}</BaseURL></Period></MPD>",
            ):
                assert refusal(text.encode()).reason == "not_audio"
                for container in DEMUXERS:
                    with pytest.raises(AudioError, match="not_audio"):
                        FfmpegSource(text.encode(), StreamLength(container))
        with pytest.raises(TimeoutError):
            server.accept()


def test_whatever_a_demuxer_wants_to_open_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.wav").write_bytes(encoded(SOUND, 48_000))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(DEMUXERS, "riff", "concat")
    with pytest.raises(AudioError, match="not_audio"):
        FfmpegSource(b"ffconcat version 1.0\nfile other.wav\n", StreamLength("riff"))


def test_pictures_beside_the_sound_are_not_decoded() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as output:
        video = output.add_stream("mjpeg", rate=10)
        video.width, video.height, video.pix_fmt = 64, 64, "yuvj420p"
        audio = output.add_stream("aac", rate=48_000, layout="stereo")
        audio.codec_context.open()
        output.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        frame = av.AudioFrame.from_ndarray(SOUND.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = 48_000
        for part in [*av.AudioResampler("fltp", "stereo", 48_000, 1024).resample(frame), None]:
            output.mux(audio.encode(part))
        output.mux(video.encode(None))
    assert decoded(buffer.getvalue()).duration_seconds == pytest.approx(4, abs=0.07)


def test_a_file_with_pictures_only_is_no_audio() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as output:
        video = output.add_stream("mjpeg", rate=10)
        video.width, video.height, video.pix_fmt = 64, 64, "yuvj420p"
        output.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        output.mux(video.encode(None))
    error = refusal(buffer.getvalue())
    assert (error.reason, "no sound among 1 streams" in error.detail) == ("not_audio", True)


def opus_with_picture() -> bytes:
    """Return an Opus whose tags have a cover picture."""
    png = io.BytesIO()
    with av.open(png, "w", format="image2pipe") as image:
        stream = image.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "rgb24"
        image.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        image.mux(stream.encode(None))
    picture = png.getvalue()
    block = struct.pack(">II9sI4II", 3, 9, b"image/png", 0, 64, 64, 24, 0, len(picture)) + picture
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg") as output:
        audio = output.add_stream("libopus", rate=48_000, layout="stereo")
        audio.metadata["METADATA_BLOCK_PICTURE"] = base64.b64encode(block).decode()
        frame = av.AudioFrame.from_ndarray(SOUND.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate, frame.time_base, frame.pts = 48_000, Fraction(1, 48_000), 0
        for part in [*av.AudioResampler("s16", "stereo", 48_000, 960).resample(frame), None]:
            output.mux(audio.encode(part))
    return buffer.getvalue()


def test_a_picture_in_the_second_of_two_joined_files_is_left_out() -> None:
    data = opus_with_picture()
    assert decoded(data).duration_seconds == pytest.approx(4, abs=0.01)
    assert decoded(data + data).duration_seconds == pytest.approx(8, abs=0.02)


@pytest.mark.parametrize("error", [KeyError("x"), RuntimeError("x"), IndexError("x"), av.FFmpegError(1, "x")])
def test_whatever_the_library_raises_means_truncated(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    data = av_encoded(SOUND, 48_000, "matroska", "flac")
    packets = FfmpegSource._packets

    def damaged(source: FfmpegSource) -> Iterator[object]:
        for position, packet in enumerate(packets(source)):
            yield packet if position != 5 else Damaged(error)

    monkeypatch.setattr(FfmpegSource, "_packets", damaged)
    assert refusal(data).reason == "truncated"


class Damaged:
    """A packet that cannot be decoded."""

    duration = time_base = None

    def __init__(self, error: Exception) -> None:
        self.error = error

    def decode(self) -> list[av.AudioFrame]:
        raise self.error


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_no_thread_is_started() -> None:
    data = av_encoded(SOUND, 48_000, "ipod", "aac")
    length = measure(data)
    assert length is not None
    threads = set(os.listdir("/proc/self/task"))
    with FfmpegSource(data, length) as source:
        source.read(out=np.empty((1000, 2), np.float32))
        assert set(os.listdir("/proc/self/task")) <= threads


def test_the_library_is_imported_only_for_files_that_need_it() -> None:
    script = (
        "import sys\n"
        "from mer_tasks.audio.decoding import decode\n"
        "from tests.support.audio_files import encoded, music\n"
        "for container in ('WAV', 'FLAC', 'OGG', 'MP3', 'AIFF'):\n"
        "    assert decode(encoded(music(1), container=container), max_duration_seconds=9).decoder == 'libsndfile'\n"
        "assert 'av' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], check=True, timeout=120)
