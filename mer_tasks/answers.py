"""Rows of a query for people and for programs.

In: rows of :func:`mer_tasks.database.query`. Out: a table or JSON on stdout.
"""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mer_tasks.database import SQL

WIDE = 200
"""Columns of a table that goes to no terminal."""

Row = dict[str, Any]


def shown(value: Any) -> str:
    """`value` in a cell: four digits of a fraction, nothing for NULL."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.1f}"
    return "" if value is None else str(value)


def print_table(rows: Sequence[Row]) -> None:
    """Print `rows` as a table with its number of rows below."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDE
    if rows:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in rows[0]:
            number = all(isinstance(row[name], int | float | Decimal | None) for row in rows)
            table.add_column(name, justify="right" if number else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(shown(value)) for value in row.values()))
        console.print(table)
    console.print(f"{len(rows)} row{'' if len(rows) == 1 else 's'}")


def print_facts(rows: Sequence[Row]) -> None:
    """Print what all `rows` have in common line by line, and the rest as a table."""
    common = [name for name in rows[0] if len(rows) > 1 and all(row[name] == rows[0][name] for row in rows)]
    width = max(map(len, common), default=0)
    for name in common:
        typer.echo(f"{name:<{width}}  {shown(rows[0][name])}".rstrip())
    print_table([{name: value for name, value in row.items() if name not in common} for row in rows])


def print_json(rows: Sequence[Row]) -> None:
    """Print `rows` as one JSON array; numbers stay numbers, times are in ISO 8601."""
    typer.echo(json.dumps(rows, indent=1, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> float | str:
    return float(value) if isinstance(value, Decimal) else str(value)


def print_questions() -> None:
    """Print every query of the cookbook and the question it answers."""
    files = sorted((SQL / "queries").glob("*.sql"))
    print_table([{"query": file.stem, "answers": file.read_text().splitlines()[0].removeprefix("-- ")} for file in files])
