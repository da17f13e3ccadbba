"""Whether a model is good, in one plain sentence and one small picture.

In: the metrics of a run, and what its stages `drift`, `challenge` and `promote` found. Out: the verdict, for people who know
nothing of these.

It rests on the macro ROC-AUC (:mod:`mer_tasks.evaluation.grade`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mer_tasks import wording
from mer_tasks.evaluation.grade import MEASURE, below_all, grade
from mer_tasks.evaluation.metrics import told
from mer_tasks.report.blocks import Picture
from mer_tasks.report.run_documents import Documents, Judgement
from mer_tasks.report.svg_figures import ruler
from mer_tasks.runs.artifacts import CHALLENGE, MANIFEST
from mer_tasks.runs.run import Manifest

ANSWERS = {
    "promote": "this run is to become champion, which has not been done yet",
    "keep": "this run is not to become champion",
    "ask": "a person is asked whether this run becomes champion, and has not answered yet",
}
"""By the verdict of stage `challenge`, before anything was decided."""
MODES = {"eval": "this run loaded a stored model, and changes no champion", "predict": "this run only scores, by the champion"}
"""Why a run compares no models."""
ENDS = ("difference", "low", "high")
"""Of the comparison in the document of stage `challenge`."""
DECIDING = "f1_macro"
READ = (
    "Bars are 95 % intervals. Half of the listeners: how well they know what the other half says. All listeners: how well so"
    " many know what as many others say, about the most that can be expected."
)


@dataclass(frozen=True)
class Verdict:
    """What the first screen says.

    Attributes
    ----------
    tone : {"good", "fair", "poor", "unknown"}
    sentence : str
    lead : str
        What that rests on; empty if there is nothing.
    details : sequence of str
        Sentences that say more.
    picture : Picture, optional
    """

    tone: str
    sentence: str
    lead: str
    details: Sequence[str]
    picture: Picture | None = None


def compared(challenge: Mapping[str, Any] | None) -> list[str]:
    """How the model does beside the champion, if it was compared with one.

    Parameters
    ----------
    challenge : mapping, optional
        The document of stage `challenge`, if the run has it.
    """
    difference, low, high = (100 * value if (value := (challenge or {}).get(name)) is not None else None for name in ENDS)
    if difference is None:
        return []
    words = f"{abs(difference):.1f} {'fewer' if difference < 0 else 'more'} of 100 pairs in the right order than the champion"
    if low is None or high is None:
        return [f"On the same test tracks it puts {words}."]
    known = "which of the two is better is not known"
    if low > 0 or high < 0:
        known = f"it is {'better' if low > 0 else 'worse'}"
    return [f"On the same test tracks it puts {words} (95 % interval {low:+.1f} to {high:+.1f}): {known}."]


def decided(
    challenge: Mapping[str, Any] | None, answer: Mapping[str, Any] | None, decision: Mapping[str, Any] | None, mode: str
) -> str:
    """What became of the model, or is to become of it.

    Parameters
    ----------
    challenge : mapping, optional
        The document of stage `challenge`.
    answer : mapping, optional
        ``answer`` and ``decided_by`` of the person who was asked.
    decision : mapping, optional
        What stage `promote` closed with.
    mode : {"train", "eval", "predict"}
    """
    if challenge is None:
        return f"Champion: not compared; {MODES.get(mode, 'this run has not been through challenge')}."
    if decision is not None:
        row = {**decision, "champion_run_id": (challenge["champion_model"] or {}).get("run_id")}
        return wording.decided(row, own=True).format_map(row)
    words = ANSWERS[challenge["verdict"]]
    if challenge["verdict"] == "ask" and answer is not None:
        words = f"{answer['decided_by']} has answered {answer['answer']}, which has not been acted on yet"
    return f"Decision: {words} ({challenge['reason'].rstrip('.')})."


def pairs(value: float) -> str:
    """A share of pairs as people say it."""
    return f"{100 * value:.0f} times in 100"


def moved(drift: Mapping[str, Any] | None) -> list[str]:
    """That the music has moved, if it has; `drift` is what that stage closed with."""
    if not drift or not drift["drifted"]:
        return []
    return [f"The music is no longer like that which the champion was made with: {drift['summary']}."]


def verdict(documents: Documents) -> Verdict:
    """The verdict on a run."""
    challenge, answer = documents.json("challenge", CHALLENGE), documents.json("approval", MANIFEST)
    beside = [
        *compared(challenge),
        decided(challenge, answer, documents.manifests.get("promote"), documents.mode),
        *moved(documents.manifests.get("drift")),
    ]
    line = documents.metrics.get((None, MEASURE))
    if line is None:
        lost = f": it has not been through {documents.missing[0]}" if documents.missing else ""
        return Verdict("unknown", f"No verdict: this run has judged no model{lost}.", "", beside)
    if line["value"] is None:
        why = "no emotion is carried by some of the test tracks and not by others, so no pairs can be compared"
        return Verdict("unknown", f"No verdict: {why}.", "", [f"The test part has {line['support']} tracks.", *beside])
    tone, words = grade(line)
    listeners = (
        f", and half of the listeners, judged by the other half, get {100 * line['split_half']:.0f}"
        if line.get("split_half")
        else ""
    )
    lead = (
        f"Of two tracks, one of which carries an emotion, the model picks the right one {pairs(line['value'])};"
        f" guessing gets {100 * line['baseline']:.0f}{listeners}."
    )
    decisions = answers(documents.metrics.get((None, DECIDING)), documents.test)
    details = [sure(line, documents.manifests.get("split", {})), *decisions, *beside]
    return Verdict(tone, f"{words}.", lead, details, _picture(line))


def sure(line: Mapping[str, Any], split: Mapping[str, Any]) -> str:
    """On what the verdict rests, and how sure it is.

    Parameters
    ----------
    line : mapping
        Of macro ROC-AUC.
    split : mapping
        What stage `split` closed with.
    """
    tracks = f"{line['support']} test tracks" if line["support"] != 1 else "one test track"
    # of a track that names no artist nobody knows whether its artist was heard, nor of a run that did not count them
    strangers = split.get("group_by") == "artist" and split.get("counters", {}).get("without_artist") == 0
    unheard = "by artists that the model was not trained on" if strangers else "that the model was not trained on"
    if line["low"] is None:
        return f"Judged on {tracks} {unheard}; too few groups of tracks for an interval."
    ceiling = f", {below}" if (below := below_all(line)) else ""
    return f"Judged on {tracks} {unheard}; its 95 % interval is {100 * line['low']:.0f} to {100 * line['high']:.0f}{ceiling}."


def answers(line: Mapping[str, Any] | None, judged: Judgement | None) -> list[str]:
    """How good the decisions are that come of the probabilities and thresholds.

    Parameters
    ----------
    line : mapping, optional
        Of macro F1.
    judged : Judgement, optional
        The test part.
    """
    if line is None or line["value"] is None or judged is None:
        return []
    low, high, nothing = line["low"], line["high"], line["baseline"]
    if low is None or low <= nothing <= high:
        known = "not shown to be better than saying yes to everything"
    else:
        known = f"{'better' if low > nothing else 'worse'} than saying yes to everything"
    right, count = int((judged.labels == judged.decisions).all(axis=1).sum()), len(judged.tracks)
    score = told(line["value"], low, high).replace("(", "(95 % interval ")
    return [
        f"Its yes or no to each emotion has a macro F1 of {score} and is {known}, which gets {nothing:.3f};"
        f" {right or 'none'} of the {count} test tracks {'has' if right < 2 else 'have'} all nine right."
    ]


def _picture(line: Manifest) -> Picture:
    rows: list[tuple[str, float, float | None, float | None]] = [
        ("guessing", line["baseline"], None, None),
        ("this model", line["value"], line["low"], line["high"]),
    ]
    for name, kind in (("half of the listeners", "split_half"), ("all listeners", "panel")):
        if line.get(kind) is not None:
            rows.append((name, line[kind], line[f"{kind}_low"], line[f"{kind}_high"]))
    said = ", ".join(f"{name} {100 * value:.0f}" for name, value, *_ in rows)
    read = READ if len(rows) > 2 else ""
    return Picture(f"How many of 100 pairs of tracks are put in the right order: {said}.", ruler(rows), read)
