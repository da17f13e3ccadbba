"""Operators that exist only in Airflow, and notifications; the contexts look like those that Airflow makes."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from airflow.sdk import BaseNotifier
from airflow.sdk.exceptions import AirflowSkipException, TaskAwaitingInput
from mer_airflow.notify import failed, late, send_notification
from mer_common import operators
from mer_common.approval import Approval
from mer_common.operators import Drift, Due, Report

from mer_tasks.corpus.track_metadata import artists_digest
from mer_tasks.database.connection import transaction
from mer_tasks.label_set import LabelSet
from mer_tasks.runs.artifacts import LABEL_SET
from mer_tasks.runs.run import Run
from mer_tasks.stages.publish import publish
from tests.support.label_sets import EMOTIFY
from tests.support.published_runs import complete_run
from tests.support.run_documents import put_metadata

CHALLENGE = {"value": 0.012, "low": -0.003, "high": 0.027, "reason": "20 tracks; 0 is {{ inside }}"}
Context = dict[str, Any]


@pytest.fixture
def run(make_run: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run whose object store is that of the environment."""
    run = make_run()
    monkeypatch.setenv("MER_STORE_URL", run.store.url)
    return run


class TaskInstance(SimpleNamespace):
    """Stand-in for a task instance, with only what the operators use; all instances share the XComs of one run."""

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
    instance = TaskInstance()
    return {"params": params, "run_id": run.run_id, "ti": instance, "task_instance": instance, "dag_run": dag_run}


@pytest.fixture(autouse=True)
def no_xcoms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TaskInstance, "pushed", {})


