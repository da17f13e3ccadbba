"""What a report says on how good the model is: metrics, training, confusion, curves, calibration, thresholds.

In: the documents of a run. Out: the blocks of each section: what can be shown, and why the rest cannot.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mer_tasks.emotions import EMOTIONS
from mer_tasks.evaluation.metrics import OVERALL, Flags, told
from mer_tasks.report import plotly_charts, svg_figures
from mer_tasks.report import plotly_curves as curve
from mer_tasks.report.blocks import Block, Chart, Group, Note, Picture, Table, named
from mer_tasks.report.run_documents import Documents, Judgement
from mer_tasks.runs.artifacts import CHECKPOINT, HISTORY
from mer_tasks.runs.run import Manifest

NOT_JUDGED = Note("Nothing to show: this run has not been through `evaluate`.")
MEANINGS = {
    "roc_auc_macro": "of two tracks, one of which carries the emotion, how often that one gets the higher probability",
    "pr_auc_macro": "precision, averaged over all thresholds",
    "f1_macro": "balance of precision and recall, each emotion counting the same",
    "f1_micro": "the same over all decisions at once, so that common emotions count for more",
    "f1_samples": "the same within each track, averaged over tracks",
    "precision_macro": "when the model says an emotion, how often that is right",
    "recall_macro": "of the tracks that carry an emotion, how many are found",
    "hamming_loss": "share of wrong decisions; lower is better",
    "brier_macro": "mean squared error of the probabilities; lower is better",
    "ece_macro": "how far probabilities are from what happens; lower is better",
}
"""What a metric of all emotions means."""
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
ALONE = Note("A click on a name hides its curve; a double click shows it alone.")


def counted(names: Sequence[str]) -> str:
    """Emotions in one phrase."""
    return ", ".join(named(name) for name in names)


def without(judged: Judgement) -> tuple[list[str], list[str]]:
    """Emotions that no track carries, and those that every track carries."""
    columns = list(zip(EMOTIONS, judged.labels.T, strict=True))
    return [name for name, there in columns if not there.any()], [name for name, there in columns if there.size and there.all()]


def reasons(judged: Judgement, part: str, *, all_too: bool = False) -> list[Note]:
    """Why some emotions have no curve."""
    none, every = without(judged)
    found = [Note(f"No curve for {counted(none)}: no {part} track carries it.")] if none else []
    if all_too and every:
        found.append(
            Note(f"No curve for {counted(every)}: every {part} track carries it, so there is nothing to tell it from.")
        )
    return found


def outside(line: Manifest) -> bool:
    """Whether the value of a line of metrics is not within its interval."""
    value, low, high = line["value"], line["low"], line["high"]
    return None not in (value, low, high) and not low <= value <= high


def metrics(documents: Documents) -> list[Block]:
    """Overall metrics."""
    lines = [(name, documents.metrics.get((None, name))) for name in OVERALL]
    rows = [
        (
            NAMES[name],
            (told(line["value"], line["low"], line["high"]) or "not defined") + ("*" if outside(line) else ""),
            line["baseline"],
            line["split_half"],
            line["panel"],
            MEANINGS[name],
        )
        for name, line in lines
        if line
    ]
    if not rows:
        return [NOT_JUDGED]
    columns = ("metric", "model (95 % interval)", "baseline", "half of the listeners", "all listeners", "what it says")
    first = next(line for _, line in lines if line)
    caption = f"Metrics of {first['support']} test tracks"
    beside = [NAMES[name] for name, line in lines if line and outside(line)]
    about = (
        f"* The value of {', '.join(beside)} lies beside its interval: tracks that are drawn more than once add to such an"
        " error."
    )
    return [Table(caption, columns, rows), *([Note(about)] if beside else [])]


def emotions(documents: Documents) -> list[Block]:
    """Metrics of each emotion."""
    found = {name: [documents.metrics.get((emotion, metric)) for emotion in EMOTIONS] for name, metric in BARS.items()}
    lines = {name: [line for line in of if line] for name, of in found.items()}
    if any(len(of) < len(EMOTIONS) for of in lines.values()):
        return [NOT_JUDGED]
    said = "; ".join(f"{named(line['emotion'])} {told(line['value'], None, None) or 'not defined'}" for line in lines["F1"])
    blocks: list[Block] = [
        Chart("emotions", f"Bars of F1, precision and recall of each emotion. F1: {said}.", plotly_charts.by_emotion(lines))
    ]
    lost = [line["emotion"] for line in lines["F1"] if line["value"] is None]
    if lost:
        blocks.append(Note(f"No bars for {counted(lost)}: no test track carries it."))
    return blocks


def training(documents: Documents) -> list[Block]:
    """Curves of training and validation."""
    history, stopped = documents.json("train", HISTORY), ""
    if history is None:
        made = (documents.manifests.get("discover", {}).get("model") or {}).get("run_id")
        if made:
            return [Note(f"This run loaded the model of run {made}; that run's report has its curves.")]
        left = documents.json("train", CHECKPOINT)
        if left is None:
            return [Note("The network was not trained: not one epoch of it is done.")]
        history = left["history"]
        stopped = f" The network was not trained to its end: epoch {len(history['val_loss'])} is the last that is done."
    values = {name: numbers for name, numbers in history.items() if isinstance(numbers, list)}
    best = documents.manifests.get("train", {}).get("counters", {}).get("best_epoch")
    kept = f"; epoch {best}, the dotted line, was kept" if best else ""
    epochs = max((len(numbers) for numbers in values.values()), default=0)
    alt = f"Measures of segments of the train and validation part after each of {epochs} epochs{kept}.{stopped}"
    blocks: list[Block] = [Chart("training", alt, plotly_charts.history(values, best)), Note(alt)]
    lost = [name for name in plotly_charts.FIRST if name not in values]
    if lost:
        blocks.append(Note(f"No curves of {', '.join(lost)}: this training did not write them down."))
    return blocks


def confusion(documents: Documents) -> list[Block]:
    """Confusion within and between emotions."""
    judged = documents.test
    if judged is None or not judged.tracks:
        return [NOT_JUDGED]
    columns = zip(EMOTIONS, judged.labels.T, judged.decisions.T, strict=True)
    singles = [
        Picture(_counts(emotion, there, said), svg_figures.confusion(there, said), named(emotion), "small")
        for emotion, there, said in columns
    ]
    shares = svg_figures.taken_for(judged.labels, judged.decisions)
    about = Note(
        "The large matrix: of the tracks that carry the emotion of the row and not that of the column, how many the model gives"
        " that of the column; on the diagonal, how many of the emotion's tracks are found. Tracks may carry several emotions."
    )
    return [Group(singles), Picture(_worst_pair(shares), svg_figures.pairwise(shares)), about]


def _counts(emotion: str, there: Flags, said: Flags) -> str:
    cases = {
        "found": there & said,
        "missed": there & ~said,
        "false alarms": ~there & said,
        "rightly left out": ~there & ~said,
    }
    return f"{named(emotion)}: {', '.join(f'{flags.sum()} {name}' for name, flags in cases.items())}"


def _worst_pair(shares: npt.NDArray[np.float64]) -> str:
    beside = np.where(np.eye(len(EMOTIONS), dtype=bool), np.nan, shares)
    if np.isnan(beside).all():
        return "How often each emotion is taken for another; there is no pair to tell it of."
    row, column = np.unravel_index(np.nanargmax(beside), beside.shape)
    one, other = named(EMOTIONS[row]), named(EMOTIONS[column])
    return (
        f"How often each emotion is taken for another. Most often: of the tracks with {one} and without {other},"
        f" {100 * beside[row, column]:.0f} % are said to have {other}."
    )


def curves(documents: Documents) -> list[Block]:
    """ROC and precision-recall."""
    judged = documents.test
    if judged is None or not judged.tracks:
        return [NOT_JUDGED]
    blocks: list[Chart | Picture] = []
    for name, title, metric, draw in (
        ("roc", "ROC", "roc_auc", curve.roc),
        ("precision_recall", "Precision and recall", "pr_auc", curve.precision_recall),
    ):
        areas = [(emotion, documents.metrics.get((emotion, metric))) for emotion in EMOTIONS]
        said = ", ".join(
            f"{named(emotion)} {line['value']:.2f}" for emotion, line in areas if line and line["value"] is not None
        )
        blocks.append(
            Chart(
                name,
                f"{title} of each emotion. Areas under the curves: {said or 'none is defined'}.",
                draw(judged.labels, judged.probabilities),
            )
        )
    return [Group(blocks), ALONE, *reasons(judged, "test", all_too=True)]


def calibration(documents: Documents) -> list[Block]:
    """Calibration with counts."""
    judged = documents.test
    if judged is None or not judged.tracks:
        return [NOT_JUDGED]
    line = documents.metrics.get((None, "ece_macro"))
    error = f" Mean calibration error: {line['value']:.3f}." if line and line["value"] is not None else ""
    alt = f"Share of tracks that carry an emotion over the probability that the model gives, in ten bins.{error}"
    note = Note("A click on an emotion's name shows it; of one emotion the counts are small.")
    return [Chart("calibration", alt, curve.calibration(judged.labels, judged.probabilities)), note]


def thresholds(documents: Documents) -> list[Block]:
    """The threshold sweep."""
    judged, limits = documents.validation, documents.thresholds
    if judged is None or limits is None or not judged.tracks:
        return [Note("Nothing to show: this run has not been through `thresholds`.")]
    said = ", ".join(f"{named(emotion)} {limits[emotion]:.2f}" for emotion in EMOTIONS)
    alt = f"F1 over the threshold on {len(judged.tracks)} validation tracks. Chosen: {said}."
    blocks: list[Block] = [Chart("thresholds", alt, curve.sweep(judged.labels, judged.probabilities, limits))]
    return [*blocks, ALONE, *reasons(judged, "validation")]
