"""Which landed files are read and hashed, and what happens if they cannot be read."""

import hashlib
from threading import Barrier
from typing import Any

import pytest

from mer_tasks.errors import StoreUnavailable
from mer_tasks.runs.run import Run
from mer_tasks.stages.discover import discover
from mer_tasks.storage.base import ObjectStore
from mer_tasks.storage.local import FileStore
from tests.support.landed_files import MakeRun, land


class ReadRecorder(ObjectStore):
    """A store that records the keys of the objects that are read."""

    def __init__(self, store: ObjectStore) -> None:
        self.store, self.url, self.read = store, store.url, []

    def chunks(self, key, version=None):
        self.read.append(key)
        return self.store.chunks(key, version)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    put = put_file = exists = delete = fetch = None

    def list(self, prefix="", left_out=None):
        return self.store.list(prefix, left_out)


def test_unchanged_files_are_not_read_again(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run()
    land(run, "rock/1.mp3", "rock/2.mp3", "rock/3.xyz")
    counters = discover(run)["counters"]
    assert (counters["hashed"], counters["known"]) == (3, 0)
    first = run.read_table("discover", "catalogue.parquet")

    again = make_run()
    recorder = ReadRecorder(again.landing)
    monkeypatch.setattr(Run, "landing", recorder)
    counters = discover(again)["counters"]
    assert recorder.read == []
    assert (counters["hashed"], counters["known"], counters["files"]) == (0, 3, 3)
    assert again.read_table("discover", "catalogue.parquet").equals(first)


def test_new_files_are_read_in_parallel_and_each_gets_its_own_hash(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    two_readers = Barrier(2, timeout=30)

    class WaitingForAnotherReader(ReadRecorder):
        def chunks(self, key, version=None):
            two_readers.wait()
            return super().chunks(key, version)

    monkeypatch.setattr("mer_tasks.corpus.landed_hashes.BATCH_SIZE", 4)
    run = make_run()
    land(run, *(f"rock/{number}.mp3" for number in range(12)))
    monkeypatch.setattr(Run, "landing", WaitingForAnotherReader(FileStore(run.landing.root)))
    discover(run)
    for track_id, sha256 in run.read_table("discover", "catalogue.parquet")[["track_id", "sha256"]].to_numpy():
        assert sha256 == hashlib.sha256(f"rock/{track_id}.mp3".encode()).hexdigest()


def test_only_new_and_changed_files_are_read_and_counted(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "rock/1.mp3", "rock/2.mp3", "pop/3.mp3", "pop/4.mp3", "annotations/a.csv")
    assert discover(run)["new"] == {"new": 4, "changed": 0, "gone": 0}
    run.landing.put("rock/1.mp3", b"other")
    run.landing.put("rock/2.mp3", b"rock/2.mp3")  # written again with the same content
    run.landing.put("pop/5.mp3", b"new")
    run.landing.delete("pop/3.mp3")
    manifest = discover(run)
    assert manifest["new"] == {"new": 1, "changed": 1, "gone": 1}
    assert (manifest["counters"]["hashed"], manifest["counters"]["known"]) == (3, 1)
    hashes = run.read_table("discover", "catalogue.parquet").set_index("track_id")["sha256"]
    assert hashes["1"] == hashlib.sha256(b"other").hexdigest()
    assert discover(run)["new"] == {"new": 0, "changed": 0, "gone": 0}


def test_a_run_of_one_genre_keeps_the_stored_hashes_of_other_genres(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "rock/1.mp3", "pop/2.mp3")
    discover(run)
    assert discover(make_run(genres="pop"))["new"] == {"new": 0, "changed": 0, "gone": 0}
    assert discover(run)["counters"]["known"] == 2


def test_two_landing_zones_with_one_store_have_separate_hashes(make_run: MakeRun, tmp_path) -> None:
    first = make_run(landing_url=(tmp_path / "first").as_uri())
    second = make_run(landing_url=(tmp_path / "second").as_uri())
    land(first, "rock/1.mp3")
    land(second, "rock/1.mp3", "rock/2.mp3")
    discover(first)
    assert discover(second)["new"] == {"new": 2, "changed": 0, "gone": 0}
    assert discover(first)["new"] == {"new": 0, "changed": 0, "gone": 0}


@pytest.mark.parametrize("content", [b"", b"not parquet"], ids=["empty", "not parquet"])
def test_a_damaged_table_of_hashes_only_makes_the_run_read_all_files_again(make_run: MakeRun, content: bytes) -> None:
    run = make_run()
    land(run, "rock/1.mp3")
    discover(run)
    (key,) = [info.key for info in run.store.list("pointers/discover/")]
    run.store.put(key, content)
    assert discover(run)["counters"]["hashed"] == 1
    assert discover(run)["counters"]["known"] == 1


def test_a_file_that_cannot_be_read_is_rejected_and_other_tracks_are_used(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "rock/1.mp3")
    (run.landing.root / "rock" / "2.mp3").symlink_to("nowhere")
    assert discover(run)["counters"]["tracks"] == 1
    (line,) = run.read_json("discover", "rejected.json")["rejected"]
    assert (line["reason"], line["track_id"], line["sha256"]) == ("unreadable", "2", None)
    assert line["detail"].endswith("rock/2.mp3: no such object")


def test_a_landing_zone_that_cannot_be_reached_ends_the_stage(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unreachable(ReadRecorder):
        def chunks(self, key, version=None):
            raise StoreUnavailable("away")

    run = make_run()
    land(run, "rock/1.mp3")
    monkeypatch.setattr(Run, "landing", Unreachable(FileStore(run.landing.root)))
    with pytest.raises(StoreUnavailable, match="away"):
        discover(run)
