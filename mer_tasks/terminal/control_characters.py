"""Text that came from files, for a terminal.

In: names of tracks, genres and files, and texts of tags, which may have anything in them. Out: the same text, in which nothing
moves the cursor, changes a colour or the window's title, begins a line, or turns round what follows it.
"""

import re

PICTURES = {number: 0x2400 + number for number in range(0x20)} | {0x7F: 0x2421}
"""Unicode's pictures of the control characters of ASCII: ``␛`` and ``␊`` instead of escape and line feed."""
UNSEEN = (*range(0x80, 0xA0), 0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), *range(0xD800, 0xE000))
"""Control characters beyond ASCII, separators of lines, marks of direction (Unicode, annex 9), and what is half a character."""
REPLACED: dict[int, int] = PICTURES | dict.fromkeys(UNSEEN, 0xFFFD)
IN_JSON = re.compile(f"[{''.join(map(re.escape, map(chr, (0x7F, *UNSEEN))))}]")
"""What JSON lets stand in a string and a terminal does not show as it is."""


def harmless(text: str) -> str:
    """`text` with a character that can be seen in place of each that does something."""
    return text.translate(REPLACED)


def harmless_json(text: str) -> str:
    """A JSON text that means the same, in which such characters are escaped."""
    return IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
