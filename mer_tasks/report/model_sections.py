"""Sections of a report on the quality of the model: metrics, training, confusion, curves, calibration, thresholds.

In: the documents of a run. Out: the blocks of each section. Where something cannot be shown, a paragraph says why.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mer_tasks.emotions import EMOTIONS
from mer_tasks.evaluation.metrics import OVERALL, Flags
from mer_tasks.report import plotly_charts, svg_figures
from mer_tasks.report import plotly_curves as curve
from mer_tasks.report.blocks import Block, Chart, Group, Paragraph, Picture, Table, display_name
from mer_tasks.report.run_documents import LabelledPredictions, RunView
from mer_tasks.runs.artifacts import CHECKPOINT, HISTORY
from mer_tasks.runs.run import Manifest
from mer_tasks.wording import number_with_interval

NOT_EVALUATED = Paragraph("Nothing to show: stage `evaluate` of this run has not finished.")
MEANINGS = {
    "roc_auc_macro": "of two tracks, one with an emotion and one without it, how often the first gets the higher probability",
    "pr_auc_macro": "average precision over all thresholds",
    "f1_macro": "balance of precision and recall; each emotion counts the same",
    "f1_micro": "F1 over all decisions at once; common emotions count more",
    "f1_samples": "F1 within each track, averaged over tracks",
    "precision_macro": "of the tracks for which the model predicts an emotion, the share that has it",
    "recall_macro": "of the tracks with an emotion, the share for which the model predicts it",
    "hamming_loss": "share of wrong decisions; lower is better",
    "brier_macro": "mean squared error of the probabilities; lower is better",
    "ece_macro": "mean distance between probabilities and actual shares; lower is better",
}
"""Meaning of each metric over all emotions."""
NAMES = {
    name: name.replace("roc_auc", "ROC-AUC")
    .replace("pr_auc", "PR-AUC")
    .replace("ece", "ECE")
    .replace("brier", "Brier")
    .replace("hamming", "Hamming")
    .replace("f1", "F1")
    .replace("_", " ")
    for name in OVERALL
}
BARS = {"F1": "f1", "precision": "precision", "recall": "recall"}
LEGEND_HINT = Paragraph("Click a name to hide its curve. Double-click a name to show only its curve.")


def list_emotions(names: Sequence[str]) -> str:
    """Write emotions as a list in one phrase."""
    return ", ".join(display_name(name) for name in names)


def emotions_without_curve(predictions: LabelledPredictions) -> tuple[list[str], list[str]]:
    """Find the emotions that no track has, and those that every track has."""
    columns = list(zip(EMOTIONS, predictions.labels.T, strict=True))
    in_none = [name for name, labels in columns if not labels.any()]
    in_all = [name for name, labels in columns if labels.size and labels.all()]
    return in_none, in_all


def missing_curve_notes(predictions: LabelledPredictions, part: str, *, in_all_too: bool = False) -> list[Paragraph]:
    """Explain why some emotions have no curve.

    Parameters
    ----------
    predictions : LabelledPredictions
    part : str
        Name of the part that the tracks are in.
    in_all_too : bool
        Whether emotions that every track has are without a curve as well.
    """
    in_none, in_all = emotions_without_curve(predictions)
    notes = [Paragraph(f"No curve for {list_emotions(in_none)}: no {part} track has it.")] if in_none else []
    if in_all_too and in_all:
        notes.append(
            Paragraph(
                f"No curve for {list_emotions(in_all)}: every {part} track has it, so there is no track without it to compare."
            )
        )
    return notes


def outside_interval(line: Manifest) -> bool:
    """Whether the value of a metric line lies outside its interval; False if one of these is not defined."""
    value, low, high = line["value"], line["low"], line["high"]
    return None not in (value, low, high) and not low <= value <= high


def metrics(view: RunView) -> list[Block]:
    """Make section "Overall metrics": a table of the metrics over all emotions."""
    lines = [(name, view.metrics.get((None, name))) for name in OVERALL]
    rows = [
        (
            NAMES[name],
            (number_with_interval(line["value"], line["low"], line["high"]) or "not defined")
            + ("*" if outside_interval(line) else ""),
            line["baseline"],
            line["split_half"],
            line["panel"],
            MEANINGS[name],
        )
        for name, line in lines
        if line
    ]
    if not rows:
        return [NOT_EVALUATED]
    columns = ("metric", "model (95 % interval)", "baseline", "half of the listeners", "all listeners", "meaning")
    first = next(line for _, line in lines if line)
    caption = f"Metrics of {first['support']} test tracks"
    outside = [NAMES[name] for name, line in lines if line and outside_interval(line)]
    note = (
        f"* The value of {', '.join(outside)} lies outside its interval. The bootstrap draws some tracks several times, which"
        " makes such an error larger."
    )
    return [Table(caption, columns, rows), *([Paragraph(note)] if outside else [])]


def emotions(view: RunView) -> list[Block]:
    """Make section "Emotion by emotion": bars of F1, precision and recall of each emotion."""
    lines = {}
    for name, metric in BARS.items():
        of_emotions = [view.metrics.get((emotion, metric)) for emotion in EMOTIONS]
        lines[name] = [line for line in of_emotions if line]
    if any(len(of_metric) < len(EMOTIONS) for of_metric in lines.values()):
        return [NOT_EVALUATED]
    values = "; ".join(
        f"{display_name(line['emotion'])} {number_with_interval(line['value'], None, None) or 'not defined'}"
        for line in lines["F1"]
    )
    blocks: list[Block] = [
        Chart("emotions", f"Bars of F1, precision and recall of each emotion. F1: {values}.", plotly_charts.emotion_bars(lines))
    ]
    undefined = [line["emotion"] for line in lines["F1"] if line["value"] is None]
    if undefined:
        blocks.append(Paragraph(f"No bars for {list_emotions(undefined)}: no test track has it."))
    return blocks


def training(view: RunView) -> list[Block]:
    """Make section "Training": the measures of the train and the validation part after each epoch."""
    history = view.json("train", HISTORY)
    interrupted = ""
    if history is None:
        model_run = (view.manifests.get("discover", {}).get("model") or {}).get("run_id")
        if model_run:
            return [Paragraph(f"This run loaded the model of run {model_run}. The report of that run has its training curves.")]
        checkpoint = view.json("train", CHECKPOINT)
        if checkpoint is None:
            return [Paragraph("The network was not trained: no epoch has been completed.")]
        history = checkpoint["history"]
        interrupted = f" The training was interrupted: epoch {len(history['val_loss'])} is the last one that was completed."
    values = {name: numbers for name, numbers in history.items() if isinstance(numbers, list)}
    best = view.manifests.get("train", {}).get("counters", {}).get("best_epoch")
    chosen = f" The dotted line marks epoch {best}, whose weights are the model." if best else ""
    epochs = max((len(numbers) for numbers in values.values()), default=0)
    alt = f"Measures of the segments of the train and the validation part after each of {epochs} epochs.{chosen}{interrupted}"
    blocks: list[Block] = [Chart("training", alt, plotly_charts.training_curves(values, best)), Paragraph(alt)]
    missing = [name for name in plotly_charts.MEASURES if name not in values]
    if missing:
        blocks.append(Paragraph(f"No curves of {', '.join(missing)}: this training did not record them."))
    return blocks


def confusion(view: RunView) -> list[Block]:
    """Make section "Confusion": a matrix for each emotion, and a large one for pairs of emotions."""
    predictions = view.test
    if predictions is None or not predictions.tracks:
        return [NOT_EVALUATED]
    columns = zip(EMOTIONS, predictions.labels.T, predictions.decisions.T, strict=True)
    singles = [
        Picture(_counts(emotion, labels, decisions), svg_figures.confusion(labels, decisions), display_name(emotion), "small")
        for emotion, labels, decisions in columns
    ]
    shares = svg_figures.pairwise_confusion(predictions.labels, predictions.decisions)
    note = Paragraph(
        "How to read the large matrix: take the tracks that have the emotion of the row but not the emotion of the column. The"
        " number is the percentage of them for which the model predicts the emotion of the column. On the diagonal, take all"
        " tracks with the emotion: the number is the percentage for which the model predicts it. A track may have several"
        " emotions."
    )
    return [Group(singles), Picture(_worst_pair(shares), svg_figures.confusion_matrix_of_pairs(shares)), note]


def _counts(emotion: str, labels: Flags, decisions: Flags) -> str:
    cases = {
        "found": labels & decisions,
        "missed": labels & ~decisions,
        "false alarms": ~labels & decisions,
        "correctly not predicted": ~labels & ~decisions,
    }
    return f"{display_name(emotion)}: {', '.join(f'{flags.sum()} {name}' for name, flags in cases.items())}"


def _worst_pair(shares: npt.NDArray[np.float64]) -> str:
    off_diagonal = np.where(np.eye(len(EMOTIONS), dtype=bool), np.nan, shares)
    if np.isnan(off_diagonal).all():
        return "How often the model confuses one emotion with another. No pair of emotions can be compared."
    row, column = np.unravel_index(np.nanargmax(off_diagonal), off_diagonal.shape)
    present = display_name(EMOTIONS[row])
    absent = display_name(EMOTIONS[column])
    return (
        f"How often the model confuses one emotion with another. Most often: for {100 * off_diagonal[row, column]:.0f} % of the"
        f" tracks with {present} and without {absent}, the model predicts {absent}."
    )


def curves(view: RunView) -> list[Block]:
    """Make section "ROC, precision and recall": both curves of each emotion."""
    predictions = view.test
    if predictions is None or not predictions.tracks:
        return [NOT_EVALUATED]
    blocks: list[Chart | Picture] = []
    for name, title, metric, draw in (
        ("roc", "ROC", "roc_auc", curve.roc),
        ("precision_recall", "Precision and recall", "pr_auc", curve.precision_recall),
    ):
        lines = [(emotion, view.metrics.get((emotion, metric))) for emotion in EMOTIONS]
        areas = ", ".join(
            f"{display_name(emotion)} {line['value']:.2f}" for emotion, line in lines if line and line["value"] is not None
        )
        blocks.append(
            Chart(
                name,
                f"{title} of each emotion. Areas under the curves: {areas or 'none is defined'}.",
                draw(predictions.labels, predictions.probabilities),
            )
        )
    return [Group(blocks), LEGEND_HINT, *missing_curve_notes(predictions, "test", in_all_too=True)]


def calibration(view: RunView) -> list[Block]:
    """Make section "Calibration": how often tracks have an emotion, against its probability."""
    predictions = view.test
    if predictions is None or not predictions.tracks:
        return [NOT_EVALUATED]
    line = view.metrics.get((None, "ece_macro"))
    error = f" Mean calibration error: {line['value']:.3f}." if line and line["value"] is not None else ""
    alt = f"Share of tracks that have an emotion, against the model's probability of it, in ten bins.{error}"
    note = Paragraph("Click the name of an emotion to show its curve. For a single emotion, the counts are small.")
    return [Chart("calibration", alt, curve.calibration(predictions.labels, predictions.probabilities)), note]


def thresholds(view: RunView) -> list[Block]:
    """Make section "Thresholds": F1 on the validation tracks at every threshold."""
    predictions = view.validation
    limits = view.thresholds
    if predictions is None or limits is None or not predictions.tracks:
        return [Paragraph("Nothing to show: stage `thresholds` of this run has not finished.")]
    chosen = ", ".join(f"{display_name(emotion)} {limits[emotion]:.2f}" for emotion in EMOTIONS)
    alt = f"F1 against the threshold, on {len(predictions.tracks)} validation tracks. Chosen thresholds: {chosen}."
    chart = Chart("thresholds", alt, curve.threshold_sweep(predictions.labels, predictions.probabilities, limits))
    return [chart, LEGEND_HINT, *missing_curve_notes(predictions, "validation")]
