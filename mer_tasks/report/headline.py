"""Headline of a report: how good the model is, in one plain sentence and one small picture.

In: the metrics of a run, and the results of its stages `drift`, `challenge` and `promote`. Out: sentences for people who do not
know these metrics and stages. The headline rests on the macro ROC-AUC (:mod:`mer_tasks.evaluation.grade`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mer_tasks import wording
from mer_tasks.evaluation.grade import MEASURE, below_all, grade
from mer_tasks.label_set import LabelSet
from mer_tasks.report.blocks import Picture
from mer_tasks.report.label_texts import one
from mer_tasks.report.run_documents import LabelledPredictions, RunView
from mer_tasks.report.svg_figures import ruler
from mer_tasks.runs.artifacts import CHALLENGE, MANIFEST
from mer_tasks.runs.run import Manifest
from mer_tasks.wording import number_with_interval

PENDING_DECISIONS = {
    "promote": "this run's model will become champion, but this has not happened yet",
    "keep": "this run's model will not become champion",
    "ask": "a person must decide whether this run's model becomes champion, and has not answered yet",
}
"""Sentence for each verdict of stage `challenge`, while stage `promote` has not acted on it."""
MODES = {
    "eval": "this run evaluates a stored model and never changes the champion",
    "predict": "this run only scores tracks with the champion",
}
"""Why a run of this mode does not compare its model with the champion."""
CAPTION = (
    "Bars are 95 % intervals. “Half of the listeners” shows how well the votes of one half of the listeners predict the labels"
    " from the other half. “All listeners” estimates how well all votes predict the labels from as many new listeners, which is"
    " about the best that a model can reach."
)


@dataclass(frozen=True)
class Headline:
    """The first screen of a report.

    Attributes
    ----------
    tone : {"good", "fair", "poor", "unknown"}
        Decides the colour of the first screen.
    sentence : str
        How good the model is.
    lead : str
        The number that the sentence rests on, in words; empty if there is none.
    details : sequence of str
        More sentences: on the test tracks, the decisions, the champion and drift.
    picture : Picture, optional
        The model between guessing and listeners.
    """

    tone: str
    sentence: str
    lead: str
    details: Sequence[str]
    picture: Picture | None = None


def champion_comparison(challenge: Mapping[str, Any] | None) -> list[str]:
    """Say how the model compares with the champion; an empty list if the two were not compared.

    Parameters
    ----------
    challenge : mapping, optional
        The document of stage `challenge`, if the run has it.

    Returns
    -------
    list of str
        One sentence or none.

    Examples
    --------
    >>> champion_comparison({"difference": 0.021, "low": None, "high": None})
    ['On the same test tracks, the model puts 2.1 more of 100 pairs in the right order than the champion.']
    """
    document = challenge or {}
    difference, low, high = document.get("difference"), document.get("low"), document.get("high")
    if difference is None:
        return []
    order = f"{100 * abs(difference):.1f} {'fewer' if difference < 0 else 'more'} of 100 pairs in the right order"
    sentence = f"On the same test tracks, the model puts {order} than the champion"
    if low is None or high is None:
        return [f"{sentence}."]
    conclusion = "it is not known which of the two is better"
    if low > 0 or high < 0:
        conclusion = f"the model is {'better' if low > 0 else 'worse'}"
    return [f"{sentence} (95 % interval {100 * low:+.1f} to {100 * high:+.1f}): {conclusion}."]


def decision_sentence(
    challenge: Mapping[str, Any] | None, answer: Mapping[str, Any] | None, decision: Mapping[str, Any] | None, mode: str
) -> str:
    """Say whether the model became champion, or what is still to be decided.

    Parameters
    ----------
    challenge : mapping, optional
        The document of stage `challenge`.
    answer : mapping, optional
        ``answer`` and ``decided_by`` of the person who was asked.
    decision : mapping, optional
        The manifest of stage `promote`.
    mode : {"train", "eval", "predict"}
    """
    if challenge is None:
        return f"Not compared with the champion: {MODES.get(mode, 'stage challenge of this run has not finished')}."
    if decision is not None:
        row = {**decision, "champion_run_id": (challenge["champion_model"] or {}).get("run_id")}
        return wording.decision_text(row, own=True).format_map(row)
    pending = PENDING_DECISIONS[challenge["verdict"]]
    if challenge["verdict"] == "ask" and answer is not None:
        pending = f"{answer['decided_by']} answered {answer['answer']}, but this has not been carried out yet"
    return f"Decision: {pending} ({challenge['reason'].rstrip('.')})."


def times_in_100(share: float) -> str:
    """Write a share of pairs as people say it.

    Examples
    --------
    >>> times_in_100(0.753)
    '75 times in 100'
    """
    return f"{100 * share:.0f} times in 100"


def drift_sentences(drift: Mapping[str, Any] | None) -> list[str]:
    """Say that the music has drifted; an empty list if it has not.

    Parameters
    ----------
    drift : mapping, optional
        The manifest of stage `drift`.
    """
    if not drift or not drift["drifted"]:
        return []
    return [f"The music has drifted: it is no longer like the music that the champion was trained on. {drift['summary']}."]


def headline(view: RunView) -> Headline:
    """Make the headline of a run's report."""
    challenge = view.json("challenge", CHALLENGE)
    answer = view.json("approval", MANIFEST)
    last_sentences = [
        *champion_comparison(challenge),
        decision_sentence(challenge, answer, view.manifests.get("promote"), view.mode),
        *drift_sentences(view.manifests.get("drift")),
    ]
    label_set = view.label_set
    noun = label_set.noun[0]
    line = view.metrics.get((None, MEASURE))
    if line is None:
        reason = f", because stage {view.missing[0]} has not finished" if view.missing else ""
        return Headline("unknown", f"No verdict: this run has not evaluated a model{reason}.", "", last_sentences)
    if line["value"] is None:
        reason = f"there is no {noun} that some test tracks have and others do not, so there are no pairs to compare"
        return Headline(
            "unknown", f"No verdict: {reason}.", "", [f"The test part has {line['support']} tracks.", *last_sentences]
        )
    tone, words = grade(line)
    listeners = ""
    if line.get("split_half"):
        listeners = f" Half of the listeners, judged by the other half, are right {times_in_100(line['split_half'])}."
    lead = (
        f"Take two tracks, one with {one(noun)} and one without it. The model gives the track with the {noun} the higher"
        f" probability {times_in_100(line['value'])}; guessing does so {times_in_100(line['baseline'])}.{listeners}"
    )
    metric = "accuracy" if label_set.single else "f1_macro"
    quality = accuracy_of_decisions if label_set.single else decision_quality
    decisions = quality(view.metrics.get((None, metric)), view.test, label_set)
    details = [evaluated_tracks(line, view.manifests.get("split", {})), *decisions, *last_sentences]
    return Headline(tone, f"{words}.", lead, details, _picture(line))


