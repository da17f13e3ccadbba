"""Install the project from its wheel: all packages, SQL files and templates, and the command ``mer``."""

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mer_tasks import __version__
from mer_tasks.database.connection import SQL

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which only the project is installed, from its wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"  # setuptools writes build/ into the folder that it builds from
    source.mkdir()
    for name in ("mer_tasks", "sql", "pyproject.toml", "requirements.in", "README.md", "LICENSE"):
        (source / name).symlink_to(ROOT / name)
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder), str(source)]
    subprocess.run(build, check=True, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--no-index", "--target", str(folder / "site"), str(wheel)], check=True)
    return folder / "site"


def run_mer(installed: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``mer`` with `arguments` in a folder that has no files of the checkout."""
    variables = {**os.environ, "PYTHONPATH": str(installed), **environment}
    command = [sys.executable, str(installed / "bin" / "mer"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=installed, env=variables)


def test_the_wheel_has_every_package_and_all_sql(installed: Path) -> None:
    def files(folder: Path, *endings: str) -> set[str]:
        paths = (path for path in folder.rglob("*") if path.suffix in endings)
        return {path.relative_to(folder).as_posix() for path in paths}

    assert files(installed / "mer_tasks", ".py") == files(ROOT / "mer_tasks", ".py")
    assert files(installed / "mer_tasks" / "sql", ".sql") == files(SQL, ".sql")
    assert files(installed / "mer_tasks" / "report" / "templates", ".css", ".js", ".j2")


def test_the_wheel_has_the_version_of_the_package(installed: Path) -> None:
    (distribution,) = importlib.metadata.distributions(path=[str(installed)])
    assert (distribution.name, distribution.version) == ("mer-batch-platform", __version__)
    assert any(requirement.startswith("librosa") for requirement in distribution.requires or ())


def test_mer_works_without_the_checkout(installed: Path) -> None:
    done = run_mer(installed, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: mer [OPTIONS] COMMAND")
    listed = run_mer(installed, "query")  # reads sql/queries
    assert "tracks_for_emotion" in listed.stdout
    help_of_a_stage = "".join(run_mer(installed, "discover", "--help").stdout.split())
    assert f"file://{installed}/.mer/store" in help_of_a_stage


def test_mer_completes_commands_in_a_shell(installed: Path) -> None:
    words = {"_MER_COMPLETE": "complete_bash", "COMP_WORDS": "mer ho", "COMP_CWORD": "1"}
    assert run_mer(installed, **words).stdout.split() == ["housekeeping"]
