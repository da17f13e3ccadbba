import ast
import sys
from datetime import timedelta
from pathlib import Path

import mer_train
import pytest
from airflow.sdk import DAG, DeadlineReference, TriggerRule
from mer_airflow.notify import late
from mer_common.operators import ROLE, ErrorTree, config_of, documentation

from mer_tasks import errors
from mer_tasks.config import deciding
from mer_tasks.errors import ConfigError, MerError, PermanentError, TransientError
from mer_tasks.runs.pipeline import FAN_OUT, STAGES

UPSTREAM = {
    "discover": set(),
    "reformat": {"discover", "due"},
    "features": {"discover", "reformat"},
    "embed": {"discover", "features"},
    "labels": {"discover"},
    "due": {"labels"},
    "split": {"features", "embed"},
    "balance": {"split"},
    "train": {"balance"},
    "thresholds": {"train", "split"},
    "evaluate": {"thresholds"},
    "comparison": {"thresholds"},
    "canary": {"evaluate"},
    "drift": {"evaluate"},
    "publish": {"comparison", "canary", "drift", "evaluate"},
    "challenge": {"publish"},
    "approval": {"challenge"},
    "promote": {"challenge", "approval"},
    "announce": {"promote"},
    "report": {"promote"},
}
TASKS_WITHOUT_STAGE = {"due", "approval", "announce"}
"""Tasks that are not stages."""


@pytest.fixture
def dag() -> DAG:
    return mer_train.dag


def test_the_tasks_are_the_stages_in_their_order(dag: DAG) -> None:
    assert set(dag.task_ids) == {*STAGES, *TASKS_WITHOUT_STAGE} - {"predict"}
    assert {task.task_id: task.upstream_task_ids for task in dag.tasks} == UPSTREAM


def test_the_stages_of_a_shard_are_mapped_together(dag: DAG) -> None:
    group = dag.task_group.children["shards"]
    assert set(group.children) == set(FAN_OUT)
    assert {task.task_id for task in group.iter_mapped_dependencies()} == {"discover"}


def test_only_one_run_is_active_at_a_time(dag: DAG) -> None:
    assert dag.max_active_runs == 1
    assert not dag.catchup


def test_people_are_notified_of_a_run_that_takes_far_longer_than_others(dag: DAG) -> None:
    (deadline,) = dag.deadline
    assert deadline.reference == DeadlineReference.AVERAGE_RUNTIME(max_runs=10, min_runs=3)
    assert deadline.interval == timedelta(hours=1)
    assert deadline.callback.path == f"{late.__module__}.{late.__name__}"


def test_tasks_that_train_use_the_pool_and_queue_of_the_gpu(dag: DAG) -> None:
    pools_and_queues = {task.task_id: (task.pool, task.queue) for task in dag.tasks}
    assert {pools_and_queues.pop(task) for task in ("train", "comparison", "canary")} == {("gpu", "gpu")}
    assert set(pools_and_queues.values()) == {("default_pool", "default")}


def test_only_four_tasks_run_after_a_skipped_task_and_two_after_a_failed_one(dag: DAG) -> None:
    rules = {task.task_id: task.trigger_rule for task in dag.tasks if task.trigger_rule != TriggerRule.ALL_SUCCESS}
    after_skipped = dict.fromkeys(("split", "thresholds", "publish", "promote"), TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    after_failed = dict.fromkeys(("report", "announce"), TriggerRule.ALL_DONE_SETUP_SUCCESS)
    assert rules == {**after_skipped, **after_failed}


def test_announce_sends_an_event_and_does_not_hide_a_failed_run(dag: DAG) -> None:
    announce = dag.get_task("announce")
    assert [asset.name for asset in announce.outlets] == ["corpus"]
    assert announce.is_teardown
    assert not announce.on_failure_fail_dagrun


def test_the_report_also_runs_after_a_failure_and_does_not_change_the_state_of_the_run(dag: DAG) -> None:
    report = dag.get_task("report")
    assert (report.is_teardown, report.on_failure_fail_dagrun) == (True, False)
    assert report.downstream_task_ids == set()


def test_tasks_are_tried_four_times_with_growing_pauses(dag: DAG) -> None:
    for task in dag.tasks:
        assert (task.owner, task.retries, task.retry_delay) == ("mer", 3, timedelta(seconds=15))
        assert task.retry_exponential_backoff == 2
        assert isinstance(task.retry_policy, ErrorTree)


def subclasses(kind: type[MerError]) -> list[type[MerError]]:
    return [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, kind)]


def make_error(error: type[MerError]) -> MerError:
    return error("reason", "detail") if error is errors.AudioError else error("one line")


@pytest.mark.parametrize("error", subclasses(PermanentError))
def test_a_permanent_error_is_never_retried(error: type[MerError]) -> None:
    decision = ErrorTree().evaluate(make_error(error), 1, 4)
    assert decision.action.name == "FAIL"
    assert decision.reason == f"{error.__name__}: {make_error(error)}"


@pytest.mark.parametrize("error", [*subclasses(TransientError), MerError, OSError, MemoryError, SystemExit])
def test_any_other_error_is_retried_after_the_pause_of_the_task(error: type[BaseException]) -> None:
    decision = ErrorTree().evaluate(error("one line"), 1, 4)
    assert (decision.action.name, decision.retry_delay) == ("RETRY", None)
    assert decision.reason == f"{error.__name__}: one line"


def test_the_documentation_of_a_stages_task_is_the_docstring_of_its_module(dag: DAG) -> None:
    for task in dag.tasks:
        if task.task_id in TASKS_WITHOUT_STAGE:
            continue
        assert task.doc_md.startswith(f"Stage ``{task.task_id}``: ")
        assert ":mod:" not in task.doc_md


def test_the_documentation_is_read_without_importing_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "mer_tasks.stages.labels", raising=False)
    text = documentation("labels")
    assert "mer_tasks.stages.labels" not in sys.modules
    source = Path(errors.__file__).with_name("stages").joinpath("labels.py").read_text(encoding="utf-8")
    assert text == ROLE.sub(r"`\1`", ast.get_docstring(ast.parse(source)))


@pytest.mark.parametrize("place", deciding("places"))
def test_a_place_is_refused_as_a_param(place: str) -> None:
    with pytest.raises(ConfigError, match=f"'{place}': not a param; expected MER_{place.upper()} in Airflow's environment"):
        config_of({place: "file:///elsewhere"})


def test_an_unknown_param_is_named_in_the_error() -> None:
    with pytest.raises(ConfigError, match="epoch=3"):
        config_of({"epoch": 3})
