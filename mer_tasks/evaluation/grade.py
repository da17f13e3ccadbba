"""Grade of a model: how good it is, in words for readers who do not know metrics.

In: a metric line. Out: a grade. It uses the macro ROC-AUC, which depends on no threshold and is easy to explain. Of two tracks,
only one has the label: how often does the model rank that track first? Guessing is right half of the time.

The words follow the 95 % interval, not the value: they claim nothing that the interval leaves open. They compare the model with
half of the listeners, who are scored against the other half. All listeners together reach more (:func:`below_all`).
"""

from collections.abc import Mapping
from typing import Any

MEASURE = "roc_auc_macro"
"""Name of the metric that is graded."""


def shown_better(line: Mapping[str, Any]) -> bool:
    """Whether a model is shown to be better than guessing: its whole interval lies above the baseline.

    A champion that is not shown to be better is provisional. The view ``mer.model_grades`` has the same rule.

    Parameters
    ----------
    line : mapping
        The metric line, with ``low`` and ``baseline``; see :func:`grade`.

    Examples
    --------
    >>> shown_better({"low": 0.49, "baseline": 0.5}), shown_better({"low": None, "baseline": 0.5})
    (False, False)
    """
    low, baseline = line["low"], line["baseline"]
    return low is not None and baseline is not None and bool(low > baseline)


def grade(line: Mapping[str, Any]) -> tuple[str, str]:
    """Grade a model by its macro ROC-AUC.

    Parameters
    ----------
    line : mapping
        The metric line of macro ROC-AUC: ``value``, ``low``, ``high``, ``baseline`` and ``split_half``. The value and the
        baseline are numbers; the other fields may be None.

    Returns
    -------
    tone : {"good", "fair", "poor", "unknown"}
    words : str

    Examples
    --------
    >>> grade({"value": 0.71, "low": 0.66, "high": 0.74, "baseline": 0.5, "split_half": 0.78})
    ('fair', 'Fair: better than guessing, but not as good as half of the listeners')
    """
    low, high, half = line["low"], line["high"], line.get("split_half")
    if low is None or high is None:
        return "unknown", "Not known to be better than guessing: the test tracks are too few to say how sure that is"
    if not shown_better(line):
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
    """Say that a model's interval is below that of all listeners together; the text is empty if it is not below."""
    high, panel_low = line["high"], line.get("panel_low")
    if high is None or panel_low is None or high >= panel_low:
        return ""
    return f"below what all listeners together reach ({100 * panel_low:.0f} to {100 * line['panel_high']:.0f})"