def evaluated_tracks(line: Mapping[str, Any], split: Mapping[str, Any]) -> str:
    """Say on how many test tracks the headline rests, and give its interval.

    Parameters
    ----------
    line : mapping
        The metric line of the macro ROC-AUC.
    split : mapping
        The manifest of stage `split`.
    """
    tracks = f"{line['support']} test tracks" if line["support"] != 1 else "one test track"
    # "by artists ..." is claimed only if every track names its artist, and the run counted the tracks without one
    new_artists = split.get("group_by") == "artist" and split.get("counters", {}).get("without_artist") == 0
    unseen = "by artists that the model was not trained on" if new_artists else "that the model was not trained on"
    if line["low"] is None:
        return f"Evaluated on {tracks} {unseen}; too few groups of tracks for an interval."
    ceiling = f", {below}" if (below := below_all(line)) else ""
    interval = f"{100 * line['low']:.0f} to {100 * line['high']:.0f}"
    return f"Evaluated on {tracks} {unseen}; the 95 % interval is {interval} times in 100{ceiling}."


def decision_quality(line: Mapping[str, Any] | None, predictions: LabelledPredictions | None, label_set: LabelSet) -> list[str]:
    """Say how good the yes-or-no decisions are that follow from probabilities and thresholds.

    Parameters
    ----------
    line : mapping, optional
        The metric line of the macro F1.
    predictions : LabelledPredictions, optional
        Those of the test part.
    label_set : LabelSet
        A set of kind multi.

    Returns
    -------
    list of str
        One text of three sentences, or none if the metric is not defined.
    """
    if line is None or line["value"] is None or predictions is None:
        return []
    low, high, baseline = line["low"], line["high"], line["baseline"]
    conclusion = f"This is {_compared(line)} answering yes to every {label_set.noun[0]}"
    right = int((predictions.labels == predictions.decisions).all(axis=1).sum())
    score = number_with_interval(line["value"], low, high).replace("(", "(95 % interval ")
    return [
        f"The model's yes-or-no decisions have a macro F1 of {score}. {conclusion}, which has a macro F1 of {baseline:.3f}."
        f" All {len(label_set)} decisions are right for {right or 'none'} of the {len(predictions.tracks)} test tracks."
    ]


def accuracy_of_decisions(
    line: Mapping[str, Any] | None, predictions: LabelledPredictions | None, label_set: LabelSet
) -> list[str]:
    """Say for how many tracks the model decides for the right label, for a label set of kind single.

    Parameters
    ----------
    line : mapping, optional
        The metric line of the accuracy.
    predictions : LabelledPredictions, optional
        Those of the test part.
    label_set : LabelSet

    Returns
    -------
    list of str
        One text of two sentences, or none if the metric is not defined.
    """
    if line is None or line["value"] is None or predictions is None:
        return []
    noun = label_set.noun[0]
    right = int((predictions.labels == predictions.decisions).all(axis=1).sum())
    score = number_with_interval(line["value"], line["low"], line["high"]).replace("(", "(95 % interval ")
    return [
        f"The model decides for the right {noun} for {right or 'none'} of the {len(predictions.tracks)} test tracks: its"
        f" accuracy is {score}. This is {_compared(line)} always deciding for the most common {noun}, which has an accuracy of"
        f" {line['baseline']:.3f}."
    ]


def _compared(line: Mapping[str, Any]) -> str:
    """Compare the interval of a metric line with the baseline."""
    low, high, baseline = line["low"], line["high"], line["baseline"]
    if low is None or low <= baseline <= high:
        return "not shown to be better than"
    return "better than" if low > baseline else "worse than"


def _picture(line: Manifest) -> Picture:
    rows: list[tuple[str, float, float | None, float | None]] = [
        ("guessing", line["baseline"], None, None),
        ("this model", line["value"], line["low"], line["high"]),
    ]
    for name, kind in (("half of the listeners", "split_half"), ("all listeners", "panel")):
        if line.get(kind) is not None:
            rows.append((name, line[kind], line[f"{kind}_low"], line[f"{kind}_high"]))
    values = ", ".join(f"{name} {100 * value:.0f}" for name, value, *_ in rows)
    caption = CAPTION if len(rows) > 2 else ""
    return Picture(f"How many of 100 pairs of tracks are put in the right order: {values}.", ruler(rows), caption)
