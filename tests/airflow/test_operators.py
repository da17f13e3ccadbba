"""Tasks that only Airflow has, and what people are told; contexts are as Airflow makes them."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from airflow.sdk import BaseNotifier
from airflow.sdk.exceptions import AirflowSkipException, TaskAwaitingInput
from mer_airflow.notify import failed, late, tell
from mer_common import operators
from mer_common.approval import Approval
from mer_common.operators import Drift, Due, Report

from mer_tasks.runs.run import Run
from mer_tasks.stages.publish import publish
from tests.support.published_runs import finished

CHALLENGE = {"value": 0.012, "low": -0.003, "high": 0.027, "reason": "20 tracks; 0 is {{ inside }}"}
Context = dict[str, Any]


@pytest.fixture
def run(make_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run in the places that the environment names."""
    run = make_run()
    monkeypatch.setenv("MER_STORE_URL", run.store.url)
    return run


class Instance(SimpleNamespace):
    """A task instance, as much of it as operators ask for; XComs are those of one run."""

    pushed: ClassVar[dict[str, object]] = {}

    def __init__(self) -> None:
        super().__init__(id="0", try_number=1)

    def xcom_push(self, key: str, value: object) -> None:
        self.pushed[key] = value

    def xcom_pull(self, task_ids: str, key: str) -> object:
        assert (task_ids, key) in {("due", operators.NOT_DUE), ("discover", "manifest")}
        return self.pushed.get(key)


def context_of(run: Run, run_type: str = "manual", **params: Any) -> Context:
    dag_run = SimpleNamespace(run_type=run_type, dag_id="mer_train", run_id=run.run_id)
    instance = Instance()
    return {"params": params, "run_id": run.run_id, "ti": instance, "task_instance": instance, "dag_run": dag_run}


@pytest.fixture(autouse=True)
def no_xcoms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Instance, "pushed", {})


