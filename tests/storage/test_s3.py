"""Object stores in folders, on moto's server and on a real S3 server: what every store must do, and failures of servers."""

import hashlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from mer_tasks.errors import AccessDenied, ConfigError, ObjectChanged, ObjectMissing, StoreUnavailable
from mer_tasks.storage import open_store
from mer_tasks.storage.base import CHUNK, LeftOut, ObjectStore
from mer_tasks.storage.s3 import S3Store
from tests.support.s3_servers import Bucket, endpoint_of

KEYS = [
    *("B/x", "a", "a b/Für Elise.mp3", "a/b", "a-b", "a.b/夜に駆ける 🎵.flac"),
    *("b/100% #1? [live]+&=;:'~.mp3", "b/Cafe\u0301", "é/x"),
]
BIG = bytes(range(256)) * (3 * CHUNK // 256 + 1)


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


def test_a_store_lists_only_objects_below_its_prefix(bucket: Bucket) -> None:
    whole = open_store(bucket.url)
    part = open_store(f"{bucket.url}/music")
    part.put("a", b"x")
    whole.put("musical", b"y")
    assert [info.key for info in part.list()] == ["a"]
    assert [info.key for info in whole.list()] == ["music/a", "musical"]


@pytest.mark.parametrize("name", ["a?b=c&d", "lz#1", "100%", "50%20off", "my music", "Für 夜 🎵", "x@y:z;~+", " a "])
def test_every_character_of_an_s3_url_means_itself(bucket: Bucket, name: str) -> None:
    store = open_store(f"{bucket.url}/{name}/deep/")
    store.put("rock/1.mp3", b"x")
    assert [info.key for info in open_store(bucket.url).list()] == [f"{name}/deep/rock/1.mp3"]
    assert store.url == f"{bucket.url}/{name}/deep"
    assert open_store(store.url).get("rock/1.mp3") == b"x"


def test_objects_that_stand_for_folders_and_keys_that_no_file_can_have_are_not_listed(bucket: Bucket) -> None:
    for key in ("music/", "music/rock/", "music/rock//1.mp3", "music/rock/1.mp3"):
        bucket.admin.put_object(Bucket=bucket.name, Key=key, Body=b"")
    left_out = LeftOut()
    assert [info.key for info in open_store(f"{bucket.url}/music").list(left_out=left_out)] == ["rock/1.mp3"]
    assert (left_out.counts, left_out.named("bad_key")) == ({"bad_key": 1}, "'rock//1.mp3'")


def test_a_missing_bucket_is_named(bucket: Bucket) -> None:
    store = open_store(f"s3://{bucket.name}-not/music")
    for use in (lambda: list(store.list()), lambda: store.put("a", b""), lambda: store.get("a")):
        with pytest.raises(ObjectMissing, match=f"no bucket '{bucket.name}-not'"):
            use()


def store_in_new_bucket(bucket: Bucket) -> S3Store:
    """Delete `bucket`, and let a store make it again."""
    bucket.admin.delete_bucket(Bucket=bucket.name)
    store = S3Store(bucket.name, "some/store")
    store.make_bucket()
    return store


def test_a_bucket_is_made_once_and_keeps_its_objects(bucket: Bucket) -> None:
    store = store_in_new_bucket(bucket)
    store.put("a", b"x")
    S3Store(bucket.name, "other").make_bucket()
    assert store.get("a") == b"x"


def test_a_bucket_is_made_in_the_configured_region(
    bucket_at: Callable[[str, str], Bucket], moto_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = bucket_at("moto", moto_endpoint)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    store_in_new_bucket(bucket)
    assert bucket.admin.get_bucket_location(Bucket=bucket.name)["LocationConstraint"] == "eu-central-1"


def test_a_region_that_the_server_does_not_have_is_refused(
    bucket_at: Callable[[str, str], Bucket], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = bucket_at("real", endpoint_of("real", request))
    bucket.admin.delete_bucket(Bucket=bucket.name)
    with monkeypatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        with pytest.raises(
            ConfigError, match=r"InvalidLocationConstraint .* expected another bucket, key or AWS_DEFAULT_REGION$"
        ):
            S3Store(bucket.name, "store").make_bucket()
    S3Store(bucket.name, "store").make_bucket()


@pytest.mark.parametrize(
    ("action", "refused"), [("ListBucket", "ListObjectsV2"), ("PutObject", "PutObject"), ("DeleteObject", "DeleteObject")]
)
def test_an_error_names_the_request_that_was_refused(bucket: Bucket, action: str, refused: str) -> None:
    if (bucket.kind, action) == ("moto", "ListBucket"):
        pytest.skip("moto's server ignores a policy that forbids listing")
    bucket.deny(action)
    store = S3Store(bucket.name, "store")

    def use() -> None:
        store.make_bucket()
        store.put("a", b"x")
        store.delete("a")

    expected = rf"^s3://{bucket.name}/store/a?: {refused} refused \(\w+\); expected credentials with rights on 'mer-"
    with pytest.raises(AccessDenied, match=expected):
        use()


def test_credentials_that_may_not_make_a_bucket_are_refused(
    bucket_at: Callable[[str, str], Bucket],
    moto_endpoint: str,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    bucket_at("moto", moto_endpoint)
    request.getfixturevalue("strict_moto")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    with pytest.raises(
        AccessDenied, match=r"^s3://nobodys/: \w+ refused \(\w+\); expected credentials with rights on 'nobodys'$"
    ):
        S3Store("nobodys", "").make_bucket()


def test_a_wrong_access_key_is_refused(bucket: Bucket, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if bucket.kind == "moto":
        request.getfixturevalue("strict_moto")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    store = open_store(bucket.url)
    for use in (lambda: list(store.list()), lambda: store.put("a", b""), lambda: store.get("a"), lambda: store.exists("a")):
        with pytest.raises(AccessDenied, match=r"refused \(.*\); expected credentials with rights on 'mer-"):
            use()


def test_missing_credentials_are_refused(bucket: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    for variable in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    with pytest.raises(AccessDenied, match="expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        open_store(bucket.url).get("a")


def test_an_object_that_may_not_be_read_is_refused_and_still_listed(bucket: Bucket) -> None:
    store = open_store(bucket.url)
    store.put("a/1", b"x")
    store.put("a/2", b"y")
    bucket.deny("GetObject", "a/1")
    with pytest.raises(AccessDenied, match=r"/a/1: GetObject refused \(.*\); expected credentials"):
        store.get("a/1")
    assert store.get("a/2") == b"y"
    assert len(list(store.list())) == 2


def test_a_store_works_again_after_an_outage_of_its_server(bucket: Bucket, tmp_path: Path) -> None:
    store = open_store(bucket.url)
    store.put("a", b"x")
    bucket.line.cut()
    for use in (
        lambda: store.get("a"),
        lambda: store.exists("a"),
        lambda: list(store.list()),
        lambda: store.put("b", b""),
        lambda: store.fetch("a", tmp_path / "scratch"),
    ):
        with pytest.raises(StoreUnavailable, match=f"s3://{bucket.name}/"):
            use()
    bucket.line.mend()
    assert store.get("a") == b"x"
    assert not store.exists("b")


def test_an_interrupted_download_continues_where_it_stopped(bucket: Bucket, tmp_path: Path) -> None:
    store = open_store(bucket.url)
    store.put("big", BIG)
    bucket.line.break_after(len(BIG) // 2, for_good=False)
    assert hashlib.sha256(store.get("big")).digest() == hashlib.sha256(BIG).digest()
    bucket.line.break_after(len(BIG) // 2, for_good=False)
    assert store.fetch("big", tmp_path / "scratch").read_bytes() == BIG


def test_a_download_that_fails_leaves_no_partial_file(bucket: Bucket, tmp_path: Path) -> None:
    store = open_store(bucket.url)
    store.put("big", BIG)
    bucket.line.break_after(len(BIG) // 2, for_good=True)
    with pytest.raises(StoreUnavailable, match=f"s3://{bucket.name}/big: "):
        store.fetch("big", tmp_path / "scratch")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    bucket.line.mend()
    assert store.fetch("big", tmp_path / "scratch").read_bytes() == BIG


def test_a_download_never_mixes_two_versions_of_an_object_from_both_contents(bucket: Bucket) -> None:
    store = open_store(bucket.url)
    store.put("big", BIG)
    bucket.line.break_after(len(BIG) // 2, for_good=False)
    pieces = store.chunks("big")
    next(pieces)
    bucket.admin.put_object(Bucket=bucket.name, Key="big", Body=BIG[::-1])
    with pytest.raises(ObjectChanged, match="big: written while it was read, expected one ETag"):
        list(pieces)


@pytest.fixture
def start_server(monkeypatch: pytest.MonkeyPatch):
    """A function that starts a server which gives the same response to every request."""
    servers = []

    def start(status: int, body: str, kind: str = "application/xml") -> str:
        class Handler(BaseHTTPRequestHandler):
            def respond(self) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body.encode())

            do_GET = do_HEAD = do_PUT = respond  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "something")
        return url

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def error_response(code: str) -> str:
    """Body of an error response of S3."""
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>it says.</Message></Error>"


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (503, "SlowDown", StoreUnavailable),
        (500, "InternalError", StoreUnavailable),
        (400, "RequestTimeout", StoreUnavailable),
        (507, "XMinioStorageFull", StoreUnavailable),
        (403, "QuotaExceeded", StoreUnavailable),
        (403, "InvalidAccessKeyId", AccessDenied),
        (403, "SignatureDoesNotMatch", AccessDenied),
        (403, "RequestTimeTooSkewed", AccessDenied),
        (400, "ExpiredToken", AccessDenied),
        (400, "AuthorizationHeaderMalformed", ConfigError),
        (400, "InvalidBucketName", ConfigError),
        (400, "KeyTooLongError", ConfigError),
    ],
)
def test_each_error_code_of_s3_raises_its_error(start_server, status: int, code: str, error: type[Exception]) -> None:
    start_server(status, error_response(code))
    with pytest.raises(error, match=rf"^s3://bucket/a: .*{code}"):
        open_store("s3://bucket").put("a", b"x")


@pytest.mark.parametrize("status", [404, 405])
def test_an_error_names_an_endpoint_that_is_not_an_s3_server(start_server, status: int) -> None:
    url = start_server(status, "<!doctype html><p>It works!<br>", "text/html")
    with pytest.raises(ConfigError, match=rf"from {url}, expected an S3 server \(AWS_ENDPOINT_URL_S3\)$"):
        list(open_store("s3://bucket").list())


def test_a_bucket_that_may_not_be_listed_is_not_made_again(start_server) -> None:
    start_server(403, error_response("AccessDenied"))
    with pytest.raises(AccessDenied, match=r"^s3://bucket/: ListObjectsV2 refused \(AccessDenied\); expected credentials"):
        S3Store("bucket", "").make_bucket()


def test_a_web_page_is_not_mistaken_for_a_bucket(start_server) -> None:
    url = start_server(200, "<!doctype html><p>It works!<br>", "text/html")
    with pytest.raises(StoreUnavailable, match=rf"^s3://bucket/: HTTP 500 from {url}, expected an S3 server"):
        S3Store("bucket", "").make_bucket()


@pytest.mark.parametrize("endpoint", ["127.0.0.1:9000", "http://", "nonsense"])
def test_an_endpoint_that_is_not_a_url_is_refused(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    with pytest.raises(ConfigError, match=r"Invalid endpoint: .* AWS_"):
        open_store("s3://bucket").get("a")


def test_an_invalid_bucket_name_is_refused(bucket: Bucket) -> None:
    with pytest.raises(ConfigError, match="expected a bucket's name, not 'my bucket'"):
        open_store("s3://my bucket/music").get("a")
