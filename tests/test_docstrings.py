"""References in docstrings name something that exists."""

import builtins
import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

from mer_tasks import errors

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = re.compile(r":(?:mod|func|class|data|meth|exc):`~?([\w.]+)`")
MODULES = [path.relative_to(ROOT) for path in sorted((ROOT / "mer_tasks").rglob("*.py")) if REFERENCE.search(path.read_text())]


def _module_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _has(owner: object, names: list[str]) -> bool:
    for name in names:
        if not hasattr(owner, name):
            return False
        owner = getattr(owner, name)
    return True


def _exists(reference: str, module: ModuleType) -> bool:
    """Return whether a reference is a module or in one, or is known in `module`, one of its classes, the errors or Python."""
    names = reference.split(".")
    for count in range(len(names), 0, -1):
        try:
            imported = importlib.import_module(".".join(names[:count]))
        except ImportError:
            continue
        if _has(imported, names[count:]):
            return True
    classes = [value for value in vars(module).values() if isinstance(value, type) and value.__module__ == module.__name__]
    return any(_has(owner, names) for owner in (module, *classes, errors, builtins))


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_references_of_a_module_exist(path: Path) -> None:
    module = importlib.import_module(_module_name(path))
    references = REFERENCE.findall((ROOT / path).read_text())
    assert [reference for reference in references if not _exists(reference, module)] == []
