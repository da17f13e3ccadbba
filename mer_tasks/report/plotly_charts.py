"""Charts of a report that gain from hovering over them, made by Plotly.

In: metrics, histories, counts and places. Out: figures without colours of text, lines and ground, which the page sets for light
and dark. Colours are those of Okabe and Ito (2008), Color Universal Design, which people with any vision
can tell apart; without black and yellow, that one of the two grounds swallows. Where there are more than seven things, dashes
or symbols tell the rest. Texts from outside go through :func:`mer_tasks.report.blocks.plain`. Curves are in
:mod:`mer_tasks.report.plotly_curves`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from mer_tasks.emotions import EMOTIONS
from mer_tasks.report.blocks import named, plain
from mer_tasks.runs.run import Manifest

GREY = "#8A8A8A"
"""Seen on light and on dark."""
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", GREY)
DASHES = ("solid", "dash", "dot", "dashdot")
SYMBOLS = ("circle", "diamond", "square", "cross")
"""Those that two and three dimensions have in common."""
FIRST = ("loss", "accuracy", "auc", "precision", "recall")
"""Measures of a training in the order in which they are shown; others follow."""
HEIGHT = 420
OTHER = 12
"""So many classes get a name of their own; the rarer ones are one class."""


def style(place: int) -> dict[str, Any]:
    """Colour, dash and symbol of the thing at `place`."""
    again = place // len(COLOURS)
    return {
        "colour": COLOURS[place % len(COLOURS)],
        "dash": DASHES[again % len(DASHES)],
        "symbol": SYMBOLS[again % len(SYMBOLS)],
    }


def laid_out(figure: go.Figure, x: str = "", y: str = "", *, height: int = HEIGHT, **more: Any) -> go.Figure:
    """`figure` with the titles of its axes, and its legend above."""
    legend = {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "itemsizing": "constant", "traceorder": "normal"}
    margin = {"l": 56, "r": 40, "t": 24, "b": 48}
    figure.update_layout(template="none", height=height, margin=margin, legend=legend, hovermode="closest")
    figure.update_layout(modebar={"orientation": "v", "bgcolor": "rgba(0,0,0,0)"}, **more)
    figure.update_xaxes(automargin=True)
    if x:
        figure.update_xaxes(title_text=x)
    if y:
        figure.update_yaxes(title_text=y)
    return figure


def bars(
    series: Mapping[str, Sequence[float]],
    categories: Sequence[str],
    *,
    y: str,
    x: str = "",
    stacked: bool = True,
    across: bool = False,
) -> go.Figure:
    """Bars of several series.

    Parameters
    ----------
    series : mapping of str to sequence of float
        A value for each category.
    categories : sequence of str
        Texts from outside too.
    y, x : str
        What is counted, and what the categories are.
    stacked : bool
        One upon the other instead of side by side.
    across : bool
        From left to right instead of upwards.
    """
    figure, names = go.Figure(), [plain(name) for name in categories]
    for place, (name, values) in enumerate(series.items()):
        found = {"x": list(values), "y": names, "orientation": "h"} if across else {"x": names, "y": list(values)}
        figure.add_bar(name=plain(name), marker_color=style(place)["colour"], **found)
        if across:
            figure.data[-1].update(texttemplate="%{x:.1f}", textposition="outside", cliponaxis=False)
    mode: dict[str, Any] = {"barmode": "stack" if stacked else "group", "showlegend": len(series) > 1}
    if not across:
        return laid_out(figure, x, y, **mode).update_xaxes(showgrid=False)
    figure.update_yaxes(autorange="reversed", automargin=True)
    return laid_out(figure, y, x, height=120 + 26 * len(names), **mode)


def by_emotion(lines: Mapping[str, Sequence[Manifest]]) -> go.Figure:
    """Bars of metrics of each emotion, with intervals, and a dash for the baseline.

    Parameters
    ----------
    lines : mapping of str to sequence of dict
        Name of a metric; its lines in the order of the emotions.
    """
    figure, names = go.Figure(), [named(emotion) for emotion in EMOTIONS]
    for place, (metric, of) in enumerate(lines.items()):
        values = [line["value"] for line in of]
        reach = [
            [
                None if line[end] is None or line["value"] is None else max(0.0, sign * (line[end] - line["value"]))
                for line in of
            ]
            for end, sign in (("high", 1), ("low", -1))
        ]
        texts = [f"{line['support']} test tracks carry it" for line in of]
        figure.add_bar(
            name=metric,
            x=names,
            y=values,
            marker_color=COLOURS[place],
            customdata=texts,
            offsetgroup=metric,
            error_y={
                "type": "data",
                "array": reach[0],
                "arrayminus": reach[1],
                "thickness": 1.2,
                "width": 2,
                "color": GREY,
            },
            hovertemplate="%{x}: " + metric + " %{y:.3f}<br>%{customdata}<extra></extra>",
        )
    first = next(iter(lines.values()))
    figure.add_scatter(
        name="F1 of the baseline",
        x=names,
        y=[line["baseline"] for line in first],
        mode="markers",
        offsetgroup=next(iter(lines)),
        marker={"symbol": "line-ew-open", "size": 18, "color": "#D55E00", "line": {"width": 3}},
        hovertemplate="%{x}: baseline %{y:.3f}<extra></extra>",
    )
    return laid_out(figure, "", "", barmode="group", scattermode="group", yaxis_range=[0, 1.02], xaxis_showgrid=False)


def history(values: Mapping[str, Sequence[float | None]], best: int | None) -> go.Figure:
    """Curves of training, one field a measure, train and validation together; a line at the epoch that was kept."""
    measures = [name for name in (*FIRST, *values) if name in values and not name.startswith("val_")]
    measures = list(dict.fromkeys(measures))
    columns = 2 if len(measures) > 1 else 1
    rows = -(-len(measures) // columns)
    titles = [name.replace("_", " ").replace("auc", "AUC") for name in measures]
    figure = make_subplots(rows, columns, subplot_titles=titles, vertical_spacing=0.3 / rows, horizontal_spacing=0.1)
    for place, measure in enumerate(measures):
        row, column = place // columns + 1, place % columns + 1
        for which, (name, label) in enumerate(((measure, "train"), (f"val_{measure}", "validation"))):
            if name in values:
                figure.add_scatter(
                    x=list(range(1, len(values[name]) + 1)),
                    y=list(values[name]),
                    name=label,
                    legendgroup=label,
                    showlegend=place == 0,
                    mode="lines+markers" if len(values[name]) < 3 else "lines",
                    line={"color": COLOURS[which]},
                    hovertemplate="epoch %{x}: %{y:.4f}<extra>" + label + "</extra>",
                    row=row,
                    col=column,
                )
        if best is not None:
            figure.add_vline(x=best, line={"dash": "dot", "color": GREY}, row=row, col=column)
    laid_out(figure, height=90 + 280 * rows, margin_t=64, legend_y=1 + 40 / (280 * rows))
    return figure.update_xaxes(title={"text": "epoch", "standoff": 6})


def classes(values: Sequence[str]) -> list[str]:
    """`values` with those beyond the twelve most frequent ones made "(others)"."""
    names, counts = np.unique(np.asarray(values, dtype=object).astype(str), return_counts=True)
    kept = set(names[np.lexsort((names, -counts))][:OTHER])
    return [value if value in kept else "(others)" for value in values]


def scattered(
    points: Mapping[str, npt.NDArray[np.floating]],
    colourings: Mapping[str, Sequence[str]],
    texts: Sequence[str],
    order: Sequence[str] = (),
) -> go.Figure:
    """Points in two or three dimensions, with a menu of how they were placed and of what their colour says.

    Parameters
    ----------
    points : mapping of str to np.ndarray [shape=(n, 2 or 3)]
        By the name of the method.
    colourings : mapping of str to sequence of str
        By what the colour says, a class for each point; from outside.
    texts : sequence of str
        Shown when a point is hovered over; from outside.
    order : sequence of str
        Classes that come first, in this order; the others follow by name.
    """
    figure, shown, safe = go.Figure(), [], np.array([plain(text) for text in texts], object)
    ranks = {name: place for place, name in enumerate(order)}
    deep = next(iter(points.values())).shape[1] == 3
    for method, places in points.items():
        for what, values in colourings.items():
            found = np.array(classes(values), object)
            for number, name in enumerate(sorted(set(found), key=lambda name: (ranks.get(name, len(ranks)), name))):
                own, look = found == name, style(ranks.get(name, number))
                axes = dict(zip("xyz", places[own].T.round(3), strict=False))
                kind = go.Scatter3d if deep else go.Scatter
                figure.add_trace(
                    kind(
                        **axes,
                        name=plain(name),
                        text=safe[own],
                        mode="markers",
                        marker={"size": 4 if deep else 7, "color": look["colour"], "symbol": look["symbol"], "opacity": 0.85},
                        hovertemplate="%{text}<extra>%{fullData.name}</extra>",
                    )
                )
                shown.append((method, what))
    for trace, place in zip(figure.data, shown, strict=True):
        trace.visible = place == shown[0]
    options = [
        {
            "label": f"{method}, by {what}",
            "method": "update",
            "args": [{"visible": [place == (method, what) for place in shown]}],
        }
        for method, what in dict.fromkeys(shown)
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
    laid_out(figure, height=560, updatemenus=[menu])
    figure.update_layout(
        legend={"orientation": "h", "y": -0.02, "yanchor": "top"},
        margin={"l": 8, "r": 8, "t": 56, "b": 8},
        modebar_orientation="h",
    )
    bare = {"showticklabels": False, "title": "", "zeroline": False, "ticks": "", "showgrid": deep}
    if deep:
        eye = dict.fromkeys("xyz", 1.45)
        return figure.update_layout(scene={"xaxis": bare, "yaxis": bare, "zaxis": bare, "camera_eye": eye})
    return figure.update_xaxes(**bare).update_yaxes(**bare)
