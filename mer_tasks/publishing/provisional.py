"""Provisional models: a note in the reason of a decision, if a model is not shown to be better than guessing.

In: the metrics of the run that trained the model. Out: a part of a sentence for people. Views and pages derive
whether a champion is provisional from the published metrics (view ``mer.model_grades``), so it ends with a better champion.
"""

from mer_tasks.evaluation.grade import MEASURE, shown_better
from mer_tasks.runs.artifacts import METRICS
from mer_tasks.runs.run import Run
from mer_tasks.wording import PROVISIONAL, number


def provisional_note(run: Run) -> str:
    """Say that the model of `run` is provisional, and why; empty if it is shown to be better than guessing.

    Raises
    ------
    ObjectMissing
        If the run has no metrics.
    """
    (line,) = [
        line
        for line in run.read_json("evaluate", METRICS)["metrics"]
        if (line["level"], line["emotion"], line["metric"]) == ("track", None, MEASURE)
    ]
    if shown_better(line):
        return ""
    interval = "no interval" if line["low"] is None else f"95 % interval {number(line['low'])} to {number(line['high'])}"
    return f"; {PROVISIONAL} ({interval}, guessing {number(line['baseline'])})"
