"""Errors of S3 servers: missing rights, wrong credentials, error codes, and servers of another kind."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from mer_tasks.errors import AccessDenied, ConfigError, StoreUnavailable
from mer_tasks.storage import open_store
from mer_tasks.storage.s3 import S3Store
from tests.support.s3_servers import Bucket


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
