"""Sections of a report on the quality of the model: metrics, each label, training, confusion, curves, calibration, thresholds.

In: the documents of a run. Out: the blocks of each section. Where something cannot be shown, a paragraph says why. Up to 12
labels share a chart; more have small multiples, sorted and searchable.
"""

from collections.abc import Sequence

from mer_tasks.evaluation.interval_notes import outside_interval, outside_note
from mer_tasks.evaluation.metrics import EQUAL_TO_ACCURACY, OVERALL
from mer_tasks.label_set import LabelSet
from mer_tasks.report import label_charts, plotly_charts, small_multiples
from mer_tasks.report import plotly_curves as curve
from mer_tasks.report.blocks import Block, Chart, Group, Paragraph, Table
from mer_tasks.report.confusion_section import confusion_blocks
from mer_tasks.report.label_styles import shown_together
from mer_tasks.report.label_texts import MAX_LISTED, name_of, named, one
from mer_tasks.report.run_documents import LabelledPredictions, RunView
from mer_tasks.runs.artifacts import CHECKPOINT, HISTORY
from mer_tasks.runs.run import Manifest
from mer_tasks.wording import listed, number_with_interval

NOT_EVALUATED = Paragraph("Nothing to show: stage `evaluate` of this run has not finished.")
MEANINGS = {
    "accuracy": "share of the tracks for which the model decides for the right {one}",
    "roc_auc_macro": "of two tracks, one with {an_one} and one without it, how often the first gets the higher probability",
    "pr_auc_macro": "of the tracks with at least the probability of a track with {an_one}, the mean share that has it",
    "f1_macro": "balance of precision and recall; each {one} counts the same",
    "f1_micro": "F1 over all decisions at once; common {many} count more",
    "f1_samples": "F1 within each track, averaged over tracks",
    "precision_macro": "of the tracks for which the model predicts {an_one}, the share that has it",
    "recall_macro": "of the tracks with {an_one}, the share for which the model predicts it",
    "hamming_loss": "share of wrong decisions; lower is better",
    "brier_macro": "mean squared error of the probabilities; lower is better",
    "ece_macro": "mean distance between probabilities and actual shares; lower is better",
}
"""Meaning of each metric over all labels; {one}, {an_one} and {many} stand for the label set's words for a label and labels."""
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
PER_LABEL = {"F1": "f1", "precision": "precision", "recall": "recall", "ROC-AUC": "roc_auc", "PR-AUC": "pr_auc"}
"""Metrics of each label in the table for many labels."""
BARS = {"F1": "f1", "precision": "precision", "recall": "recall"}
LEGEND_HINT = Paragraph("Click a name to hide its curve. Double-click a name to show only its curve.")


def labels_without_curve(predictions: LabelledPredictions, label_set: LabelSet) -> tuple[list[str], list[str]]:
    """Find the ids of the labels that no track has, and of those that every track has."""
    columns = list(zip(label_set.ids, predictions.labels.T, strict=True))
    in_none = [label_id for label_id, labels in columns if not labels.any()]
    in_all = [label_id for label_id, labels in columns if labels.size and labels.all()]
    return in_none, in_all


def missing_curve_notes(
    predictions: LabelledPredictions, part: str, label_set: LabelSet, *, in_all_too: bool = False
) -> list[Paragraph]:
    """Explain why some labels have no curve.

    Parameters
    ----------
    predictions : LabelledPredictions
    part : str
        Name of the part that the tracks are in.
    label_set : LabelSet
    in_all_too : bool
        Whether labels that every track has are without a curve as well.
    """
    in_none, in_all = labels_without_curve(predictions, label_set)
    notes = [Paragraph(f"No curve for {named(label_set, in_none)}: no {part} track has it.")] if in_none else []
    if in_all_too and in_all:
        reason = f"every {part} track has it, so there is no track without it to compare"
        notes.append(Paragraph(f"No curve for {named(label_set, in_all)}: {reason}."))
    return notes


def metrics(view: RunView) -> list[Block]:
    """Make section "Overall metrics": a table of the metrics over all labels."""
    noun, nouns = view.label_set.noun
    shown = [name for name in OVERALL if not (view.label_set.single and name in EQUAL_TO_ACCURACY)]
    lines = [(name, view.metrics.get((None, name))) for name in shown]
    rows = [
        (
            NAMES[name],
            (number_with_interval(line["value"], line["low"], line["high"]) or "not defined")
            + ("*" if outside_interval(line["value"], line["low"], line["high"]) else ""),
            line["baseline"],
            line["split_half"],
            line["panel"],
            MEANINGS[name].format(one=noun, an_one=one(noun), many=nouns),
        )
        for name, line in lines
        if line
    ]
    if not rows:
        return [NOT_EVALUATED]
    columns = ("metric", "model (95 % interval)", "baseline", "half of the listeners", "all listeners", "meaning")
    first = next(line for _, line in lines if line)
    caption = f"Metrics of {first['support']} test tracks"
    outside = [name for name, line in lines if line and outside_interval(line["value"], line["low"], line["high"])]
    note = outside_note(outside, [NAMES[name] for name in outside], noun)
    return [Table(caption, columns, rows), *([Paragraph(note)] if note else [])]


