"""Small multiples: one small chart for each of many labels, all with the same axes from 0 to 1 and in one colour.

In: labels and probabilities of tracks. Out: panels of SVG with at most 50 points to a curve, sorted by a value.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from markupsafe import Markup
from sklearn.metrics import precision_recall_curve, roc_curve

from mer_tasks.evaluation.metrics import MetricKey
from mer_tasks.label_set import LabelSet
from mer_tasks.report.blocks import Panel, SmallMultiples
from mer_tasks.report.plotly_charts import COLOURS, GREY
from mer_tasks.report.plotly_curves import Sweep, calibration_bins, thin_out
from mer_tasks.report.run_documents import LabelledPredictions
from mer_tasks.runs.run import Manifest
from mer_tasks.wording import number

MAX_POINTS = 50
"""Points of a curve in a panel."""
Points = Sequence[tuple[float, float]]


def roc_panels(predictions: LabelledPredictions, metrics: Mapping[MetricKey, Manifest], label_set: LabelSet) -> SmallMultiples:
    """Draw the ROC curve of each label that some tracks have and others do not, largest area first."""
    panels = []
    for label_id, positives, scores in _columns(predictions, label_set):
        if positives.any() and not positives.all():
            false_positives, true_positives, _ = roc_curve(positives, scores)
            shown = thin_out(len(false_positives), most=MAX_POINTS)
            points = list(zip(false_positives[shown], true_positives[shown], strict=True))
            area = metrics.get((label_id, "roc_auc"), {}).get("value")
            panels.append(
                (-(area or 0), label_id, f"{number(area, 2)}, {positives.sum()} tracks", _svg(points, ((0, 0), (1, 1))))
            )
    caption = (
        "ROC curve of each {one}, largest area first: false alarms from left (0) to right (1), recall from bottom to top. The"
        " dotted line shows guessing. Below each chart: the area (ROC-AUC), and the number of test tracks that have the {one}."
    )
    return _multiples(caption, panels, label_set)


def precision_recall_panels(
    predictions: LabelledPredictions, metrics: Mapping[MetricKey, Manifest], label_set: LabelSet
) -> SmallMultiples:
    """Draw precision against recall of each label that some tracks have, largest average precision first."""
    panels = []
    for label_id, positives, scores in _columns(predictions, label_set):
        if positives.any():
            precision, recall, _ = precision_recall_curve(positives, scores)
            shown = thin_out(len(recall), most=MAX_POINTS)
            points = list(zip(recall[shown], precision[shown], strict=True))
            area = metrics.get((label_id, "pr_auc"), {}).get("value")
            guess = ((0, positives.mean()), (1, positives.mean()))
            panels.append((-(area or 0), label_id, f"{number(area, 2)}, {positives.sum()} tracks", _svg(points, guess, "hv")))
    caption = (
        "Precision and recall of each {one}, largest area first: recall from left (0) to right (1), precision from bottom to"
        " top. The dotted line shows guessing. Below each chart: the area (PR-AUC), and the number of test tracks that have the"
        " {one}."
    )
    return _multiples(caption, panels, label_set)


def calibration_panels(
    predictions: LabelledPredictions, metrics: Mapping[MetricKey, Manifest], label_set: LabelSet
) -> SmallMultiples:
    """Draw the calibration curve of each label that some tracks have, largest error first."""
    panels = []
    for label_id, positives, scores in _columns(predictions, label_set):
        if positives.any():
            mean_probability, share, counts = calibration_bins(positives, scores)
            error = metrics.get((label_id, "ece"), {}).get("value")
            sizes = 2 + 5 * np.sqrt(counts[counts > 0] / counts.sum())
            points = list(zip(mean_probability, share, strict=True))
            svg = _svg(points, ((0, 0), (1, 1)), dots=list(zip(*zip(*points, strict=True), sizes, strict=True)))
            panels.append((-(error or 0), label_id, f"{number(error, 2)}, {positives.sum()} tracks", svg))
    caption = (
        "Calibration of each {one}, largest error first: probability from left (0) to right (1), share of tracks that have the"
        " {one} from bottom to top, in at most ten bins. A larger dot stands for more tracks. On the dotted line, probabilities"
        " are exact. Below each chart: the error (ECE), and the number of test tracks that have the {one}."
    )
    return _multiples(caption, panels, label_set)


def threshold_panels(predictions: LabelledPredictions, thresholds: Mapping[str, float], label_set: LabelSet) -> SmallMultiples:
    """Draw F1 against the threshold of each label that some tracks have, highest F1 first."""
    panels = []
    for label_id, positives, scores in _columns(predictions, label_set):
        if positives.any():
            sweep = Sweep.of(positives, scores)
            chosen = thresholds[label_id]
            shown = sweep.shown(chosen, MAX_POINTS)
            best = float(sweep.f1[sweep.step(chosen)])
            points = list(zip(sweep.limits[shown], sweep.f1[shown], strict=True))
            svg = _svg(points, shape="vh", dots=[(chosen, best, 5.0)])
            panels.append((-best, label_id, f"{chosen:.2f}, F1 {best:.2f}", svg))
    caption = (
        "F1 of each {one} on the tracks that decided, highest first. Threshold from left (0) to right (1), F1 from bottom to"
        " top. Below each chart: the chosen threshold, which the dot marks, and its F1."
    )
    return _multiples(caption, panels, label_set)


def _columns(predictions: LabelledPredictions, label_set: LabelSet) -> Iterable[tuple[str, np.ndarray, np.ndarray]]:
    return zip(label_set.ids, predictions.labels.T, predictions.probabilities.T, strict=True)


def _multiples(caption: str, panels: list[tuple[float, str, str, Markup]], label_set: LabelSet) -> SmallMultiples:
    """Sort panels by their first value, and name them; {one} in the caption stands for the label set's word for a label."""
    in_order = sorted(panels, key=lambda panel: panel[0])
    shown = [Panel(label_set.by_id[label_id].name, text, svg) for _, label_id, text, svg in in_order]
    return SmallMultiples(caption.format(one=label_set.noun[0]), shown, f"Search {label_set.noun[1]}")


