"""A stage fetches each document of a store once."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mer_tasks.config import Config
from mer_tasks.errors import IntegrityError, ObjectMissing
from mer_tasks.runs.documents import Documents, reads_once
from mer_tasks.runs.run import Run, run_as_published
from mer_tasks.runs.sub_runs import sub_run
from mer_tasks.storage.local import FileStore


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count how often each document is fetched, by its name."""
    counts: Counter[str] = Counter()
    get = FileStore.get

    def count(store: FileStore, key: str) -> bytes:
        counts[key.rpartition("/")[2]] += 1
        return get(store, key)

    monkeypatch.setattr(FileStore, "get", count)
    return counts


@pytest.fixture
def run(make_run: Callable[..., Run]) -> Run:
    new_run = make_run()
    new_run.write_json("labels", "a.json", {"x": 1})
    new_run.write_table("labels", "b.parquet", pd.DataFrame({"x": [1, 2]}))
    new_run.write_arrays("labels", "c.npz", {"x": np.arange(3)})
    return new_run


@reads_once
def stage_twice(run: Run, work: Callable[[Run], object]) -> Run:
    """Call `work` two times within one stage."""
    work(run)
    work(run)
    return run


def read_all(run: Run) -> None:
    assert run.read_json("labels", "a.json") == {"x": 1}
    assert run.read_table("labels", "b.parquet")["x"].tolist() == [1, 2]
    assert run.read_arrays("labels", "c.npz")["x"].tolist() == [0, 1, 2]
    for name in ("a.json", "b.parquet", "c.npz"):
        run.sha256("labels", name)


def test_a_stage_fetches_a_document_once(run: Run, fetched: Counter[str]) -> None:
    stage_twice(run, read_all)
    assert fetched == {"a.json": 1, "b.parquet": 1, "c.npz": 1}
    stage_twice(run, read_all)  # the cache of a stage ends with the stage
    assert fetched == {"a.json": 2, "b.parquet": 2, "c.npz": 2}


def test_outside_of_a_stage_every_read_fetches_the_document(run: Run, fetched: Counter[str]) -> None:
    run.read_json("labels", "a.json")
    FileStore(run.store.root).put(run.key("labels", "a.json"), b"{}")  # by another process
    assert run.read_json("labels", "a.json") == {}
    assert fetched == {"a.json": 2}


def test_a_digest_and_a_read_share_one_fetch(run: Run, fetched: Counter[str]) -> None:
    stage_twice(run, lambda run: (run.sha256("labels", "b.parquet"), run.read_table("labels", "b.parquet")))
    assert fetched == {"b.parquet": 1}


def test_a_written_document_replaces_the_cached_one(run: Run) -> None:
    def write(run: Run) -> None:
        number = run.read_json("labels", "a.json")["x"] + 1
        before = run.sha256("labels", "a.json")
        run.write_json("labels", "a.json", {"x": number})
        assert run.read_json("labels", "a.json") == {"x": number}
        assert run.sha256("labels", "a.json") != before

    stage_twice(run, write)


def test_a_change_of_a_table_does_not_reach_other_readers(run: Run) -> None:
    def change(run: Run) -> None:
        table = run.read_table("labels", "b.parquet")
        assert table["x"].tolist() == [1, 2]
        table.loc[0, "x"] = 9
        table["y"] = 0

    stage_twice(run, change)


@pytest.mark.parametrize(
    "another",
    [
        lambda run: replace(run, try_number=2),
        lambda run: sub_run(run, "canary/1", ("labels",)),
        lambda run: run_as_published(run, run.run_id, {}),
    ],
)
def test_runs_that_are_made_within_a_stage_share_its_cache(
    run: Run, fetched: Counter[str], another: Callable[[Run], Run]
) -> None:
    stage_twice(run, lambda run: read_all(another(run)))
    assert fetched == {"a.json": 1, "b.parquet": 1, "c.npz": 1}


def test_a_stage_that_another_stage_calls_shares_its_cache(run: Run, fetched: Counter[str]) -> None:
    stage_twice(run, lambda run: stage_twice(run, read_all))
    assert fetched == {"a.json": 1, "b.parquet": 1, "c.npz": 1}


def test_a_derived_value_is_computed_once_and_again_after_a_write(run: Run) -> None:
    calls: list[int] = []

    def derive(run: Run) -> None:
        for _ in range(2):
            run.documents.derived("sum", (run.key("labels", ""),), lambda: calls.append(1))
        run.write_json("split", "other.json", {})  # the value was not derived from this document
        run.documents.derived("sum", (run.key("labels", ""),), lambda: calls.append(1))
        run.write_json("labels", "a.json", {"x": 1})

    stage_twice(run, derive)
    assert len(calls) == 2


def test_a_missing_document_is_fetched_again(run: Run) -> None:
    def look(run: Run) -> None:
        with pytest.raises(ObjectMissing, match=r"late\.json"):
            run.read_json("labels", "late.json")

    stage_run = stage_twice(run, look)
    stage_run.write_json("labels", "late.json", {"x": 1})
    assert stage_run.read_json("labels", "late.json") == {"x": 1}


@pytest.mark.parametrize(("name", "expected"), [("a.json", "a JSON document"), ("c.npz", "an .npz file")])
def test_a_damaged_document_is_refused_in_one_line(run: Run, name: str, expected: str) -> None:
    run.write_bytes("labels", name, b"{")
    read = run.read_json if name.endswith("json") else run.read_arrays
    with pytest.raises(IntegrityError, match=rf"r1/labels/{name}: .*; expected {expected}"):
        read("labels", name)


def test_a_document_read_with_keep_false_is_not_cached(run: Run, fetched: Counter[str]) -> None:
    stage_twice(run, lambda run: run.read_json("labels", "a.json", keep=False))
    assert fetched == {"a.json": 2}
    assert isinstance(run.documents, Documents)


def test_a_run_of_another_store_reads_and_writes_there(tmp_path: Path) -> None:
    here, there = ((tmp_path / name).as_uri() for name in ("here", "there"))
    run = Run(Config.load({"store_url": here}), "r1")
    run.write_json("split", "a.json", {"store": "here"})
    other = replace(run, config=Config.load({"store_url": there}))
    other.write_json("split", "a.json", {"store": "there"})
    assert run.read_json("split", "a.json") == {"store": "here"}
    assert replace(run, run_id="r2").documents is run.documents


@pytest.mark.heavy
def test_a_process_that_ends_after_it_has_read_a_table_has_its_own_exit_code(tmp_path: Path) -> None:
    # reading ahead made pyarrow 26 abort about one process in ten
    pd.DataFrame({"track_id": list("abc"), "value": range(3)}).to_parquet(tmp_path / "a.parquet")
    script = (
        "import pathlib, sys; from mer_tasks.runs.documents import parquet_table;"
        " parquet_table(pathlib.Path(sys.argv[1]).read_bytes()); sys.exit(1)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "a.parquet")]
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda _: subprocess.run(command, capture_output=True, check=False).returncode, range(40)))
    assert set(codes) == {1}
