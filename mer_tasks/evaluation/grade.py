"""How good a model is, in words that people who know nothing of metrics can read.

In: a line of metrics. Out: a grade. It rests on the macro ROC-AUC, which depends on no threshold and has a meaning in words: of
two tracks, one of which carries an emotion, how often the model puts that one first. Guessing gets half of them. The words
follow the 95 % interval, not the value: what the interval does not exclude is not claimed. They compare with half of the
listeners, who are judged by the other half; all of them together know more (:func:`below_all`).
"""

from collections.abc import Mapping
from typing import Any

MEASURE = "roc_auc_macro"


def grade(line: Mapping[str, Any]) -> tuple[str, str]:
    """How good a model is.

    Parameters
    ----------
    line : mapping
        Of macro ROC-AUC: ``value``, ``low``, ``high``, ``baseline``, ``split_half``; the value and the baseline are numbers.

    Returns
    -------
    tone : {"good", "fair", "poor", "unknown"}
    words : str
    """
    low, high, half = line["low"], line["high"], line.get("split_half")
    if low is None or high is None:
        return "unknown", "Not known to be better than guessing: the test tracks are too few to say how sure that is"
    if low <= line["baseline"]:
        return "poor", "Not good: not shown to be better than guessing"
    if half is None:
        return "fair", "Fair: better than guessing; how well listeners agree is not known"
    if high < half and line["value"] < (line["baseline"] + half) / 2:
        return "poor", "Weak: better than guessing, but closer to that than to half of the listeners"
    if high < half:
        return "fair", "Fair: better than guessing, but not as good as half of the listeners"
    if low > half:
        return "good", "Very good: closer to the listeners than half of them are to the other half"
    if line["value"] < half:
        return (
            "fair",
            "Fair: better than guessing; whether as good as half of the listeners, the test tracks are too few to tell",
        )
    return "good", "Good: better than guessing, and as good as half of the listeners, as far as the test tracks tell"


def below_all(line: Mapping[str, Any]) -> str:
    """What the interval says beside that of all listeners together, if it lies below that; otherwise nothing."""
    high, panel = line["high"], line.get("panel_low")
    if high is None or panel is None or high >= panel:
        return ""
    return f"below what all listeners together reach ({100 * panel:.0f} to {100 * line['panel_high']:.0f})"
