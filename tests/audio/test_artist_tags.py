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

from mer_tasks.audio.artist_tags import LONGEST, MOST, Tags, folded, named_artists, read_tags
from mer_tasks.audio.decoder_process import Decoder
from tests.support.audio_files import encoded, music

SOUND = music(1)


def tagged(container: str, artist: list[str] | None = None, album: list[str] | None = None, **options: object) -> bytes:
    """A file of a second whose tag has the artists of the track and of the album."""
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
    assert read_tags(tagged(container, ["Björk", "Other"], ["Various Artists"])) == Tags(("Björk", "Other"))
    assert read_tags(tagged(container, None, ["Album's"])) == Tags(("Album's",))
    assert read_tags(encoded(SOUND, container=container)) == Tags()


def test_a_tag_as_libsndfile_writes_it_is_read():
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", 32_000, 1, format="MP3") as file:
        file.artist = "Some One"
        file.write(np.zeros(32_000))
    assert read_tags(buffer.getvalue()) == Tags(("Some One",))


def test_long_texts_and_many_of_them_are_cut():
    found = read_tags(tagged("FLAC", ["x" * 1000] * 100)).artists
    assert (len(found), len(found[0])) == (MOST, LONGEST)


def test_an_empty_text_is_no_artist():
    assert read_tags(tagged("FLAC", ["", " "], ["Album's"])) == Tags(("Album's",))


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
def test_damaged_tags_are_told_and_never_raised(data):
    found = read_tags(data)
    assert found.artists == ()
    assert found.problem is None or "\n" not in found.problem


def test_what_is_wrong_with_a_tag_is_said_in_one_line():
    assert read_tags(tagged("FLAC", ["A"])[:60]) == Tags(problem="error: file said 32 bytes, read 10 bytes")


@pytest.mark.parametrize("container", ["MP3", "FLAC", "OGG", "WAV", "AIFF"])
def test_whatever_is_damaged_nothing_is_raised(container):
    data, chance = tagged(container, ["Someone", "Else"]), random.Random(1)
    for _ in range(100):
        bad = bytearray(data)
        for _ in range(chance.randrange(1, 20)):
            bad[chance.randrange(min(len(bad), 600))] = chance.randrange(256)
        found = read_tags(bytes(bad))
        "".join((*found.artists, found.problem or "")).encode()


def test_a_tag_that_swells_ends_within_the_decoders_memory():
    compressed = zlib.compress(bytes(900 << 20), 9)
    body = len(compressed) + 4

    def syncsafe(number: int) -> bytes:
        return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))

    frame = b"TPE1" + syncsafe(body) + b"\x00\x09" + syncsafe(0) + compressed
    tag = b"ID3\x04\x00\x00" + syncsafe(len(frame)) + frame
    with Decoder(max_duration_seconds=60, timeout_seconds=60, memory_mb=700) as decoder:
        found = decoder.decode(tag + encoded(SOUND, container="MP3"))
    assert found.artists == ()
    assert "MemoryError" in str(found.tag_problem)
    assert found.samples > 20_000


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
def test_a_text_names_artists(text, keys):
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
def test_what_is_no_artist_in_particular_links_nothing(text):
    assert named_artists([text]) == {}


def test_one_artist_written_in_two_ways_is_one_and_the_first_way_is_shown():
    assert named_artists(["Beyoncé", "BEYONCE", "Jay"]) == {"beyonce": "Beyoncé", "jay": "Jay"}


@given(st.text())
def test_folding_twice_changes_nothing_more(text):
    assert folded(folded(text)) == folded(text)


@given(st.lists(st.text(max_size=30)))
def test_a_name_is_never_empty_nor_has_a_zero_byte(texts):
    for key, name in named_artists(texts).items():
        assert key.strip()
        assert name.strip()
        assert "\0" not in key + name