@pytest.fixture
def published(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A training run that is published, in the places that the environment names."""
    monkeypatch.setenv("MER_STORE_URL", tmp_path.as_uri())
    monkeypatch.setenv("MER_DATABASE_URL", database_url)
    run = finished(tmp_path, database_url)
    publish(run)
    return run


def labelled(published: Run, digest: str | None = None) -> Run:
    """The next run, which found the same annotations or others."""
    run = Run(published.config, "next")
    run.write_manifest("labels", {"labels_digest": digest or published.manifest("labels")["labels_digest"]})
    return run


def test_a_run_that_an_event_started_has_nothing_to_do_if_nothing_annotated_is_new(published: Run) -> None:
    run = labelled(published)
    with pytest.raises(AirflowSkipException, match="not due: annotated tracks and votes are those of the newest published"):
        Due(task_id="due").execute(context_of(run, "asset_triggered"))
    with pytest.raises(AirflowSkipException, match="no report: there was nothing to do in this run"):
        Report(task_id="report").execute(context_of(run, "asset_triggered"))


def test_there_is_no_report_of_a_run_that_failed_in_discover(published: Run) -> None:
    with pytest.raises(AirflowSkipException, match="no report: discover has not closed, so there is nothing to show"):
        Report(task_id="report").execute(context_of(published, unknown="param"))
    assert not published.store.exists(published.key("report", "report.html"))


def test_a_run_that_an_event_started_is_due_if_something_annotated_is_new(published: Run) -> None:
    Due(task_id="due").execute(context_of(labelled(published, "another"), "asset_triggered"))


def test_the_first_run_is_due(run: Run, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MER_DATABASE_URL", database_url)
    run.write_manifest("labels", {"labels_digest": "first"})
    Due(task_id="due").execute(context_of(run, "asset_triggered"))


@pytest.mark.parametrize("run_type", ["manual", "scheduled"])
def test_a_run_that_was_asked_for_is_always_due(published: Run, run_type: str) -> None:
    Due(task_id="due").execute(context_of(labelled(published), run_type))


def test_without_a_database_every_run_is_due(run: Run) -> None:
    Due(task_id="due").execute(context_of(run, "asset_triggered"))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What Airflow's database gets to know of questions."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr("airflow.providers.standard.operators.hitl.upsert_hitl_detail", lambda **detail: found.append(detail))
    return found


def test_a_person_is_asked_with_the_numbers_and_told_so(
    run: Run, asked: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    run.write_manifest("challenge", {**CHALLENGE, "verdict": "ask"})
    with pytest.raises(TaskAwaitingInput) as waiting:
        Approval(task_id="approval").execute(context_of(run, approval="human", approval_hours=1.5))
    assert waiting.value.timeout is not None
    assert waiting.value.timeout.total_seconds() == 1.5 * 3600
    (question,) = asked
    assert (question["options"], question["defaults"]) == (["promote", "keep"], ["keep"])
    assert question["subject"] == "Does the model of run r1 become the champion?"
    assert "**+0.0120** (95 % interval -0.0030 to +0.0270)" in question["body"]
    assert "0 is {{ inside }}" in question["body"]
    assert "in 1.5 hours" in question["body"]
    assert "Answer within 1.5 hours in Airflow" in caplog.text


@pytest.mark.parametrize("verdict", ["promote", "keep"])
def test_nobody_is_asked_what_the_numbers_say(run: Run, asked: list[dict[str, Any]], verdict: str) -> None:
    run.write_manifest("challenge", {**CHALLENGE, "verdict": verdict})
    with pytest.raises(AirflowSkipException, match=f"^nobody is asked: the verdict is {verdict}: 20 tracks"):
        Approval(task_id="approval").execute(context_of(run, approval="human"))
    assert asked == []


@pytest.mark.parametrize(
    ("answer", "user", "timedout", "by"),
    [
        ("promote", {"id": "1", "name": "ada"}, False, "ada"),
        ("keep", {"id": "1", "name": "ada"}, False, "ada"),
        ("keep", None, True, "timeout"),
    ],
)
def test_the_answer_is_written_down(run: Run, answer: str, user: dict[str, str] | None, timedout: bool, by: str) -> None:
    event = {
        "chosen_options": [answer],
        "params_input": {},
        "responded_at": datetime.now(timezone.utc),
        "responded_by_user": user,
        "timedout": timedout,
    }
    returned = Approval(task_id="approval").execute_complete(context_of(run), event)
    manifest = run.manifest("approval")
    assert (manifest["answer"], manifest["decided_by"]) == (answer, by)
    assert returned == manifest


class Recorder(BaseNotifier):
    """Another way of telling."""

    told: list[tuple[str, Any]] = []  # noqa: RUF012

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message

    def notify(self, context: Any) -> None:
        self.told.append((self.message, context["dag_run"]))


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    monkeypatch.setattr(Recorder, "told", [])
    monkeypatch.setenv("MER_NOTIFIER", f"{Recorder.__module__}.{Recorder.__name__}")
    return Recorder.told


@pytest.mark.parametrize(("drifted", "told"), [(True, ["mer_train, run r1, has drifted: rock is louder"]), (False, [])])
def test_people_are_told_of_drift(
    run: Run, recorder: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch, drifted: bool, told: list[str]
) -> None:
    manifest = {"drifted": drifted, "summary": "rock is louder"}
    monkeypatch.setattr(operators, "run_stage", lambda *_: manifest)
    task = Drift(task_id="drift")
    monkeypatch.setattr(type(task), "dag_id", "mer_train")
    assert task.execute(context_of(run)) == manifest
    assert [message for message, _ in recorder] == told


def test_people_are_told_of_a_failed_run(run: Run, recorder: list[tuple[str, Any]]) -> None:
    context = context_of(run)
    failed(context)
    assert recorder == [("mer_train, run r1 failed", context["dag_run"])]


def test_people_are_told_of_a_late_run(recorder: list[tuple[str, Any]]) -> None:
    run = {"dag_id": "mer_train", "dag_run_id": "r1"}
    asyncio.run(late({"dag_run": run, "deadline": {"id": "0", "deadline_time": "2026-05-03 04:00"}}))
    assert recorder == [("mer_train, run r1 is late: expected its end by 2026-05-03 04:00", run)]


def test_by_default_a_warning_is_logged(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    tell("one line", context_of(run))
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [(logging.WARNING, "one line")]


def test_a_notifier_that_cannot_be_found_is_named_and_the_message_logged(
    run: Run, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MER_NOTIFIER", "nowhere.Slack")
    tell("one line", context_of(run))
    assert "one line (MER_NOTIFIER='nowhere.Slack': ModuleNotFoundError: No module named 'nowhere')" in caplog.text
