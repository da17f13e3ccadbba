"""Stored hashes of landed files: a hash belongs to the version that was read."""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from mer_tasks.corpus.landed_hashes import ATTEMPTS, LandedHashes
from mer_tasks.landing.duplicate_ids import reject_duplicates
from mer_tasks.landing.zone import LandedFile
from mer_tasks.storage import open_store
from mer_tasks.storage.base import ObjectInfo, ObjectStore
from mer_tasks.storage.local import FileStore
from tests.support.s3_servers import Bucket

KEY = "rock/1.mp3"
TICK = 0.05
"""More seconds than pass between two values of the clock by which file systems write the time of a change."""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class WrittenMeanwhile(FileStore):
    """A landing zone in which somebody writes a file each time that it is read, before the first or after the last byte."""

    def __init__(self, root: Path, contents: list[bytes], *, after: bool) -> None:
        super().__init__(root)
        self.contents, self.after, self.reads = contents, after, 0

    def chunks(self, key: str, version: str | None = None) -> Iterator[bytes]:
        self.reads += 1
        content = self.contents.pop(0) if self.contents else None
        if content is not None and not self.after:
            self.put(key, content)
        for chunk in super().chunks(key, version):
            yield chunk
            if content is not None and self.after:
                (self.root / key).write_bytes(content)


