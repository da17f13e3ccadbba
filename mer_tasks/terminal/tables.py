"""Print the rows of a query: as a table for people, or as JSON for programs.

In: rows of :func:`mer_tasks.database.queries.query`. Out: a table or JSON on stdout. A table that is too wide for the terminal
is printed row by row, one value a line. Texts may come from files: a table shows control characters as visible characters, and
JSON keeps them as escapes.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mer_tasks.database.connection import SQL
from mer_tasks.terminal.control_characters import escape_control_characters_in_json, show_control_characters
from mer_tasks.wording import number

WIDE = 200
"""Width in characters of a table that does not go to a terminal."""
FOLDED = 20
"""Words longer than this may be broken if a table is too wide."""
ADDRESSES = ("file:///", "s3://")
GAP = 2
"""Characters between two columns of a table."""
BAR = 16
"""Characters of a bar from 0 to 1."""

Row = Mapping[str, Any]


def format_value(value: Any) -> str:
    """Format `value` for a cell: four digits of a fraction, a time to the minute, nothing for NULL.

    Examples
    --------
    >>> format_value(0.123456)
    '0.1235'
    >>> format_value(["power", "tension"])
    'power, tension'
    """
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.1f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(format_value, value))
    return "" if value is None else show_control_characters(str(value))


def cell(value: Any) -> Text:
    """Make the text of a cell, without any markup; numbers are aligned to the right. A styled text stays as it is."""
    if isinstance(value, Text):
        return value
    return Text(format_value(value), justify="right" if isinstance(value, int | float | Decimal) else None)


def decimals(value: float | None, digits: int = 3) -> Text:
    """Make the text of a cell in a column of numbers, all with so many decimals."""
    return Text(number(value, digits), justify="right")


def stdout_console() -> Console:
    """Make a console that writes tables to stdout."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDE
    return console


def bar(value: float | None, mark: float | None = None, style: str = "") -> Text:
    """Draw a value from 0 to 1 as a bar, optionally with a mark at another value.

    Parameters
    ----------
    value, mark : float, optional
        From 0 to 1. Without a value there is no bar.
    style : str
        Rich style of the filled part.

    Examples
    --------
    >>> bar(0.5, mark=0.25).plain
    '━━━━┃━━━────────'
    """
    if value is None:
        return Text()
    filled = round(min(max(value, 0), 1) * BAR)
    text = Text.assemble(("━" * filled, style), ("─" * (BAR - filled), "dim"))
    if mark is None:
        return text
    # a mark of 1 replaces the last character
    position = min(int(min(max(mark, 0), 1) * BAR), BAR - 1)
    return Text.assemble(text[:position], ("┃", "bold"), text[position + 1 :])


def print_table(rows: Sequence[Row], *, count: bool = True) -> None:
    """Print `rows` as a table, with the number of rows below it if `count`.

    Columns with a blank name are bars that show the value of the column before. They are left out on a narrow screen.
    """
    console = stdout_console()
    if rows:
        cells = {name: [cell(row[name]) for row in rows] for name in rows[0]}
        widths = _widths(cells, console.width)
        for bar_column in [name for name in reversed(cells) if not name.strip()]:
            if not widths:
                del cells[bar_column]
                widths = _widths(cells, console.width)
        if widths:
            table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, GAP, 0, 0))
            for name, column in cells.items():
                numbers = all(text.justify == "right" or not text for text in column)
                table.add_column(name, justify="right" if numbers else "left", overflow="fold", width=widths[name])
            for line in zip(*cells.values(), strict=True):
                table.add_row(*line)
            console.print(table)
        else:
            _print_records(console, cells)
    if count:
        console.print(f"{len(rows)} row{'' if len(rows) == 1 else 's'}")


def _widths(cells: Mapping[str, Sequence[Text]], room: int) -> dict[str, int] | None:
    """Narrow the widest columns until a table fits into `room` characters; None if words would have to be broken.

    Parameters
    ----------
    cells : mapping of str to sequence of Text
        Cells of each column, by the name of the column.
    room : int
        Width of the screen in characters.
    """
    widths = {}
    least = {}
    for name, column in cells.items():
        words = [word for text in (name, *(each.plain for each in column)) for word in text.split()]
        widths[name] = min(max(cell_len(name), *(text.cell_len for text in column)), room)
        least[name] = min(max(map(cell_len, words), default=0), FOLDED)
    while sum(widths.values()) + GAP * (len(widths) - 1) > room:
        wide = [name for name, width in widths.items() if width > least[name]]
        if not wide:
            return None
        widths[max(wide, key=lambda name: widths[name])] -= 1
    return widths


def _print_records(console: Console, cells: Mapping[str, Sequence[Text]]) -> None:
    """Print rows that do not fit as a table on a narrow screen, one value a line."""
    width = max(map(len, cells))
    for line in zip(*cells.values(), strict=True):
        for name, value in zip(cells, line, strict=True):
            if value:
                _print_fact(console, f"{name:<{width}}", value)
        console.print()


def print_facts(facts: Mapping[str, Any]) -> None:
    """Print facts line by line, without those that have no value."""
    console = stdout_console()
    width = max(map(len, facts), default=0)
    for name, value in facts.items():
        if text := cell(value):
            _print_fact(console, f"{name:<{width}}", text)


def _print_fact(console: Console, name: str, value: Text) -> None:
    """Print a fact; a long text continues below itself. URLs stay whole, so that people can click and copy them."""
    if value.plain.startswith(ADDRESSES):
        value.stylize(f"link {value.plain}")
    head = Text(f"{name}  ", "bold")
    value.justify = None
    if not console.is_terminal or value.plain.startswith(ADDRESSES):
        lines = [value]
    else:
        lines = list(value.wrap(console, max(console.width - len(head), FOLDED)))
    for index, line in enumerate(lines):
        console.print(Text.assemble(head if index == 0 else " " * len(head), line), soft_wrap=True)


def print_json(value: Any) -> None:
    """Print rows or another value as JSON. Numbers stay numbers, times are in ISO 8601."""
    typer.echo(escape_control_characters_in_json(json.dumps(value, indent=1, ensure_ascii=False, default=_json_value)))


def _json_value(value: Any) -> float | str:
    return float(value) if isinstance(value, Decimal) else str(value)


def print_questions() -> None:
    """Print the name of every query in the cookbook with the question that it answers."""
    files = sorted((SQL / "queries").glob("*.sql"))
    print_table([{"query": file.stem, "answers": file.read_text().splitlines()[0].removeprefix("-- ")} for file in files])
