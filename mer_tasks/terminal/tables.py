"""Rows of a query for people and for programs.

In: rows of :func:`mer_tasks.database.queries.query`. Out: a table or JSON on stdout. A table that is too wide for the
terminal is written down row by row. Texts may have come from files: what they do to a terminal is taken out of them, and stays
in JSON.
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
from mer_tasks.terminal.control_characters import harmless, harmless_json

WIDE = 200
"""Columns of a table that goes to no terminal."""
FOLDED = 20
"""Longer words are broken where there is no room."""
ADDRESSES = ("file:///", "s3://")
GAP = 2
"""Columns between two of a table."""
BAR = 16
"""Characters of a bar from 0 to 1."""

Row = Mapping[str, Any]


def shown(value: Any) -> str:
    """`value` in a cell: four digits of a fraction, minutes of a time, nothing for NULL."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.1f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(shown, value))
    return "" if value is None else harmless(str(value))


def cell(value: Any) -> Text:
    """`value` as text in which nothing is markup, a number at the right; a text with styles stays as it is."""
    if isinstance(value, Text):
        return value
    return Text(shown(value), justify="right" if isinstance(value, int | float | Decimal) else None)


def decimals(value: float | None, digits: int = 3) -> Text:
    """`value` with so many digits after the point, for a column of such numbers."""
    return Text("" if value is None else f"{value:.{digits}f}", justify="right")


def screen() -> Console:
    """Stdout, to write tables on."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDE
    return console


def bar(value: float | None, mark: float | None = None, style: str = "") -> Text:
    """A share of 1 as a bar, with a `mark` at another share.

    Parameters
    ----------
    value, mark : float, optional
        From 0 to 1; without a value there is no bar.
    style : str
        Of what is filled.
    """
    if value is None:
        return Text()
    filled = round(min(max(value, 0), 1) * BAR)
    found = Text.assemble(("━" * filled, style), ("─" * (BAR - filled), "dim"))
    if mark is None:
        return found
    # a mark of 1 is at the end of the last character
    place = min(int(min(max(mark, 0), 1) * BAR), BAR - 1)
    return Text.assemble(found[:place], ("┃", "bold"), found[place + 1 :])


def print_table(rows: Sequence[Row], *, count: bool = True) -> None:
    """Print `rows` as a table, with its number of rows below if `count`.

    Columns whose name is blank are drawings of the one before, which a narrow screen can do without.
    """
    console = screen()
    if rows:
        cells = {name: [cell(row[name]) for row in rows] for name in rows[0]}
        widths = _widths(cells, console.width)
        for drawing in [name for name in reversed(cells) if not name.strip()]:
            if not widths:
                del cells[drawing]
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
    """Widths with which a table has room, the widest columns having been narrowed; None if words would have to be broken."""
    widths, least = {}, {}
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
    """Print what is no table on so narrow a screen, one value a line."""
    width = max(map(len, cells))
    for line in zip(*cells.values(), strict=True):
        for name, value in zip(cells, line, strict=True):
            if value:
                _print_fact(console, f"{name:<{width}}", value)
        console.print()


def print_facts(facts: Mapping[str, Any]) -> None:
    """Print facts line by line, those that are known."""
    console = screen()
    width = max(map(len, facts), default=0)
    for name, value in facts.items():
        if text := cell(value):
            _print_fact(console, f"{name:<{width}}", text)


def _print_fact(console: Console, name: str, value: Text) -> None:
    """Print a fact under which longer texts go on. Addresses are whole, so that they can be followed and copied."""
    if value.plain.startswith(ADDRESSES):
        value.stylize(f"link {value.plain}")
    head = Text(f"{name}  ", "bold")
    value.justify = None
    if not console.is_terminal or value.plain.startswith(ADDRESSES):
        lines = [value]
    else:
        lines = list(value.wrap(console, max(console.width - len(head), FOLDED)))
    for place, line in enumerate(lines):
        console.print(Text.assemble(head if place == 0 else " " * len(head), line), soft_wrap=True)


def print_json(found: Any) -> None:
    """Print rows, or what else was found, as JSON; numbers stay numbers, times are in ISO 8601."""
    typer.echo(harmless_json(json.dumps(found, indent=1, ensure_ascii=False, default=_plain)))


def _plain(value: Any) -> float | str:
    return float(value) if isinstance(value, Decimal) else str(value)


def print_questions() -> None:
    """Print every query of the cookbook and the question it answers."""
    files = sorted((SQL / "queries").glob("*.sql"))
    print_table([{"query": file.stem, "answers": file.read_text().splitlines()[0].removeprefix("-- ")} for file in files])
