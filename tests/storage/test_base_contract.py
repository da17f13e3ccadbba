"""What every store must do: object stores in folders, on moto's server and on a real S3 server."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mer_tasks.errors import ConfigError, ObjectChanged, ObjectMissing
from mer_tasks.storage import open_store
from mer_tasks.storage.base import CHUNK, ObjectStore
from tests.support.s3_servers import BIG, endpoint_of

KEYS = [
    *("B/x", "a", "a b/Für Elise.mp3", "a/b", "a-b", "a.b/夜に駆ける 🎵.flac"),
    *("b/100% #1? [live]+&=;:'~.mp3", "b/Cafe\u0301", "é/x"),
]


@pytest.fixture(params=["file", "moto", "real"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "file":
        return open_store((tmp_path / "my store").as_uri())
    bucket = request.getfixturevalue("bucket_at")(request.param, endpoint_of(request.param, request))
    return open_store(f"{bucket.url}/some/my store")


class TestContract:
    """What every store must do."""

    @pytest.mark.parametrize("content", [b"", b"x", BIG], ids=["empty", "small", "more than a chunk"])
    def test_get_returns_what_put_wrote(self, store: ObjectStore, content: bytes) -> None:
        store.put("a/b.bin", content)
        assert store.get("a/b.bin") == content
        assert b"".join(store.chunks("a/b.bin")) == content
        assert all(len(chunk) <= CHUNK for chunk in store.chunks("a/b.bin"))

    def test_fetch_returns_a_copy_of_what_put_file_wrote(self, store: ObjectStore, tmp_path: Path) -> None:
        (tmp_path / "source").write_bytes(BIG * 4)  # more than one part of a multipart upload
        store.put_file("a/b.npy", tmp_path / "source")
        copy = store.fetch("a/b.npy", tmp_path / "scratch")
        assert copy.suffix == ".npy"
        assert copy.read_bytes() == BIG * 4
        assert store.fetch("a/b.npy", tmp_path / "scratch") == copy

    def test_a_second_put_replaces_the_first_and_changes_the_version(self, store: ObjectStore) -> None:
        store.put("pointer.json", b"one")
        (before,) = store.list()
        store.put("pointer.json", b"two")
        (after,) = store.list()
        assert store.get("pointer.json") == b"two"
        assert before.version != after.version

    def test_a_read_of_the_listed_version_is_refused_once_the_object_was_written_again(self, store: ObjectStore) -> None:
        store.put("a b/ü.bin", BIG)
        (listed,) = store.list()
        assert b"".join(store.chunks(listed.key, listed.version)) == BIG
        store.put(listed.key, BIG[::-1])
        with pytest.raises(ObjectChanged, match=r"a b/ü.bin: .*, expected "):
            list(store.chunks(listed.key, listed.version))
        assert b"".join(store.chunks(listed.key)) == BIG[::-1]

    def test_a_listing_has_the_time_of_the_last_write(self, store: ObjectStore) -> None:
        store.put("a", b"x")
        (info,) = store.list()
        assert abs(info.modified - time.time()) < 120

    def test_a_listing_is_sorted_by_the_bytes_of_the_keys_and_has_their_sizes(self, store: ObjectStore) -> None:
        for number, key in enumerate(KEYS):
            if key not in ("a", "a/b"):  # in a folder, `a` cannot be a file and a folder at once
                store.put(key, b"x" * number)
        store.put("a/b", b"")
        expected = sorted((key for key in KEYS if key != "a"), key=str.encode)
        assert [info.key for info in store.list()] == expected
        sizes = {info.key: info.size for info in store.list()}
        assert sizes == {key: 0 if key == "a/b" else KEYS.index(key) for key in expected}
        assert all(store.get(info.key) == b"x" * info.size for info in store.list())

    @pytest.mark.parametrize(
        ("prefix", "count"),
        [("", 4), ("a", 3), ("a/", 2), ("a/b", 2), ("a/bc", 1), ("a/b/", 1), ("b", 1), ("c", 0), ("a/c/", 0)],
    )
    def test_a_prefix_may_end_within_a_name(self, store: ObjectStore, prefix: str, count: int) -> None:
        keys = ["a-x", "a/b/c", "a/bc", "b/a/b"]
        for key in keys:
            store.put(key, b"")
        listed = [info.key for info in store.list(prefix)]
        assert listed == [key for key in keys if key.startswith(prefix)]
        assert len(listed) == count

    def test_more_keys_than_one_page_has_are_listed(self, store: ObjectStore) -> None:
        keys = [f"many/{number:04}" for number in range(1003)]
        store.put(keys[0], b"")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda key: store.put(key, b""), keys[1:]))
        assert [info.key for info in store.list("many/")] == keys

    def test_a_missing_object_cannot_be_read_and_deleting_it_does_nothing(self, store: ObjectStore, tmp_path: Path) -> None:
        store.put("a/b", b"x")
        for key in ("nothing", "a", "a/b/c", "a/c"):
            assert not store.exists(key)
            with pytest.raises(ObjectMissing, match=f"{key}: no such object$"):
                store.get(key)
            with pytest.raises(ObjectMissing, match=f"{key}: no such object$"):
                store.fetch(key, tmp_path / "scratch")
            store.delete(key)
        assert not [path for path in (tmp_path / "scratch").rglob("*") if path.is_file()]
        assert store.exists("a/b")
        store.delete("a/b")
        assert not store.exists("a/b")
        assert list(store.list()) == []

    @pytest.mark.parametrize("key", ["", "/a", "a//b", "a/", "./a", "a/../../b", ".."])
    def test_a_key_that_could_leave_the_store_is_refused(self, store: ObjectStore, key: str, tmp_path: Path) -> None:
        for use in (
            store.get,
            store.exists,
            store.delete,
            lambda key: store.put(key, b""),
            lambda key: store.fetch(key, tmp_path),
        ):
            with pytest.raises(ConfigError, match="expected a relative path"):
                use(key)

    def test_an_error_names_the_object(self, store: ObjectStore) -> None:
        assert store.uri("a b/ü") == f"{store.url}/a b/ü"
        with pytest.raises(ObjectMissing, match=r"^(file|s3)://.*my.*store/a b/ü: no such object$"):
            store.get("a b/ü")
