"""Trials in child processes: equal numbers however many there are, and nothing is lost or left behind when one ends early."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from mer_tasks.errors import PermanentError, WorkerLost
from mer_tasks.machine import cores
from mer_tasks.runs.artifacts import CHECKPOINT, CROSSVAL
from mer_tasks.runs.crossval_chain import run_crossval
from mer_tasks.runs.crossval_runs import trial_run
from mer_tasks.runs.run import Run
from mer_tasks.runs.trial_pool import TrialPool, default_processes
from mer_tasks.stages.folds import folds
from tests.support.crossval_runs import learnable_crossval
from tests.support.learnable_runs import QUICK

ROOT = Path(__file__).resolve().parents[2]
NETWORK = "statistics+epochs=30+patience=30"
PROTOCOL = {"folds": 2, "repeats": 1, "candidates": (NETWORK, "extra-trees")}
STOPPED_AFTER = 3
"""Epochs after which the tests stop a training."""

heavy = pytest.mark.heavy


def scores(run: Run) -> dict:
    return run.read_json("crossval", CROSSVAL)


def children(of: int) -> list[psutil.Process]:
    return psutil.Process(of).children(recursive=True)


def is_alive(process: psutil.Process) -> bool:
    """Whether a process runs; one that is dead may keep its entry if the system's first process does not collect it."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def as_variable(value: object) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def start_command(run: Run) -> subprocess.Popen:
    """Start `mer crossval` with two processes and the configuration of `run`."""
    fields = {"store_url": run.store.url, "scratch_dir": run.config.scratch_dir, **QUICK, **PROTOCOL}
    variables = {f"MER_{name.upper()}": as_variable(value) for name, value in fields.items()}
    return subprocess.Popen(
        [sys.executable, "-m", "mer_tasks", "crossval", "--run-id", run.run_id, "--processes", "2"],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_epochs(run: Run, command: subprocess.Popen) -> None:
    """Wait until a training of a trial has stored some epochs."""
    checkpoint = trial_run(run, 1, 1, NETWORK).key("train", CHECKPOINT)
    while command.poll() is None:
        if run.store.exists(checkpoint) and len(run.read_json_key(checkpoint)["history"]["loss"]) >= STOPPED_AFTER:
            return
        time.sleep(0.05)
    raise AssertionError(f"the command ended before it trained: {command.communicate()[1]}")


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """Scores of a cross-validation in one process that nothing stopped."""
    run = learnable_crossval(tmp_path_factory.mktemp("one"), **PROTOCOL)
    said: list[str] = []
    run_crossval(run, on_forecast=said.append, processes=1)
    assert re.match(r"3 of 4 trials to run: .* (seconds|minutes)$", said[0])
    return scores(run)


@heavy
def test_one_process_and_two_give_equal_numbers(uninterrupted: dict, tmp_path: Path) -> None:
    run = learnable_crossval(tmp_path, **PROTOCOL)
    run_crossval(run, processes=2)
    assert scores(run) == uninterrupted


@heavy
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_command_that_is_stopped_within_a_trial_leaves_no_process_and_goes_on_there(
    uninterrupted: dict, tmp_path: Path, number: signal.Signals
) -> None:
    run = learnable_crossval(tmp_path, **PROTOCOL)
    with start_command(run) as command:
        wait_for_epochs(run, command)
        started = children(command.pid)
        assert len(started) == 2
        command.send_signal(number)
        assert command.wait(60) == (-signal.SIGKILL if number == signal.SIGKILL else 130)
    assert [child for child in psutil.wait_procs(started, timeout=10)[1] if is_alive(child)] == []
    run_crossval(run, processes=2)
    assert trial_run(run, 1, 1, NETWORK).manifest("train")["counters"]["resumed_after"] >= STOPPED_AFTER
    assert scores(run) == uninterrupted


@heavy
def test_a_failing_trial_ends_all_with_one_line(tmp_path: Path) -> None:
    run = learnable_crossval(tmp_path, **PROTOCOL)
    trials = folds(run)["trials"]
    fold = trial_run(run, 1, 1, "extra-trees")
    table = fold.read_table("split", "split.parquet")
    run.documents.put(fold.key("split", "split.parquet"), b"no table")
    assert len(table)
    with TrialPool(run, 2) as pool, pytest.raises(PermanentError) as error:
        pool.run(trials, lambda trial, seconds: None)
    assert re.match(r"(statistics\+\S+|extra-trees), repeat 1, fold 1: ", str(error.value))
    assert "\n" not in str(error.value)
    assert children(os.getpid()) == []


@heavy
def test_a_child_that_dies_is_named_with_its_trial(tmp_path: Path) -> None:
    run = learnable_crossval(tmp_path, **PROTOCOL)
    trials = folds(run)["trials"]

    def kill(trial: object, seconds: float) -> None:
        for child in children(os.getpid()):
            child.kill()

    with TrialPool(run, 1) as pool, pytest.raises(WorkerLost, match=r"repeat 1, .*: its process died \(exit status -9"):
        pool.run(trials[::-1], kill)
    assert children(os.getpid()) == []


def test_as_many_processes_as_cores_and_memory_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mer_tasks.runs.trial_pool.has_gpu_driver", lambda: False)
    monkeypatch.setattr("mer_tasks.runs.trial_pool.cores", lambda: 8)
    for gibibytes, expected in ((0.5, 1), (3.5, 3), (64, 8)):
        monkeypatch.setattr("mer_tasks.runs.trial_pool.free_memory", lambda size=gibibytes: int(size * 2**30))
        assert default_processes() == expected
    monkeypatch.setattr("mer_tasks.runs.trial_pool.free_memory", lambda: None)
    assert default_processes() == 8
    monkeypatch.setattr("mer_tasks.runs.trial_pool.has_gpu_driver", lambda: True)
    assert default_processes() == 1


def test_a_process_may_use_as_many_cores_as_openmp_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    every = cores()
    for value, expected in (("1", 1), ("1000", every), ("0", every), ("many", every)):
        monkeypatch.setenv("OMP_NUM_THREADS", value)
        assert cores() == expected
