"""Artist names: derive the artists from the texts that name a track's artist, in tags or in metadata files.

In: texts as people wrote them. Out: the artists, each with a key that is equal for different spellings of a name.

A text can name several artists, with ``;``, ``/`` or "feat." between them. This splits AC/DC into two artists, which does no
harm: all their tracks still share both keys. Characters that are common within band names (``,``, ``&``, "and") do not split a
text.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

SEPARATORS = re.compile(r"\s*[;/|\0]\s*|\s+(?:feat\.?|ft\.|featuring)\s+", re.IGNORECASE)
NO_ARTIST = re.compile(r"(?:various|v\.? ?a\.?|unknown|no|none|n\.? ?a\.?|null|)(?: ?artists?)?|(?:track)?[\W\d_]*")
"""Matches folded names that do not name an artist."""
COLLECTIONS = re.compile(
    r".*\b(?:compilations?|samplers?|soundtracks?|various (?:artists?|performers)|varios artistas|artistes divers|artisti vari"
    r"|(?:diverse|verschiedene)(?: interpreten)?)"
)
"""Matches folded names of collections."""


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
    """Return the artists that some texts name.

    Parameters
    ----------
    texts : sequence of str
        Texts of the artist tag, or of a metadata file.

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
