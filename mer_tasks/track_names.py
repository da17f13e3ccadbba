"""Names of tracks: clean texts and numbers that come from tags and metadata files, and write a track's name for people.

In: texts from strangers. Out: texts that every part of the platform can show and Postgres can store, and numbers within their
bounds.
"""

import re
import unicodedata

MAX_TEXT_LENGTH = 200
"""Characters of a text that are kept; the rest is cut off."""
ARTIST_SEPARATOR = "; "
"""Between several artists in one text."""
YEAR = re.compile(r"(?<!\d)[12]\d{3}(?=\d{4}(?!\d)|(?!\d))")
"""A year from 1000 to 2999, also at the beginning of a date without separators."""
TRACK_NUMBER = re.compile(r"0*([1-9]\d{0,4})(?:\s*/.*)?")
HARMLESS = str.maketrans(
    {
        **dict.fromkeys(map(chr, [*range(0x20), *range(0x7F, 0xA0)]), " "),
        **dict.fromkeys(map(chr, range(0xD800, 0xE000)), "?"),
        **dict.fromkeys("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", ""),
    }
)
"""Replaces control characters and halves of characters, and removes signs that change the direction of the text after them."""


def clean_text(text: str, max_length: int = MAX_TEXT_LENGTH) -> str:
    """Clean a text: no control characters, no superfluous spaces, composed characters (NFC), and a limited length.

    Examples
    --------
    >>> clean_text(" Beyond\\n Late\\0")
    'Beyond Late'
    """
    harmless = text[: 4 * max_length].translate(HARMLESS)
    return " ".join(unicodedata.normalize("NFC", harmless).split())[:max_length].rstrip()


def parse_year(text: str) -> int | None:
    """Find the year in a date; None if there is none from 1000 to 2999.

    Examples
    --------
    >>> [parse_year(text) for text in ("2004-05-03", "03.05.2004", "20040503", "2004", "04", "20045")]
    [2004, 2004, 2004, 2004, None, None]
    """
    match = YEAR.search(text)
    return int(match[0]) if match else None


def parse_track_number(text: str) -> int | None:
    """Return the number of a track on its album; None if the text has none from 1 to 99,999.

    Examples
    --------
    >>> [parse_track_number(text) for text in ("3", "03/12", "0", "A1")]
    [3, 3, None, None]
    """
    match = TRACK_NUMBER.fullmatch(text.strip())
    return int(match[1]) if match else None


def track_name(track_id: str, title: str | None, artist: str | None) -> str:
    """Write title and artist of a track in one text; the track id stands for a title that is not known.

    Examples
    --------
    >>> track_name("301", "Beyond Late", "Brad Senne"), track_name("301", None, "Brad Senne"), track_name("301", None, None)
    ('Beyond Late · Brad Senne', '301 · Brad Senne', '301')
    """
    return f"{title or track_id} · {artist}" if artist else title or track_id


def track_name_with_id(track_id: str, title: str | None, artist: str | None) -> str:
    """Write the name of a track, and after a title the track id in parentheses.

    Examples
    --------
    >>> track_name_with_id("301", "Beyond Late", "Brad Senne"), track_name_with_id("301", None, None)
    ('Beyond Late · Brad Senne (301)', '301')
    """
    name = track_name(track_id, title, artist)
    return f"{name} ({track_id})" if title else name
