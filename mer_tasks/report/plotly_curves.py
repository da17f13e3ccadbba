"""Plotly curves of a report: ROC, precision and recall, calibration, and F1 against the threshold.

In: labels and probabilities of tracks. Out: figures in the style of :mod:`mer_tasks.report.plotly_charts`. A curve has at most
400 points, for any number of tracks.
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
from mer_tasks.report.blocks import display_name
from mer_tasks.report.plotly_charts import GREY, apply_layout, style

MAX_POINTS = 400
ALL_EMOTIONS = len(EMOTIONS)
"""Style index of the curve of all emotions together. Each emotion has its own index, and so the same colour in every chart."""


def thin_out(count: int, required: Sequence[int] = ()) -> npt.NDArray[np.intp]:
    """Choose at most 400 of `count` points of a curve: the first, the last, evenly spaced ones, and the required ones.

    Returns
    -------
    np.ndarray [shape=(at most 400,), dtype=int]
        Indexes of the points, in ascending order.

    Examples
    --------
    >>> thin_out(3).tolist()
    [0, 1, 2]
    """
    spread = np.linspace(0, count - 1, min(count, MAX_POINTS - len(required))).round()
    return np.unique(np.concatenate([spread, required]).astype(np.intp))


def _curve(
    figure: go.Figure, index: int, name: str, x: Values, y: Values, hover: str, shape: str = "linear", **more: Any
) -> None:
    look = style(index)
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
    """Draw the ROC curve of each emotion that some tracks have and others do not.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, 9), dtype=bool]
    probabilities : np.ndarray [shape=(tracks, 9)]
    """
    figure = go.Figure()
    for index, emotion in enumerate(EMOTIONS):
        if labels[:, index].any() and not labels[:, index].all():
            false_positives, true_positives, _ = roc_curve(labels[:, index], probabilities[:, index])
            shown = thin_out(len(false_positives))
            hover = "false alarms %{x:.2f}, found %{y:.2f}"
            _curve(figure, index, display_name(emotion), false_positives[shown], true_positives[shown], hover)
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="guessing",
        line={"color": GREY, "dash": "dot", "width": 1},
        hoverinfo="skip",
    )
    return apply_layout(
        figure,
        "false alarms: share of the tracks without the emotion",
        "recall: share of the tracks with the emotion that are found",
    )


def precision_recall(labels: Flags, probabilities: Values) -> go.Figure:
    """Draw precision against recall of each emotion that some tracks have, with a dotted line for guessing.

    The precision of guessing is the share of tracks that have the emotion.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, 9), dtype=bool]
    probabilities : np.ndarray [shape=(tracks, 9)]
    """
    figure = go.Figure()
    for index, emotion in enumerate(EMOTIONS):
        if labels[:, index].any():
            precision, recall, _ = precision_recall_curve(labels[:, index], probabilities[:, index])
            shown = thin_out(len(recall))
            name = display_name(emotion)
            hover = "recall %{x:.2f}, precision %{y:.2f}"
            _curve(figure, index, name, recall[shown], precision[shown], hover, "hv", legendgroup=name)
            figure.add_scatter(
                x=[0, 1],
                y=[labels[:, index].mean()] * 2,
                mode="lines",
                name=f"{name}, guessing",
                legendgroup=name,
                showlegend=False,
                line={"color": style(index)["colour"], "dash": "dot", "width": 1},
                hovertemplate=f"{name}<br>guessing, precision %{{y:.2f}}<extra></extra>",
            )
    return apply_layout(
        figure,
        "recall: share of the tracks with the emotion that are found",
        "precision: share of right answers",
    )


def calibration(labels: Flags, probabilities: Values) -> go.Figure:
    """Draw calibration curves above the number of cases in each bin of probability.

    A case is a track and an emotion. A curve shows the share of cases with the emotion, against the bin's mean probability.
    The page first shows the curve of all emotions together; a click on an emotion's name shows its own curve.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, 9), dtype=bool]
    probabilities : np.ndarray [shape=(tracks, 9)]
    """
    figure = make_subplots(2, 1, shared_xaxes=True, row_heights=[0.72, 0.28], vertical_spacing=0.06)
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", name="exact", line={"color": GREY, "dash": "dot", "width": 1}, hoverinfo="skip"
    )
    curves = [(ALL_EMOTIONS, "all emotions", labels.ravel(), probabilities.ravel())]
    for index, emotion in enumerate(EMOTIONS):
        curves.append((index, display_name(emotion), labels[:, index], probabilities[:, index]))
    for index, name, positives, scores in curves:
        bin_numbers = bins(scores)
        counts = np.bincount(bin_numbers, minlength=BINS)
        filled = counts > 0
        mean_probability = np.bincount(bin_numbers, scores.astype(np.float64), BINS)[filled] / counts[filled]
        share = np.bincount(bin_numbers, positives.astype(np.float64), BINS)[filled] / counts[filled]
        look = style(index)
        shown = True if index == ALL_EMOTIONS else "legendonly"
        figure.add_scatter(
            x=mean_probability,
            y=share,
            name=name,
            legendgroup=name,
            visible=shown,
            mode="lines+markers",
            line={"color": look["colour"], "dash": look["dash"]},
            customdata=counts[filled],
            hovertemplate=(
                f"{name}<br>mean probability %{{x:.2f}}, actual share %{{y:.2f}}<br>%{{customdata}} cases<extra></extra>"
            ),
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
    apply_layout(figure, height=520, barmode="overlay", xaxis2_title_text="probability from the model")
    figure.update_yaxes(title_text="share that has the emotion", range=[0, 1], row=1, col=1)
    return figure.update_yaxes(title_text="cases", row=2, col=1)


def threshold_sweep(labels: Flags, probabilities: Values, thresholds: Mapping[str, float]) -> go.Figure:
    """Draw F1 against the threshold: of each emotion with its chosen threshold, and of a single threshold for all emotions.

    F1 is a step function: between two neighbouring probabilities, a threshold selects the same tracks.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, 9), dtype=bool]
    probabilities : np.ndarray [shape=(tracks, 9)]
    thresholds : mapping of str to float
        Chosen threshold of each emotion.
    """
    figure = go.Figure()
    curves = [(display_name(emotion), labels[:, index], probabilities[:, index]) for index, emotion in enumerate(EMOTIONS)]
    curves.append(("one threshold for all", labels.ravel(), probabilities.ravel()))
    for index, (name, positives, scores) in enumerate(curves):
        if not positives.any():
            continue
        precision, recall, limits = precision_recall_curve(positives, scores)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
        # below the lowest probability every track is selected, above the highest one no track is
        limits = np.concatenate([[0.0], limits, [1.0]])
        precision = np.concatenate([precision[:1], precision])
        recall = np.concatenate([recall[:1], recall])
        f1 = np.concatenate([f1[:1], f1])
        if index == ALL_EMOTIONS:
            best = len(f1) - 1 - int(f1[::-1].argmax())
            chosen = (limits[best - 1] + limits[best]) / 2
            adjective = "best"
        else:
            chosen = thresholds[EMOTIONS[index]]
            adjective = "chosen"
        step = int(np.searchsorted(limits, chosen))
        shown = thin_out(len(limits), [max(0, step - 1), step])
        precision_and_recall = np.stack([precision, recall], axis=1)[shown]
        hover = "threshold %{x:.2f}: F1 %{y:.2f}<br>precision %{customdata[0]:.2f}, recall %{customdata[1]:.2f}"
        _curve(figure, index, name, limits[shown], f1[shown], hover, "vh", customdata=precision_and_recall, legendgroup=name)
        if index == ALL_EMOTIONS:
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
                "color": style(index)["colour"],
                "symbol": "diamond" if index == ALL_EMOTIONS else "circle",
                "line": {"width": 2, "color": "#fff"},
            },
            hovertemplate=f"{name}<br>{adjective} threshold: %{{x:.3f}}, F1 %{{y:.2f}}<extra></extra>",
        )
    return apply_layout(figure, "threshold of the probability", "F1 on the validation tracks")
