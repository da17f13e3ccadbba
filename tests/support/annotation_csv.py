"""Write annotation files for tests."""

from tests.support.label_sets import EMOTIFY

EMOTIONS = EMOTIFY.ids

HEADER = f"track id, genre, {', '.join(EMOTIONS)}, age\n"
Answer = tuple[str, str, list[str], int]
"""Track, genre, chosen emotions, age of the listener."""


def flags(*chosen: str) -> str:
    """Cells of an answer: 1 for each chosen emotion, else 0."""
    return ",".join(str(int(emotion in chosen)) for emotion in EMOTIONS)


def csv_of(*rows: Answer) -> bytes:
    """An annotation file in Emotify's form."""
    return (HEADER + "".join(f"{track},{genre},{flags(*chosen)},{age}\n" for track, genre, chosen, age in rows)).encode()


def listeners(track: str, votes: int, of: int, emotion: str = "power", genre: str = "rock") -> list[Answer]:
    """Rows of `of` listeners of a track; the first `votes` of them vote for the emotion."""
    return [(track, genre, [emotion] if number < votes else [], 20 + number) for number in range(of)]


def named_csv(*rows: tuple[str, str, str], column: str = "listener") -> bytes:
    """An annotation file of answers (listener, track, chosen emotions with blanks between them) that names the listeners."""
    header = f"track id,{column},{','.join(EMOTIONS)}\n"
    return (header + "".join(f"{track},{listener},{flags(*chosen.split())}\n" for listener, track, chosen in rows)).encode()


def minimal_csv(*rows: tuple[str, str]) -> bytes:
    """An annotation file of answers (track, chosen emotions with blanks between them) without any other column."""
    header = f"track id,{','.join(EMOTIONS)}\n"
    return (header + "".join(f"{track},{flags(*chosen.split())}\n" for track, chosen in rows)).encode()


def sums_csv(*rows: tuple[str, str, dict[str, str]], prefix: str = "") -> bytes:
    """An annotation file with one row per track (track, number of listeners, votes or shares by emotion; others are 0)."""
    header = f"track id,listeners,{','.join(prefix + emotion for emotion in EMOTIONS)}\n"
    lines = [f"{track},{size},{','.join(cells.get(emotion, '0') for emotion in EMOTIONS)}\n" for track, size, cells in rows]
    return (header + "".join(lines)).encode()
