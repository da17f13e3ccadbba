"""What a report is made of: sections of notes, tables, charts, pictures and examples, which the template knows how to show."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from numbers import Number
from typing import Any

import plotly.graph_objects as go
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

LONGEST = 80
"""Characters of a name that are shown."""


@dataclass(frozen=True)
class Note:
    """A paragraph of plain text."""

    text: str
    kind: str = field(default="note", init=False)


@dataclass(frozen=True)
class Table:
    """Rows under a caption; numbers are aligned to the right."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    kind: str = field(default="table", init=False)

    @property
    def numeric(self) -> list[bool]:
        """Whether a column has numbers only."""
        cells = [[row[place] for row in self.rows if row[place] is not None] for place in range(len(self.columns))]
        return [bool(column) and all(isinstance(cell, Number) for cell in column) for column in cells]


@dataclass(frozen=True)
class Chart:
    """A figure of Plotly, with the text that stands for it where it cannot be seen."""

    name: str
    alt: str
    figure: go.Figure
    kind: str = field(default="chart", init=False)

    @property
    def data(self) -> Markup:
        """The figure as JSON that is safe within a ``<script>``."""
        return htmlsafe_json_dumps(self.figure, dumps=lambda figure: figure.to_json())

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.figure.layout.height)


@dataclass(frozen=True)
class Picture:
    """An SVG made by matplotlib, with the text that stands for it where it cannot be seen."""

    alt: str
    svg: Markup
    caption: str = ""
    size: str = "wide"
    kind: str = field(default="picture", init=False)


@dataclass(frozen=True)
class Group:
    """Blocks side by side where there is room."""

    blocks: Sequence["Chart | Picture"]
    kind: str = field(default="group", init=False)


@dataclass(frozen=True)
class Example:
    """A track to look at and to listen to."""

    title: str
    text: str
    picture: Picture | Note
    clip: str | None
    """As a ``data:`` address."""
    silence: str
    """What is said about the clip, or why there is none."""
    table: Table
    kind: str = field(default="example", init=False)


Block = Note | Table | Chart | Picture | Group | Example


@dataclass(frozen=True)
class Section:
    """A heading, one sentence that says what to see below it, and the blocks."""

    name: str
    title: str
    see: str
    blocks: Sequence[Block]


def plain(text: object) -> str:
    """`text` for Plotly, which takes some HTML in names, ticks and hover texts: none of it is left.

    Parameters
    ----------
    text : object
        Whatever a file, a folder or an annotation was called.
    """
    return escape(shortened(text), quote=False)


def shortened(text: object) -> str:
    """The first 80 characters of a name; what is no Unicode in it is replaced."""
    found = str(text).encode(errors="replace").decode()
    return found if len(found) <= LONGEST else found[: LONGEST - 1] + "…"


def named(emotion: str) -> str:
    """An emotion as it is written for people."""
    return emotion.replace("_", " ")
