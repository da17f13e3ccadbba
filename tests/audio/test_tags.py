"""Tags: title, artists, album, year and track number of files in every format."""

import io
import random
import zlib
from dataclasses import replace

import av
import mutagen
import numpy as np
import pytest
import soundfile
from mutagen.id3 import ID3, TALB, TDRC, TIT2, TPE1, TPE2, TRCK, TSSE, Frame

from mer_tasks.audio.decoder_process import Decoder
from mer_tasks.audio.tags import MAX_TEXTS, Tags, read_tags
from mer_tasks.track_names import MAX_TEXT_LENGTH
from tests.support.audio_files import encoded, music

SOUND = music(1)


def tagged(container: str, artist: list[str] | None = None, album: list[str] | None = None, **options: object) -> bytes:
    """Make a file of one second whose tag has the artists of the track and of the album."""
    buffer = io.BytesIO(encoded(SOUND, container=container, **options))
    file = mutagen.File(buffer)
    if file.tags is None:
        file.add_tags()
    for name, frame, texts in (("artist", TPE1, artist), ("albumartist", TPE2, album)):
        if texts and hasattr(file.tags, "add"):
            file.tags.add(frame(encoding=3, text=texts))
        elif texts:
            file.tags[name] = texts
    buffer.seek(0)
    file.save(buffer)
    return buffer.getvalue()


def with_frames(container: str, *frames: Frame) -> bytes:
    """Make a file of one second with these frames of ID3."""
    file = mutagen.File(buffer := io.BytesIO(encoded(SOUND, container=container)))
    file.add_tags()
    for frame in frames:
        file.tags.add(frame)
    buffer.seek(0)
    file.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("container", ["MP3", "FLAC", "OGG", "WAV", "AIFF"])
def test_artists_are_read_from_every_format(container):
    assert read_tags(tagged(container, ["Björk", "Other"], ["Various Artists"])) == Tags(artists=("Björk", "Other"))
    assert read_tags(tagged(container, None, ["Album's"])) == Tags(artists=("Album's",))
    assert read_tags(encoded(SOUND, container=container)) == Tags()


def test_a_tag_that_libsndfile_wrote_is_read():
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", 32_000, 1, format="MP3") as file:
        file.artist = "Some One"
        file.write(np.zeros(32_000))
    assert read_tags(buffer.getvalue()) == Tags(artists=("Some One",))


def test_long_texts_are_cut_and_only_the_first_texts_are_read():
    artists = read_tags(tagged("FLAC", [f"{number}{'x' * 1000}" for number in range(100)])).artists
    assert (len(artists), len(artists[0])) == (MAX_TEXTS, MAX_TEXT_LENGTH)


def test_an_empty_text_is_no_artist():
    assert read_tags(tagged("FLAC", ["", " "], ["Album's"])) == Tags(artists=("Album's",))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"ID3",
        b"fLaC" + bytes(50),
        b"RIFF\xff\xff\xff\xffWAVE",
        b"OggS" + bytes(200),
        tagged("FLAC", ["A"])[:60],
        tagged("MP3", ["A"])[:40],
    ],
)
def test_damaged_tags_are_reported_and_raise_nothing(data):
    tags = read_tags(data)
    assert tags.artists == ()
    assert tags.problem is None or "\n" not in tags.problem


def test_the_problem_of_a_tag_is_described_in_one_line():
    assert read_tags(tagged("FLAC", ["A"])[:60]) == Tags(problem="error: file said 32 bytes, read 10 bytes")


@pytest.mark.parametrize("container", ["MP3", "FLAC", "OGG", "WAV", "AIFF"])
def test_random_damage_raises_nothing(container):
    data = tagged(container, ["Someone", "Else"])
    generator = random.Random(1)
    for _ in range(100):
        damaged = bytearray(data)
        for _ in range(generator.randrange(1, 20)):
            damaged[generator.randrange(min(len(damaged), 600))] = generator.randrange(256)
        tags = read_tags(bytes(damaged))
        "".join((*tags.artists, tags.problem or "")).encode()


