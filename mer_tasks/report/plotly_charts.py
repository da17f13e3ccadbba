"""Plotly charts of a report: bars, training curves and maps, with values that show on hovering.

In: metrics, training histories, counts and positions. Out: figures without colours of text, lines and background; the page sets
these for its light or dark theme. Colours are those of Okabe and Ito (2008), Color Universal Design, which people with any
colour vision can distinguish. Black and yellow are left out: each is hard to see on one of the two backgrounds. More than seven
things are distinguished by dashes or symbols as well. Names from outside are escaped by
:func:`mer_tasks.report.blocks.escaped`. Curves are in :mod:`mer_tasks.report.plotly_curves`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from mer_tasks.label_set import Kind
from mer_tasks.report.blocks import escaped

GREY = "#8A8A8A"
"""Visible on a light and on a dark background."""
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", GREY)
DASHES = ("solid", "dash", "dot", "dashdot")
SYMBOLS = ("circle", "diamond", "square", "cross")
"""Symbols that Plotly has both in two and in three dimensions."""
MEASURES: dict[Kind, tuple[str, ...]] = {
    "multi": ("loss", "accuracy", "auc", "precision", "recall"),
    "single": ("loss", "accuracy", "auc", "f1"),
}
"""Measures of a training by the kind of the label set, in the order in which they are shown; other measures follow them."""
HEIGHT = 420
"""Height of a chart in pixels."""
MAX_CLASSES = 12
"""Classes that keep their own name; rarer ones are merged into one class."""
OTHERS = "(others)"
"""Name of the class that all rarer ones are merged into."""
ROW_HEIGHT, LOW_ROW_HEIGHT = 26, 18
"""Height of a category of horizontal bars in pixels: of few categories, and of many."""


def style(index: int) -> dict[str, Any]:
    """Choose the colour, dash and symbol of the series with this index.

    Examples
    --------
    >>> style(0)
    {'colour': '#0072B2', 'dash': 'solid', 'symbol': 'circle'}
    >>> style(7)
    {'colour': '#0072B2', 'dash': 'dash', 'symbol': 'diamond'}
    """
    cycle = index // len(COLOURS)
    return {
        "colour": COLOURS[index % len(COLOURS)],
        "dash": DASHES[cycle % len(DASHES)],
        "symbol": SYMBOLS[cycle % len(SYMBOLS)],
    }


def apply_layout(figure: go.Figure, x: str = "", y: str = "", *, height: int = HEIGHT, **more: Any) -> go.Figure:
    """Set the size, margins, axis titles and legend of a figure, and return the figure.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        Changed in place.
    x, y : str
        Titles of the axes, at most 80 characters; empty for none.
    height : int
        In pixels.
    **more
        Other settings of Plotly's layout.
    """
    legend = {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "itemsizing": "constant", "traceorder": "normal"}
    margin = {"l": 56, "r": 40, "t": 24, "b": 48}
    figure.update_layout(template="none", height=height, margin=margin, legend=legend, hovermode="closest")
    figure.update_layout(modebar={"orientation": "v", "bgcolor": "rgba(0,0,0,0)"}, **more)
    figure.update_xaxes(automargin=True)
    if x:
        figure.update_xaxes(title_text=escaped(x))
    if y:
        figure.update_yaxes(title_text=escaped(y))
    return figure


def bars(
    series: Mapping[str, Sequence[float]],
    categories: Sequence[str],
    *,
    y: str,
    x: str = "",
    stacked: bool = True,
    horizontal: bool = False,
) -> go.Figure:
    """Draw a bar chart of one or more series.

    Parameters
    ----------
    series : mapping of str to sequence of float
        By the name of the series, a value for each category.
    categories : sequence of str
        Names of the categories, which may come from outside.
    y, x : str
        Titles of the values and of the categories.
    stacked : bool
        Whether series are stacked instead of side by side.
    horizontal : bool
        Whether bars grow from left to right instead of upwards.
    """
    figure = go.Figure()
    names = [escaped(name) for name in categories]
    for index, (name, values) in enumerate(series.items()):
        axes = {"x": list(values), "y": names, "orientation": "h"} if horizontal else {"x": names, "y": list(values)}
        figure.add_bar(name=escaped(name), marker_color=style(index)["colour"], **axes)
        if horizontal and not stacked:
            figure.data[-1].update(texttemplate="%{x:.1f}", textposition="outside", cliponaxis=False)
    mode: dict[str, Any] = {"barmode": "stack" if stacked else "group", "showlegend": len(series) > 1}
    if not horizontal:
        return apply_layout(figure, x, y, **mode).update_xaxes(showgrid=False)
    if not stacked:
        figure.update_yaxes(autorange="reversed", automargin=True)
        return apply_layout(figure, y, x, height=120 + ROW_HEIGHT * len(names), **mode)
    return rows_layout(apply_layout(figure, y, x, **mode), len(names))


def rows_layout(figure: go.Figure, count: int) -> go.Figure:
    """Give a figure one row for each of many categories, with the axis of values and the legend above them."""
    height = LOW_ROW_HEIGHT * count
    figure.update_layout(height=height + 130, margin={"t": 100, "r": 16, "b": 30}, legend_y=1 + 62 / height)
    figure.update_xaxes(side="top", zeroline=False)
    return figure.update_yaxes(
        range=[count - 0.5, -0.5], automargin=True, type="category", tickmode="linear", tickfont_size=11, showgrid=True
    )


def training_curves(values: Mapping[str, Sequence[float | None]], best: int | None) -> go.Figure:
    """Draw the training curves: one panel for each measure, with train and validation together.

    Parameters
    ----------
    values : mapping of str to sequence of float
        Keras' history: a value for each epoch, by measure; those of the validation part start with ``val_``.
    best : int, optional
        The epoch whose weights became the model, which a vertical line marks.
    """
    ordered = dict.fromkeys((*MEASURES["multi"], *values))
    measures = [name for name in ordered if name in values and not name.startswith("val_")]
    columns = 2 if len(measures) > 1 else 1
    rows = -(-len(measures) // columns)
    titles = [name.replace("_", " ").replace("auc", "AUC") for name in measures]
    figure = make_subplots(rows, columns, subplot_titles=titles, vertical_spacing=0.3 / rows, horizontal_spacing=0.1)
    for index, measure in enumerate(measures):
        row = index // columns + 1
        column = index % columns + 1
        for colour, name, label in ((COLOURS[0], measure, "train"), (COLOURS[1], f"val_{measure}", "validation")):
            if name in values:
                figure.add_scatter(
                    x=list(range(1, len(values[name]) + 1)),
                    y=list(values[name]),
                    name=label,
                    legendgroup=label,
                    showlegend=index == 0,
                    mode="lines+markers" if len(values[name]) < 3 else "lines",
                    line={"color": colour},
                    hovertemplate="epoch %{x}: %{y:.4f}<extra>" + label + "</extra>",
                    row=row,
                    col=column,
                )
        if best is not None:
            figure.add_vline(x=best, line={"dash": "dot", "color": GREY}, row=row, col=column)
    apply_layout(figure, height=90 + 280 * rows, margin_t=64, legend_y=1 + 40 / (280 * rows))
    return figure.update_xaxes(title={"text": "epoch", "standoff": 6})


def group_rare_classes(values: Sequence[str], most: int | None = None) -> list[str]:
    """Replace all classes but the twelve, or `most`, most frequent ones by "(others)".

    Examples
    --------
    >>> group_rare_classes(["rock", "pop", "rock"])
    ['rock', 'pop', 'rock']
    """
    names, counts = np.unique(np.asarray(values, dtype=object).astype(str), return_counts=True)
    frequent = {*names[np.lexsort((names, -counts))][: most or MAX_CLASSES], OTHERS}
    return [value if value in frequent else OTHERS for value in values]


def scatter_map(
    points: Mapping[str, npt.NDArray[np.floating]],
    colourings: Mapping[str, Sequence[str]],
    texts: Sequence[str],
    looks: Mapping[str, Mapping[str, Any]] | None = None,
) -> go.Figure:
    """Draw points in two or three dimensions, with a menu to choose the method and the meaning of the colours.

    Parameters
    ----------
    points : mapping of str to np.ndarray [shape=(n, 2 or 3)]
        Positions of the points, by the name of the method.
    colourings : mapping of str to sequence of str
        Classes of the points, by the meaning of the colours. They may come from outside.
    texts : sequence of str
        Text that shows on hovering over each point. It may come from outside.
    looks : mapping of str to mapping, optional
        ``colour`` and ``symbol`` of classes that come first, in this order. The others follow by name, and rare ones are grey.
    """
    figure = go.Figure()
    safe_texts = np.array([escaped(text) for text in texts], object)
    looks = looks or {}
    ranks = {name: rank for rank, name in enumerate(looks)}
    in_3d = next(iter(points.values())).shape[1] == 3
    kind = go.Scatter3d if in_3d else go.Scatter
    choices = []  # of each trace, the entry of the menu that shows it
    for method, positions in points.items():
        for colouring, values in colourings.items():
            classes = np.array(group_rare_classes(values), object)
            for number, name in enumerate(
                sorted(set(classes), key=lambda name: (name == OTHERS, ranks.get(name, len(ranks)), name))
            ):
                members = classes == name
                look = {**style(number), **looks.get(name, {})}
                opacity = 0.85
                if name == OTHERS:
                    look, opacity = {"colour": GREY, "symbol": "circle"}, 0.4
                axes = dict(zip("xyz", positions[members].T.round(3), strict=False))
                figure.add_trace(
                    kind(
                        **axes,
                        name=escaped(name),
                        text=safe_texts[members],
                        mode="markers",
                        marker={
                            "size": 4 if in_3d else 7,
                            "color": look["colour"],
                            "symbol": look["symbol"],
                            "opacity": opacity,
                        },
                        hovertemplate="%{text}<extra>%{fullData.name}</extra>",
                    )
                )
                choices.append((method, colouring))
    for trace, choice in zip(figure.data, choices, strict=True):
        trace.visible = choice == choices[0]
    options = [
        {
            "label": f"{method}, by {escaped(colouring)}",
            "method": "update",
            "args": [{"visible": [choice == (method, colouring) for choice in choices]}],
        }
        for method, colouring in dict.fromkeys(choices)
    ]
    menu = {
        "buttons": options,
        "x": 0,
        "xanchor": "left",
        "y": 1.0,
        "yanchor": "bottom",
        "bgcolor": "#eeeeee",
        "font": {"color": "#222222"},
    }
    apply_layout(figure, height=560, updatemenus=[menu])
    figure.update_layout(
        legend={"orientation": "h", "y": -0.02, "yanchor": "top"},
        margin={"l": 8, "r": 8, "t": 56, "b": 8},
        modebar_orientation="h",
    )
    bare = {"showticklabels": False, "title": "", "zeroline": False, "ticks": "", "showgrid": in_3d}
    if in_3d:
        eye = dict.fromkeys("xyz", 1.45)
        return figure.update_layout(scene={"xaxis": bare, "yaxis": bare, "zaxis": bare, "camera_eye": eye})
    return figure.update_xaxes(**bare).update_yaxes(**bare)
