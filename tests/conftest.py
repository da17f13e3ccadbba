"""Fixtures that more than one test file uses."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from mer_tasks.config import Config
from mer_tasks.runs.run import Run

# how long an example takes says more about the machine than about the code
settings.register_profile("mer", deadline=None, print_blob=True)
settings.load_profile("mer")

# places that the tester's shell names are real ones: no test may write there
for name in [name for name in os.environ if name.startswith("MER_") and not name.startswith("MER_TEST_")]:
    del os.environ[name]

# a shell that starts the tests in the background has Ctrl-C ignored, which whatever the tests start would inherit
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["tests.support.postgres", "tests.support.s3_servers"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use the embedded Postgres, so that ``-m "not database"`` leaves them out."""
    for item in items:
        if "postgres" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.database)


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Run]:
    """Makes runs over one store in the test's folder, all of the same name."""

    def make(**params: Any) -> Run:
        places = {"store_url": (tmp_path / "store").as_uri(), "scratch_dir": tmp_path / "scratch"}
        return Run(Config.load({**places, **params}), "r1")

    return make
