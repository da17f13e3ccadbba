"""One word per stage: task, module, test file and store prefix have its name, and tests lie where their module does."""

import ast
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import BundleDagBag

from mer_tasks.runs.pipeline import STAGES

ROOT = Path(__file__).resolve().parents[2]
DAGS, PACKAGES, TESTS = ROOT / "dags", ROOT / "mer_tasks", ROOT / "tests"
AIRFLOWS_OWN = {
    "due": "skips a run without anything new to learn: it decides about Airflow's run, and writes nothing",
    "approval": "waits for a person in Airflow; its document is approval/manifest.json",
    "announce": "sends the asset event that mer_predict runs on",
}
"""Tasks that are no stages, and why."""
BESIDE = {"airflow", "browser", "compose", "end_to_end", "faults", "golden", "support"}
"""Folders of tests that mirror no package of mer_tasks."""

pytestmark = [
    # of Airflow's own, about the library that reads .airflowignore
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def task_ids() -> set[str]:
    """Of all DAGs."""
    bag = BundleDagBag(DAGS, bundle_path=DAGS, bundle_name="dags-folder", safe_mode=False)
    return {task_id for dag in bag.dags.values() for task_id in dag.task_ids}


def modules(package: str) -> set[str]:
    return {path.stem for path in (PACKAGES / package).glob("*.py")} - {"__init__"}


def prefix(module: str) -> str | None:
    """Of a stage's documents: the ``STAGE`` that its module has, or imports from the module that makes its blobs."""
    for node in ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_bytes()).body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["STAGE"]:
            return ast.literal_eval(node.value)
        if isinstance(node, ast.ImportFrom) and "STAGE" in [name.name for name in node.names]:
            return prefix(str(node.module))
    return None


def test_every_task_is_a_stage_or_a_named_exception(task_ids: set[str]) -> None:
    assert task_ids - modules("stages") == set(AIRFLOWS_OWN)


def test_every_stage_is_a_task_of_a_dag(task_ids: set[str]) -> None:
    assert modules("stages") <= task_ids
    assert set(STAGES) <= modules("stages")


@pytest.mark.parametrize("stage", sorted(modules("stages")))
def test_a_stage_has_one_word(stage: str) -> None:
    tree = ast.parse((PACKAGES / "stages" / f"{stage}.py").read_bytes())
    assert stage in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, "its entry has another name"
    assert (ast.get_docstring(tree) or "").startswith(f"Stage ``{stage}``: ")
    assert prefix(f"mer_tasks.stages.{stage}") == stage, "its documents lie below another prefix"
    assert (TESTS / "stages" / f"test_{stage}.py").is_file(), "it has no test file"


def test_tests_lie_where_their_module_does() -> None:
    packages = {path.parent.name for path in PACKAGES.glob("*/__init__.py")}
    folders = {path.name for path in TESTS.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert folders - packages == BESIDE
    for package in sorted(packages & folders):
        for file in (TESTS / package).glob("*.py"):
            subject = file.stem.removeprefix("test_")
            # test_drift_database.py is of drift too
            assert any(f"{subject}_".startswith(f"{module}_") for module in modules(package)), f"{file}: of which module?"


def test_helpers_lie_in_support() -> None:
    loose = {path.name for path in TESTS.glob("*.py")} | {path.name for path in (TESTS / "end_to_end").glob("*.py")}
    assert {name for name in loose if not name.startswith("test_")} == {"conftest.py"}


def test_a_package_says_what_it_is_for_and_imports_nothing() -> None:
    for file in PACKAGES.glob("*/__init__.py"):
        tree = ast.parse(file.read_bytes())
        assert ast.get_docstring(tree), file
        assert len(tree.body) == 1, f"{file}: the fan-out's memory and the DAG files' parse time depend on its being empty"
