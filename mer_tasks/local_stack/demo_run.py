"""One run of ``mer_train`` on a running stack, shown while it goes on, and what it found.

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
from mer_tasks.local_stack.airflow_api import AirflowApi, Json
from mer_tasks.local_stack.run_progress import StageProgress, changes, last_lines, stage_progress, table
from mer_tasks.local_stack.services import Services
from mer_tasks.local_stack.settings import StackSettings
from mer_tasks.storage.factory import open_store
from mer_tasks.terminal.run_tables import EXAMPLES, artifacts, decision, example, metric_tables, metrics, rejected, report_page

DAG = "mer_train"
DAG_SECONDS = 60
"""Until the DAG must have been parsed."""
POLL_SECONDS = 1.0
QUESTIONS = 10
"""So often in a row may the API fail to answer."""
GENERATED = "annotations/demo.csv"
"""The object that a landing zone of generated music gets last."""
TOLD = 4
"""Lines about the music while it is made."""
SHOWN = 3
"""Failed task instances whose last words are shown."""


def prepare_landing(settings: StackSettings, say: Callable[[str], None]) -> None:
    """See that there is something to run on: the caller's landing zone, or one of generated music, whole or not at all.

    Raises
    ------
    ConfigError
        If the caller's landing zone is empty or not there.
    AccessDenied, StoreUnavailable
    """
    landing = open_store(settings.landing_url)
    if settings.landing:
        if next(iter(landing.list()), None) is None:
            raise ConfigError(f"{landing.url}: no objects; expected <genre>/<track_id>.<ext> and annotations/*.csv")
        return
    folder = settings.state / "landing"
    if not folder.exists():
        settings.make_folders()
        say("making music: 4 genres, 24 tracks each")
        _generate(folder, say)
    if settings.store and not landing.exists(GENERATED):
        say(f"copying it to {landing.url}")
        source = open_store(folder.as_uri())
        for found in sorted(source.list(), key=lambda found: found.key == GENERATED):
            landing.put_file(found.key, source.fetch(found.key, folder))


def _generate(folder: Path, say: Callable[[str], None]) -> None:
    from mer_tasks.generated_music.dataset import generate

    def progress(done: int, total: int) -> None:
        if done * TOLD // total > (done - 1) * TOLD // total:
            say(f"{done} of {total} tracks made")

    unfinished = folder.with_name("landing.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        generate(open_store(unfinished.as_uri()), progress=progress)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def run_and_show(services: Services, params: Mapping[str, Any], console: Console) -> tuple[bool, str | None]:
    """Trigger a run, show how it goes on, and what it found; returns whether it succeeded, and the address of its report.

    Airflow calls a run ended when all its tasks have, also those that come after a failure: its report is there then, if ever.
    A run that is interrupted here is marked failed, so that nothing takes it up again.
    """
    run_id = f"demo-{datetime.now(timezone.utc):%Y%m%dT%H%M%S}"
    with services.api() as api:
        api.wait_for_dag(DAG, DAG_SECONDS)
        console.print(
            f"run {run_id} of {DAG} with {json.dumps(dict(params))}: {api.url}/dags/{DAG}/runs/{run_id}", markup=False
        )
        try:
            api.trigger(DAG, run_id, params)
            state = _follow(services, api, run_id, console)
        except BaseException:
            with contextlib.suppress(MerError):
                api.fail_run(DAG, run_id)
            raise
        if state == "success":
            _show_results(services, run_id, console)
        else:
            _show_failures(api, run_id, console)
    return state == "success", report_page(services.record()["store"], run_id, services.settings.folders["scratch"])


def _asked(services: Services, api: AirflowApi, run_id: str) -> tuple[str, list[Json]]:
    """State and task instances of a run; an API that is too busy to answer is asked again while the stack's processes run."""
    unanswered = 0
    while True:
        ended = [name for name, word in services.states().items() if word == "stopped"]
        if ended:
            raise WorkerLost(
                f"{', '.join(ended)} ended during run {run_id}; the logs are in {services.settings.folders['logs']}"
            )
        try:
            return api.run_state(DAG, run_id), api.task_instances(DAG, run_id)
        except TransientError:
            unanswered += 1
            if unanswered == QUESTIONS:
                raise
            time.sleep(POLL_SECONDS)


def _follow(services: Services, api: AirflowApi, run_id: str, console: Console) -> str:
    """Show the progress of a run until it ends; returns the state in which it did."""
    seen: list[StageProgress] = []
    with Live(console=console, auto_refresh=False) if console.is_terminal else contextlib.nullcontext() as live:
        while True:
            state, tasks = _asked(services, api, run_id)
            progress = stage_progress(tasks, datetime.now(timezone.utc))
            if live:
                live.update(table(progress), refresh=True)
            else:
                for line in changes(seen, progress):
                    console.print(line, markup=False)
            if state in ("success", "failed"):
                return state
            seen = progress
            time.sleep(POLL_SECONDS)


def _show_failures(api: AirflowApi, run_id: str, console: Console) -> None:
    failed: list[Json] = [task for task in api.task_instances(DAG, run_id) if task["state"] == "failed"]
    console.print(f"run {run_id} failed", style="bold red")
    for task in failed[:SHOWN]:
        name = " ".join(filter(None, [task["task_id"], task.get("rendered_map_index")]))
        for line in last_lines(api.log(DAG, run_id, task)):
            console.print(f"{name}: {line}", markup=False)
    if len(failed) > SHOWN:
        console.print(f"and {len(failed) - SHOWN} more tasks")


def _show_results(services: Services, run_id: str, console: Console) -> None:
    url = services.database_url("mer_reader")
    console.print()
    console.print(decision(url, run_id), markup=False)
    tables = metric_tables(metrics(url, run_id)) + [example(url, name, params) for name, params in EXAMPLES.items()]
    for each in tables:
        console.print()
        console.print(each)
    console.print()
    for name, uri in artifacts(services.record()["store"], run_id).items():
        console.print(f"{name:27} {uri}", markup=False)
    console.print(rejected(url, run_id), markup=False)
