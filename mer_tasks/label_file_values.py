"""Values of a label file: check a text for people, a colour, and a place on an axis.

Each function returns the value, or raises :class:`ConfigError` with the value and what was expected; for the message, `where`
is the place of the value in the file.
"""

import re
import unicodedata
from typing import Any

from mer_tasks.column_names import JOINERS
from mer_tasks.errors import ConfigError

LONGEST = {"name": 80, "description": 500}
"""Largest number of characters of a text."""


def check_text(value: Any, field: str, where: str, *, may_be_empty: bool = False) -> str:
    """Check a text for people, and return it in composed form (NFC)."""
    most = LONGEST.get(field, 40)
    if not isinstance(value, str) or len(value) > most or not (value.strip() or may_be_empty):
        raise ConfigError(f"{where}: {field} = {str(value)[:100]!r}, expected a text of at most {most} characters")
    hidden = [
        character
        for character in value
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in JOINERS
    ]
    if hidden:
        raise ConfigError(f"{where}: {field} = {value!a} has {hidden[0]!a}, expected no control characters")
    return unicodedata.normalize("NFC", value.strip())


def cut(value: Any) -> str:
    """Return a value for an error message, cut to 100 characters."""
    try:
        return repr(value)[:100]
    except ValueError:  # an integer of more digits than Python writes, which TOML can have in hexadecimal form
        return "a value that is too long"


def check_colour(value: Any, where: str) -> str | None:
    """Check a colour: ``#`` and six hexadecimal digits, or None."""
    if value is None or (isinstance(value, str) and re.fullmatch("#[0-9A-Fa-f]{6}", value)):
        return value
    raise ConfigError(f"{where}: colour = {cut(value)}, expected # and six hexadecimal digits, such as '#0072B2'")


def check_axis(value: Any, field: str, where: str) -> float | None:
    """Check a place on an axis, valence or arousal: a number from -1 to 1, or None."""
    if value is None:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and -1 <= value <= 1:
        return float(value)
    raise ConfigError(f"{where}: {field} = {cut(value)}, expected a number from -1 to 1")
