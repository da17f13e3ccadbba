"""Plotly curves of a report: ROC, precision and recall, calibration, and F1 against the threshold.

In: labels and probabilities of tracks. Out: figures in the style of :mod:`mer_tasks.report.plotly_charts`. A curve has at most
400 points, for any number of tracks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.subplots import make_subplots
from sklearn.metrics import precision_recall_curve, roc_curve

from mer_tasks.evaluation.metrics import BINS, Flags, Values, bins
from mer_tasks.label_set import LabelSet
from mer_tasks.report.blocks import escaped
from mer_tasks.report.label_styles import Look, curves_height, label_looks
from mer_tasks.report.plotly_charts import GREY, HEIGHT, apply_layout

MAX_POINTS = 400


def thin_out(count: int, required: Sequence[int] = (), most: int = MAX_POINTS) -> npt.NDArray[np.intp]:
    """Choose at most 400 of `count` points of a curve: the first, the last, evenly spaced ones, and the required ones.

    Returns
    -------
    np.ndarray [shape=(at most `most`,), dtype=int]
        Indexes of the points, in ascending order.

    Examples
    --------
    >>> thin_out(3).tolist()
    [0, 1, 2]
    """
    spread = np.linspace(0, count - 1, min(count, most - len(required))).round()
    return np.unique(np.concatenate([spread, required]).astype(np.intp))


def _curve(figure: go.Figure, look: Look, x: Values, y: Values, hover: str, shape: str = "linear", **more: Any) -> None:
    figure.add_scatter(
        x=x,
        y=y,
        name=look.short,
        mode="lines",
        line={**look.line, "shape": shape},
        hovertemplate=f"{look.name}<br>{hover}<extra></extra>",
        **more,
    )


def roc(labels: Flags, probabilities: Values, label_set: LabelSet) -> go.Figure:
    """Draw the ROC curve of each label that some tracks have and others do not.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, labels), dtype=bool]
    probabilities : np.ndarray [shape=(tracks, labels)]
    label_set : LabelSet
    """
    figure = go.Figure()
    for index, look in enumerate(label_looks(label_set)[:-1]):
        if labels[:, index].any() and not labels[:, index].all():
            false_positives, true_positives, _ = roc_curve(labels[:, index], probabilities[:, index])
            shown = thin_out(len(false_positives))
            hover = "false alarms %{x:.2f}, found %{y:.2f}"
            _curve(figure, look, false_positives[shown], true_positives[shown], hover)
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
        "false alarms: share of the other tracks",
        "recall: share that the model finds",
        height=curves_height(label_set),
    )


def precision_recall(labels: Flags, probabilities: Values, label_set: LabelSet) -> go.Figure:
    """Draw precision against recall of each label that some tracks have, with a dotted line for guessing.

    The precision of guessing is the share of tracks that have the label.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, labels), dtype=bool]
    probabilities : np.ndarray [shape=(tracks, labels)]
    label_set : LabelSet
    """
    figure = go.Figure()
    for index, look in enumerate(label_looks(label_set)[:-1]):
        if labels[:, index].any():
            precision, recall, _ = precision_recall_curve(labels[:, index], probabilities[:, index])
            shown = thin_out(len(recall))
            hover = "recall %{x:.2f}, precision %{y:.2f}"
            _curve(figure, look, recall[shown], precision[shown], hover, "hv", legendgroup=look.short)
            figure.add_scatter(
                x=[0, 1],
                y=[labels[:, index].mean()] * 2,
                mode="lines",
                name=f"{look.short}, guessing",
                legendgroup=look.short,
                showlegend=False,
                line={"color": look.colour, "dash": "dot", "width": 1},
                hovertemplate=f"{look.name}<br>guessing, precision %{{y:.2f}}<extra></extra>",
            )
    return apply_layout(
        figure,
        "recall: share that the model finds",
        "precision: share of right answers",
        height=curves_height(label_set),
    )


def calibration_bins(positives: Flags, scores: Values) -> tuple[Values, Values, npt.NDArray[np.intp]]:
    """Compute the calibration of some cases in ten bins of probability.

    Parameters
    ----------
    positives : np.ndarray [shape=(cases,), dtype=bool]
    scores : np.ndarray [shape=(cases,)]
        Probabilities.

    Returns
    -------
    mean_probability, share : np.ndarray [shape=(at most 10,), dtype=float64]
        Mean probability and share of positives of each bin that has cases.
    counts : np.ndarray [shape=(10,), dtype=int]
        Cases in each bin.
    """
    bin_numbers = bins(scores)
    counts = np.bincount(bin_numbers, minlength=BINS)
    filled = counts > 0
    mean_probability = np.bincount(bin_numbers, scores.astype(np.float64), BINS)[filled] / counts[filled]
    share = np.bincount(bin_numbers, positives.astype(np.float64), BINS)[filled] / counts[filled]
    return mean_probability, share, counts


def calibration(labels: Flags, probabilities: Values, label_set: LabelSet, *, each: bool = True) -> go.Figure:
    """Draw calibration curves above the number of cases in each bin of probability.

    A case is a track and a label. A curve shows the share of cases with the label, against the bin's mean probability.
    The page first shows the curve of all labels together; a click on a label's name shows its own curve.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, labels), dtype=bool]
    probabilities : np.ndarray [shape=(tracks, labels)]
    label_set : LabelSet
    each : bool
        Whether the chart has a curve for each label too.
    """
    figure = make_subplots(2, 1, shared_xaxes=True, row_heights=[0.72, 0.28], vertical_spacing=0.06)
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", name="exact", line={"color": GREY, "dash": "dot", "width": 1}, hoverinfo="skip"
    )
    *looks, of_all = label_looks(label_set)
    curves = [(of_all, labels.ravel(), probabilities.ravel())]
    if each:
        curves += [(look, labels[:, index], probabilities[:, index]) for index, look in enumerate(looks)]
    for look, positives, scores in curves:
        mean_probability, share, counts = calibration_bins(positives, scores)
        shown = True if look is of_all else "legendonly"
        figure.add_scatter(
            x=mean_probability,
            y=share,
            name=look.short,
            legendgroup=look.short,
            visible=shown,
            mode="lines+markers",
            line=look.line,
            customdata=counts[counts > 0],
            hovertemplate=(
                f"{look.name}<br>mean probability %{{x:.2f}}, actual share %{{y:.2f}}<br>%{{customdata}} cases<extra></extra>"
            ),
        )
        figure.add_bar(
            x=(np.arange(BINS) + 0.5) / BINS,
            y=counts,
            width=0.9 / BINS,
            name=look.short,
            legendgroup=look.short,
            visible=shown,
            showlegend=False,
            marker_color=look.colour,
            hovertemplate=f"{look.name}<br>%{{y}} cases<extra></extra>",
            row=2,
            col=1,
        )
    apply_layout(figure, height=520, barmode="overlay", xaxis2_title_text="probability from the model")
    figure.update_yaxes(title_text=escaped(f"share that has the {label_set.noun[0]}"), range=[0, 1], row=1, col=1)
    return figure.update_yaxes(title_text="cases", row=2, col=1)


@dataclass(frozen=True)
class Sweep:
    """F1 at every threshold, in ascending order; between two neighbouring thresholds the same tracks are selected.

    Attributes
    ----------
    limits, f1, precision, recall : np.ndarray [shape=(n,)]
        Thresholds from 0 to 1, and the measures at each.
    """

    limits: Values
    f1: Values
    precision: Values
    recall: Values

    @classmethod
    def of(cls, positives: Flags, scores: Values) -> "Sweep":
        """Compute the sweep of cases of which at least one is positive."""
        precision, recall, limits = precision_recall_curve(positives, scores)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
        # below the lowest probability every track is selected, above the highest one no track is
        limits = np.concatenate([[0.0], limits, [1.0]])
        return cls(limits, *(np.concatenate([values[:1], values]) for values in (f1, precision, recall)))

    @property
    def best(self) -> float:
        """Threshold with the highest F1; the highest one of equal thresholds."""
        step = len(self.f1) - 1 - int(self.f1[::-1].argmax())
        return float(self.limits[step - 1] + self.limits[step]) / 2

    def step(self, threshold: float) -> int:
        """Index of the step that a threshold is on."""
        return int(np.searchsorted(self.limits, threshold))

    def shown(self, threshold: float, most: int = MAX_POINTS) -> npt.NDArray[np.intp]:
        """Indexes of the points to draw, with those of the step of a threshold."""
        step = self.step(threshold)
        return thin_out(len(self.limits), [max(0, step - 1), step], most)


def threshold_sweep(
    labels: Flags, probabilities: Values, thresholds: Mapping[str, float], label_set: LabelSet, *, each: bool = True
) -> go.Figure:
    """Draw F1 against the threshold: of each label with its chosen threshold, and of a single threshold for all labels.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, labels), dtype=bool]
    probabilities : np.ndarray [shape=(tracks, labels)]
    thresholds : mapping of str to float
        Chosen threshold of each label.
    label_set : LabelSet
    each : bool
        Whether the chart has a curve for each label too.
    """
    figure = go.Figure()
    *looks, of_all = label_looks(label_set)
    of_all = replace(of_all, short="one threshold for all", name="one threshold for all")
    curves: list[tuple[Look, str | None, Flags, Values]] = []
    if each:
        of_labels = zip(looks, label_set.ids, labels.T, probabilities.T, strict=True)
        curves += [values for values in of_labels if values[2].any()]
    if labels.any():
        curves.append((of_all, None, labels.ravel(), probabilities.ravel()))
    for look, label_id, positives, scores in curves:
        sweep = Sweep.of(positives, scores)
        chosen = thresholds[label_id] if label_id else sweep.best
        shown = sweep.shown(chosen)
        precision_and_recall = np.stack([sweep.precision, sweep.recall], axis=1)[shown]
        hover = "threshold %{x:.2f}: F1 %{y:.2f}<br>precision %{customdata[0]:.2f}, recall %{customdata[1]:.2f}"
        named = {"customdata": precision_and_recall, "legendgroup": look.short}
        _curve(figure, look, sweep.limits[shown], sweep.f1[shown], hover, "vh", **named)
        if not label_id:
            figure.data[-1].line.update(width=4)
        adjective = "chosen" if label_id else "best"
        figure.add_scatter(
            x=[chosen],
            y=[sweep.f1[sweep.step(chosen)]],
            mode="markers",
            name=look.short,
            legendgroup=look.short,
            showlegend=False,
            marker={
                "size": 11,
                "color": look.colour,
                "symbol": "circle" if label_id else "diamond",
                "line": {"width": 2, "color": "#fff"},
            },
            hovertemplate=f"{look.name}<br>{adjective} threshold: %{{x:.3f}}, F1 %{{y:.2f}}<extra></extra>",
        )
    height = curves_height(label_set) if each else HEIGHT
    return apply_layout(figure, "threshold of the probability", "F1", height=height)
