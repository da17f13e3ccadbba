"""Each name of a document is defined once."""

import ast
from pathlib import Path

from mer_tasks.runs import artifacts

ROOT = Path(__file__).resolve().parents[2]
NAMES = [value for name, value in vars(artifacts).items() if name.isupper()]


def test_every_document_has_a_different_name() -> None:
    assert len(set(NAMES)) == len(NAMES)


def test_no_other_module_repeats_a_name() -> None:
    files = {path for folder in ("mer_tasks", "dags", "plugins", "benchmarks") for path in (ROOT / folder).rglob("*.py")}
    for file in files - {Path(artifacts.__file__)}:
        constants = [node.value for node in ast.walk(ast.parse(file.read_bytes())) if isinstance(node, ast.Constant)]
        assert not set(NAMES) & {value for value in constants if isinstance(value, str)}, file
