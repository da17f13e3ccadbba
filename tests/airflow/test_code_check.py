"""The code version check, with Airflow's own jobs, listeners and variables in this process."""

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from airflow.executors import executor_loader
from airflow.jobs.job import Job
from airflow.models import Variable
from mer_airflow import code_check
from mer_airflow.code_check import check_code, code_version

from mer_tasks.errors import TransientError

# a warning of Airflow's own, about the library that reads .airflowignore
pytestmark = pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning")

WORKER = SimpleNamespace(hostname="w1")


def set_scheduler_code(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set Airflow's variable as a scheduler with this code version does."""
    monkeypatch.setenv(f"AIRFLOW_VAR_{code_check.VARIABLE.upper()}", version)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """Folder with a few files of a release."""
    for name in ("dags/train.py", "mer_tasks/train.py", "mer_tasks/templates/page.html", "sql/migrations/0001.sql"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize("name", ["dags/train.py", "mer_tasks/templates/page.html", "sql/migrations/0001.sql"])
def test_the_code_version_changes_when_a_file_is_changed_or_renamed(release: Path, name: str) -> None:
    before = code_version(release)
    file = release / name
    file.write_text(f"{name} ")
    changed = code_version(release)
    file.write_text(name)
    file.rename(file.with_name("other"))
    assert len({before, changed, code_version(release)}) == 3


def test_the_code_version_does_not_depend_on_the_folder_or_on_files_that_are_no_code(
    release: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = code_version(release)
    for name in ("mer_tasks/__pycache__/train.pyc", "dags/.train.py.swp", "mer_tasks/.idea/a", "notes/a.txt", "README.md"):
        (release / name).parent.mkdir(exist_ok=True)
        (release / name).write_text(name)
    assert code_version(release) == before
    assert code_version(release.rename(tmp_path_factory.mktemp("elsewhere") / "release")) == before


def test_the_code_version_is_the_version_number_and_a_short_digest() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+ [0-9a-f]{12}", code_version())


def test_a_worker_accepts_a_task_if_it_has_the_schedulers_code_or_there_is_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    check_code(WORKER)
    set_scheduler_code(code_version(), monkeypatch)
    check_code(WORKER)


def test_a_worker_with_other_code_refuses_a_task_and_names_both_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    set_scheduler_code("0.0.9 0123456789ab", monkeypatch)
    line = rf"^worker w1 has code {code_version()}, the scheduler 0\.0\.9 0123456789ab: .*$"
    with pytest.raises(TransientError, match=line):
        check_code(WORKER)


@pytest.mark.usefixtures("metadata")
def test_a_scheduler_stores_its_code_version_only_if_workers_run_its_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(component: str, executor: str) -> str | None:
        """Start a job of Airflow; returns the code version that is stored afterwards."""
        monkeypatch.setattr(sys, "argv", ["airflow", component])
        monkeypatch.setattr(executor_loader, "_executor_names", [])
        monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)
        Job()
        return Variable.get(code_check.VARIABLE, None)

    assert start("triggerer", "CeleryExecutor") is None
    assert start("scheduler", "CeleryExecutor") == code_version()
    monkeypatch.setattr(code_check, "code_version", lambda: "a newer version")
    assert start("triggerer", "CeleryExecutor") == code_version()
    assert start("scheduler", "LocalExecutor,CeleryExecutor") == "a newer version"
    assert start("scheduler", "LocalExecutor") is None
