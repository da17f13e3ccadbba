"""Tables of a published run's results for a terminal.

In: the database ``mer`` and the object store. Out: tables of metrics and of example queries, and the URLs of the artifacts.
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
from mer_tasks.database.queries import query, select_rows
from mer_tasks.evaluation.interval_notes import outside_interval, outside_note
from mer_tasks.evaluation.metrics import EQUAL_TO_ACCURACY, OVERALL
from mer_tasks.runs.artifacts import HISTORY, METRICS, MODEL, REPORT, TEST_DATA
from mer_tasks.storage import open_store
from mer_tasks.terminal.tables import format_value
from mer_tasks.wording import decision_text, number

ARTIFACTS = (REPORT, MODEL, METRICS, HISTORY, TEST_DATA)
BY_LABEL = ("roc_auc", "pr_auc", "f1")
SHOWN_LABELS = 20
"""Largest number of labels in the table of metrics; the labels of Emotify and of most data sets fit."""

METRIC_ROWS = """
SELECT metric, emotion, value, baseline, support, low, high, split_half, panel, name
FROM mer.metrics LEFT JOIN mer.labels USING (label_no)
WHERE run_id = %s AND part = 'test' AND level = 'track' ORDER BY label_no
"""


DECISION = """
SELECT promotions.* FROM mer.listed_runs JOIN mer.promotions USING (promotion_no) WHERE listed_runs.run_id = :run_id
"""


@dataclass(frozen=True)
class Metric:
    """One metric of a run on its test tracks, with baseline, 95 % interval, what listeners reach, and the name of its label."""

    value: float | None
    baseline: float | None
    support: int | None
    low: float | None = None
    high: float | None = None
    split_half: float | None = None
    panel: float | None = None
    name: str | None = None


Metrics = dict[tuple[str, str | None], Metric]
"""Metrics by name and label; the label is None if the metric is over all labels."""


def cell(value: object) -> str:
    """Format `value` as text for a table."""
    return number(value) if value is None or isinstance(value, float) else format_value(value)


def titled_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Group:
    """Make a table below its title; columns of numbers are aligned to the right."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for index, name in enumerate(columns):
        numbers = all(row[index] is None or isinstance(row[index], (int, float)) for row in rows)
        table.add_column(name, justify="right" if rows and numbers else "left", overflow="fold")
    for row in rows:
        # Text shows names of tracks and genres as they are, even if they look like markup
        table.add_row(*(Text(cell(value)) for value in row))
    return Group(Text(title, "bold"), table)


def metrics(url: str, run_id: str) -> Metrics:
    """Read the metrics of run `run_id` on its test tracks."""
    with transaction(url) as cursor:
        cursor.execute(METRIC_ROWS, [run_id])
        return {(metric, emotion): Metric(*rest) for metric, emotion, *rest in cursor}


def interval(metric: Metric) -> str | None:
    """Format the 95 % interval of a metric as text, with a star if the value lies outside; None if it has no interval."""
    if metric.low is None:
        return None
    star = "*" if outside_interval(metric.value, metric.low, metric.high) else ""
    return f"{number(metric.low)} to {number(metric.high)}{star}"


def metric_tables(of_run: Metrics) -> list[Group]:
    """Make two tables of metrics: over all labels with intervals, baseline and listeners, and for each label.

    A note between them says why a value lies outside its interval, if one does.

    If there are more than ``SHOWN_LABELS`` labels, only those that most test tracks have are shown, and the title says so.
    """
    hidden = EQUAL_TO_ACCURACY if ("accuracy", None) in of_run else ()
    overall = [(name, of_run[name, None]) for name in OVERALL if (name, None) in of_run and name not in hidden]
    tracks = max((metric.support or 0 for _, metric in overall), default=0)
    rows = _label_rows(of_run)
    columns = ["label", "positives", *(title for name in BY_LABEL for title in (name, "base"))]
    title = "Metrics label by label. positives: test tracks that have the label. base: the baseline."
    if len(rows) > SHOWN_LABELS:
        title += (
            f" The {SHOWN_LABELS} labels that most test tracks have, and {len(rows) - SHOWN_LABELS} more:"
            " mer query model_and_baseline"
        )
        rows = sorted(rows, key=lambda row: -row[2])[:SHOWN_LABELS]
    outside = [name for name, metric in overall if outside_interval(metric.value, metric.low, metric.high)]
    return [
        titled_table(
            f"Metrics on {tracks} test tracks. baseline: a model that only knows how common each label is."
            " half: half of the listeners, judged by the other half. panel: all listeners, judged by as many new listeners.",
            ["metric", "model", "95 % interval", "baseline", "half", "panel"],
            [
                (name, metric.value, interval(metric), metric.baseline, metric.split_half, metric.panel)
                for name, metric in overall
            ],
        ),
        *([Group(Text(outside_note(outside, outside, "label")))] if outside else []),
        titled_table(title, columns, [row[1:] for row in rows]),
    ]


