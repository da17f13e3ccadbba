"""Progress of a run, stage by stage.

In: Airflow's task instances of a run. Out: one line per stage, in a table for a terminal that is updated, or as lines of text.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.table import Table

from mer_tasks.runs.pipeline import STAGES
from mer_tasks.terminal.control_characters import show_control_characters

STATES = ("failed", "upstream_failed", "up_for_retry", "running", "queued", "scheduled")
"""States by priority: a stage has the first of these states that one of its task instances has."""
END_STATES = frozenset({"success", "skipped", "failed", "upstream_failed", "removed"})
STYLES = {"success": "green", "failed": "bold red", "upstream_failed": "red", "up_for_retry": "magenta", "running": "yellow"}
"""Colours of states, similar to those in Airflow's grid."""


@dataclass(frozen=True)
class StageProgress:
    """Progress of one stage of a run.

    Attributes
    ----------
    stage : str
    state : str
        One of Airflow's states, or ``waiting``.
    ended, total : int
        Number of task instances that have ended, and of all task instances.
    mapped : bool
        Whether the stage is mapped over shards, so that `total` is their number.
    seconds : float, optional
        Time from the first start of a task instance to the last end, or until now if one has not ended.
    """

    stage: str
    state: str
    ended: int
    total: int
    mapped: bool
    seconds: float | None

    @property
    def count(self) -> str:
        """Number of ended shards and of all shards, such as ``2/4``; empty for a stage that is not mapped."""
        return f"{self.ended}/{self.total}" if self.mapped else ""

    @property
    def time(self) -> str:
        """Seconds as text; empty before the stage starts."""
        return "" if self.seconds is None else f"{self.seconds:.1f} s"


def stage_progress(instances: Iterable[Mapping[str, Any]], now: datetime) -> list[StageProgress]:
    """Sum up the task instances of a run by stage, in the order of the stages; tasks that are not stages come last.

    Parameters
    ----------
    instances : iterable of mapping
        Task instances as Airflow's REST API returns them.
    now : datetime
        Time that counts as the end of task instances that have not ended.

    Examples
    --------
    >>> times = {"start_date": "2026-01-02T03:04:05+00:00", "end_date": "2026-01-02T03:04:07+00:00"}
    >>> task = {"task_id": "split", "state": "success", "map_index": -1, **times}
    >>> [(stage.stage, stage.state, stage.time) for stage in stage_progress([task], datetime.now())]
    [('split', 'success', '2.0 s')]
    """
    by_stage = defaultdict(list)
    for instance in instances:
        by_stage[instance["task_id"]].append(instance)
    order = {stage: index for index, stage in enumerate(STAGES)}
    return [_summary(stage, by_stage[stage], now) for stage in sorted(by_stage, key=lambda name: order.get(name, len(order)))]


def _summary(stage: str, instances: Sequence[Mapping[str, Any]], now: datetime) -> StageProgress:
    """Sum up the task instances of one stage."""
    states = [instance["state"] for instance in instances]
    started = [instance for instance in instances if instance["start_date"]]
    starts = [datetime.fromisoformat(instance["start_date"]) for instance in started]
    ends = [datetime.fromisoformat(instance["end_date"]) if instance["end_date"] else now for instance in started]
    return StageProgress(
        stage=stage,
        state=_state(states),
        ended=sum(state in END_STATES for state in states),
        total=len(states),
        mapped=any(instance["map_index"] >= 0 for instance in instances),
        seconds=(max(ends) - min(starts)).total_seconds() if starts else None,
    )


def _state(states: Sequence[str | None]) -> str:
    """Choose the state of a stage from the states of its task instances."""
    for state in STATES:
        if state in states:
            return state
    if set(states) == {"skipped"}:
        return "skipped"
    if all(state in END_STATES for state in states):
        return "success"
    return "running" if any(state in END_STATES for state in states) else "waiting"


def table(progress: Iterable[StageProgress]) -> Table:
    """Make a table of the progress, with a row for each stage."""
    rows = Table(box=None, pad_edge=False)
    for title in ("stage", "state", "shards"):
        rows.add_column(title)
    rows.add_column("time", justify="right")
    for stage in progress:
        rows.add_row(stage.stage, stage.state, stage.count, stage.time, style=STYLES.get(stage.state))
    return rows


def changes(before: Iterable[StageProgress], after: Iterable[StageProgress]) -> list[str]:
    """Write a line for each stage whose state or count has changed, except for stages that wait."""
    states_before = {stage.stage: (stage.state, stage.count) for stage in before}
    return [
        f"{stage.stage:<11} {stage.state:<12} {stage.count:<6} {stage.time:>9}".rstrip()
        for stage in after
        if stage.state != "waiting" and (stage.state, stage.count) != states_before.get(stage.stage)
    ]


def last_lines(events: Sequence[Mapping[str, Any]], most: int = 3) -> list[str]:
    """Pick the last lines from the log of a failed task: its errors, or any events if it logged no error.

    Parameters
    ----------
    events : sequence of mapping
        Log of the task, as Airflow's REST API returns it.
    most : int
        Largest number of lines.
    """
    errors = [event for event in events if event.get("level") in ("error", "critical")]
    lines = [_line(event) for event in errors or events]
    return [line for line in lines if line and not line.startswith("::")][-most:]


def _line(event: Mapping[str, Any]) -> str:
    """Write an event of a log as one line, with the exception that it reports."""
    details = event.get("error_detail") or [{}]
    exceptions = [f"{error['exc_type']}: {error['exc_value']}" for error in details[:1] if error]
    return show_control_characters(": ".join([" ".join(str(event.get("event", "")).split()), *exceptions]))
