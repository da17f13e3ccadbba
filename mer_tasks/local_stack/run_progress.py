"""How far a run is, stage by stage.

In: Airflow's task instances of a run. Out: one line a stage, as a table that is drawn again and again, or as lines of text.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.table import Table

from mer_tasks.runs.pipeline import STAGES
from mer_tasks.terminal.control_characters import harmless

STATES = ("failed", "upstream_failed", "up_for_retry", "running", "queued", "scheduled")
"""Of a stage's task instances, the first of these that one of them has is the stage's."""
DONE = frozenset({"success", "skipped", "failed", "upstream_failed", "removed"})
STYLES = {"success": "green", "failed": "bold red", "upstream_failed": "red", "up_for_retry": "magenta", "running": "yellow"}
"""Colours, close to those of Airflow's own grid."""


@dataclass(frozen=True)
class StageProgress:
    """One stage of a run.

    Attributes
    ----------
    stage : str
    state : str
        A state of Airflow's, or ``waiting``.
    done, total : int
        Task instances that have ended, and all of them.
    mapped : bool
        Whether `total` counts shards.
    seconds : float, optional
        From its first start to its last end, or until now.
    """

    stage: str
    state: str
    done: int
    total: int
    mapped: bool
    seconds: float | None

    @property
    def count(self) -> str:
        """``2/4`` shards; empty where there are none."""
        return f"{self.done}/{self.total}" if self.mapped else ""

    @property
    def time(self) -> str:
        """Seconds as text; empty before it starts."""
        return "" if self.seconds is None else f"{self.seconds:.1f} s"


def stage_progress(instances: Iterable[Mapping[str, Any]], now: datetime) -> list[StageProgress]:
    """Sum up the task instances of a run, in the order of its stages; tasks that are no stage come last.

    Parameters
    ----------
    instances : iterable of mapping
        As Airflow's REST API gives them.
    now : datetime
        End of what has not ended.
    """
    by_stage = defaultdict(list)
    for instance in instances:
        by_stage[instance["task_id"]].append(instance)
    order = {stage: place for place, stage in enumerate(STAGES)}
    return [_summary(stage, by_stage[stage], now) for stage in sorted(by_stage, key=lambda name: order.get(name, len(order)))]


def _summary(stage: str, instances: Sequence[Mapping[str, Any]], now: datetime) -> StageProgress:
    states = [instance["state"] for instance in instances]
    starts = [datetime.fromisoformat(each["start_date"]) for each in instances if each["start_date"]]
    ends = [datetime.fromisoformat(each["end_date"]) if each["end_date"] else now for each in instances if each["start_date"]]
    return StageProgress(
        stage=stage,
        state=_state(states),
        done=sum(state in DONE for state in states),
        total=len(states),
        mapped=any(instance["map_index"] >= 0 for instance in instances),
        seconds=(max(ends) - min(starts)).total_seconds() if starts else None,
    )


def _state(states: Sequence[str | None]) -> str:
    """One state for all of them."""
    for state in STATES:
        if state in states:
            return state
    if set(states) == {"skipped"}:
        return "skipped"
    if all(state in DONE for state in states):
        return "success"
    return "running" if any(state in DONE for state in states) else "waiting"


def table(progress: Iterable[StageProgress]) -> Table:
    """`progress` to look at."""
    drawn = Table(box=None, pad_edge=False)
    for title in ("stage", "state", "shards"):
        drawn.add_column(title)
    drawn.add_column("time", justify="right")
    for each in progress:
        drawn.add_row(each.stage, each.state, each.count, each.time, style=STYLES.get(each.state))
    return drawn


def changes(before: Iterable[StageProgress], after: Iterable[StageProgress]) -> list[str]:
    """A line for each stage whose state or count is not what it was; waiting is no news."""
    known = {each.stage: (each.state, each.count) for each in before}
    return [
        f"{each.stage:<11} {each.state:<12} {each.count:<6} {each.time:>9}".rstrip()
        for each in after
        if each.state != "waiting" and (each.state, each.count) != known.get(each.stage)
    ]


def last_lines(events: Sequence[Mapping[str, Any]], most: int = 3) -> list[str]:
    """What a failed task said last: its errors, or if it had none, whatever it said.

    Parameters
    ----------
    events : sequence of mapping
        Its log, as Airflow's REST API gives it.
    most : int
        So many lines at most.
    """
    errors = [event for event in events if event.get("level") in ("error", "critical")]
    lines = [_line(event) for event in errors or events]
    return [line for line in lines if line and not line.startswith("::")][-most:]


def _line(event: Mapping[str, Any]) -> str:
    details = event.get("error_detail") or [{}]
    raised = [f"{error['exc_type']}: {error['exc_value']}" for error in details[:1] if error]
    return harmless(": ".join([" ".join(str(event.get("event", "")).split()), *raised]))