def labels(view: RunView) -> list[Block]:
    """Make section "Label by label": F1, precision and recall of each label."""
    label_set = view.label_set
    lines = {
        name: [line for label_id in label_set.ids if (line := view.metrics.get((label_id, metric)))]
        for name, metric in PER_LABEL.items()
    }
    of_f1 = lines["F1"]
    if any(len(lines[name]) < len(label_set) for name in BARS):
        return [NOT_EVALUATED]
    undefined = [line["emotion"] for line in of_f1 if line["value"] is None]
    notes = [Paragraph(f"No bars for {named(label_set, undefined)}: no test track has it.")] if undefined else []
    together = shown_together(label_set)
    if not together:
        of_f1 = sorted(of_f1, key=lambda line: -1 if line["value"] is None else line["value"], reverse=True)
    values = listed(
        [
            f"{name_of(label_set, line['emotion'])} {number_with_interval(line['value'], None, None) or 'not defined'}"
            for line in of_f1
        ],
        MAX_LISTED,
    )
    if together:
        bars = label_charts.label_bars({name: lines[name] for name in BARS}, label_set)
        return [Chart("labels", f"Bars of F1, precision and recall of each {label_set.noun[0]}. F1: {values}.", bars), *notes]
    alt = f"F1 of each {label_set.noun[0]} with its interval and the baseline, highest first: {values}."
    return [
        Chart("labels", alt, label_charts.label_rows([line for line in of_f1 if line["value"] is not None], label_set)),
        _metrics_of_each(lines, [line["emotion"] for line in of_f1], label_set),
        *notes,
    ]


def _metrics_of_each(lines: dict[str, list[Manifest]], order: Sequence[str], label_set: LabelSet) -> Table:
    """List the metrics of many labels, one label a row."""
    values = {name: {line["emotion"]: line["value"] for line in of_metric} for name, of_metric in lines.items()}
    f1 = {line["emotion"]: line for line in lines["F1"]}
    rows = [
        (
            label_set.by_id[label_id].name,
            f1[label_id]["support"],
            *(values[name].get(label_id) for name in PER_LABEL),
            f1[label_id]["baseline"],
        )
        for label_id in order
    ]
    columns = (label_set.noun[0], "test tracks", *PER_LABEL, "F1 of the baseline")
    return Table(f"Metrics of each {label_set.noun[0]}, highest F1 first", columns, rows, f"Search {label_set.noun[1]}")


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
    missing = [name for name in plotly_charts.MEASURES[view.label_set.kind] if name not in values]
    if missing:
        blocks.append(Paragraph(f"No curves of {', '.join(missing)}: this training did not record them."))
    return blocks


def confusion(view: RunView) -> list[Block]:
    """Make section "Confusion": right and wrong decisions on each label, and confused pairs of labels."""
    predictions = view.test
    if predictions is None or not predictions.tracks:
        return [NOT_EVALUATED]
    return confusion_blocks(predictions, view.label_set)


def curves(view: RunView) -> list[Block]:
    """Make section "ROC, precision and recall": both curves of each label."""
    predictions = view.test
    label_set = view.label_set
    if predictions is None or not predictions.tracks:
        return [NOT_EVALUATED]
    notes = missing_curve_notes(predictions, "test", label_set, in_all_too=True)
    if not shown_together(label_set):
        draws = (small_multiples.roc_panels, small_multiples.precision_recall_panels)
        return [*(draw(predictions, view.metrics, label_set) for draw in draws), *notes]
    charts: list[Chart] = []
    for name, title, metric, draw_chart in (
        ("roc", "ROC", "roc_auc", curve.roc),
        ("precision_recall", "Precision and recall", "pr_auc", curve.precision_recall),
    ):
        lines = [(label_id, view.metrics.get((label_id, metric))) for label_id in label_set.ids]
        areas = ", ".join(
            f"{name_of(label_set, label_id)} {line['value']:.2f}"
            for label_id, line in lines
            if line and line["value"] is not None
        )
        alt = f"{title} of each {label_set.noun[0]}. Areas under the curves: {areas or 'none is defined'}."
        charts.append(Chart(name, alt, draw_chart(predictions.labels, predictions.probabilities, label_set)))
    return [Group(charts), LEGEND_HINT, *notes]


def calibration(view: RunView) -> list[Block]:
    """Make section "Calibration": how often tracks have a label, against its probability."""
    predictions = view.test
    label_set = view.label_set
    if predictions is None or not predictions.tracks:
        return [NOT_EVALUATED]
    noun = label_set.noun[0]
    line = view.metrics.get((None, "ece_macro"))
    error = f" Mean calibration error: {line['value']:.3f}." if line and line["value"] is not None else ""
    alt = f"Share of tracks that have {one(noun)}, against the model's probability of it, in ten bins.{error}"
    together = shown_together(label_set)
    figure = curve.calibration(predictions.labels, predictions.probabilities, label_set, each=together)
    if not together:
        small = Paragraph(f"For a single {noun}, the counts are small.")
        return [
            Chart("calibration", alt, figure),
            small,
            small_multiples.calibration_panels(predictions, view.metrics, label_set),
        ]
    note = f"Click the name of {one(noun)} to show its curve. For a single {noun}, the counts are small."
    return [Chart("calibration", alt, figure), Paragraph(note)]


def thresholds(view: RunView) -> list[Block]:
    """Make section "Thresholds": F1 at every threshold, on the tracks that decided the thresholds."""
    predictions = view.deciding
    limits = view.thresholds
    label_set = view.label_set
    if predictions is None or limits is None or not predictions.tracks:
        return [Paragraph("Nothing to show: stage `thresholds` of this run has not finished.")]
    together = shown_together(label_set)
    chosen = listed([f"{name_of(label_set, label_id)} {limits[label_id]:.2f}" for label_id in label_set.ids], MAX_LISTED)
    alt = f"F1 against the threshold, on {len(predictions.tracks)} tracks. Chosen thresholds: {chosen}."
    figure = curve.threshold_sweep(predictions.labels, predictions.probabilities, limits, label_set, each=together)
    chart = Chart("thresholds", alt, figure)
    notes = missing_curve_notes(predictions, "deciding", label_set)
    if together:
        return [chart, LEGEND_HINT, *notes]
    return [chart, small_multiples.threshold_panels(predictions, limits, label_set), *notes]