def _svg(points: Points, guess: Points = (), shape: str = "linear", dots: Sequence[tuple[float, float, float]] = ()) -> Markup:
    """Draw a curve in a square.

    Parameters
    ----------
    points, guess : sequence of (float, float)
        Points of the curve and of a dotted line, from 0 to 1.
    shape : {"linear", "hv", "vh"}
        Whether points are joined by straight lines or by steps, as in Plotly.
    dots : sequence of (float, float, float)
        Place and radius of dots; radius in percent of the width.
    """
    parts = ['<svg aria-hidden="true" viewBox="-4 -4 108 108" fill="none" stroke-linejoin="round">']
    parts.append('<path d="M0 0V100H100" stroke="currentColor" stroke-opacity="0.45"/>')
    if guess:
        parts.append(f'<path d="{_path(guess)}" stroke="{GREY}" stroke-dasharray="2 3" stroke-width="1.5"/>')
    parts.append(f'<path d="{_path(points, shape)}" stroke="{COLOURS[0]}" stroke-width="2.5"/>')
    parts += [f'<circle cx="{100 * x:.1f}" cy="{100 - 100 * y:.1f}" r="{r:.1f}" fill="{COLOURS[0]}"/>' for x, y, r in dots]
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704  # only numbers and words of this package


def _path(points: Points, shape: str = "linear") -> str:
    """Write points as the data of an SVG path."""
    (x, y), *others = [(f"{100 * x:.1f}", f"{100 - 100 * y:.1f}") for x, y in points]
    forms = {"linear": "L{x} {y}", "hv": "H{x}V{y}", "vh": "V{y}H{x}"}
    return f"M{x} {y}" + "".join(forms[shape].format(x=x, y=y) for x, y in others)
