"""Artist tags: read the artists from the tags of an audio file.

Input: the bytes of a file. Output: the texts of its artist tag as they are written, or why its tags cannot be read. From these
texts :func:`named_artists` derives the artists, each with a key that is equal for different spellings of a name.

The artist of the track counts. The album's artist, often "Various Artists", counts only where the track has no artist. A text
can name several artists, with ``;``, ``/`` or "feat." between them. This splits AC/DC into two artists, which does no harm: all
their tracks still share both keys. Characters that are common within band names (``,``, ``&``, "and") do not split a text.

The decoder process (:mod:`mer_tasks.audio.decoder_process`) reads the tags within its limits of memory and time, because a
compressed frame of a tag may expand a thousandfold.
"""

import io
import itertools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

TAG_NAMES = ("artist", "TPE1", "albumartist", "TPE2")
"""Names of artist tags. The first of them that a file has counts. WAV and AIFF files use the names of ID3."""
SEPARATORS = re.compile(r"\s*[;/|\0]\s*|\s+(?:feat\.?|ft\.|featuring)\s+", re.IGNORECASE)
NO_ARTIST = re.compile(r"(?:various|v\.? ?a\.?|unknown|no|none|n\.? ?a\.?|null|)(?: ?artists?)?|(?:track)?[\W\d_]*")
"""Matches folded names that do not name an artist."""
COLLECTIONS = re.compile(
    r".*\b(?:compilations?|samplers?|soundtracks?|various (?:artists?|performers)|varios artistas|artistes divers|artisti vari"
    r"|(?:diverse|verschiedene)(?: interpreten)?)"
)
"""Matches folded names of collections."""
MAX_TEXT_LENGTH = 200
"""Characters of a text that are read; the rest is cut off."""
MAX_TEXTS = 16
"""Texts of a tag that are read; the others are ignored."""


@dataclass(frozen=True)
class ArtistTags:
    """The artist tags of a file.

    Attributes
    ----------
    artists : tuple of str
        Texts of the artist tag; empty if the file has no such tag.
    problem : str, optional
        Why the tags cannot be read, in one line.
    """

    artists: tuple[str, ...] = ()
    problem: str | None = None


def read_tags(data: bytes) -> ArtistTags:
    """Read the artist tags of a file; damaged tags are reported in the result and never raise an error.

    Parameters
    ----------
    data : bytes
        Content of the file. The result is empty if mutagen does not know the format.
    """
    import mutagen

    try:
        file = mutagen.File(io.BytesIO(data), easy=True)
        tags = (file.tags if file is not None else None) or {}
        for name in TAG_NAMES:
            texts = [_clean_text(str(text)) for text in itertools.islice(tags.get(name) or (), MAX_TEXTS)]
            if any(texts):
                return ArtistTags(tuple(filter(None, texts)))
    except Exception as error:  # odd bytes make mutagen's parsers raise other errors than mutagen's own
        return ArtistTags(problem=_clean_text(f"{type(error).__name__}: {' '.join(str(error).split())}"))
    return ArtistTags()


def _clean_text(text: str) -> str:
    """Return the beginning of a text, with characters that are not Unicode replaced."""
    return text[:MAX_TEXT_LENGTH].encode(errors="replace").decode().strip()


def fold_name(name: str) -> str:
    """Fold a name: remove case, accents and superfluous spaces.

    Examples
    --------
    >>> fold_name("  BJÖRK ")
    'bjork'
    """
    if name.isascii():
        return " ".join(name.lower().split())
    decomposed = unicodedata.normalize("NFKD", name)
    without_accents = "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()
    return " ".join(without_accents.split())


def named_artists(texts: Sequence[str]) -> Mapping[str, str]:
    """Return the artists that the texts of a tag name.

    Parameters
    ----------
    texts : sequence of str
        Texts from :func:`read_tags`.

    Returns
    -------
    mapping of str to str
        Key of each artist, equal for different spellings, to the first spelling of the name. Texts that name no artist
        ("Various Artists", "Unknown", a number) are left out.

    Examples
    --------
    >>> dict(named_artists(["Beyoncé feat. Jay", "BEYONCE", "Various Artists"]))
    {'beyonce': 'Beyoncé', 'jay': 'Jay'}
    """
    return _named_artists(tuple(texts))


@lru_cache(1 << 17)
def _named_artists(texts: tuple[str, ...]) -> Mapping[str, str]:
    names: dict[str, str] = {}
    for text in texts:
        if NO_ARTIST.fullmatch(_fold_without_punctuation(text)):  # checked before the split, for V/A and N/A
            continue
        for name in SEPARATORS.split(text):
            folded = _fold_without_punctuation(name)
            if not (NO_ARTIST.fullmatch(folded) or COLLECTIONS.fullmatch(folded)):
                names.setdefault(fold_name(name), name.strip())
    return MappingProxyType(names)


def _fold_without_punctuation(name: str) -> str:
    """Fold `name`, replace slashes by spaces, and strip brackets at its ends."""
    return fold_name(name).replace("/", " ").strip(" <>[]()")