def _label_rows(of_run: Metrics) -> list[tuple[Any, ...]]:
    """Make the row of each label: its id and name, the number of test tracks that have it, each metric with its baseline."""
    missing = Metric(None, None, None)
    rows = []
    for label in dict.fromkeys(label for _, label in of_run if label is not None):
        of_label = [of_run.get((name, label), missing) for name in BY_LABEL]
        numbers = [number for metric in of_label for number in (metric.value, metric.baseline)]
        name = next((metric.name for metric in of_label if metric.name), label)
        rows.append((label, name, of_label[-1].support or 0, *numbers))
    return rows


def examples(of_run: Metrics) -> dict[str, dict[str, Any]]:
    """Choose queries that are shown as examples, with their parameters, for a run with these metrics.

    The label of the first one is that of most test tracks. If a track has exactly one label, no labels occur together.
    """
    label = max(_label_rows(of_run), key=lambda row: row[2])[0]
    together = {} if ("accuracy", None) in of_run else {"emotions_together": {"rows": 5}}
    return {"tracks_for_emotion": {"emotion": label, "certainty": None, "rows": 5}, "surprises": {"rows": 5}, **together}


def example_query(url: str, name: str, params: Mapping[str, Any]) -> Group:
    """Make a table of the rows of a query from the cookbook, below the question that it answers."""
    question = (SQL / "queries" / f"{name}.sql").read_text(encoding="utf-8").splitlines()[0].removeprefix("-- ")
    rows = query(url, name, params)
    given = ", ".join(f"{key}={value}" for key, value in params.items())
    columns = list(rows[0]) if rows else ["no rows"]
    return titled_table(f"{question}  (sql/queries/{name}.sql, {given})", columns, [list(row.values()) for row in rows])


def artifacts(store_url: str, run_id: str) -> dict[str, str]:
    """Find the URLs of the run's artifacts in the store, by file name."""
    store = open_store(store_url)
    keys = [info.key for info in store.list(f"runs/{run_id}/")]
    return {name: store.uri(key) for name in ARTIFACTS for key in keys if key.endswith(f"/{name}")}


def report_page(store_url: str, run_id: str, scratch: Path) -> str | None:
    """Find the URL at which a local browser opens the run's report; a report in S3 is copied below `scratch` first."""
    store = open_store(store_url)
    url = artifacts(store_url, run_id).get(ARTIFACTS[0])
    return url and store.fetch(url.removeprefix(f"{store.url}/"), scratch).as_uri()


def decision_line(url: str, run_id: str) -> str:
    """Say in one line how the run's own challenge was decided. Later rollbacks by hand are not included."""
    rows = select_rows(url, DECISION, {"run_id": run_id})
    return decision_text(rows[0]).format_map(rows[0]) if rows else f"Nothing is decided on the model of run {run_id}."


def rejected_files_line(url: str, run_id: str) -> str:
    """Say in one line how many files were rejected, by reason."""
    rows = query(url, "rejected_files", {"run_id": run_id})
    reasons = [row["reason"] for row in rows]
    counts = ", ".join(f"{reason}: {reasons.count(reason)}" for reason in sorted(set(reasons)))
    return f"{len(rows)} files rejected" + (f" ({counts}; sql/queries/rejected_files.sql lists them)" if rows else "")
