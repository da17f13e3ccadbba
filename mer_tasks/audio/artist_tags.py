"""Whose music a file says it is: the artists in its tags.

In: the bytes of a file. Out: the texts of its artist tag as they stand there, or why its tags cannot be read; then the artists
that those texts name, each with a key that does not depend on the way of writing.

The artist of the track counts, not that of the album, which is often "Various Artists" where the track has one of its own; the
album's artist is asked only where the track has none. A text with several artists names each of them: ``;``, ``/`` and
"feat." stand between artists. That takes AC/DC for two artists, which keeps their tracks together all the same; what stands in
names of bands (``,``, ``&``, "and") divides nothing.

Tags are read by the process that decodes (:mod:`mer_tasks.audio.decoder_process`), within its limits of memory and time: a
frame of a tag may be compressed a thousandfold.
"""

import io
import itertools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

TAGS = ("artist", "TPE1", "albumartist", "TPE2")
"""Of those that a file has, the first one counts. WAV and AIFF have the names of ID3."""
BETWEEN = re.compile(r"\s*[;/|\0]\s*|\s+(?:feat\.?|ft\.|featuring)\s+", re.IGNORECASE)
NOBODY = re.compile(r"(?:various|v\.? ?a\.?|unknown|no|none|n\.? ?a\.?|null|)(?: ?artists?)?|(?:track)?[\W\d_]*")
"""Names, folded, that tell nothing about who plays."""
COLLECTIONS = re.compile(
    r".*\b(?:compilations?|samplers?|soundtracks?|various (?:artists?|performers)|varios artistas|artistes divers|artisti vari"
    r"|(?:diverse|verschiedene)(?: interpreten)?)"
)
"""Names, folded, of collections."""
LONGEST, MOST = 200, 16
"""Characters of a text, and texts of a tag, that are kept."""


@dataclass(frozen=True)
class Tags:
    """What a file says about its artists.

    Attributes
    ----------
    artists : tuple of str
        Texts of the artist tag; none if the file has no such tag.
    problem : str, optional
        Why the tags cannot be read, in one line.
    """

    artists: tuple[str, ...] = ()
    problem: str | None = None


def read_tags(data: bytes) -> Tags:
    """Artists in the tags of a file; whatever is wrong with them is told, never raised.

    Parameters
    ----------
    data : bytes
        Content of a file in a format that mutagen knows; of others nothing is known.
    """
    import mutagen

    try:
        file = mutagen.File(io.BytesIO(data), easy=True)
        tags = (file.tags if file is not None else None) or {}
        for name in TAGS:
            texts = [_plain(str(text)) for text in itertools.islice(tags.get(name) or (), MOST)]
            if any(texts):
                return Tags(tuple(filter(None, texts)))
    except Exception as error:  # mutagen lets through whatever odd bytes make of its parsers, not its own errors alone
        return Tags(problem=_plain(f"{type(error).__name__}: {' '.join(str(error).split())}"))
    return Tags()


def _plain(text: str) -> str:
    """The beginning of a text, without what is no Unicode."""
    return text[:LONGEST].encode(errors="replace").decode().strip()


def folded(name: str) -> str:
    """`name` without case, accents and needless blanks."""
    if name.isascii():
        return " ".join(name.lower().split())
    plain = unicodedata.normalize("NFKD", name)
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()
    return " ".join(bare.split())


def named_artists(texts: Sequence[str]) -> Mapping[str, str]:
    """Artists that the texts of a tag name: a key that is equal for equal artists, and the name as written first.

    Parameters
    ----------
    texts : sequence of str
        As :func:`read_tags` gives them. What is no artist ("Various Artists", "Unknown", a number) is left out.
    """
    return _named(tuple(texts))


@lru_cache(1 << 17)
def _named(texts: tuple[str, ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        if NOBODY.fullmatch(_bare(text)):  # before it is divided: V/A, N/A
            continue
        for name in BETWEEN.split(text):
            if not (NOBODY.fullmatch(_bare(name)) or COLLECTIONS.fullmatch(_bare(name))):
                found.setdefault(folded(name), name.strip())
    return MappingProxyType(found)


def _bare(name: str) -> str:
    """`name` folded, without brackets and slashes."""
    return folded(name).replace("/", " ").strip(" <>[]()")
