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

# MER_ variables of the tester's shell name real stores, and no test may write there
for name in [name for name in os.environ if name.startswith("MER_") and not name.startswith("MER_TEST_")]:
    del os.environ[name]

# a shell that starts the tests in the background ignores Ctrl-C, and the processes that tests start would inherit that
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["tests.support.postgres", "tests.support.s3_servers"]


FITTING = {f"mer_tasks.stages.{stage}" for stage in ("train", "comparison", "canary", "trial", "crossval")}
NOT_RUN = pytest.StashKey[set[str]]()


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Remember which long tests were left out."""
    for item in items:
        if item.get_closest_marker("processes") or item.get_closest_marker("heavy"):
            item.config.stash.setdefault(NOT_RUN, set()).add(item.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Send the ids of the tests that were left out from a worker of pytest-xdist to the main process."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["not_run"] = sorted(session.config.stash.get(NOT_RUN, set()))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Gather what a worker of pytest-xdist has left out."""
    node.config.stash.setdefault(NOT_RUN, set()).update(getattr(node, "workeroutput", {}).get("not_run", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say in the last lines what was not run, and how to run it."""
    if left_out := config.stash.get(NOT_RUN, set()):
        files = sorted({name.partition("::")[0] for name in left_out})
        terminalreporter.section("not run")
        terminalreporter.write_line("\n".join(files))
        terminalreporter.write_line(
            f"{len(left_out)} long tests were not run: Airflow's own processes, a browser, whole DAGs, many trainings."
            " make test-all runs them too."
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use the embedded Postgres, and those of files that call a stage that fits networks."""
    for item in items:
        if "postgres" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.database)
        names = vars(item.module).values() if isinstance(item, pytest.Function) else ()
        if any(getattr(value, "__module__", None) in FITTING for value in names if callable(value)):
            item.add_marker(pytest.mark.trains)


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Run]:
    """Makes runs over one store in the test's folder, all of the same name."""

    def make(**params: Any) -> Run:
        places = {"store_url": (tmp_path / "store").as_uri(), "scratch_dir": tmp_path / "scratch"}
        return Run(Config.load({**places, **params}), "r1")

    return make
