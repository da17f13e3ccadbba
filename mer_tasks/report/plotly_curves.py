"""Curves of a report: ROC, precision and recall, calibration, and thresholds, by scikit-learn and Plotly.

In: labels and probabilities of tracks. Out: figures, as of :mod:`mer_tasks.report.plotly_charts`. However many tracks there
are, a curve has 400 points at most.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.subplots import make_subplots
from sklearn.metrics import precision_recall_curve, roc_curve

from mer_tasks.emotions import EMOTIONS
from mer_tasks.evaluation.metrics import BINS, Flags, Values, bins
from mer_tasks.report.blocks import named
from mer_tasks.report.plotly_charts import GREY, laid_out, style

POINTS = 400
TOGETHER = len(EMOTIONS)
"""Place of all emotions as one, after each of them, which has its place and so its colour in every chart."""


def thinned(count: int, also: Sequence[int] = ()) -> npt.NDArray[np.intp]:
    """Places of at most 400 of `count` points: the first, the last, and those that are to be among them."""
    spread = np.linspace(0, count - 1, min(count, POINTS - len(also))).round()
    return np.unique(np.concatenate([spread, also]).astype(np.intp))


def _curve(
    figure: go.Figure, place: int, name: str, x: Values, y: Values, hover: str, shape: str = "linear", **more: Any
) -> None:
    look = style(place)
    figure.add_scatter(
        x=x,
        y=y,
        name=name,
        mode="lines",
        line={"color": look["colour"], "dash": look["dash"], "shape": shape},
        hovertemplate=f"{name}<br>{hover}<extra></extra>",
        **more,
    )


def roc(labels: Flags, probabilities: Values) -> go.Figure:
    """ROC of each emotion that some tracks carry and some do not."""
    figure = go.Figure()
    for place, emotion in enumerate(EMOTIONS):
        if labels[:, place].any() and not labels[:, place].all():
            false, true, _ = roc_curve(labels[:, place], probabilities[:, place])
            kept, hover = thinned(len(false)), "false alarms %{x:.2f}, found %{y:.2f}"
            _curve(figure, place, named(emotion), false[kept], true[kept], hover)
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="guessing",
        line={"color": GREY, "dash": "dot", "width": 1},
        hoverinfo="skip",
    )
    return laid_out(figure, "false alarms: share of the other tracks", "recall: share found")


def precision_recall(labels: Flags, probabilities: Values) -> go.Figure:
    """Precision over recall of each emotion that some tracks carry, and the precision of guessing: how many carry it."""
    figure = go.Figure()
    for place, emotion in enumerate(EMOTIONS):
        if labels[:, place].any():
            precision, recall, _ = precision_recall_curve(labels[:, place], probabilities[:, place])
            kept, name = thinned(len(recall)), named(emotion)
            hover = "found %{x:.2f}, right answers %{y:.2f}"
            _curve(figure, place, name, recall[kept], precision[kept], hover, "hv", legendgroup=name)
            figure.add_scatter(
                x=[0, 1],
                y=[labels[:, place].mean()] * 2,
                mode="lines",
                name=f"{name}, guessing",
                legendgroup=name,
                showlegend=False,
                line={"color": style(place)["colour"], "dash": "dot", "width": 1},
                hovertemplate=f"{name}<br>guessing, right answers %{{y:.2f}}<extra></extra>",
            )
    return laid_out(figure, "recall: share of its tracks found", "precision: share right")


def calibration(labels: Flags, probabilities: Values) -> go.Figure:
    """How often tracks carry an emotion among those that are given about the same probability of it, above how many there are.

    All emotions together first; each of them is shown when its name is clicked.
    """
    figure = make_subplots(2, 1, shared_xaxes=True, row_heights=[0.72, 0.28], vertical_spacing=0.06)
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", name="exact", line={"color": GREY, "dash": "dot", "width": 1}, hoverinfo="skip"
    )
    pairs = [(TOGETHER, "all emotions", labels.ravel(), probabilities.ravel())]
    pairs += [(place, named(emotion), labels[:, place], probabilities[:, place]) for place, emotion in enumerate(EMOTIONS)]
    for place, name, there, said in pairs:
        number = bins(said)
        counts = np.bincount(number, minlength=BINS)
        sums = [np.bincount(number, values.astype(np.float64), BINS)[counts > 0] for values in (said, there)]
        mean, share = (values / counts[counts > 0] for values in sums)
        look, shown = style(place), True if place == TOGETHER else "legendonly"
        figure.add_scatter(
            x=mean,
            y=share,
            name=name,
            legendgroup=name,
            visible=shown,
            mode="lines+markers",
            line={"color": look["colour"], "dash": look["dash"]},
            customdata=counts[counts > 0],
            hovertemplate=f"{name}<br>said %{{x:.2f}}, so it is %{{y:.2f}}<br>%{{customdata}} cases<extra></extra>",
        )
        figure.add_bar(
            x=(np.arange(BINS) + 0.5) / BINS,
            y=counts,
            width=0.9 / BINS,
            name=name,
            legendgroup=name,
            visible=shown,
            showlegend=False,
            marker_color=look["colour"],
            hovertemplate=f"{name}<br>%{{y}} cases<extra></extra>",
            row=2,
            col=1,
        )
    laid_out(figure, height=520, barmode="overlay", xaxis2_title_text="probability that the model gives")
    figure.update_yaxes(title_text="share that carries it", range=[0, 1], row=1, col=1)
    return figure.update_yaxes(title_text="cases", row=2, col=1)


def sweep(labels: Flags, probabilities: Values, thresholds: Mapping[str, float]) -> go.Figure:
    """F1 at every threshold, of each emotion with its chosen one, and of one threshold for all of them with the best one.

    From one probability to the next it stays the same, as nothing passes the threshold.
    """
    figure = go.Figure()
    pairs = [(named(emotion), labels[:, place], probabilities[:, place]) for place, emotion in enumerate(EMOTIONS)]
    pairs.append(("one threshold for all", labels.ravel(), probabilities.ravel()))
    for place, (name, there, said) in enumerate(pairs):
        if not there.any():
            continue
        precision, recall, limits = precision_recall_curve(there, said)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
        # below the lowest probability all tracks pass, above the highest one none does
        limits = np.concatenate([[0.0], limits, [1.0]])
        precision, recall, f1 = (np.concatenate([values[:1], values]) for values in (precision, recall, f1))
        if place == TOGETHER:
            best = len(f1) - 1 - int(f1[::-1].argmax())
            chosen, verb = (limits[best - 1] + limits[best]) / 2, "best"
        else:
            chosen, verb = thresholds[EMOTIONS[place]], "chosen"
        step = int(np.searchsorted(limits, chosen))
        kept = thinned(len(limits), [max(0, step - 1), step])
        beside = np.stack([precision, recall], axis=1)[kept]
        hover = "threshold %{x:.2f}: F1 %{y:.2f}<br>precision %{customdata[0]:.2f}, recall %{customdata[1]:.2f}"
        _curve(figure, place, name, limits[kept], f1[kept], hover, "vh", customdata=beside, legendgroup=name)
        if place == TOGETHER:
            figure.data[-1].line.update(width=4)
        figure.add_scatter(
            x=[chosen],
            y=[f1[step]],
            mode="markers",
            name=name,
            legendgroup=name,
            showlegend=False,
            marker={
                "size": 11,
                "color": style(place)["colour"],
                "symbol": "diamond" if place == TOGETHER else "circle",
                "line": {"width": 2, "color": "#fff"},
            },
            hovertemplate=f"{name}<br>{verb}: %{{x:.3f}}, F1 %{{y:.2f}}<extra></extra>",
        )
    return laid_out(figure, "threshold of the probability", "F1 on the validation tracks")