@pytest.fixture
def published(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A published training run in the object store and the database of the environment."""
    monkeypatch.setenv("MER_STORE_URL", tmp_path.as_uri())
    monkeypatch.setenv("MER_DATABASE_URL", database_url)
    run = complete_run(tmp_path, database_url)
    publish(run)
    return run


def next_run(published: Run, digest: str | None = None, label_set: LabelSet = EMOTIFY) -> Run:
    """The next run after stage labels, with the same annotations or, with `digest`, others."""
    run = Run(published.config, "next")
    run.write_manifest("discover", {})
    run.write_json("discover", LABEL_SET, label_set.document())
    run.write_manifest("labels", {"labels_digest": digest or published.manifest("labels")["labels_digest"]})
    return run


def test_a_run_that_an_event_started_is_skipped_if_its_annotations_are_not_new(published: Run) -> None:
    run = next_run(published)
    with pytest.raises(AirflowSkipException, match="not due: labels, annotated tracks, votes, artists and encoder are those"):
        Due(task_id="due").execute(context_of(run, "asset_triggered"))
    with pytest.raises(AirflowSkipException, match="no report: there was nothing to do in this run"):
        Report(task_id="report").execute(context_of(run, "asset_triggered"))


def test_a_run_that_failed_in_discover_has_no_report(published: Run) -> None:
    with pytest.raises(AirflowSkipException, match="no report: discover has not succeeded, so there is nothing to show"):
        Report(task_id="report").execute(context_of(published, unknown="param"))
    assert not published.store.exists(published.key("report", "report.html"))


def why_due(run: Run, run_type: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Execute the task and return the reason that it logs; a run that is not due is skipped by an exception."""
    Due(task_id="due").execute(context_of(run, run_type))
    (line,) = [line for line in capsys.readouterr().out.splitlines() if " due: " in line]
    return line


def test_a_run_that_an_event_started_is_due_if_its_annotations_are_new(
    published: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    last = published.manifest("labels")["labels_digest"]
    reason = why_due(next_run(published, "another"), "asset_triggered", capsys)
    assert "another" in reason
    assert last in reason


def test_a_run_is_due_if_another_label_takes_the_place_of_a_retired_one(
    published: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    renamed = replace(EMOTIFY, labels=(replace(EMOTIFY.labels[0], id="wonder"), *EMOTIFY.labels[1:]))
    assert renamed.digest in why_due(next_run(published, label_set=renamed), "asset_triggered", capsys)


def test_the_first_run_is_due(
    run: Run, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MER_DATABASE_URL", database_url)
    run.write_manifest("discover", {})
    run.write_json("discover", LABEL_SET, EMOTIFY.document())
    run.write_manifest("labels", {"labels_digest": "first"})
    assert "no training run is published yet" in why_due(run, "asset_triggered", capsys)


@pytest.mark.parametrize("run_type", ["manual", "scheduled"])
def test_a_manual_or_scheduled_run_is_always_due(published: Run, run_type: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "was not started by a change of the landing zone" in why_due(next_run(published), run_type, capsys)


def test_every_run_is_due_without_a_database(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no database" in why_due(run, "asset_triggered", capsys)


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Collects the questions that Airflow would write to its database."""
    details: list[dict[str, Any]] = []
    monkeypatch.setattr("airflow.providers.standard.operators.hitl.upsert_hitl_detail", lambda **detail: details.append(detail))
    return details


def test_the_question_shows_the_numbers_and_people_are_notified_of_it(
    run: Run, questions: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    run.write_manifest("challenge", {**CHALLENGE, "verdict": "ask"})
    with pytest.raises(TaskAwaitingInput) as waiting:
        Approval(task_id="approval").execute(context_of(run, approval="human", approval_hours=1.5))
    assert waiting.value.timeout is not None
    assert waiting.value.timeout.total_seconds() == 1.5 * 3600
    (question,) = questions
    assert (question["options"], question["defaults"]) == (["promote", "keep"], ["keep"])
    assert question["subject"] == "Does the model of run r1 become the champion?"
    assert "**+0.0120** (95 % interval -0.0030 to +0.0270)" in question["body"]
    assert "0 is {{ inside }}" in question["body"]
    assert "answers in 1.5 hours" in question["body"]
    assert "Answer within 1.5 hours in Airflow" in caplog.text


@pytest.mark.parametrize("verdict", ["promote", "keep"])
def test_nobody_is_asked_if_the_comparison_decides(run: Run, questions: list[dict[str, Any]], verdict: str) -> None:
    run.write_manifest("challenge", {**CHALLENGE, "verdict": verdict})
    with pytest.raises(AirflowSkipException, match=f"^no question: the verdict is {verdict}: 20 tracks"):
        Approval(task_id="approval").execute(context_of(run, approval="human"))
    assert questions == []


@pytest.mark.parametrize(
    ("answer", "user", "timedout", "decided_by"),
    [
        ("promote", {"id": "1", "name": "ada"}, False, "ada"),
        ("keep", {"id": "1", "name": "ada"}, False, "ada"),
        ("keep", None, True, "timeout"),
    ],
)
def test_the_manifest_has_the_answer_and_who_gave_it(
    run: Run, answer: str, user: dict[str, str] | None, timedout: bool, decided_by: str
) -> None:
    event = {
        "chosen_options": [answer],
        "params_input": {},
        "responded_at": datetime.now(timezone.utc),
        "responded_by_user": user,
        "timedout": timedout,
    }
    returned = Approval(task_id="approval").execute_complete(context_of(run), event)
    manifest = run.manifest("approval")
    assert (manifest["answer"], manifest["decided_by"]) == (answer, decided_by)
    assert returned == manifest


class Recorder(BaseNotifier):
    """Notifier that records messages."""

    notifications: list[tuple[str, Any]] = []  # noqa: RUF012

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message

    def notify(self, context: Any) -> None:
        self.notifications.append((self.message, context["dag_run"]))


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    monkeypatch.setattr(Recorder, "notifications", [])
    monkeypatch.setenv("MER_NOTIFIER", f"{Recorder.__module__}.{Recorder.__name__}")
    return Recorder.notifications


@pytest.mark.parametrize(("drifted", "messages"), [(True, ["mer_train, run r1, has drifted: rock is louder"]), (False, [])])
def test_people_are_notified_of_drift(
    run: Run, recorder: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch, drifted: bool, messages: list[str]
) -> None:
    manifest = {"drifted": drifted, "summary": "rock is louder"}
    monkeypatch.setattr(operators, "run_stage", lambda *_: manifest)
    task = Drift(task_id="drift")
    monkeypatch.setattr(type(task), "dag_id", "mer_train")
    assert task.execute(context_of(run)) == manifest
    assert [message for message, _ in recorder] == messages


def test_people_are_notified_of_a_failed_run(run: Run, recorder: list[tuple[str, Any]]) -> None:
    context = context_of(run)
    failed(context)
    assert recorder == [("mer_train, run r1 failed", context["dag_run"])]


def test_people_are_notified_of_a_late_run(recorder: list[tuple[str, Any]]) -> None:
    run = {"dag_id": "mer_train", "dag_run_id": "r1"}
    asyncio.run(late({"dag_run": run, "deadline": {"id": "0", "deadline_time": "2026-05-03 04:00"}}))
    assert recorder == [("mer_train, run r1 is late: expected its end by 2026-05-03 04:00", run)]


def test_the_default_notification_is_a_warning_in_the_log(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    send_notification("one line", context_of(run))
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [(logging.WARNING, "one line")]


def test_a_notifier_that_cannot_be_imported_is_logged_together_with_the_message(
    run: Run, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MER_NOTIFIER", "nowhere.Slack")
    send_notification("one line", context_of(run))
    assert "one line (MER_NOTIFIER='nowhere.Slack': ModuleNotFoundError: No module named 'nowhere')" in caplog.text


def test_a_run_that_an_event_started_is_due_if_metadata_files_name_other_artists(
    published: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run(published.config, "next")
    for stage in ("discover", "labels"):
        run.write_manifest(stage, published.manifest(stage))
    for stage, name in (("discover", "catalogue.parquet"), ("discover", "landed.parquet"), ("labels", "labels.parquet")):
        run.write_table(stage, name, published.read_table(stage, name))
    run.write_json("discover", LABEL_SET, EMOTIFY.document())
    put_metadata(run, {"names.csv": b"track id,artist\nr01,Ann"})
    assert "no training run" not in why_due(run, "asset_triggered", capsys)
    with transaction(str(published.config.database_url.get_secret_value())) as cursor:  # type: ignore[union-attr]
        cursor.execute("UPDATE mer.run SET artists_digest = %s", [artists_digest(run)])
    with pytest.raises(AirflowSkipException, match="not due: labels, annotated tracks, votes, artists and encoder are those"):
        Due(task_id="due").execute(context_of(run, "asset_triggered"))
