"""Plotly charts with a value for each label: bars side by side for few labels, one row for each of many labels.

In: metric lines of the labels. Out: figures in the style of :mod:`mer_tasks.report.plotly_charts`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from mer_tasks.label_set import LabelSet
from mer_tasks.report.label_styles import label_looks
from mer_tasks.report.plotly_charts import COLOURS, GREY, apply_layout, rows_layout
from mer_tasks.runs.run import Manifest

BASELINE_COLOUR = "#D55E00"


def _reach(lines: Sequence[Manifest]) -> dict[str, Any]:
    """Make the intervals of metric lines; a value may lie outside its interval, which then ends at the value."""
    ends = {
        end: [
            None if line[end] is None or line["value"] is None else max(0.0, sign * (line[end] - line["value"]))
            for line in lines
        ]
        for end, sign in (("high", 1), ("low", -1))
    }
    return {"type": "data", "array": ends["high"], "arrayminus": ends["low"], "thickness": 1.2, "width": 2, "color": GREY}


def label_bars(lines: Mapping[str, Sequence[Manifest]], label_set: LabelSet) -> go.Figure:
    """Draw bars of the metrics of each label with their intervals, and a dash for the baseline.

    Parameters
    ----------
    lines : mapping of str to sequence of dict
        By the name of a metric, its metric lines in the order of the labels.
    label_set : LabelSet
    """
    figure = go.Figure()
    looks = label_looks(label_set)[:-1]
    names = [look.short for look in looks]
    for index, (metric, of_labels) in enumerate(lines.items()):
        figure.add_bar(
            name=metric,
            x=names,
            y=[line["value"] for line in of_labels],
            marker_color=COLOURS[index],
            customdata=[[look.name, line["support"]] for look, line in zip(looks, of_labels, strict=True)],
            offsetgroup=metric,
            error_y=_reach(of_labels),
            hovertemplate="%{customdata[0]}: " + metric + " %{y:.3f}<br>%{customdata[1]} test tracks have it<extra></extra>",
        )
    first = next(iter(lines.values()))
    figure.add_scatter(
        name="F1 of the baseline",
        x=names,
        y=[line["baseline"] for line in first],
        mode="markers",
        offsetgroup=next(iter(lines)),
        customdata=[look.name for look in looks],
        marker={"symbol": "line-ew-open", "size": 18, "color": BASELINE_COLOUR, "line": {"width": 3}},
        hovertemplate="%{customdata}: baseline %{y:.3f}<extra></extra>",
    )
    return apply_layout(figure, "", "", barmode="group", scattermode="group", yaxis_range=[0, 1.02], xaxis_showgrid=False)


def label_rows(lines: Sequence[Manifest], label_set: LabelSet) -> go.Figure:
    """Draw the F1 of each label in a row of its own: a dot with its interval, and a dash for the baseline.

    Parameters
    ----------
    lines : sequence of dict
        Metric lines in the order of the rows, from top to bottom.
    label_set : LabelSet
    """
    looks = dict(zip(label_set.ids, label_looks(label_set), strict=False))
    of_rows = [looks[line["emotion"]] for line in lines]
    names = [look.short for look in of_rows]
    figure = go.Figure()
    figure.add_scatter(
        name="F1 of the baseline",
        x=[line["baseline"] for line in lines],
        y=names,
        mode="markers",
        marker={"symbol": "line-ns-open", "size": 9, "color": BASELINE_COLOUR, "line": {"width": 2}},
        customdata=[look.name for look in of_rows],
        hovertemplate="%{customdata}: baseline %{x:.3f}<extra></extra>",
    )
    figure.add_scatter(
        name="F1 with its 95 % interval",
        x=[line["value"] for line in lines],
        y=names,
        mode="markers",
        marker={"size": 7, "color": COLOURS[0]},
        error_x=_reach(lines),
        customdata=[[look.name, line["support"]] for look, line in zip(of_rows, lines, strict=True)],
        hovertemplate="%{customdata[0]}: F1 %{x:.3f}<br>%{customdata[1]} test tracks have it<extra></extra>",
    )
    figure.update_xaxes(range=[-0.02, 1.02])
    return rows_layout(apply_layout(figure, "F1 on the test tracks"), len(lines))
