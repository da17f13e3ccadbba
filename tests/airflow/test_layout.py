"""Layout of the repository: a stage's task, module, test file and store prefix have one name; tests mirror the packages."""

import ast
from pathlib import Path

import pytest
from airflow.dag_processing.dagbag import BundleDagBag

from mer_tasks.runs.pipeline import STAGES

ROOT = Path(__file__).resolve().parents[2]
DAGS, PACKAGES, TESTS = ROOT / "dags", ROOT / "mer_tasks", ROOT / "tests"
TASKS_WITHOUT_STAGE = {
    "due": "skips the rest of a run if there is nothing new to learn; it only affects Airflow's run, and writes nothing",
    "approval": "waits for a person in Airflow; its document is approval/manifest.json",
    "announce": "sends the asset event that starts mer_predict",
}
"""Tasks that are not stages, each with the reason."""
OTHER_FOLDERS = {"airflow", "browser", "compose", "end_to_end", "faults", "golden", "support"}
"""Folders of tests that mirror no package of mer_tasks."""

pytestmark = [
    # a warning of Airflow's own, about the library that reads .airflowignore
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def task_ids() -> set[str]:
    """Task ids of all DAGs."""
    bag = BundleDagBag(DAGS, bundle_path=DAGS, bundle_name="dags-folder", safe_mode=False)
    return {task_id for dag in bag.dags.values() for task_id in dag.task_ids}


def modules(package: str) -> set[str]:
    return {path.stem for path in (PACKAGES / package).glob("*.py")} - {"__init__"}


def prefix(module: str) -> str | None:
    """Store prefix of a stage: ``STAGE`` as its module defines it, or imports it from the module that makes its blobs."""
    for node in ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_bytes()).body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["STAGE"]:
            return ast.literal_eval(node.value)
        if isinstance(node, ast.ImportFrom) and "STAGE" in [name.name for name in node.names]:
            return prefix(str(node.module))
    return None


def test_every_task_is_a_stage_or_a_listed_exception(task_ids: set[str]) -> None:
    assert task_ids - modules("stages") == set(TASKS_WITHOUT_STAGE)


def test_every_stage_is_a_task_of_a_dag(task_ids: set[str]) -> None:
    assert modules("stages") <= task_ids
    assert set(STAGES) <= modules("stages")


@pytest.mark.parametrize("stage", sorted(modules("stages")))
def test_module_function_docstring_prefix_and_test_file_of_a_stage_have_its_name(stage: str) -> None:
    tree = ast.parse((PACKAGES / "stages" / f"{stage}.py").read_bytes())
    assert stage in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, (
        "its entry function has another name"
    )
    assert (ast.get_docstring(tree) or "").startswith(f"Stage ``{stage}``: ")
    assert prefix(f"mer_tasks.stages.{stage}") == stage, "its documents have another prefix in the store"
    assert (TESTS / "stages" / f"test_{stage}.py").is_file(), "it has no test file"


def test_each_test_file_mirrors_a_module() -> None:
    packages = {path.parent.name for path in PACKAGES.glob("*/__init__.py")}
    folders = {path.name for path in TESTS.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert folders - packages == OTHER_FOLDERS
    for package in sorted(packages & folders):
        for file in (TESTS / package).glob("*.py"):
            subject = file.stem.removeprefix("test_")
            # test_drift_database.py belongs to module drift too
            assert any(f"{subject}_".startswith(f"{module}_") for module in modules(package)), f"{file}: mirrors no module"


def test_helpers_of_tests_are_in_support() -> None:
    loose = {path.name for path in TESTS.glob("*.py")} | {path.name for path in (TESTS / "end_to_end").glob("*.py")}
    assert {name for name in loose if not name.startswith("test_")} == {"conftest.py"}


def test_the_init_module_of_a_package_has_a_docstring_and_nothing_else() -> None:
    for file in PACKAGES.glob("*/__init__.py"):
        tree = ast.parse(file.read_bytes())
        assert ast.get_docstring(tree), file
        if file.parent.name == "storage":  # its one entrance, open_store, imports only what every user of a store needs
            assert [ast.unparse(node) for node in tree.body[1:]] == [
                "from mer_tasks.storage.factory import open_store",
                "__all__ = ['open_store']",
            ]
            continue
        assert len(tree.body) == 1, (
            f"{file}: keep it empty, for the memory of the mapped tasks and the parse time of the DAG files"
        )
