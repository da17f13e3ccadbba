"""Demo run: trigger one run of ``mer_train`` on a running stack, and show its progress and its results.

In: the services, a landing zone, and params. Out: text on a console, and whether the run succeeded.
"""

import contextlib
import json
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.live import Live

from mer_tasks.errors import ConfigError, MerError, TransientError, WorkerLost
from mer_tasks.label_set import LabelSet
from mer_tasks.landing.folder import open_landing
from mer_tasks.local_stack.airflow_api import AirflowApi, Json
from mer_tasks.local_stack.run_progress import StageProgress, changes, last_lines, stage_progress, table
from mer_tasks.local_stack.services import Services
from mer_tasks.local_stack.settings import StackSettings
from mer_tasks.storage import open_store
from mer_tasks.terminal.run_tables import (
    artifacts,
    decision_line,
    example_query,
    examples,
    metric_tables,
    metrics,
    rejected_files_line,
    report_page,
)

DAG = "mer_train"
DAG_SECONDS = 60
"""Time within which Airflow must have parsed the DAG."""
POLL_SECONDS = 1.0
MOST_FAILED_POLLS = 10
"""After this many requests without an answer, the demo ends with an error."""
GENERATED_ANNOTATIONS = "annotations/demo.csv"
"""The last object that is written to a landing zone of generated music: if it exists, the landing zone is complete."""
PROGRESS_LINES = 4
"""Number of lines that show the progress while music is generated."""
SHOWN_FAILURES = 3
"""Number of failed task instances whose errors are shown."""


def prepare_landing(settings: StackSettings, say: Callable[[str], None]) -> None:
    """Check that the user's landing zone has objects; if the user named none, make one with generated music.

    The music is first written to another folder, so that an interruption leaves no incomplete landing zone.

    Raises
    ------
    ConfigError
        If the user's landing zone is empty or does not exist.
    AccessDenied, StoreUnavailable
        If the object store refuses, or does not answer.
    """
    landing = open_landing(settings.landing_url)
    if settings.landing:
        if next(iter(landing.list()), None) is None:
            raise ConfigError(f"{landing.url}: no objects; expected <genre>/<track_id>.<ext> and annotations/*.csv")
        return
    folder = settings.state / "landing"
    if not folder.exists():
        settings.make_folders()
        say("generating music: 4 genres with 24 tracks each")
        _generate(folder, settings.label_set(), say)
    if settings.store and not landing.exists(GENERATED_ANNOTATIONS):
        say(f"copying the generated music to {landing.url}")
        source = open_store(folder.as_uri())
        for info in sorted(source.list(), key=lambda info: info.key == GENERATED_ANNOTATIONS):
            landing.put_file(info.key, source.fetch(info.key, folder))


def _generate(folder: Path, label_set: LabelSet, say: Callable[[str], None]) -> None:
    """Generate music in a temporary folder, and rename the folder when it is complete."""
    from mer_tasks.generated_music.dataset import generate

    def progress(written: int, total: int) -> None:
        if written * PROGRESS_LINES // total > (written - 1) * PROGRESS_LINES // total:
            say(f"{written} of {total} tracks generated")

    unfinished = folder.with_name("landing.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        generate(open_store(unfinished.as_uri()), label_set, progress=progress)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def run_and_show(services: Services, params: Mapping[str, Any], console: Console) -> tuple[bool, str | None]:
    """Trigger a run, and show its progress and its results.

    For Airflow, a run ends when all its tasks have ended, including those that run after a failure; so the report has been
    written by then, if it is written at all. If this function is interrupted, it marks the run as failed, so that Airflow does
    not resume the run.

    Returns
    -------
    tuple of bool and str
        Whether the run succeeded, and the URL of its report; None instead of a URL if there is no report.
    """
    run_id = f"demo-{datetime.now(timezone.utc):%Y%m%dT%H%M%S}"
    with services.api() as api:
        api.wait_for_dag(DAG, DAG_SECONDS)
        console.print(
            f"run {run_id} of {DAG} with {json.dumps(dict(params))}: {api.url}/dags/{DAG}/runs/{run_id}", markup=False
        )
        try:
            api.trigger(DAG, run_id, params)
            state = _show_progress(services, api, run_id, console)
        except BaseException:
            with contextlib.suppress(MerError):
                api.fail_run(DAG, run_id)
            raise
        if state == "success":
            _show_results(services, run_id, console)
        else:
            _show_failures(api, run_id, console)
    return state == "success", report_page(services.record()["store"], run_id, services.settings.folders["scratch"])


def _poll(services: Services, api: AirflowApi, run_id: str) -> tuple[str, list[Json]]:
    """Request state and task instances of a run; retry if the API is busy, as long as the processes of the stack run."""
    failed_polls = 0
    while True:
        ended = [name for name, state in services.states().items() if state == "stopped"]
        if ended:
            raise WorkerLost(
                f"{', '.join(ended)} ended during run {run_id}; the logs are in {services.settings.folders['logs']}"
            )
        try:
            return api.run_state(DAG, run_id), api.task_instances(DAG, run_id)
        except TransientError:
            failed_polls += 1
            if failed_polls == MOST_FAILED_POLLS:
                raise
            time.sleep(POLL_SECONDS)


def _show_progress(services: Services, api: AirflowApi, run_id: str, console: Console) -> str:
    """Show the progress of a run until it ends; returns its last state."""
    before: list[StageProgress] = []
    with Live(console=console, auto_refresh=False) if console.is_terminal else contextlib.nullcontext() as live:
        while True:
            state, tasks = _poll(services, api, run_id)
            progress = stage_progress(tasks, datetime.now(timezone.utc))
            if live:
                live.update(table(progress), refresh=True)
            else:
                for line in changes(before, progress):
                    console.print(line, markup=False)
            if state in ("success", "failed"):
                return state
            before = progress
            time.sleep(POLL_SECONDS)


def _show_failures(api: AirflowApi, run_id: str, console: Console) -> None:
    """Show the last errors of the tasks that failed."""
    failed: list[Json] = [task for task in api.task_instances(DAG, run_id) if task["state"] == "failed"]
    console.print(f"run {run_id} failed", style="bold red")
    for task in failed[:SHOWN_FAILURES]:
        name = " ".join(filter(None, [task["task_id"], task.get("rendered_map_index")]))
        for line in last_lines(api.log(DAG, run_id, task)):
            console.print(f"{name}: {line}", markup=False)
    if len(failed) > SHOWN_FAILURES:
        console.print(f"{len(failed) - SHOWN_FAILURES} more tasks failed")


def _show_results(services: Services, run_id: str, console: Console) -> None:
    """Show the decision on the model, metrics, answers to the example queries, and addresses of artifacts."""
    url = services.database_url("mer_reader")
    console.print()
    console.print(decision_line(url, run_id), markup=False)
    of_run = metrics(url, run_id)
    tables = metric_tables(of_run) + [example_query(url, name, params) for name, params in examples(of_run).items()]
    for result_table in tables:
        console.print()
        console.print(result_table)
    console.print()
    for name, uri in artifacts(services.record()["store"], run_id).items():
        console.print(f"{name:27} {uri}", markup=False)
    console.print(rejected_files_line(url, run_id), markup=False)
