"""S3 servers for tests: moto's and, where MER_TEST_S3_ENDPOINT is set, a real one; with a line in front that tests can cut."""

import json
import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

import pytest

REAL = "MER_TEST_S3_ENDPOINT"


class Line:
    """A TCP line to a server on this machine."""

    def __init__(self, server: int) -> None:
        self.port = 0
        self._server = server
        self._open: list[socket.socket] = []
        self._left: int | None = None
        self._for_good = False
        self.mend()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def mend(self) -> None:
        """Let connections through (again), on the same port."""
        self._left = None
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def cut(self) -> None:
        """Break every connection off and refuse new ones, until it is mended."""
        for one in (self._listener, *self._open):
            _close(one)
        self._open.clear()

    def break_after(self, sent: int, *, for_good: bool) -> None:
        """Once the server has sent so many more bytes, break that one connection off, or :meth:`cut`."""
        self._left, self._for_good = sent, for_good

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server))
                self._open += [client, server]
                threading.Thread(target=self._pump, args=[client, server, False], daemon=True).start()
                threading.Thread(target=self._pump, args=[server, client, True], daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                if not answers or self._left is None or len(data) <= self._left:
                    sink.sendall(data)
                    if answers and self._left is not None:
                        self._left -= len(data)
                    continue
                sink.sendall(data[: self._left])
                self._left = None
                if self._for_good:
                    self.cut()
                break
        _close(source)
        _close(sink)


def _close(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@dataclass
class Bucket:
    """A fresh bucket behind a line.

    Attributes
    ----------
    kind : str
        ``moto`` or ``real``.
    name : str
    line : Line
    admin : boto3 client, past the line
    """

    kind: str
    name: str
    line: Line
    admin: Any

    @property
    def url(self) -> str:
        return f"s3://{self.name}"

    def deny(self, action: str, keys: str = "*") -> None:
        """Let nobody do `action` with the objects `keys` (or, for a List action, with the bucket)."""
        resource = f"arn:aws:s3:::{self.name}" + ("" if action.startswith("List") else f"/{keys}")
        rule = {"Effect": "Deny", "Principal": {"AWS": ["*"]}, "Action": [f"s3:{action}"], "Resource": [resource]}
        self.admin.put_bucket_policy(Bucket=self.name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [rule]}))


def credentials() -> tuple[str, str]:
    """Key and secret of whatever server the tests use."""
    return os.environ.get("MER_TEST_S3_ACCESS_KEY", "mer"), os.environ.get("MER_TEST_S3_SECRET_KEY", "mer-secret")


@contextmanager
def moto_server() -> Iterator[str]:
    from moto.server import ThreadedMotoServer  # takes seconds, and most tests need no server

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def client(endpoint: str, key: str, secret: str) -> Any:
    import boto3

    return boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=key, aws_secret_access_key=secret)


@pytest.fixture(scope="session")
def moto_endpoint() -> Iterator[str]:
    with moto_server() as endpoint:
        yield endpoint


@contextmanager
def fresh_bucket(kind: str, endpoint: str, patch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A bucket on a server, with ``AWS_*`` pointing at it, through a line."""
    key, secret = credentials()
    bucket = Bucket(kind, f"mer-{uuid.uuid4().hex[:12]}", Line(int(endpoint.rpartition(":")[2])), client(endpoint, key, secret))
    bucket.admin.create_bucket(Bucket=bucket.name)
    for variable in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_REGION"):
        patch.delenv(variable, raising=False)
    patch.setenv("AWS_ENDPOINT_URL_S3", bucket.line.url)
    patch.setenv("AWS_ACCESS_KEY_ID", key)
    patch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    try:
        yield bucket
    finally:
        bucket.line.cut()
        with suppress(bucket.admin.exceptions.ClientError):
            bucket.admin.delete_bucket_policy(Bucket=bucket.name)
        empty(bucket)
        bucket.admin.delete_bucket(Bucket=bucket.name)


@pytest.fixture
def bucket_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], Bucket]]:
    """Makes buckets, which go with the test."""
    with ExitStack() as made:
        yield lambda kind, endpoint: made.enter_context(fresh_bucket(kind, endpoint, monkeypatch))


def empty(bucket: Bucket) -> None:
    for page in bucket.admin.get_paginator("list_objects_v2").paginate(Bucket=bucket.name):
        keys = [{"Key": item["Key"]} for item in page.get("Contents", ())]
        if keys:
            bucket.admin.delete_objects(Bucket=bucket.name, Delete={"Objects": keys})


@pytest.fixture(params=["moto", "real"])
def bucket(request: pytest.FixtureRequest, bucket_at: Callable[[str, str], Bucket]) -> Bucket:
    """A fresh bucket on moto's server and on the real one."""
    return bucket_at(request.param, endpoint_of(request.param, request))


def endpoint_of(kind: str, request: pytest.FixtureRequest) -> str:
    """Address of the server of that kind; skips the test if there is no real one."""
    if kind == "moto":
        return request.getfixturevalue("moto_endpoint")
    if REAL not in os.environ:
        pytest.skip(f"no real S3 server: {REAL} is not set")
    return os.environ[REAL]


@pytest.fixture
def strict_moto(moto_endpoint: str) -> Iterator[None]:
    """moto's server, checking credentials, which it else does not."""

    def after(actions: str) -> None:
        with closing(HTTPConnection(moto_endpoint.removeprefix("http://"))) as connection:
            connection.request("POST", "/moto-api/reset-auth", actions)
            assert connection.getresponse().status == 200

    after("0")
    yield
    after("inf")
