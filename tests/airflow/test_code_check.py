"""Whose code a worker runs; Airflow's own jobs, listeners and variables tell, in this process."""

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.executors import executor_loader
from airflow.jobs.job import Job
from airflow.models import Variable
from mer_airflow import code_check
from mer_airflow.code_check import check_code, code

from mer_tasks.errors import TransientError

# of Airflow's own, about the library that reads .airflowignore
pytestmark = pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning")

WORKER = SimpleNamespace(hostname="w1")


def scheduler_has(found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"AIRFLOW_VAR_{code_check.VARIABLE.upper()}", found)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    for name in ("dags/train.py", "mer_tasks/train.py", "mer_tasks/templates/page.html", "sql/migrations/0001.sql"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize("name", ["dags/train.py", "mer_tasks/templates/page.html", "sql/migrations/0001.sql"])
def test_code_is_another_after_any_change_to_a_file_of_it(release: Path, name: str) -> None:
    before = code(release)
    file = release / name
    file.write_text(f"{name} ")
    changed = code(release)
    file.write_text(name)
    file.rename(file.with_name("other"))
    assert len({before, changed, code(release)}) == 3


def test_code_is_the_same_in_another_folder_and_whatever_lies_beside_it(
    release: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = code(release)
    for name in ("mer_tasks/__pycache__/train.pyc", "dags/.train.py.swp", "mer_tasks/.idea/a", "notes/a.txt", "README.md"):
        (release / name).parent.mkdir(exist_ok=True)
        (release / name).write_text(name)
    assert code(release) == before
    assert code(release.rename(tmp_path_factory.mktemp("elsewhere") / "release")) == before


def test_code_has_its_version_and_a_digest_that_is_short_enough_for_a_line() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+ [0-9a-f]{12}", code())


def test_a_task_runs_on_the_schedulers_code_or_where_no_scheduler_has_said_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    check_code(WORKER)
    scheduler_has(code(), monkeypatch)
    check_code(WORKER)


def test_a_worker_with_another_code_refuses_the_task_and_names_both(monkeypatch: pytest.MonkeyPatch) -> None:
    scheduler_has("0.0.9 0123456789ab", monkeypatch)
    line = rf"^worker w1 has code {code()}, the scheduler 0\.0\.9 0123456789ab: .*$"
    with pytest.raises(TransientError, match=line):
        check_code(WORKER)


@pytest.mark.usefixtures("metadata")
def test_a_scheduler_says_what_code_it_has_where_others_run_its_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(component: str, executor: str) -> str | None:
        monkeypatch.setattr(sys, "argv", ["airflow", component])
        monkeypatch.setattr(executor_loader, "_executor_names", [])
        monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)
        Job()
        return Variable.get(code_check.VARIABLE, None)

    assert start("triggerer", "CeleryExecutor") is None
    assert start("scheduler", "CeleryExecutor") == code()
    monkeypatch.setattr(code_check, "code", lambda: "a newer one")
    assert start("triggerer", "CeleryExecutor") == code()
    assert start("scheduler", "LocalExecutor,CeleryExecutor") == "a newer one"
    assert start("scheduler", "LocalExecutor") is None
