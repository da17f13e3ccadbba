"""Whether a model is good, in one plain sentence and one small picture.

In: the metrics of a run, and what its stage `challenge` found. Out: the verdict, for people who know nothing of either.

It rests on the macro ROC-AUC, which depends on no threshold and has a meaning in words: of two tracks, one of which carries an
emotion, how often the model puts that one first. Guessing gets half of them. The words follow the 95 % interval, not the value:
what the interval does not exclude is not claimed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mer_tasks.blocks import Picture
from mer_tasks.documents import Documents
from mer_tasks.metrics import told
from mer_tasks.pictures import ruler
from mer_tasks.run import Manifest

MEASURE = "roc_auc_macro"
ANSWERS = {
    "promote": "This model becomes the champion",
    "keep": "The champion stays",
    "ask": "A person is asked whether this model becomes the champion",
}
"""By the verdict of stage `challenge`."""


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


def judged(line: Mapping[str, Any]) -> tuple[str, str]:
    """Tone and judgement of a line of metrics of macro ROC-AUC, which has a value."""
    low, high, half = line["low"], line["high"], line.get("split_half")
    if low is None or high is None:
        return "unknown", "Not known to be better than guessing: the test tracks are too few to say how sure that is"
    if low <= line["baseline"]:
        return "poor", "Not shown to be better than guessing"
    if half is None:
        return "fair", "Better than guessing; how well listeners agree is not known"
    if high < half:
        return "fair", "Better than guessing, but not as good as listeners"
    if low > half:
        return "good", "Very good: closer to the listeners than half of them are to the other half"
    if line["value"] < half:
        return "fair", "Better than guessing; whether as good as listeners, the test tracks are too few to tell"
    return "good", "Good: better than guessing, and as good as half of the listeners, as far as the test tracks tell"


def compared(challenge: Mapping[str, Any] | None) -> list[str]:
    """Sentences on the comparison with the champion.

    Parameters
    ----------
    challenge : mapping, optional
        The document of stage `challenge`, if the run has it.
    """
    if challenge is None:
        return ["Against the champion: no comparison in this run."]
    answer = ANSWERS.get(str(challenge.get("verdict")), "No answer is known")
    reason = f": {challenge['reason']}" if challenge.get("reason") else ""
    found = [f"Against the champion: {answer}{reason}".rstrip(".") + "."]
    difference = told(challenge.get("value"), challenge.get("low"), challenge.get("high"), "+")
    if difference:
        found.append(f"Macro ROC-AUC less that of the champion, on the same test tracks: {difference}.")
    return found


def pairs(value: float) -> str:
    """A share of pairs as people say it."""
    return f"{100 * value:.0f} times in 100"


def verdict(documents: Documents) -> Verdict:
    """The verdict on a run."""
    challenge = documents.json("challenge", "challenge.json")
    line = documents.metrics.get((None, MEASURE))
    if line is None:
        lost = f": it has not been through {documents.missing[0]}" if documents.missing else ""
        return Verdict("unknown", f"No verdict: this run has judged no model{lost}.", "", compared(challenge))
    if line["value"] is None:
        why = "no emotion is carried by some of the test tracks and not by others, so no pairs can be compared"
        return Verdict(
            "unknown", f"No verdict: {why}.", "", [f"The test part has {line['support']} tracks.", *compared(challenge)]
        )
    tone, words = judged(line)
    beside = (
        f", and half of the listeners, judged by the other half, get {100 * line['split_half']:.0f}"
        if line.get("split_half")
        else ""
    )
    lead = (
        f"Of two tracks, one of which carries an emotion, the model picks the right one {pairs(line['value'])};"
        f" guessing gets {100 * line['baseline']:.0f}{beside}."
    )
    return Verdict(
        tone, f"{words}.", lead, [sure(line, documents.manifests.get("split", {})), *compared(challenge)], _picture(line)
    )


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
    # of a track that names no artist nobody knows whether its artist was heard
    strangers = split.get("group_by") == "artist" and not split.get("counters", {}).get("without_artist", 0)
    unheard = "by artists that the model was not trained on" if strangers else "that the model was not trained on"
    if line["low"] is None:
        return f"Judged on {tracks} {unheard}; too few groups of tracks for an interval."
    return f"Judged on {tracks} {unheard}; its 95 % interval is {100 * line['low']:.0f} to {100 * line['high']:.0f}."


def _picture(line: Manifest) -> Picture:
    rows: list[tuple[str, float, float | None, float | None]] = [
        ("guessing", line["baseline"], None, None),
        ("this model", line["value"], line["low"], line["high"]),
    ]
    for name, kind in (("half of the listeners", "split_half"), ("all listeners", "panel")):
        if line.get(kind) is not None:
            rows.append((name, line[kind], line[f"{kind}_low"], line[f"{kind}_high"]))
    said = ", ".join(f"{name} {100 * value:.0f}" for name, value, *_ in rows)
    return Picture(f"How many of 100 pairs of tracks are put in the right order: {said}.", ruler(rows))
