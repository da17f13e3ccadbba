import json
import subprocess
import sys
import time

import psutil
import pytest

from mer_tasks.local_stack.processes import MARK, Processes

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
PARENT = [
    sys.executable,
    "-c",
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); time.sleep(600)",
]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(600)",
]


@pytest.fixture
def processes(tmp_path):
    for name in ("run", "logs"):
        (tmp_path / name).mkdir()
    processes = Processes(tmp_path / "run", tmp_path / "logs", str(tmp_path))
    yield processes
    processes.stop(workers_of="parent")


def wait_for(condition):
    while not condition():
        time.sleep(0.02)


def test_a_later_command_finds_and_stops_the_processes_of_an_earlier_one(processes):
    processes.start("one", SLEEP, {})
    later = Processes(processes.folder, processes.logs, processes.mark)
    process = later.get("one")
    assert process == processes.get("one")
    later.stop(workers_of="parent")
    assert later.get("one") is None
    assert later.all() == []
    assert not list(processes.folder.iterdir())


def test_descendants_are_stopped_even_if_their_parent_has_ended(processes):
    processes.start("parent", PARENT, {})
    wait_for(lambda: len(processes.all()) == 2)
    parent = processes.get("parent")
    parent.kill()
    parent.wait()
    assert processes.get("parent") is None
    (orphan,) = processes.all()
    processes.stop(workers_of="parent")
    assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE


def test_a_child_without_the_mark_is_found_through_its_parent(processes):
    code = PARENT[2].replace("time.sleep(600)'])", "time.sleep(600)'], env={})")
    assert "env={}" in code
    processes.start("parent", [sys.executable, "-c", code], {})
    wait_for(lambda: len(processes.all()) == 2)


def test_a_process_that_ignores_sigterm_is_killed(processes, monkeypatch):
    monkeypatch.setattr("mer_tasks.local_stack.processes.GRACE_SECONDS", 0.5)
    processes.start("stubborn", STUBBORN, {})
    wait_for(lambda: processes.log("stubborn").read_text() == "on\n")
    processes.stop(workers_of="parent")
    assert processes.all() == []


def test_a_program_that_reuses_the_process_id_is_not_stopped(processes):
    with subprocess.Popen(SLEEP) as other:
        began = psutil.Process(other.pid).create_time()
        (processes.folder / "scheduler.json").write_text(json.dumps({"pid": other.pid, "began": began - 60}))
        assert processes.get("scheduler") is None
        processes.stop(workers_of="scheduler")
        assert other.poll() is None
        other.kill()


@pytest.mark.parametrize("text", ["", "{}", '{"pid": 1', '{"pid": 999999999, "began": 0}'])
def test_a_damaged_file_stands_for_no_process(processes, text):
    (processes.folder / "scheduler.json").write_text(text)
    assert processes.get("scheduler") is None


def test_processes_of_another_stack_are_not_stopped(processes, tmp_path):
    (tmp_path / "other").mkdir()
    other = Processes(tmp_path / "other", tmp_path / "logs", str(tmp_path / "other"))
    other.start("theirs", SLEEP, {})
    try:
        processes.start("ours", SLEEP, {MARK: "overridden"})
        assert [process.pid for process in processes.all()] == [processes.get("ours").pid]
        processes.stop(workers_of="parent")
        assert other.get("theirs")
    finally:
        other.stop(workers_of="parent")
