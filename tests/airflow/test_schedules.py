"""What runs by itself, and when."""

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
    # of Airflow's own, about the library that reads .airflowignore
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
]
DAGS = Path(__file__).resolve().parents[2] / "dags"


def load(name: str, monkeypatch: pytest.MonkeyPatch) -> DAG:
    """The DAG, as an Airflow process finds it that has the environment of now."""
    monkeypatch.delitem(sys.modules, "mer_common.assets", raising=False)
    return runpy.run_path(str(DAGS / f"{name}.py"))["dag"]


@pytest.mark.parametrize(
    ("name", "asset", "times"),
    [("mer_train", "landing", "0 3 * * 0"), ("mer_predict", "corpus", "0 5 * * *")],
)
def test_dags_run_on_their_asset_and_by_the_clock(name: str, asset: str, times: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dag = load(name, monkeypatch)
    assert dag.timetable.asset_condition.name == asset
    assert dag.timetable.timetable.expression == times
    assert (dag.max_active_runs, dag.catchup) == (1, False)


def test_housekeeping_is_done_weekly_and_by_its_own_form(monkeypatch: pytest.MonkeyPatch) -> None:
    dag = load("mer_housekeeping", monkeypatch)
    assert dag.timetable.expression == "0 1 * * 6"
    assert {param.schema["section"] for param in dag.params.values()} == {"What to keep"}
    assert list(dag.params) == ["dry_run", "blob_days", "artifact_days", "failed_run_days"]


def test_one_watcher_looks_at_the_landing_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    (watcher,) = load("mer_train", monkeypatch).timetable.asset_condition.watchers
    assert (watcher.name, watcher.trigger.serialize()) == ("landing", ("mer_airflow.landing_trigger.LandingTrigger", {}))


@pytest.mark.parametrize("name", ["mer_train", "mer_predict", "mer_housekeeping"])
def test_nothing_runs_by_itself_if_watching_is_off(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MER_WATCH", "off")
    dag = load(name, monkeypatch)
    assert type(dag.timetable).__name__ == "NullTimetable"


def test_a_wrong_variable_stops_the_dags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MER_WATCH_POLL_SECONDS", "often")
    with pytest.raises(ConfigError, match="MER_WATCH_POLL_SECONDS='often'"):
        load("mer_train", monkeypatch)


@pytest.mark.parametrize("now", [datetime(2026, 5, 3, 3, 30), datetime(2026, 5, 6, 12), datetime(2026, 5, 10, 2, 59)])
def test_a_new_installation_does_not_make_up_for_last_week(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = json.loads(json.dumps(DagSerialization.to_dict(load("mer_train", monkeypatch))))
    dag = DagSerialization.from_dict(stored)
    monkeypatch.setattr("airflow.timetables.trigger.utcnow", lambda: now.replace(tzinfo=timezone.utc))
    found = dag.timetable.next_dagrun_info(
        last_automated_data_interval=None, restriction=TimeRestriction(None, None, catchup=False)
    )
    assert found is not None
    assert found.run_after == datetime(2026, 5, 10, 3, tzinfo=timezone.utc)


def test_predictions_are_made_by_the_stages_of_their_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    dag = load("mer_predict", monkeypatch)
    assert set(dag.task_ids) == set(PREDICTING)
    assert {task.task_id: task.upstream_task_ids for task in dag.tasks} == {
        "discover": set(),
        "reformat": {"discover"},
        "features": {"reformat", "discover"},
        "predict": {"features", "discover"},
        "drift": {"predict"},
        "publish": {"drift"},
    }
    assert {task.partial_kwargs["mode"] if task.is_mapped else task.mode for task in dag.tasks} == {"predict"}


def test_forms_offer_what_means_something(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(load("mer_predict", monkeypatch).params) == set(FORM)
    assert "reject_budget" not in FORM
    assert load("mer_train", monkeypatch).params.get_param("mode").schema["enum"] == list(MODES)
