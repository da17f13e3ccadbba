"""Schedules of the DAGs, and the forms that go with them."""

import json
import runpy
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization
from airflow.timetables.base import TimeRestriction
from mer_common.form import MODES
from mer_predict import FORM

from mer_tasks.errors import ConfigError
from mer_tasks.runs.pipeline import PREDICTING

pytestmark = [
    # a warning of Airflow's own, about the library that reads .airflowignore
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
]
DAGS = Path(__file__).resolve().parents[2] / "dags"


def load(name: str, monkeypatch: pytest.MonkeyPatch) -> DAG:
    """Load a DAG as a new Airflow process with the current environment does."""
    monkeypatch.delitem(sys.modules, "mer_common.assets", raising=False)
    return runpy.run_path(str(DAGS / f"{name}.py"))["dag"]


@pytest.mark.parametrize(
    ("name", "asset", "times"),
    [("mer_train", "landing", "0 3 * * 0"), ("mer_predict", "corpus", "0 5 * * *")],
)
def test_a_dag_runs_on_events_of_its_asset_and_at_fixed_times(
    name: str, asset: str, times: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dag = load(name, monkeypatch)
    assert dag.timetable.asset_condition.name == asset
    assert dag.timetable.timetable.expression == times
    assert (dag.max_active_runs, dag.catchup) == (1, False)


def test_housekeeping_runs_weekly_and_has_its_own_form(monkeypatch: pytest.MonkeyPatch) -> None:
    dag = load("mer_housekeeping", monkeypatch)
    assert dag.timetable.expression == "0 1 * * 6"
    assert {param.schema["section"] for param in dag.params.values()} == {"What to keep"}
    assert list(dag.params) == ["dry_run", "blob_days", "artifact_days", "failed_run_days"]


def test_one_watcher_watches_the_landing_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    (watcher,) = load("mer_train", monkeypatch).timetable.asset_condition.watchers
    assert (watcher.name, watcher.trigger.serialize()) == ("landing", ("mer_airflow.landing_trigger.LandingTrigger", {}))


@pytest.mark.parametrize("name", ["mer_train", "mer_predict", "mer_housekeeping"])
def test_no_dag_has_a_schedule_if_watching_is_off(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MER_WATCH", "off")
    dag = load(name, monkeypatch)
    assert type(dag.timetable).__name__ == "NullTimetable"


def test_a_dag_with_a_wrong_variable_cannot_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MER_WATCH_POLL_SECONDS", "often")
    with pytest.raises(ConfigError, match="MER_WATCH_POLL_SECONDS='often'"):
        load("mer_train", monkeypatch)


@pytest.mark.parametrize("now", [datetime(2026, 5, 3, 3, 30), datetime(2026, 5, 6, 12), datetime(2026, 5, 10, 2, 59)])
def test_a_new_installation_does_not_run_for_times_that_have_passed(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = json.loads(json.dumps(DagSerialization.to_dict(load("mer_train", monkeypatch))))
    dag = DagSerialization.from_dict(stored)
    monkeypatch.setattr("airflow.timetables.trigger.utcnow", lambda: now.replace(tzinfo=timezone.utc))
    next_run = dag.timetable.next_dagrun_info(
        last_automated_data_interval=None, restriction=TimeRestriction(None, None, catchup=False)
    )
    assert next_run is not None
    assert next_run.run_after == datetime(2026, 5, 10, 3, tzinfo=timezone.utc)


def test_the_tasks_of_mer_predict_are_the_stages_of_mode_predict(monkeypatch: pytest.MonkeyPatch) -> None:
    dag = load("mer_predict", monkeypatch)
    assert set(dag.task_ids) == set(PREDICTING)
    assert {task.task_id: task.upstream_task_ids for task in dag.tasks} == {
        "discover": set(),
        "reformat": {"discover"},
        "features": {"reformat", "discover"},
        "embed": {"features", "discover"},
        "predict": {"features", "embed", "discover"},
        "drift": {"predict"},
        "publish": {"drift"},
    }
    assert {task.partial_kwargs["mode"] if task.is_mapped else task.mode for task in dag.tasks} == {"predict"}


def test_a_form_has_only_the_fields_and_modes_that_its_dag_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(load("mer_predict", monkeypatch).params) == set(FORM)
    assert "reject_budget" not in FORM
    assert load("mer_train", monkeypatch).params.get_param("mode").schema["enum"] == list(MODES)
