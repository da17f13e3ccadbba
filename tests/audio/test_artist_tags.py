"""Artist tags: reading them from files, and deriving artists from their texts."""

import io
import random
import zlib

import mutagen
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from mutagen.id3 import TPE1, TPE2

from mer_tasks.audio.artist_tags import MAX_TEXT_LENGTH, MAX_TEXTS, ArtistTags, fold_name, named_artists, read_tags
from mer_tasks.audio.decoder_process import Decoder
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


@pytest.mark.parametrize("container", ["MP3", "FLAC", "OGG", "WAV", "AIFF"])
def test_artists_are_read_from_every_format(container):
    assert read_tags(tagged(container, ["Björk", "Other"], ["Various Artists"])) == ArtistTags(("Björk", "Other"))
    assert read_tags(tagged(container, None, ["Album's"])) == ArtistTags(("Album's",))
    assert read_tags(encoded(SOUND, container=container)) == ArtistTags()


def test_a_tag_that_libsndfile_wrote_is_read():
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", 32_000, 1, format="MP3") as file:
        file.artist = "Some One"
        file.write(np.zeros(32_000))
    assert read_tags(buffer.getvalue()) == ArtistTags(("Some One",))


def test_long_texts_are_cut_and_only_the_first_texts_are_read():
    artists = read_tags(tagged("FLAC", ["x" * 1000] * 100)).artists
    assert (len(artists), len(artists[0])) == (MAX_TEXTS, MAX_TEXT_LENGTH)


def test_an_empty_text_is_no_artist():
    assert read_tags(tagged("FLAC", ["", " "], ["Album's"])) == ArtistTags(("Album's",))


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
    assert read_tags(tagged("FLAC", ["A"])[:60]) == ArtistTags(problem="error: file said 32 bytes, read 10 bytes")


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


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Björk", ["bjork"]),
        ("  BJÖRK ", ["bjork"]),
        ("A; B/C | D", ["a", "b", "c", "d"]),
        ("Jay feat. Kay", ["jay", "kay"]),
        ("Jay Ft. Kay featuring Elle", ["jay", "kay", "elle"]),
        ("Earth, Wind & Fire", ["earth, wind & fire"]),
        ("Florence and the Machine", ["florence and the machine"]),
        ("Defeated Feature", ["defeated feature"]),
        ("米津玄師", ["米津玄師"]),
        ("A feat. Various Artists", ["a"]),
        ("The Unknown", ["the unknown"]),
        ("Noah", ["noah"]),
    ],
)
def test_a_text_is_split_into_the_keys_of_its_artists(text, keys):
    assert list(named_artists([text])) == keys


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "-", "?", "01", "...", "\0", "Artist", "Track 7", "No Artist", "null", "(none)", "N/A", "n.a."),
        *("Various Artists", "VARIOUS", "various artist", "V.A.", "VA", "V/A", "V. A.", "Varios Artistas", "Artistes divers"),
        *("<Unknown>", "[unknown]", "Unknown Artist", "Verschiedene Interpreten"),
        *("Magnatune Compilation", "Original Soundtrack", "Label Sampler"),
    ],
)
def test_a_text_that_names_no_artist_is_left_out(text):
    assert named_artists([text]) == {}


def test_two_spellings_of_a_name_are_one_artist_with_the_first_spelling():
    assert named_artists(["Beyoncé", "BEYONCE", "Jay"]) == {"beyonce": "Beyoncé", "jay": "Jay"}


@given(st.text())
def test_folding_a_name_twice_changes_nothing_more(text):
    assert fold_name(fold_name(text)) == fold_name(text)


@given(st.lists(st.text(max_size=30)))
def test_a_name_is_never_empty_and_has_no_zero_byte(texts):
    for key, name in named_artists(texts).items():
        assert key.strip()
        assert name.strip()
        assert "\0" not in key + name
