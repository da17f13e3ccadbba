"""Replace control characters in texts from files, so that a terminal can show these texts safely.

In: names of tracks, genres and files, and texts of tags, which may contain any character. Out: the same text without characters
that move the cursor, change a colour or the window's title, start a new line, or reverse the direction of the text.
"""

import re

PICTURES = {number: 0x2400 + number for number in range(0x20)} | {0x7F: 0x2421}
"""Unicode's control pictures for the control characters of ASCII, such as ``␛`` for escape and ``␊`` for line feed."""
UNSEEN = (*range(0x80, 0xA0), 0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000))
"""Control characters beyond ASCII, line separators, direction marks (Unicode, annex 9), and halves of surrogate pairs."""
REPLACED: dict[int, int] = PICTURES | dict.fromkeys(UNSEEN, 0xFFFD)
IN_JSON = re.compile(f"[{''.join(map(re.escape, map(chr, (0x7F, *UNSEEN))))}]")
"""Characters that JSON allows in a string without an escape, although a terminal would not show them as they are."""


def show_control_characters(text: str) -> str:
    r"""Replace each control character in a text by a visible character.

    Examples
    --------
    >>> show_control_characters("rock\x1b[31m")
    'rock␛[31m'
    """
    return text.translate(REPLACED)


def escape_control_characters_in_json(text: str) -> str:
    """Escape control characters in a JSON text, which keeps its meaning."""
    return IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
