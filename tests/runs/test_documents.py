"""Documents of a store, each fetched once within a stage."""

from collections import Counter
from collections.abc import Callable
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
    """Keys by how often they were fetched."""
    counts: Counter[str] = Counter()
    get = FileStore.get

    def count(store: FileStore, key: str) -> bytes:
        counts[key.rpartition("/")[2]] += 1
        return get(store, key)

    monkeypatch.setattr(FileStore, "get", count)
    return counts


@pytest.fixture
def run(make_run: Callable[..., Run]) -> Run:
    made = make_run()
    made.write_json("labels", "a.json", {"x": 1})
    made.write_table("labels", "b.parquet", pd.DataFrame({"x": [1, 2]}))
    made.write_arrays("labels", "c.npz", {"x": np.arange(3)})
    return made


@reads_once
def twice(run: Run, work: Callable[[Run], object]) -> Run:
    """A stage that does something two times."""
    work(run)
    work(run)
    return run


def everything(run: Run) -> None:
    assert run.read_json("labels", "a.json") == {"x": 1}
    assert run.read_table("labels", "b.parquet")["x"].tolist() == [1, 2]
    assert run.read_arrays("labels", "c.npz")["x"].tolist() == [0, 1, 2]
    for name in ("a.json", "b.parquet", "c.npz"):
        run.sha256("labels", name)


def test_a_stage_fetches_a_document_once(run: Run, fetched: Counter[str]) -> None:
    twice(run, everything)
    assert fetched == {"a.json": 1, "b.parquet": 1, "c.npz": 1}
    twice(run, everything)  # what a stage has kept ends with it
    assert fetched == {"a.json": 2, "b.parquet": 2, "c.npz": 2}


def test_outside_of_a_stage_documents_are_read_when_they_are_asked_for(run: Run, fetched: Counter[str]) -> None:
    run.read_json("labels", "a.json")
    FileStore(run.store.root).put(run.key("labels", "a.json"), b"{}")  # by another process
    assert run.read_json("labels", "a.json") == {}
    assert fetched == {"a.json": 2}


def test_a_digest_that_is_asked_for_first_fetches_for_all(run: Run, fetched: Counter[str]) -> None:
    twice(run, lambda run: (run.sha256("labels", "b.parquet"), run.read_table("labels", "b.parquet")))
    assert fetched == {"b.parquet": 1}


def test_what_is_written_is_read_again(run: Run) -> None:
    def write(run: Run) -> None:
        number = run.read_json("labels", "a.json")["x"] + 1
        before = run.sha256("labels", "a.json")
        run.write_json("labels", "a.json", {"x": number})
        assert run.read_json("labels", "a.json") == {"x": number}
        assert run.sha256("labels", "a.json") != before

    twice(run, write)


def test_a_table_is_the_callers_own(run: Run) -> None:
    def change(run: Run) -> None:
        table = run.read_table("labels", "b.parquet")
        assert table["x"].tolist() == [1, 2]
        table.loc[0, "x"] = 9
        table["y"] = 0

    twice(run, change)


@pytest.mark.parametrize(
    "another",
    [
        lambda run: replace(run, try_number=2),
        lambda run: sub_run(run, "canary/1", ("labels",)),
        lambda run: run_as_published(run, run.run_id, {}),
    ],
)
def test_runs_that_are_made_within_a_stage_share_what_it_has_read(
    run: Run, fetched: Counter[str], another: Callable[[Run], Run]
) -> None:
    twice(run, lambda run: everything(another(run)))
    assert fetched == {"a.json": 1, "b.parquet": 1, "c.npz": 1}


def test_a_stage_that_a_stage_calls_shares_too(run: Run, fetched: Counter[str]) -> None:
    twice(run, lambda run: twice(run, everything))
    assert fetched == {"a.json": 1, "b.parquet": 1, "c.npz": 1}


def test_what_is_derived_is_made_once_and_again_after_a_write(run: Run) -> None:
    made: list[int] = []

    def derive(run: Run) -> None:
        for _ in range(2):
            run.documents.derived("sum", (run.key("labels", ""),), lambda: made.append(1))
        run.write_json("split", "other.json", {})  # not what it was derived from
        run.documents.derived("sum", (run.key("labels", ""),), lambda: made.append(1))
        run.write_json("labels", "a.json", {"x": 1})

    twice(run, derive)
    assert len(made) == 2


def test_a_document_that_is_missing_is_looked_for_again(run: Run) -> None:
    def look(run: Run) -> None:
        with pytest.raises(ObjectMissing, match=r"late\.json"):
            run.read_json("labels", "late.json")

    kept = twice(run, look)
    kept.write_json("labels", "late.json", {"x": 1})
    assert kept.read_json("labels", "late.json") == {"x": 1}


@pytest.mark.parametrize(("name", "expected"), [("a.json", "a JSON document"), ("c.npz", "an .npz file")])
def test_a_damaged_document_is_refused_in_one_line(run: Run, name: str, expected: str) -> None:
    run.write_bytes("labels", name, b"{")
    read = run.read_json if name.endswith("json") else run.read_arrays
    with pytest.raises(IntegrityError, match=rf"r1/labels/{name}: .*; expected {expected}"):
        read("labels", name)


def test_a_report_of_a_shard_is_not_kept(run: Run, fetched: Counter[str]) -> None:
    twice(run, lambda run: run.read_json("labels", "a.json", keep=False))
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
