"""Building blocks of a report: sections of paragraphs, tables, charts, pictures, small multiples and examples.

The template shows each kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from numbers import Number
from typing import Any

import plotly.graph_objects as go
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

MAX_NAME_LENGTH = 80
"""Longer names are cut to this number of characters."""
MAX_WHOLE = 900
"""Height in pixels from which on a long chart scrolls."""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of plain text."""

    text: str
    kind: str = field(default="paragraph", init=False)


@dataclass(frozen=True)
class Table:
    """A table with a caption; columns of numbers are aligned to the right."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    search: str = ""
    """Name of the field that searches the rows of a long table; empty for a table without such a field."""
    kind: str = field(default="table", init=False)

    @property
    def numeric(self) -> list[bool]:
        """Whether each column has only numbers, apart from empty cells; False for a column without any value."""
        cells = [[row[index] for row in self.rows if row[index] is not None] for index in range(len(self.columns))]
        return [bool(column) and all(isinstance(cell, Number) for cell in column) for column in cells]


@dataclass(frozen=True)
class Chart:
    """A Plotly figure with its alternative text, for readers who cannot see the figure."""

    name: str
    alt: str
    figure: go.Figure
    kind: str = field(default="chart", init=False)

    @property
    def data(self) -> Markup:
        """The figure as JSON that is safe inside a ``<script>`` element."""
        return htmlsafe_json_dumps(self.figure, dumps=lambda figure: figure.to_json())

    @property
    def height(self) -> int:
        """Height of the figure in pixels."""
        return int(self.figure.layout.height)

    @property
    def scrolls(self) -> bool:
        """Whether the figure is shown in a box that scrolls: one long chart is, panels below each other are shown whole."""
        return self.height > MAX_WHOLE and "yaxis2" not in self.figure.layout.to_plotly_json()


@dataclass(frozen=True)
class Picture:
    """An SVG picture made by matplotlib with its alternative text, for readers who cannot see the picture."""

    alt: str
    svg: Markup
    caption: str = ""
    size: str = "wide"
    kind: str = field(default="picture", init=False)


@dataclass(frozen=True)
class Panel:
    """One of many small charts: the name of what it shows, a value, and the chart."""

    name: str
    text: str
    svg: Markup


@dataclass(frozen=True)
class SmallMultiples:
    """Many small charts with equal axes, which a field searches by name."""

    caption: str
    panels: Sequence[Panel]
    search: str
    kind: str = field(default="multiples", init=False)


@dataclass(frozen=True)
class Group:
    """Charts or pictures that are shown side by side if the page is wide enough."""

    blocks: Sequence["Chart | Picture"]
    kind: str = field(default="group", init=False)


@dataclass(frozen=True)
class Example:
    """A track with a picture, an audio clip and its table of votes and probabilities."""

    title: str
    track_id: str
    text: str
    picture: Picture | Paragraph
    clip: str | None
    """The audio as a ``data:`` URL; None if there is no clip."""
    clip_note: str
    """Which seconds the clip shows, or why there is no clip."""
    table: Table
    kind: str = field(default="example", init=False)


Block = Paragraph | Table | Chart | Picture | SmallMultiples | Group | Example


@dataclass(frozen=True)
class Section:
    """A section of a report: its heading, a sentence on how to read it, and its blocks."""

    name: str
    title: str
    how_to_read: str
    blocks: Sequence[Block]


def escaped(text: object) -> str:
    """Escape HTML in a name, and cut the name to 80 characters. Plotly would render some HTML in names, ticks and hover texts.

    Parameters
    ----------
    text : object
        A name from outside: of a file, a folder or an annotation.

    Examples
    --------
    >>> escaped("<b>rock & roll</b>")
    '&lt;b&gt;rock &amp; roll&lt;/b&gt;'
    """
    return escape(shortened(text), quote=False)


def shortened(text: object) -> str:
    """Cut a name to 80 characters, the last of which is then "…". Characters that are not valid Unicode become "?"."""
    valid = str(text).encode(errors="replace").decode()
    return valid if len(valid) <= MAX_NAME_LENGTH else valid[: MAX_NAME_LENGTH - 1] + "…"
