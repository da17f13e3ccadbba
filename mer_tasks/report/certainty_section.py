"""Section of a report on the certainty of answers: how many are right or unclear, beside the promise.

In: the metrics and the thresholds of a run. Out: a table with a row for each label, and paragraphs.
"""

from collections.abc import Sequence

from mer_tasks.modelling.conformal import RANGE
from mer_tasks.report.blocks import Block, Paragraph, Table
from mer_tasks.report.label_styles import shown_together
from mer_tasks.report.run_documents import RunView
from mer_tasks.runs.artifacts import THRESHOLDS
from mer_tasks.runs.run import Manifest
from mer_tasks.wording import number_with_interval


def certainty(view: RunView) -> Sequence[Block]:
    """Make section "Certainty": coverage of the answers to each label, and the share of unclear ones."""
    label_set = view.label_set
    coverage = {label: view.metrics.get((label, "coverage")) for label in (*label_set.ids, None)}
    overall = coverage[None]
    if overall is None:
        return [Paragraph("Nothing to show: this run did not measure which answers are clear.")]
    rule = view.json("thresholds", THRESHOLDS) or {}
    promise = rule.get("promise")
    rows = []
    for label, line in coverage.items():
        name = label_set.by_id[label].name if label else "all together"
        unclear = view.metrics.get((label, "unclear"))
        rows.append((name, promise, _text(line), _verdict(line, promise), _text(unclear), _range(rule, label)))
    noun, nouns = label_set.noun
    covered = f"tracks whose right {noun} is plausible" if label_set.single else "answers that are right or unclear"
    unclear_title = f"share of tracks where the {noun} is unclear" if label_set.single else "unclear answers"
    columns = (noun, "promise", f"{covered} (95 % interval)", "promise kept", unclear_title, "unclear from, to")
    search = "" if shown_together(label_set) else f"Search {nouns}"
    return [Table(f"Coverage of the answers for {overall['support']} test tracks", columns, rows, search)]


def _text(line: Manifest | None) -> str:
    return (line and number_with_interval(line["value"], line["low"], line["high"])) or "not defined"


def _verdict(line: Manifest | None, promise: float | None) -> str:
    """Say whether the test tracks contradict the promise."""
    if line is None or line["high"] is None or promise is None:
        return "not known"
    return "no" if line["high"] < promise else "yes, as far as the tracks tell"


def _range(rule: Manifest, label: str | None) -> str:
    """Format the range of probabilities in which the answer to a label is unclear."""
    ends = [(rule.get(name) or {}).get(label) for name in RANGE]
    return "" if None in ends else f"{ends[0]:.3f}, {ends[1]:.3f}"
