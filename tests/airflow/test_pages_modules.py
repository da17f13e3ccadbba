"""The modules behind the MER pages, without a server."""

import doctest
import os
import subprocess
import sys

import pytest
from mer_airflow import rendering

from tests.airflow.conftest import DAGS

pytestmark = [
    # Airflow imports svcs, which imports Starlette's test client
    pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient` is deprecated"),
    # Airflow reads .airflowignore by a class of pathspec that has a new name
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
]


def test_local_copies_of_remote_audio_stay_below_their_limit(tmp_path):
    from mer_airflow.data_access import trim

    for age, name in enumerate(("new", "older", "oldest")):
        path = tmp_path / name[:1] / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(10))
        os.utime(path, (1000 - age, 1000 - age))
    for name in (".mer-tmp-x", "used now"):  # files that other requests are writing or using
        (tmp_path / name).write_bytes(bytes(100))
    os.utime(tmp_path / ".mer-tmp-x", (0, 0))
    trim(tmp_path, 120)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [".mer-tmp-x", "new", "older", "used now"]
    trim(tmp_path / "none", 20)


def test_loading_the_plugin_does_not_import_the_modules_of_the_pages():
    script = "import sys, airflow.plugins_manager; before = {*sys.modules}; import mer_plugin; print(*{*sys.modules} - before)"
    environment = {**os.environ, "PYTHONPATH": str(DAGS.parent / "plugins")}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    imported = set(done.stdout.splitlines()[-1].split())
    assert "mer_airflow.code_check" in imported
    assert not imported & {
        "mer_airflow.pages",
        "mer_airflow.rendering",
        "mer_airflow.data_access",
        "mer_tasks.config",
        "psycopg2",
    }


def test_examples_in_the_docstrings_of_the_pages_are_right():
    done = doctest.testmod(rendering)
    assert (done.attempted > 0, done.failed) == (True, 0)
