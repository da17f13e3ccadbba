"""Give a run that is ready to be published ranges of unclear answers, and another macro ROC-AUC."""

from mer_tasks.evaluation.grade import MEASURE
from mer_tasks.runs.artifacts import METRICS, THRESHOLDS
from mer_tasks.runs.run import Run
from tests.support.label_sets import EMOTIFY

WIDE, LOW, HIGH = "amazement", 0.25, 0.75
"""The label whose answers are unclear between these probabilities; those of the other labels are clear."""


def give_ranges(run: Run, low: float = LOW, high: float = HIGH) -> None:
    """Add the ranges of unclear answers to the thresholds of a run, whose thresholds are 0.5."""
    rule = run.read_json("thresholds", THRESHOLDS)
    ends = {"unclear_from": low, "unclear_to": high}
    ranges = {name: {**dict.fromkeys(EMOTIFY.ids, 0.5), WIDE: end} for name, end in ends.items()}
    run.write_json("thresholds", THRESHOLDS, {**rule, **ranges, "promise": 0.9})


def give_metric(run: Run, **fields: float | None) -> None:
    """Replace fields of the macro ROC-AUC of a run on its test tracks."""
    document = run.read_json("evaluate", METRICS)
    for line in document["metrics"]:
        if (line["level"], line["emotion"], line["metric"]) == ("track", None, MEASURE):
            line.update(fields)
    run.write_json("evaluate", METRICS, document)
