"""Tags: read title, artists, album, year and track number from the tags of an audio file.

Input: the bytes of a file. Output: the texts and numbers of its tags, or why they cannot be read. From the texts of the artist
tag, :func:`mer_tasks.corpus.artist_names.named_artists` derives the artists.

The artist of the track counts. The album's artist, often "Various Artists", counts only where the track has no artist.

mutagen reads the tags of MP3, FLAC, Ogg, MP4, WMA, WavPack and Monkey's Audio, and ID3 in WAV and AIFF. In WAV, AIFF and CAF
files without ID3, libsndfile reads the formats' own texts, such as RIFF INFO.

The decoder process (:mod:`mer_tasks.audio.decoder_process`) reads the tags within its limits of memory and time, because a
compressed frame of a tag may expand a thousandfold.
"""

import io
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from mer_tasks.track_names import clean_text, parse_track_number, parse_year

ARTIST = ("artist", "TPE1", "Author", "albumartist", "TPE2", "Album Artist", "WM/AlbumArtist")
TITLE = ("title", "TIT2", "Title")
ALBUM = ("album", "TALB", "WM/AlbumTitle")
DATE = ("date", "year", "TDRC", "WM/Year")
TRACK_NUMBER = ("tracknumber", "TRCK", "track", "WM/TrackNumber")
"""Names of the tags of each fact: of most formats, of ID3 in WAV and AIFF, of APE and of WMA. The first of them that a file has
counts."""
OWN_TEXTS = (b"RIFF", b"RF64", b"FORM", b"caff")
"""First bytes of formats whose own texts mutagen does not read."""
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
        Content of the file. The result is empty if neither mutagen nor libsndfile knows the format.
    """
    import mutagen

    try:
        file = mutagen.File(io.BytesIO(data), easy=True)
        tags = file.tags if file is not None else None
        return _tags(tags.get if tags else _own_texts(data).get)
    except Exception as error:  # odd bytes make mutagen's parsers raise other errors than mutagen's own
        return Tags(problem=clean_text(f"{type(error).__name__}: {error}"))


class _SeekableFile(io.BytesIO):
    """Bytes in which a wrong seek, as damaged sizes cause it, changes nothing: libsndfile cannot handle an exception."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        try:
            return super().seek(offset, whence)
        except ValueError:
            return self.tell()


def _own_texts(data: bytes) -> dict[str, list[str]]:
    """Read the texts of a WAV, AIFF or CAF file that are not ID3; none of other files."""
    import soundfile

    if data[:4] not in OWN_TEXTS:
        return {}
    try:
        with soundfile.SoundFile(_SeekableFile(data)) as file:
            return {name: [text] for name, text in file.copy_metadata().items()}
    except soundfile.LibsndfileError:
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
