"""S3 servers for tests: moto's, and a real one if MER_TEST_S3_ENDPOINT is set; tests can cut the connections to them."""

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

from mer_tasks.storage.base import CHUNK

BIG = bytes(range(256)) * (3 * CHUNK // 256 + 1)
"""Content of an object that is read in four chunks."""
REAL = "MER_TEST_S3_ENDPOINT"
"""Variable with the address of a real S3 server."""


class Line:
    """A TCP proxy in front of a server on this machine, which can cut connections."""

    def __init__(self, server: int) -> None:
        self.port = 0
        self._server = server
        self._open: list[socket.socket] = []
        self._bytes_left: int | None = None
        self._for_good = False
        self.mend()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def mend(self) -> None:
        """Let connections through again, on the same port."""
        self._bytes_left = None
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def cut(self) -> None:
        """Cut every connection and refuse new ones until :meth:`mend`."""
        for connection in (self._listener, *self._open):
            _close(connection)
        self._open.clear()

    def break_after(self, sent: int, *, for_good: bool) -> None:
        """Cut the current connection, or all connections with `for_good`, after the server has sent `sent` more bytes."""
        self._bytes_left = sent
        self._for_good = for_good

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server))
                self._open += [client, server]
                threading.Thread(target=self._pump, args=[client, server, False], daemon=True).start()
                threading.Thread(target=self._pump, args=[server, client, True], daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, from_server: bool) -> None:
        """Forward data from one socket to the other until a connection ends or is cut."""
        with suppress(OSError):
            while data := source.recv(1 << 16):
                if not from_server or self._bytes_left is None or len(data) <= self._bytes_left:
                    sink.sendall(data)
                    if from_server and self._bytes_left is not None:
                        self._bytes_left -= len(data)
                    continue
                sink.sendall(data[: self._bytes_left])
                self._bytes_left = None
                if self._for_good:
                    self.cut()
                break
        _close(source)
        _close(sink)


def _close(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@dataclass
class Bucket:
    """A new, empty bucket behind a proxy.

    Attributes
    ----------
    kind : str
        ``moto`` or ``real``.
    name : str
    line : Line
        Proxy that the tested code connects to.
    admin : boto3 client
        Client that connects to the server directly.
    """

    kind: str
    name: str
    line: Line
    admin: Any

    @property
    def url(self) -> str:
        return f"s3://{self.name}"

    def deny(self, action: str, keys: str = "*") -> None:
        """Deny everybody an action on the objects `keys` or, for a List action, on the bucket."""
        resource = f"arn:aws:s3:::{self.name}" + ("" if action.startswith("List") else f"/{keys}")
        rule = {"Effect": "Deny", "Principal": {"AWS": ["*"]}, "Action": [f"s3:{action}"], "Resource": [resource]}
        self.admin.put_bucket_policy(Bucket=self.name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [rule]}))


def credentials() -> tuple[str, str]:
    """Return access key and secret key of the server that the tests use."""
    return os.environ.get("MER_TEST_S3_ACCESS_KEY", "mer"), os.environ.get("MER_TEST_S3_SECRET_KEY", "mer-secret")


@contextmanager
def moto_server() -> Iterator[str]:
    """Run moto's server, and yield its address."""
    from moto.server import ThreadedMotoServer  # imported here because it takes seconds, and most tests need no server

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
    """Make a bucket behind a proxy, set the ``AWS_*`` variables for it, and delete it afterwards."""
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
    """A function that makes buckets; they are deleted after the test."""
    with ExitStack() as buckets:
        yield lambda kind, endpoint: buckets.enter_context(fresh_bucket(kind, endpoint, monkeypatch))


def empty(bucket: Bucket) -> None:
    """Delete all objects of a bucket."""
    for page in bucket.admin.get_paginator("list_objects_v2").paginate(Bucket=bucket.name):
        keys = [{"Key": item["Key"]} for item in page.get("Contents", ())]
        if keys:
            bucket.admin.delete_objects(Bucket=bucket.name, Delete={"Objects": keys})


@pytest.fixture(params=["moto", "real"])
def bucket(request: pytest.FixtureRequest, bucket_at: Callable[[str, str], Bucket]) -> Bucket:
    """A new, empty bucket on moto's server and on the real server."""
    return bucket_at(request.param, endpoint_of(request.param, request))


def endpoint_of(kind: str, request: pytest.FixtureRequest) -> str:
    """Return the address of the server of this kind; skip the test if it is the real server and there is none."""
    if kind == "moto":
        return request.getfixturevalue("moto_endpoint")
    if REAL not in os.environ:
        pytest.skip(f"no real S3 server: {REAL} is not set")
    return os.environ[REAL]


@pytest.fixture
def strict_moto(moto_endpoint: str) -> Iterator[None]:
    """moto's server with checks of credentials, which it does not do otherwise."""

    def check_after(actions: str) -> None:
        """Check credentials after this many requests."""
        with closing(HTTPConnection(moto_endpoint.removeprefix("http://"))) as connection:
            connection.request("POST", "/moto-api/reset-auth", actions)
            assert connection.getresponse().status == 200

    check_after("0")
    yield
    check_after("inf")
