"""The watcher of the landing zone: which changes make an event, and when."""

import io
import os
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mer_tasks.errors import ConfigError, StoreUnavailable
from mer_tasks.landing.watch_settings import WatchSettings
from mer_tasks.landing.watcher import EMPTY, Event, SettleTimer, Watch, compare_catalogues, read_catalogue, write_catalogue
from mer_tasks.landing.zone import MAX_NAMED_FILES
from mer_tasks.storage import open_store
from mer_tasks.storage.base import ObjectInfo, ObjectStore
from mer_tasks.storage.local import FileStore
from tests.support.s3_servers import Bucket

SETTLE = 60.0
MANY = 30_000


@dataclass
class Clock:
    """A monotonic clock that a test sets."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["file", "moto"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[ObjectStore, ObjectStore]:
    """A landing zone and an object store: both in local folders, or both in a bucket."""
    if request.param == "file":
        landing = FileStore(tmp_path / "landing")
        landing.root.mkdir()
        return landing, FileStore(tmp_path / "store")
    bucket: Bucket = request.getfixturevalue("bucket_at")("moto", request.getfixturevalue("moto_endpoint"))
    return open_store(f"{bucket.url}/landing"), open_store(f"{bucket.url}/mer")


@dataclass
class Watched:
    """A landing zone, its watcher, and the clock that the watcher uses."""

    landing: ObjectStore
    store: ObjectStore
    clock: Clock
    watch: Watch

    def poll(self, after: float = 0) -> Event | None:
        """Let time pass, and poll the landing zone."""
        self.clock.now += after
        return self.watch.poll()

    def settle(self) -> Event:
        """Let the present change settle, and return its event after marking it as processed."""
        assert self.poll() is None
        assert self.poll(SETTLE - 1) is None
        event = self.poll(1)
        assert event is not None
        self.watch.mark_processed(event["digest"])
        return event

    def stored_digests(self) -> list[str]:
        """Return the digests of the catalogues in the store."""
        return [info.key.rpartition("/")[2].partition(".")[0] for info in self.store.list("pointers/watch/")]


@pytest.fixture
def start(stores: tuple[ObjectStore, ObjectStore]) -> Callable[..., Watched]:
    """Return a function that starts a watcher, as the triggerer does when it starts."""

    def make(processed: str = EMPTY) -> Watched:
        clock = Clock()
        return Watched(*stores, clock, Watch(*stores, SETTLE, processed, clock))

    return make


@pytest.fixture
def watched(start: Callable[..., Watched]) -> Watched:
    return start()


def counts(event: Event) -> tuple[int, int, int]:
    return event["new"], event["changed"], event["gone"]


def test_a_change_makes_one_event_when_nothing_changed_for_a_while(watched: Watched) -> None:
    watched.landing.put("rock/1.mp3", b"one")
    event = watched.settle()
    assert event == {
        "landing": watched.landing.url,
        "digest": event["digest"],
        "new": 1,
        "changed": 0,
        "gone": 0,
        "annotations": False,
        "metadata": False,
        "named": ["new rock/1.mp3"],
    }
    assert [watched.poll(SETTLE) for _ in range(3)] == [None] * 3


def test_a_thousand_files_that_land_over_ten_minutes_make_one_event(tmp_path: Path) -> None:
    clock = Clock()
    landing, store = FileStore(tmp_path / "landing"), FileStore(tmp_path / "store")
    watch = Watch(landing, store, SETTLE, clock=clock)
    events = []
    for batch in range(60):
        for number in range(batch * 1000 // 60, (batch + 1) * 1000 // 60):
            landing.put(f"rock/{number}.mp3", b"music")
        events.append(watch.poll())
        clock.now += 10
    for _ in range(20):
        events.append(watch.poll())
        clock.now += 10
    (event,) = filter(None, events)
    assert counts(event) == (1000, 0, 0)
    assert len(event["named"]) == MAX_NAMED_FILES


def test_no_event_is_sent_while_a_file_still_grows(watched: Watched) -> None:
    for size in range(1, 6):
        watched.landing.put("rock/1.mp3", b"x" * size)
        assert watched.poll(SETTLE - 1) is None
    assert counts(watched.settle()) == (1, 0, 0)


def test_an_event_counts_and_names_changed_new_and_gone_files(watched: Watched) -> None:
    for name in ("classical/a.wav", "rock/1.mp3", "rock/2.mp3"):
        watched.landing.put(name, b"before")
    watched.landing.put("annotations/all.csv", b"votes")
    assert watched.settle()["annotations"]
    watched.landing.put("rock/1.mp3", b"after, under the same name")
    watched.landing.put("rock/0.mp3", b"new")
    watched.landing.delete("classical/a.wav")
    event = watched.settle()
    assert counts(event) == (1, 1, 1)
    assert event["named"] == ["gone classical/a.wav", "new rock/0.mp3", "changed rock/1.mp3"]
    assert not event["annotations"]


def test_a_file_that_is_deleted_before_it_settles_makes_no_event(watched: Watched) -> None:
    watched.landing.put("rock/1.mp3", b"one")
    watched.settle()
    watched.landing.put("rock/2.mp3", b"two")
    assert watched.poll(SETTLE / 2) is None
    watched.landing.delete("rock/2.mp3")
    assert [watched.poll(SETTLE) for _ in range(3)] == [None] * 3


def test_a_file_that_no_run_reads_makes_no_event(watched: Watched) -> None:
    watched.landing.put("rock/1.mp3", b"one")
    watched.settle()
    for name in ("README.txt", "rock/.2.mp3.part", "rock/cover.jpg", "rock/2.mp3.part", "annotations/notes.txt", ".x/3.mp3"):
        watched.landing.put(name, b"not for a run")
    assert watched.poll() is None
    assert watched.poll(SETTLE) is None


def test_a_landing_zone_that_is_suddenly_empty_makes_no_event(watched: Watched) -> None:
    watched.landing.put("rock/1.mp3", b"one")
    watched.settle()
    watched.landing.delete("rock/1.mp3")
    assert watched.poll() is None
    assert watched.poll(2 * SETTLE) is None


def test_a_jump_of_the_wall_clock_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    landing = FileStore(tmp_path / "landing")
    landing.put("rock/1.mp3", b"one")
    watch = Watch(landing, FileStore(tmp_path / "store"), SETTLE)  # with the real monotonic clock
    for now in (0.0, 1e12, 5.0):
        monkeypatch.setattr(time, "time", lambda now=now: now)
        assert watch.poll() is None
    later = time.monotonic() + SETTLE
    monkeypatch.setattr(watch, "_clock", lambda: later)
    assert watch.poll() is not None


def test_a_restarted_watcher_continues_from_the_last_processed_event(start: Callable[..., Watched]) -> None:
    first = start()
    first.landing.put("rock/1.mp3", b"one")
    processed = first.settle()["digest"]
    second = start(processed)
    assert second.poll() is None
    assert second.poll(2 * SETTLE) is None
    second.landing.put("rock/2.mp3", b"two")
    event = second.settle()
    assert (counts(event), event["named"]) == ((1, 0, 0), ["new rock/2.mp3"])


def test_a_change_while_no_watcher_ran_makes_an_event_after_the_restart(start: Callable[..., Watched]) -> None:
    first = start()
    first.landing.put("rock/1.mp3", b"one")
    processed = first.settle()["digest"]
    first.landing.delete("rock/1.mp3")
    first.landing.put("rock/2.mp3", b"two")
    assert counts(start(processed).settle()) == (1, 0, 1)


def test_a_lost_event_is_sent_again(watched: Watched) -> None:
    watched.landing.put("rock/1.mp3", b"one")
    assert watched.poll() is None
    lost = watched.poll(SETTLE)
    watched.watch.resend_event()
    assert watched.poll() == lost


def test_a_second_event_may_come_before_the_first_is_processed_and_none_comes_twice(watched: Watched) -> None:
    watched.landing.put("rock/1.mp3", b"one")
    watched.poll()
    first = watched.poll(SETTLE)
    watched.landing.put("rock/2.mp3", b"two")
    watched.poll()
    second = watched.poll(SETTLE)
    assert first is not None
    assert second is not None
    assert second["named"] == ["new rock/2.mp3"]
    watched.watch.mark_processed(first["digest"])
    assert sorted(watched.stored_digests()) == sorted([first["digest"], second["digest"]])
    assert watched.poll(SETTLE) is None
    watched.watch.mark_processed(second["digest"])
    assert watched.stored_digests() == [second["digest"]]


def test_only_the_last_catalogue_stays_in_the_store_and_it_is_stored_before_the_event(watched: Watched) -> None:
    watched.landing.put("rock/1.mp3", b"one")
    watched.poll()
    event = watched.poll(SETTLE)
    assert event is not None
    assert watched.stored_digests() == [event["digest"]]
    watched.watch.mark_processed(event["digest"])
    watched.landing.put("rock/2.mp3", b"two")
    assert watched.stored_digests() != [watched.settle()["digest"]] != [event["digest"]]
    assert len(watched.stored_digests()) == 1


def test_every_file_is_new_if_the_catalogue_of_the_last_event_is_missing(start: Callable[..., Watched]) -> None:
    watched = start(processed="of a store that has been emptied")
    for number in range(3):
        watched.landing.put(f"rock/{number}.mp3", b"music")
    assert counts(watched.settle()) == (3, 0, 0)


def test_a_missing_folder_is_unavailable_and_not_empty(tmp_path: Path) -> None:
    watch = Watch(FileStore(tmp_path / "landing"), FileStore(tmp_path / "store"), 0)
    with pytest.raises(StoreUnavailable, match="/landing: no such folder, expected the landing zone"):
        watch.poll()


def test_an_outage_loses_no_event_and_does_not_restart_the_timer(bucket_at: Callable[..., Bucket], moto_endpoint: str) -> None:
    bucket = bucket_at("moto", moto_endpoint)
    clock = Clock()
    landing = open_store(f"{bucket.url}/landing")
    watch = Watch(landing, open_store(f"{bucket.url}/mer"), SETTLE, clock=clock)
    landing.put("rock/1.mp3", b"one")
    assert watch.poll() is None
    bucket.line.cut()
    clock.now += SETTLE / 2
    with pytest.raises(StoreUnavailable):
        watch.poll()
    bucket.line.mend()
    clock.now += SETTLE / 2
    assert watch.poll() is not None


def test_a_landing_zone_that_contains_the_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds the store"):
        Watch(FileStore(tmp_path), FileStore(tmp_path / "store"), 0)


def listing(keys: Iterator[str]) -> Iterator[ObjectInfo]:
    return (ObjectInfo(key, 1, "v") for key in keys)


def test_names_that_are_not_unicode_are_compared_by_their_bytes(tmp_path: Path) -> None:
    landing = FileStore(tmp_path)
    names = [os.fsdecode(name) for name in (b"a\xff", "ä".encode(), b"\xf0\x9f\x8e\xb5", b"b\xed\xa0", "￼".encode())]
    for name in names:
        landing.put(f"rock/{name}.mp3", b"music")
    file = io.BytesIO()
    write_catalogue(landing.list(), file)
    file.seek(0)
    entries = list(read_catalogue(file))
    assert [key for key, _, _ in entries] == [info.key for info in landing.list()]
    changes = compare_catalogues(entries[1:], entries)
    assert (changes.new, changes.changed, changes.gone) == (1, 0, 0)
    changes.named[0].encode()


def test_different_catalogues_have_different_digests(tmp_path: Path) -> None:
    digests = {
        write_catalogue(iter(entries), io.BytesIO())
        for entries in (
            [],
            [ObjectInfo("rock/1.mp3", 1, "v")],
            [ObjectInfo("rock/1.mp3", 2, "v")],
            [ObjectInfo("rock/1.mp3", 1, "w")],
            [ObjectInfo("rock/1.mp3", 1, "v"), ObjectInfo("rock/2.mp3", 1, "v")],
        )
    }
    assert len(digests) == 5
    assert EMPTY in digests


@pytest.mark.heavy
def test_a_poll_of_thirty_thousand_keys_takes_less_than_two_mebibytes(tmp_path: Path) -> None:
    class LargeStore(FileStore):
        """A store that lists files which it does not have: it would take a minute to write them."""

        def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
            if not prefix:
                return listing(f"genre {number // 1000:03d}/{number:06d}.mp3" for number in range(MANY))
            return super().list(prefix)

    landing = LargeStore(tmp_path)
    watch = Watch(landing, FileStore(tmp_path.parent / "store"), 0)
    tracemalloc.start()
    try:
        event = watch.poll()
        assert event is not None
        watch.resend_event()
        watch.poll()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert counts(event) == (MANY, 0, 0)
    assert peak < 2 << 20


def test_each_new_change_restarts_the_settle_timer() -> None:
    timer = SettleTimer(10)
    assert [timer.observe("a", now) for now in (0, 9, 10)] == [False, False, True]
    timer.last_event = "a"
    assert [timer.observe(digest, now) for digest, now in (("b", 20), ("a", 25), ("b", 30), ("b", 39))] == [False] * 4
    assert timer.observe("b", 40)


def test_variables_turn_watching_off_and_set_its_times(monkeypatch: pytest.MonkeyPatch) -> None:
    assert WatchSettings.load().watch
    monkeypatch.setenv("MER_WATCH", "off")
    monkeypatch.setenv("MER_WATCH_SETTLE_SECONDS", "3.5")
    loaded = WatchSettings.load()
    assert (loaded.watch, loaded.watch_settle_seconds, loaded.watch_poll_seconds) == (False, 3.5, 10)


def test_an_error_names_every_wrong_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MER_WATCH", "perhaps")
    monkeypatch.setenv("MER_WATCH_POLL_SECONDS", "0")
    with pytest.raises(
        ConfigError, match=r"^environment: MER_WATCH='perhaps': .*; MER_WATCH_POLL_SECONDS='0': .*greater than 0$"
    ):
        WatchSettings.load()


def test_a_new_or_changed_metadata_file_makes_an_event(watched: Watched) -> None:
    watched.landing.put("rock/1.mp3", b"one")
    assert not watched.settle()["metadata"]
    for content in (b"names", b"other names"):
        watched.landing.put("metadata/tracks.csv", content)
        event = watched.settle()
        assert (event["metadata"], event["annotations"]) == (True, False)
    watched.landing.put("metadata/notes.txt", b"nothing that a run reads")
    assert watched.poll(SETTLE) is None
    assert watched.poll(SETTLE) is None
