"""Parsing of the DAG files: Airflow does it every few seconds in a fresh process, so it must succeed and be fast."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from airflow.configuration import conf
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.serialization.serialized_objects import DagSerialization

from mer_tasks.stages.discover import MOST_SHARDS

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "dags"
FILES = sorted(path.name for path in DAGS.glob("*.py"))
LISTED = re.search(r"^banned-module-level-imports = (\[.*?\])", (ROOT / "pyproject.toml").read_text(), re.MULTILINE | re.DOTALL)
BANNED = ast.literal_eval(LISTED[1]) if LISTED else []
IMPORT = """
import json, runpy, sys
from airflow.sdk import DAG
sys.path.append(sys.argv[1])
names = runpy.run_path(sys.argv[2])
print(json.dumps({"dags": [value.dag_id for value in names.values() if isinstance(value, DAG)], "modules": list(sys.modules)}))
"""

pytestmark = [
    # a warning of Airflow's own, about the library that reads .airflowignore
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def bag() -> BundleDagBag:
    """All DAGs of the folder; not in safe mode, which ignores files that do not contain certain words."""
    return BundleDagBag(DAGS, bundle_path=DAGS, bundle_name="dags-folder", safe_mode=False)


def test_every_file_is_loaded_without_errors(bag: BundleDagBag) -> None:
    assert bag.import_errors == {}
    assert {dag.relative_fileloc for dag in bag.dags.values()} == set(FILES)


def test_only_files_that_contain_dags_are_parsed(bag: BundleDagBag) -> None:
    assert sorted(Path(stat.file).name for stat in bag.dagbag_stats) == FILES


def test_every_dag_can_be_restored_from_its_serialized_form(bag: BundleDagBag) -> None:
    for dag in bag.dags.values():
        restored = DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(dag))))
        assert restored.task_ids == dag.task_ids
        assert dag.doc_md
        assert dag.tags


@pytest.mark.parametrize("file", FILES)
def test_a_dag_file_imports_no_heavy_module(file: str) -> None:
    """The file is loaded in a fresh process, because this process has imported modules for other tests."""
    assert "tensorflow" in BANNED
    command = [sys.executable, "-c", IMPORT, str(DAGS), str(DAGS / file)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    parsed = json.loads(process.stdout.splitlines()[-1])
    assert parsed["dags"]
    assert not set(BANNED) & set(parsed["modules"])


def test_airflow_can_map_tasks_over_the_largest_number_of_shards() -> None:
    assert conf.getint("core", "max_map_length") >= MOST_SHARDS
