"""Name, colour, dash and symbol of each label in charts: the same in every chart of a report.

In: a label set. Out: one :class:`Look` for each label, and one for all labels together. A label has the colour of the label
file if both backgrounds of the page show it, else the next one of the chart colours. Labels with the same colour differ by
dashes and symbols. A chart shows at most 12 labels together; with more, each label has a panel or a row of its own, and all
have one colour.
"""

from dataclasses import dataclass
from typing import Any

from mer_tasks.label_set import LabelSet
from mer_tasks.report.blocks import escaped
from mer_tasks.report.plotly_charts import COLOURS, DASHES, HEIGHT, SYMBOLS

MAX_TOGETHER = 12
"""Labels that one chart shows together."""
MAX_CHART_NAME = 28
"""Longer names are cut to this number of characters in legends and at axes; texts that show on hovering have the whole name."""
BACKGROUNDS = ("#ffffff", "#14171a")
"""Backgrounds of the page in its light and in its dark theme."""
NARROWEST, LEGEND_ROW, LEGEND_ROWS = 420, 20, 5
"""Width of the narrowest legend beside another chart, height of a row, and rows for which a chart has room, in pixels."""
MIN_CONTRAST = 2.0
"""Smallest contrast of a colour with both backgrounds."""


@dataclass(frozen=True)
class Look:
    """How charts show a label; all texts are escaped for Plotly.

    Attributes
    ----------
    short : str
        Name for legends and axes; no two labels have the same one.
    name : str
        Whole name, for texts that show on hovering.
    colour, dash, symbol : str
        In Plotly's words.
    """

    short: str
    name: str
    colour: str
    dash: str
    symbol: str

    @property
    def line(self) -> dict[str, Any]:
        """Settings of a line in Plotly."""
        return {"color": self.colour, "dash": self.dash}


def shown_together(label_set: LabelSet) -> bool:
    """Whether one chart can show all labels."""
    return len(label_set) <= MAX_TOGETHER


def short_names(label_set: LabelSet) -> tuple[str, ...]:
    """Cut the labels' names to 28 characters; names that are equal then get a number.

    Returns
    -------
    tuple of str
        In the order of the labels; not escaped.
    """
    names: list[str] = []
    for name in label_set.names:
        short = name if len(name) <= MAX_CHART_NAME else f"{name[: MAX_CHART_NAME - 1]}…"
        number = 2
        while short in names:
            ending = f"… {number}"
            short = name[: MAX_CHART_NAME - len(ending)] + ending
            number += 1
        names.append(short)
    return tuple(names)


def curves_height(label_set: LabelSet) -> int:
    """Height of a chart with a curve for each label, in pixels; it leaves room for a legend with long names."""
    width_of_entry = 50 + 7 * max(map(len, short_names(label_set)))
    columns = max(1, NARROWEST // width_of_entry)
    rows = -(-(len(label_set) + 1) // columns)
    return HEIGHT + LEGEND_ROW * max(0, rows - LEGEND_ROWS)


def label_looks(label_set: LabelSet) -> tuple[Look, ...]:
    """Choose the look of each label, and after them that of all labels together.

    Returns
    -------
    tuple of Look [shape=(labels + 1,)]
    """
    together = f"all {label_set.noun[1]}"
    own_colours = [label_set.by_id[label_id].colour for label_id in label_set.ids]
    used: list[str] = []
    looks = []
    for index, (short, name, own) in enumerate(
        zip((*short_names(label_set), together), (*label_set.names, together), (*own_colours, None), strict=True)
    ):
        colour = own if own and is_visible(own) else COLOURS[index % len(COLOURS)]
        cycle = used.count(colour.upper())
        used.append(colour.upper())
        dash, symbol = DASHES[cycle % len(DASHES)], SYMBOLS[cycle % len(SYMBOLS)]
        # in a text that shows on hovering, %{ would begin a variable
        looks.append(Look(escaped(short), escaped(name).replace("%{", "%&#123;"), colour, dash, symbol))
    return tuple(looks)


def is_visible(colour: str) -> bool:
    """Whether a colour can be seen on both backgrounds of the page.

    The contrast is that of the Web Content Accessibility Guidelines 2.2: (brighter + 0.05) / (darker + 0.05).

    Examples
    --------
    >>> is_visible("#0072B2"), is_visible("#FFFF00"), is_visible("#000000")
    (True, False, False)
    """
    light = _luminance(colour)
    for background in map(_luminance, BACKGROUNDS):
        if (max(light, background) + 0.05) / (min(light, background) + 0.05) < MIN_CONTRAST:
            return False
    return True


def _luminance(colour: str) -> float:
    """Relative luminance of a colour in sRGB, from 0 to 1: Web Content Accessibility Guidelines 2.2."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
