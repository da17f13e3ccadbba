"""Tags: read title, artists, album, year and track number from the tags of an audio file.

Input: the bytes of a file. Output: the texts and numbers of its tags, or why they cannot be read. From the texts of the artist
tag, :func:`mer_tasks.corpus.artist_names.named_artists` derives the artists.

The artist of the track counts. The album's artist, often "Various Artists", counts only where the track has no artist.

mutagen reads ID3 before any format, the tags of MP3, FLAC, Ogg, MP4, WMA, WavPack and Monkey's Audio, and ID3 in WAV and AIFF.
If that finds nothing, FFmpeg reads the texts of Matroska and QuickTime, and the own texts of WAV, RF64, AIFF and CAF, such as
RIFF INFO. PyAV is imported only then. AU, W64 and ADTS have no tags of their own.

The decoder process (:mod:`mer_tasks.audio.decoder_process`) reads the tags within its limits of memory and time, because a
compressed frame of a tag may expand a thousandfold.
"""

import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from mer_tasks.audio.ffmpeg_source import DEMUXERS, load_pyav, open_container
from mer_tasks.audio.stream_length import skip_tags
from mer_tasks.track_names import clean_text, parse_track_number, parse_year

ARTIST = ("artist", "TPE1", "Author", "author", "albumartist", "TPE2", "Album Artist", "WM/AlbumArtist", "album_artist")
TITLE = ("title", "TIT2", "Title")
ALBUM = ("album", "TALB", "WM/AlbumTitle")
DATE = ("date", "year", "TDRC", "WM/Year")
TRACK_NUMBER = ("tracknumber", "TRCK", "track", "WM/TrackNumber")
"""Names of the tags of each fact: of most formats, of ID3 in WAV and AIFF, of APE, of WMA and of FFmpeg. The first of them
that a file has counts."""
FFMPEG_TEXTS: tuple[tuple[bytes, int, str, tuple[bytes, ...]], ...] = (
    (b"\x1a\x45\xdf\xa3", 0, "matroska", ()),
    *((name, 4, "mp4", ()) for name in (b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip")),
    (b"RIFF", 0, "riff", (b"INFO",)),
    (b"RF64", 0, "riff", (b"INFO", b"id3 ", b"ID3 ")),
    (b"FORM", 0, "aiff", (b"NAME", b"AUTH")),
    (b"caff", 0, "caf", (b"info",)),
)
"""First bytes of the formats whose texts FFmpeg reads, their position, the family of formats, and names of which a file with
such texts has one."""
UNKNOWN_TO_MUTAGEN = (b"\x1a\x45\xdf\xa3", b"RF64")
"""First bytes of formats that mutagen takes for others or for damaged ones."""
MAX_TEXTS = 16
"""Texts of a tag that are read; the others are ignored."""

Value = TypeVar("Value")
TagTexts = Callable[[str], Any]
"""Returns the texts of the tag with a name; nothing if the file has no such tag."""


@dataclass(frozen=True)
class Tags:
    """The tags of a file.

    Attributes
    ----------
    title, album : str, optional
    artists : tuple of str
        Texts of the artist tag; empty if the file has no such tag.
    year : int, optional
        From 1000 to 2999.
    track_number : int, optional
        Number of the track on its album.
    problem : str, optional
        Why the tags cannot be read, in one line.
    """

    title: str | None = None
    artists: tuple[str, ...] = ()
    album: str | None = None
    year: int | None = None
    track_number: int | None = None
    problem: str | None = None


def read_tags(data: bytes) -> Tags:
    """Read the tags of a file; damaged tags are reported in the result and never raise an error.

    Parameters
    ----------
    data : bytes
        Content of the file. The result is empty if neither mutagen nor FFmpeg knows tags of the format.
    """
    try:
        return _found_tags(data)
    except Exception as error:  # odd bytes make mutagen's parsers raise other errors than mutagen's own
        return Tags(problem=clean_text(f"{type(error).__name__}: {error}"))


def _found_tags(data: bytes) -> Tags:
    """Return the first kind of tags with a fact that a file has."""
    import mutagen
    from mutagen.id3 import ID3FileType

    found = Tags()
    if data.startswith(b"ID3"):
        found = _mutagen_tags(mutagen.File(io.BytesIO(data), options=[ID3FileType]))
        data = data[skip_tags(data) :]
    if found == Tags() and not data.startswith(UNKNOWN_TO_MUTAGEN):
        found = _mutagen_tags(mutagen.File(io.BytesIO(data), easy=True))
    return found if found != Tags() else _tags(_ffmpeg_texts(data).get)


def _mutagen_tags(file: Any) -> Tags:
    return _tags(file.tags.get) if file is not None and file.tags else Tags()


def _ffmpeg_texts(data: bytes) -> dict[str, list[str]]:
    """Read the texts of a file by their names in FFmpeg; none of formats that mutagen reads whole."""
    for magic, at, family, marks in FFMPEG_TEXTS:
        if data.startswith(magic, at) and (not marks or any(mark in data for mark in marks)):
            return _metadata(data, DEMUXERS[family])
    return {}


def _metadata(data: bytes, demuxer: str) -> dict[str, list[str]]:
    av = load_pyav()
    try:
        with open_container(data, demuxer) as file:
            return {name.lower(): [text] for name, text in file.metadata.items()}
    except MemoryError:
        raise
    except (av.FFmpegError, ValueError):
        return {}


def _tags(find: TagTexts) -> Tags:
    return Tags(
        title=next(_texts(find, TITLE), None),
        artists=tuple(dict.fromkeys(itertools.islice(_texts(find, ARTIST), MAX_TEXTS))),
        album=next(_texts(find, ALBUM), None),
        year=_first(parse_year, _texts(find, DATE)),
        track_number=_first(parse_track_number, _texts(find, TRACK_NUMBER)),
    )


def _texts(find: TagTexts, names: tuple[str, ...]) -> Iterator[str]:
    """Yield the texts of the first of these tags that has any."""
    for name in names:
        texts = [clean_text(piece) for text in itertools.islice(find(name) or (), MAX_TEXTS) for piece in str(text).split("\0")]
        if any(texts):
            yield from filter(None, texts)
            return


def _first(parse: Callable[[str], Value | None], texts: Iterator[str]) -> Value | None:
    """Return the first value that `parse` finds in the texts."""
    return next((value for value in map(parse, texts) if value is not None), None)
