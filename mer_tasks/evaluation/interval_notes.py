"""Notes on bootstrap intervals that do not contain their metric, for the report and for the terminal.

In: values of metrics with the ends of their intervals. Out: whether a value lies outside, and a sentence that says why.
"""

from collections.abc import Sequence

CALIBRATION_ERROR = "ece_macro"
"""A mean over labels that is too large where few tracks are judged: see :mod:`mer_tasks.evaluation.metrics`."""


def outside_interval(value: float | None, low: float | None, high: float | None) -> bool:
    """Whether a metric lies outside its interval; False if one of these is not defined.

    Examples
    --------
    >>> outside_interval(0.1, 0.12, 0.2), outside_interval(0.12, 0.12, 0.2), outside_interval(0.1, None, None)
    (True, False, False)
    """
    return value is not None and low is not None and high is not None and not low <= value <= high


def outside_note(metrics: Sequence[str], texts: Sequence[str], noun: str) -> str:
    """Say which metrics lie outside their intervals, and why; empty if none does.

    Parameters
    ----------
    metrics : sequence of str
        Names of the metrics, as in :data:`mer_tasks.evaluation.metrics.OVERALL`.
    texts : sequence of str
        How the reader sees these names.
    noun : str
        What the label set calls a label.

    Examples
    --------
    >>> outside_note(["ece_macro"], ["ECE macro"], "mood")[:52]
    '* The value of ECE macro lies outside its interval. '
    """
    if not metrics:
        return ""
    several = len(metrics) > 1
    sentences = [f"* The {'values' if several else 'value'} of {', '.join(texts)} {'lie' if several else 'lies'} outside"]
    sentences[0] += f" {'their intervals' if several else 'its interval'}."
    if any(name.endswith("_macro") and name != CALIBRATION_ERROR for name in metrics):
        sentences.append(
            f"The bootstrap draws some tracks several times and others not at all. A {noun} that few test tracks have counts"
            " only where one of them is drawn, and is then more common than in the test part; this moves the mean."
        )
    if CALIBRATION_ERROR in metrics:
        sentences.append("A calibration error is larger where fewer different tracks are drawn.")
    return " ".join(sentences)