def test_a_compressed_tag_cannot_take_more_memory_than_the_decoder_has():
    compressed = zlib.compress(bytes(900 << 20), 9)
    body = len(compressed) + 4

    def syncsafe(number: int) -> bytes:
        return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))

    frame = b"TPE1" + syncsafe(body) + b"\x00\x09" + syncsafe(0) + compressed
    tag = b"ID3\x04\x00\x00" + syncsafe(len(frame)) + frame
    with Decoder(max_duration_seconds=60, timeout_seconds=60, memory_mb=700) as decoder:
        decoded = decoder.decode(tag + encoded(SOUND, container="MP3"))
    assert decoded.artists == ()
    assert "MemoryError" in str(decoded.tag_problem)
    assert decoded.samples > 20_000


ALL_FACTS = Tags("Beyond Late", ("Brad Senne",), "Aerial", 2004, 3)


def written_by_ffmpeg(container: str, codec: str, *, options: dict[str, str] | None = None, **more: str) -> bytes:
    """Make a file of one second with all tags and perhaps more, as FFmpeg's muxer writes it with these options."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container, container_options=options or {}) as file:
        facts = {"title": "Beyond Late", "artist": "Brad Senne", "album": "Aerial", "date": "2004-05-03", "track": "3/12"}
        file.metadata.update({name: text for name, text in (facts | more).items() if text})
        stream = file.add_stream(codec, rate=48_000, layout="stereo", bit_rate=64_000)
        resampler = av.AudioResampler(stream.format, "stereo", 48_000, stream.codec_context.frame_size or None)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 2 * 48_000), np.int16), "s16", "stereo")
        frame.sample_rate = 48_000
        for part in [*resampler.resample(frame), *resampler.resample(None), None]:
            for packet in stream.encode(part):
                file.mux(packet)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("container", "codec"),
    [
        *(("mp3", "libmp3lame"), ("flac", "flac"), ("ipod", "aac"), ("mp4", "alac"), ("asf", "wmav2"), ("wv", "wavpack")),
        *(("matroska", "aac"), ("webm", "libopus"), ("wav", "pcm_s16le"), ("caf", "alac")),
    ],
)
def test_all_facts_are_read_from_tags_that_ffmpeg_wrote(container, codec):
    assert read_tags(written_by_ffmpeg(container, codec)) == ALL_FACTS


@pytest.mark.parametrize("container", ["MP3", "FLAC", "OGG", "WAV", "CAF"])
def test_all_facts_are_read_from_tags_that_libsndfile_wrote(container):
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", 32_000, 1, format=container) as file:
        file.title, file.artist, file.album, file.date, file.tracknumber = "Beyond Late", "Brad Senne", "Aerial", "2004", "3"
        file.write(np.zeros(32_000))
    assert read_tags(buffer.getvalue()) == ALL_FACTS


@pytest.mark.parametrize("container", ["WAV", "AIFF"])
def test_all_facts_are_read_from_id3_frames(container):
    frames = [TIT2(3, ["Beyond Late"]), TPE1(3, ["Brad Senne"]), TALB(3, ["Aerial"]), TDRC(3, ["2004-05"]), TRCK(3, ["03/12"])]
    assert read_tags(with_frames(container, *frames)) == ALL_FACTS


def test_all_facts_are_read_from_the_names_of_wma():
    wma = written_by_ffmpeg("asf", "wmav2")
    file = mutagen.File(buffer := io.BytesIO(wma))
    file.tags.clear()
    file["Title"], file["Author"], file["WM/AlbumTitle"] = "Beyond Late", "Brad Senne", "Aerial"
    file["WM/Year"], file["WM/TrackNumber"] = "2004", "3"
    buffer.seek(0)
    file.save(buffer)
    assert read_tags(buffer.getvalue()) == ALL_FACTS


def test_all_facts_are_read_from_the_names_of_ape():
    file = mutagen.File(buffer := io.BytesIO(written_by_ffmpeg("wv", "wavpack")))
    file.tags.clear()
    for name, text in {"Title": "Beyond Late", "Album": "Aerial", "Year": "2004", "Track": "3/12"}.items():
        file[name] = text
    file["Artist"] = "Brad Senne\0Ann"
    buffer.seek(0)
    file.save(buffer)
    assert read_tags(buffer.getvalue()) == replace(ALL_FACTS, artists=("Brad Senne", "Ann"))


def test_texts_can_be_shown_and_stored_and_wrong_numbers_are_left_out():
    file = mutagen.File(buffer := io.BytesIO(encoded(SOUND, container="FLAC")))
    file["title"], file["album"] = "\u202eCafe\u0301\n\x1b[31m", "\x07"
    file["date"], file["tracknumber"], file["artist"] = ["unknown", "2004"], ["A1"], ["Ann\0Bob", "Ann"]
    buffer.seek(0)
    file.save(buffer)
    assert read_tags(buffer.getvalue()) == Tags(title="Café [31m", artists=("Ann", "Bob"), year=2004)


def test_tags_are_read_from_quicktime_which_has_no_track_number():
    quicktime = written_by_ffmpeg("mov", "aac")
    assert read_tags(quicktime) == replace(ALL_FACTS, track_number=None)
    assert read_tags(quicktime[quicktime.index(b"wide") - 4 :]).problem is None


def test_tags_of_id3_are_read_before_adts_and_before_every_other_format():
    assert read_tags(written_by_ffmpeg("adts", "aac", options={"write_id3v2": "1"})) == ALL_FACTS
    id3 = io.BytesIO()
    tags = ID3()
    tags.add(TPE1(3, ["Ann"]))
    tags.save(id3)
    assert read_tags(id3.getvalue() + encoded(SOUND, container="FLAC")) == Tags(artists=("Ann",))


def test_a_tag_of_id3_without_facts_does_not_hide_the_tags_of_the_format():
    id3 = io.BytesIO()
    tags = ID3()
    tags.add(TSSE(3, ["an encoder"]))
    tags.save(id3)
    assert read_tags(id3.getvalue() + written_by_ffmpeg("flac", "flac")) == ALL_FACTS
    assert read_tags(id3.getvalue() + written_by_ffmpeg("adts", "aac")) == Tags()


def test_tags_of_rf64_are_read_and_none_are_no_problem():
    assert read_tags(written_by_ffmpeg("wav", "pcm_s16le", options={"rf64": "always"})) == ALL_FACTS
    assert read_tags(encoded(SOUND, container="RF64")) == Tags()


def test_a_long_comment_in_a_wav_hides_no_other_tag():
    assert read_tags(written_by_ffmpeg("wav", "pcm_s16le", comment="c" * 3_000)) == ALL_FACTS


def test_the_album_s_artist_of_matroska_counts_where_the_track_has_none():
    assert read_tags(written_by_ffmpeg("matroska", "aac", album_artist="Ann")).artists == ("Brad Senne",)
    assert read_tags(written_by_ffmpeg("matroska", "aac", artist="", album_artist="Ann")).artists == ("Ann",)


@pytest.mark.parametrize("container", ["matroska", "mov"])
def test_random_damage_of_tags_that_ffmpeg_reads_raises_nothing(container):
    data = written_by_ffmpeg(container, "aac")
    generator = random.Random(1)
    for _ in range(50):
        damaged = bytearray(data)
        for _ in range(generator.randrange(1, 20)):
            damaged[generator.randrange(len(damaged))] = generator.randrange(256)
        tags = read_tags(bytes(damaged))
        "".join((*tags.artists, tags.problem or "")).encode()
