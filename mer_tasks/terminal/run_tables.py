"""What a published run found, for people to read in a terminal.

In: the database ``mer`` and the object store. Out: tables of metrics and of example queries, and where the artifacts are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from mer_tasks.database.connection import SQL, transaction
from mer_tasks.database.queries import answered, query
from mer_tasks.emotions import EMOTIONS
from mer_tasks.evaluation.metrics import OVERALL
from mer_tasks.runs.artifacts import HISTORY, METRICS, MODEL, REPORT, TEST_DATA
from mer_tasks.storage.factory import open_store
from mer_tasks.terminal.tables import shown
from mer_tasks.wording import decided

ARTIFACTS = (REPORT, MODEL, METRICS, HISTORY, TEST_DATA)
EXAMPLES: dict[str, dict[str, Any]] = {
    "tracks_for_emotion": {"emotion": "calmness", "rows": 5},
    "surprises": {"rows": 5},
    "emotions_together": {"rows": 5},
}
"""Queries that are shown, with their parameters."""
BY_EMOTION = ("roc_auc", "pr_auc", "f1")
DECIMALS = 3

METRIC_ROWS = """
SELECT metric, emotion, value, baseline, support, low, high, split_half, panel FROM mer.metrics
WHERE run_id = %s AND part = 'test' AND level = 'track'
"""


DECISION = """
SELECT promotions.* FROM mer.listed_runs JOIN mer.promotions USING (promotion_no) WHERE listed_runs.run_id = :run_id
"""


@dataclass(frozen=True)
class Metric:
    """One metric of a run on its test tracks."""

    value: float | None
    baseline: float | None
    support: int | None
    low: float | None = None
    high: float | None = None
    split_half: float | None = None
    panel: float | None = None


Metrics = dict[tuple[str, str | None], Metric]
"""By name and emotion; the emotion is None where a metric is of all nine."""


def cell(value: object) -> str:
    """`value` as text for a table."""
    if value is None:
        return "-"
    return f"{value:.{DECIMALS}f}" if isinstance(value, float) else shown(value)


def drawn(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Group:
    """A table under its title; columns of numbers are aligned to the right."""
    found = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for place, name in enumerate(columns):
        numbers = all(row[place] is None or isinstance(row[place], (int, float)) for row in rows)
        found.add_column(name, justify="right" if rows and numbers else "left", overflow="fold")
    for row in rows:
        # as texts: names of tracks and genres may look like markup
        found.add_row(*(Text(cell(value)) for value in row))
    return Group(Text(title, "bold"), found)


def metrics(url: str, run_id: str) -> Metrics:
    """Metrics of run `run_id` on its test tracks."""
    with transaction(url) as cursor:
        cursor.execute(METRIC_ROWS, [run_id])
        return {(metric, emotion): Metric(*rest) for metric, emotion, *rest in cursor}


def interval(metric: Metric) -> str | None:
    """The 95 % interval of a metric as text."""
    return None if metric.low is None else f"{cell(metric.low)} to {cell(metric.high)}"


def metric_tables(found: Metrics) -> list[Group]:
    """The metrics of all emotions together, and those of each, with interval, baseline and what listeners reach beside."""
    missing = Metric(None, None, None)
    overall = [(name, found[name, None]) for name in OVERALL if (name, None) in found]
    tracks = max((metric.support or 0 for _, metric in overall), default=0)
    emotions: list[list[object]] = []
    for emotion in EMOTIONS:
        of = [found.get((name, emotion), missing) for name in BY_EMOTION]
        emotions.append([emotion, of[-1].support, *(number for metric in of for number in (metric.value, metric.baseline))])
    columns = ["emotion", "positives", *(title for name in BY_EMOTION for title in (name, "base"))]
    return [
        drawn(
            f"Metrics on {tracks} test tracks; baseline: only knows how common each emotion is;"
            " half: half of the listeners, judged by the other half; panel: all of them, judged by as many new ones",
            ["metric", "model", "95 %", "baseline", "half", "panel"],
            [
                (name, metric.value, interval(metric), metric.baseline, metric.split_half, metric.panel)
                for name, metric in overall
            ],
        ),
        drawn("The same, emotion by emotion; base: the baseline", columns, emotions),
    ]


def example(url: str, name: str, params: Mapping[str, Any]) -> Group:
    """The rows of a query of the cookbook, under its question."""
    question = (SQL / "queries" / f"{name}.sql").read_text(encoding="utf-8").splitlines()[0].removeprefix("-- ")
    rows = query(url, name, params)
    given = ", ".join(f"{key}={value}" for key, value in params.items())
    columns = list(rows[0]) if rows else ["no rows"]
    return drawn(f"{question}  (sql/queries/{name}.sql, {given})", columns, [list(row.values()) for row in rows])


def artifacts(store_url: str, run_id: str) -> dict[str, str]:
    """Addresses of the run's artifacts that are in the store, by name."""
    store = open_store(store_url)
    keys = [found.key for found in store.list(f"runs/{run_id}/")]
    return {name: store.uri(key) for name in ARTIFACTS for key in keys if key.endswith(f"/{name}")}


def report_page(store_url: str, run_id: str, scratch: Path) -> str | None:
    """Address at which a browser here opens the run's report: of one in S3, that of a copy below `scratch`."""
    store = open_store(store_url)
    found = artifacts(store_url, run_id).get(ARTIFACTS[0])
    return found and store.fetch(found.removeprefix(f"{store.url}/"), scratch).as_uri()


def decision(url: str, run_id: str) -> str:
    """What came of the run's own challenge, in one line; what was done by hand since are decisions of their own."""
    found = answered(url, DECISION, {"run_id": run_id})
    return decided(found[0]).format_map(found[0]) if found else f"Nothing is decided on the model of run {run_id}."


def rejected(url: str, run_id: str) -> str:
    """How many files were left out, by reason, in one line."""
    rows = query(url, "rejected_files", {"run_id": run_id})
    reasons = [row["reason"] for row in rows]
    counts = ", ".join(f"{reason}: {reasons.count(reason)}" for reason in sorted(set(reasons)))
    return f"{len(rows)} files rejected" + (f" ({counts}; sql/queries/rejected_files.sql names them)" if rows else "")
