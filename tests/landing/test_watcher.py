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
from mer_tasks.landing.watcher import EMPTY, Event, Settling, Watch, changes, read_catalogue, write_catalogue
from mer_tasks.landing.zone import NAMED
from mer_tasks.storage.base import ObjectInfo, ObjectStore
from mer_tasks.storage.factory import open_store
from mer_tasks.storage.local import FileStore
from tests.support.s3_servers import Bucket

SETTLE = 60.0
MANY = 100_000


@dataclass
class Clock:
    """A monotonic clock that goes when it is told to."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["file", "moto"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[ObjectStore, ObjectStore]:
    """A landing zone and a store, of both kinds."""
    if request.param == "file":
        landing = FileStore(tmp_path / "landing")
        landing.root.mkdir()
        return landing, FileStore(tmp_path / "store")
    bucket: Bucket = request.getfixturevalue("bucket_at")("moto", request.getfixturevalue("moto_endpoint"))
    return open_store(f"{bucket.url}/landing"), open_store(f"{bucket.url}/mer")


@dataclass
class Watched:
    """A landing zone that is looked at as time goes by."""

    landing: ObjectStore
    store: ObjectStore
    clock: Clock
    watch: Watch

    def look(self, after: float = 0) -> Event | None:
        self.clock.now += after
        return self.watch.look()

    def settle(self) -> Event:
        """The event of a change that nothing is added to."""
        assert self.look() is None
        assert self.look(SETTLE - 1) is None
        event = self.look(1)
        assert event is not None
        self.watch.settled(event["digest"])
        return event

    def kept(self) -> list[str]:
        """Digests of the catalogues in the store."""
        return [info.key.rpartition("/")[2].partition(".")[0] for info in self.store.list("pointers/watch/")]


@pytest.fixture
def start(places: tuple[ObjectStore, ObjectStore]) -> Callable[..., Watched]:
    """Starts to watch, as after a start of the triggerer."""

    def make(processed: str = EMPTY) -> Watched:
        clock = Clock()
        return Watched(*places, clock, Watch(*places, SETTLE, processed, clock))

    return make


@pytest.fixture
def watched(start: Callable[..., Watched]) -> Watched:
    return start()


def counts(event: Event) -> tuple[int, int, int]:
    return event["new"], event["changed"], event["gone"]


def test_a_change_is_told_once_when_nothing_was_added_for_a_while(watched: Watched) -> None:
    watched.landing.put("rock/1.mp3", b"one")
    event = watched.settle()
    assert event == {
        "landing": watched.landing.url,
        "digest": event["digest"],
        "new": 1,
        "changed": 0,
        "gone": 0,
        "annotations": False,
        "named": ["new rock/1.mp3"],
    }
    assert [watched.look(SETTLE) for _ in range(3)] == [None] * 3


def test_a_thousand_files_over_ten_minutes_are_one_event(tmp_path: Path) -> None:
    clock = Clock()
    landing, store = FileStore(tmp_path / "landing"), FileStore(tmp_path / "store")
    watch, events = Watch(landing, store, SETTLE, clock=clock), []
    for batch in range(60):
        for place in range(batch * 1000 // 60, (batch + 1) * 1000 // 60):
            landing.put(f"rock/{place}.mp3", b"music")
        events.append(watch.look())
        clock.now += 10
    for _ in range(20):
        events.append(watch.look())
        clock.now += 10
    (event,) = filter(None, events)
    assert counts(event) == (1000, 0, 0)
    assert len(event["named"]) == NAMED


def test_a_file_that_still_grows_is_waited_for(watched: Watched) -> None:
    for size in range(1, 6):
        watched.landing.put("rock/1.mp3", b"x" * size)
        assert watched.look(SETTLE - 1) is None
    assert counts(watched.settle()) == (1, 0, 0)


def test_replaced_new_and_gone_files_are_counted_and_named(watched: Watched) -> None:
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


def test_files_that_are_gone_again_are_no_event(watched: Watched) -> None:
    watched.landing.put("rock/1.mp3", b"one")
    watched.settle()
    watched.landing.put("rock/2.mp3", b"two")
    assert watched.look(SETTLE / 2) is None
    watched.landing.delete("rock/2.mp3")
    assert [watched.look(SETTLE) for _ in range(3)] == [None] * 3


def test_what_no_run_would_read_is_no_change(watched: Watched) -> None:
    watched.landing.put("rock/1.mp3", b"one")
    watched.settle()
    for name in ("README.txt", "rock/.2.mp3.part", "rock/cover.jpg", "rock/2.mp3.part", "annotations/notes.txt", ".x/3.mp3"):
        watched.landing.put(name, b"not for a run")
    assert watched.look() is None
    assert watched.look(SETTLE) is None


def test_a_landing_zone_that_is_suddenly_empty_is_no_change(watched: Watched) -> None:
    watched.landing.put("rock/1.mp3", b"one")
    watched.settle()
    watched.landing.delete("rock/1.mp3")
    assert watched.look() is None
    assert watched.look(2 * SETTLE) is None


def test_the_wall_clock_may_jump(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    landing = FileStore(tmp_path / "landing")
    landing.put("rock/1.mp3", b"one")
    watch = Watch(landing, FileStore(tmp_path / "store"), SETTLE)  # by the clock that nobody sets
    for now in (0.0, 1e12, 5.0):
        monkeypatch.setattr(time, "time", lambda now=now: now)
        assert watch.look() is None
    later = time.monotonic() + SETTLE
    monkeypatch.setattr(watch, "_clock", lambda: later)
    assert watch.look() is not None


def test_after_a_restart_it_goes_on_from_what_was_processed(start: Callable[..., Watched]) -> None:
    first = start()
    first.landing.put("rock/1.mp3", b"one")
    processed = first.settle()["digest"]
    again = start(processed)
    assert again.look() is None
    assert again.look(2 * SETTLE) is None
    again.landing.put("rock/2.mp3", b"two")
    event = again.settle()
    assert (counts(event), event["named"]) == ((1, 0, 0), ["new rock/2.mp3"])


def test_a_change_while_nobody_watched_is_told_after_the_restart(start: Callable[..., Watched]) -> None:
    first = start()
    first.landing.put("rock/1.mp3", b"one")
    processed = first.settle()["digest"]
    first.landing.delete("rock/1.mp3")
    first.landing.put("rock/2.mp3", b"two")
    assert counts(start(processed).settle()) == (1, 0, 1)


def test_an_event_that_was_lost_is_told_again(watched: Watched) -> None:
    watched.landing.put("rock/1.mp3", b"one")
    assert watched.look() is None
    lost = watched.look(SETTLE)
    watched.watch.again()
    assert watched.look() == lost


def test_a_second_change_is_told_before_the_first_is_settled_and_none_is_told_twice(watched: Watched) -> None:
    watched.landing.put("rock/1.mp3", b"one")
    watched.look()
    first = watched.look(SETTLE)
    watched.landing.put("rock/2.mp3", b"two")
    watched.look()
    second = watched.look(SETTLE)
    assert first is not None
    assert second is not None
    assert second["named"] == ["new rock/2.mp3"]
    watched.watch.settled(first["digest"])
    assert sorted(watched.kept()) == sorted([first["digest"], second["digest"]])
    assert watched.look(SETTLE) is None
    watched.watch.settled(second["digest"])
    assert watched.kept() == [second["digest"]]


def test_only_the_last_catalogue_is_kept_and_it_is_there_before_the_event(watched: Watched) -> None:
    watched.landing.put("rock/1.mp3", b"one")
    watched.look()
    event = watched.look(SETTLE)
    assert event is not None
    assert watched.kept() == [event["digest"]]
    watched.watch.settled(event["digest"])
    watched.landing.put("rock/2.mp3", b"two")
    assert watched.kept() != [watched.settle()["digest"]] != [event["digest"]]
    assert len(watched.kept()) == 1


def test_without_the_catalogue_of_the_last_event_everything_is_new(start: Callable[..., Watched]) -> None:
    watched = start(processed="of a store that has been emptied")
    for place in range(3):
        watched.landing.put(f"rock/{place}.mp3", b"music")
    assert counts(watched.settle()) == (3, 0, 0)


def test_a_folder_that_is_not_there_is_away_and_not_empty(tmp_path: Path) -> None:
    watch = Watch(FileStore(tmp_path / "landing"), FileStore(tmp_path / "store"), 0)
    with pytest.raises(StoreUnavailable, match="/landing: no such folder, expected the landing zone"):
        watch.look()


def test_an_outage_loses_no_event_and_restarts_no_clock(bucket_at: Callable[..., Bucket], moto_endpoint: str) -> None:
    bucket = bucket_at("moto", moto_endpoint)
    clock = Clock()
    landing = open_store(f"{bucket.url}/landing")
    watch = Watch(landing, open_store(f"{bucket.url}/mer"), SETTLE, clock=clock)
    landing.put("rock/1.mp3", b"one")
    assert watch.look() is None
    bucket.line.cut()
    clock.now += SETTLE / 2
    with pytest.raises(StoreUnavailable):
        watch.look()
    bucket.line.mend()
    clock.now += SETTLE / 2
    assert watch.look() is not None


def test_a_landing_zone_that_holds_the_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds the store"):
        Watch(FileStore(tmp_path), FileStore(tmp_path / "store"), 0)


def listing(keys: Iterator[str]) -> Iterator[ObjectInfo]:
    return (ObjectInfo(key, 1, "v") for key in keys)


def test_names_that_are_no_text_are_compared_by_their_bytes(tmp_path: Path) -> None:
    landing = FileStore(tmp_path)
    names = [os.fsdecode(name) for name in (b"a\xff", "ä".encode(), b"\xf0\x9f\x8e\xb5", b"b\xed\xa0", "￼".encode())]
    for name in names:
        landing.put(f"rock/{name}.mp3", b"music")
    file = io.BytesIO()
    write_catalogue(landing.list(), file)
    file.seek(0)
    entries = list(read_catalogue(file))
    assert [key for key, _, _ in entries] == [info.key for info in landing.list()]
    found = changes(entries[1:], entries)
    assert (found.new, found.changed, found.gone) == (1, 0, 0)
    found.named[0].encode()


def test_catalogues_are_equal_if_their_digests_are(tmp_path: Path) -> None:
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
def test_a_hundred_thousand_keys_take_no_more_memory_than_a_few(tmp_path: Path) -> None:
    class Large(FileStore):
        """Lists what would take a minute to write."""

        def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
            if not prefix:
                return listing(f"genre {place // 1000:03d}/{place:06d}.mp3" for place in range(MANY))
            return super().list(prefix)

    landing = Large(tmp_path)
    watch = Watch(landing, FileStore(tmp_path.parent / "store"), 0)
    tracemalloc.start()
    try:
        event = watch.look()
        assert event is not None
        watch.again()
        watch.look()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert counts(event) == (MANY, 0, 0)
    assert peak < 2 << 20


def test_a_change_comes_to_rest_by_its_own_time() -> None:
    settling = Settling(10)
    assert [settling.observe("a", now) for now in (0, 9, 10)] == [False, False, True]
    settling.told = "a"
    assert [settling.observe(digest, now) for digest, now in (("b", 20), ("a", 25), ("b", 30), ("b", 39))] == [False] * 4
    assert settling.observe("b", 40)


def test_watching_can_be_turned_off_and_its_times_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert WatchSettings.load().watch
    monkeypatch.setenv("MER_WATCH", "off")
    monkeypatch.setenv("MER_WATCH_SETTLE_SECONDS", "3.5")
    found = WatchSettings.load()
    assert (found.watch, found.watch_settle_seconds, found.watch_poll_seconds) == (False, 3.5, 10)


def test_wrong_variables_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MER_WATCH", "perhaps")
    monkeypatch.setenv("MER_WATCH_POLL_SECONDS", "0")
    with pytest.raises(
        ConfigError, match=r"^environment: MER_WATCH='perhaps': .*; MER_WATCH_POLL_SECONDS='0': .*greater than 0$"
    ):
        WatchSettings.load()