@pytest.fixture(params=["file", "moto"])
def zones(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[ObjectStore, ObjectStore]:
    """An object store and a landing zone."""
    if request.param == "file":
        return FileStore(tmp_path / "store"), FileStore(tmp_path / "landing")
    bucket: Bucket = request.getfixturevalue("bucket_at")("moto", request.getfixturevalue("moto_endpoint"))
    return open_store(f"{bucket.url}/store"), open_store(f"{bucket.url}/landing")


def hash_all(store: ObjectStore, landing: ObjectStore) -> tuple[LandedFile, dict[str, int]]:
    """Hash the only file of a landing zone in a run, and store the table."""
    hashes = LandedHashes(store, landing)
    files = hashes.all_hashed([LandedFile(info, "rock") for info in landing.list()])
    hashes.save(files, ())
    return files[0], hashes.counters()


def test_a_file_is_read_again_only_if_its_version_changed(zones: tuple[ObjectStore, ObjectStore]) -> None:
    store, landing = zones
    landing.put(KEY, b"one")
    assert hash_all(store, landing)[1] == {"hashed": 1, "known": 0}
    assert hash_all(store, landing)[1] == {"hashed": 0, "known": 1}
    landing.put(KEY, b"two")
    file, counters = hash_all(store, landing)
    assert (file.sha256, counters) == (sha256(b"two"), {"hashed": 1, "known": 0})


def test_a_change_that_keeps_size_and_times_is_seen(tmp_path: Path) -> None:
    store, landing = FileStore(tmp_path / "store"), FileStore(tmp_path / "landing")
    landing.put(KEY, b"wrong artist")
    hash_all(store, landing)
    path = landing.root / KEY
    times = path.stat()
    time.sleep(TICK)
    with path.open("r+b") as file:
        file.write(b"right")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert hash_all(store, landing)[0].sha256 == sha256(b"right artist")


def test_a_change_of_rights_only_makes_the_file_be_read_again(tmp_path: Path) -> None:
    store, landing = FileStore(tmp_path / "store"), FileStore(tmp_path / "landing")
    landing.put(KEY, b"one")
    hash_all(store, landing)
    time.sleep(TICK)
    (landing.root / KEY).chmod(0o600)
    assert hash_all(store, landing)[1] == {"hashed": 1, "known": 0}
    assert hash_all(store, landing)[1] == {"hashed": 0, "known": 1}


@pytest.mark.parametrize("after", [False, True], ids=["before it is read", "while it is read"])
def test_a_file_that_is_written_after_its_listing_gets_hash_and_version_of_its_new_content(tmp_path: Path, after: bool) -> None:
    landing = WrittenMeanwhile(tmp_path / "landing", [b"another"], after=after)
    landing.put(KEY, b"one")
    file, _ = hash_all(FileStore(tmp_path / "store"), landing)
    (present,) = landing.list()
    assert (file.sha256, file.info) == (sha256(b"another"), present)
    assert landing.reads == 2
    assert hash_all(FileStore(tmp_path / "store"), landing)[1] == {"hashed": 0, "known": 1}


def test_a_file_that_is_written_all_the_time_is_rejected_as_changed(tmp_path: Path) -> None:
    landing = WrittenMeanwhile(tmp_path / "landing", [b"x" * size for size in range(2, 9)], after=True)
    landing.put(KEY, b"x")
    hashes = LandedHashes(FileStore(tmp_path / "store"), landing)
    (file,) = hashes.all_hashed([LandedFile(info, "rock") for info in landing.list()])
    assert (file.reason, file.sha256, landing.reads) == ("changed", None, ATTEMPTS)
    assert "rock/1.mp3: version " in file.detail


def test_content_that_is_put_back_during_a_run_never_gets_the_hash_of_what_lay_there_meanwhile(
    bucket_at: Callable[[str, str], Bucket], moto_endpoint: str
) -> None:
    bucket = bucket_at("moto", moto_endpoint)
    store, landing = open_store(f"{bucket.url}/store"), open_store(f"{bucket.url}/landing")
    landing.put(KEY, b"one")
    listed = [LandedFile(info, "rock") for info in landing.list()]
    landing.put(KEY, b"two")
    hashes = LandedHashes(store, landing)
    hashes.save(hashes.all_hashed(listed), ())
    landing.put(KEY, b"one")  # with the ETag that was listed at first
    file, _ = hash_all(store, landing)
    assert file.sha256 == sha256(b"one")


def test_a_server_whose_listing_has_other_versions_than_its_objects_is_read_nevertheless(tmp_path: Path) -> None:
    class OtherVersions(FileStore):
        def list(self, prefix="", left_out=None):
            for info in super().list(prefix, left_out):
                yield ObjectInfo(info.key, info.size, "an ETag of its own")

    landing = OtherVersions(tmp_path / "landing")
    landing.put(KEY, b"one")
    assert hash_all(FileStore(tmp_path / "store"), landing)[0].sha256 == sha256(b"one")


def test_a_file_that_is_deleted_after_its_listing_is_unreadable(zones: tuple[ObjectStore, ObjectStore]) -> None:
    store, landing = zones
    landing.put(KEY, b"one")
    listed = [LandedFile(info, "rock") for info in landing.list()]
    landing.delete(KEY)
    (file,) = LandedHashes(store, landing).all_hashed(listed)
    assert (file.reason, file.sha256) == ("unreadable", None)
    assert file.detail.endswith("rock/1.mp3: no such object")


def test_a_table_of_an_earlier_version_is_used_and_knows_no_first_file(tmp_path: Path) -> None:
    store, landing = FileStore(tmp_path / "store"), FileStore(tmp_path / "landing")
    landing.put(KEY, b"one")
    hash_all(store, landing)
    (key,) = [info.key for info in store.list()]
    assert LandedHashes(store, landing).first_files(["1"]) == {"1": (KEY, sha256(b"one"))}
    pd.read_parquet(store.root / key).drop(columns="first").to_parquet(store.root / key)
    hashes = LandedHashes(store, landing)
    assert hashes.first_files(["1"]) == {}
    assert all(hashes.is_unchanged(info) for info in landing.list())


def decide(store: ObjectStore, landing: ObjectStore) -> dict[str, str]:
    """Hash all files in a run, store the table, and return the reason of each file."""
    hashes = LandedHashes(store, landing)
    files = hashes.all_hashed([LandedFile(info, info.key.split("/")[0]) for info in landing.list()])
    decided = reject_duplicates(
        files, hashes.first_files, lambda file: file.sha256, lambda file: hashes.is_unchanged(file.info)
    )
    hashes.save(decided, ())
    return {file.info.key: file.reason for file in decided}


def test_a_moved_track_keeps_its_id_in_all_later_runs_when_another_file_takes_its_place(
    zones: tuple[ObjectStore, ObjectStore],
) -> None:
    store, landing = zones
    landing.put(KEY, b"one")
    decide(store, landing)
    landing.put("pop/1.mp3", b"one")
    landing.put(KEY, b"another recording")
    for _ in range(3):
        assert decide(store, landing) == {"pop/1.mp3": "", KEY: "duplicate_id"}


def test_a_rejected_copy_does_not_get_the_id_when_the_first_file_is_retagged(zones: tuple[ObjectStore, ObjectStore]) -> None:
    store, landing = zones
    landing.put(KEY, b"one")
    decide(store, landing)
    landing.put("pop/1.mp3", b"one")
    assert decide(store, landing) == {"pop/1.mp3": "duplicate_id", KEY: ""}
    landing.put(KEY, b"one with other tags")
    for _ in range(3):
        assert decide(store, landing) == {"pop/1.mp3": "duplicate_id", KEY: ""}
