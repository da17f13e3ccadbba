"""Object store in an S3 bucket (``s3://bucket/prefix``).

Endpoint, credentials and region come from the usual ``AWS_*`` variables and files. botocore retries failed requests; an
interrupted download continues at the byte where it stopped. If all attempts fail, an error of :mod:`mer_tasks.errors` is
raised: a transient error if a later attempt may succeed, otherwise a permanent one.

The version of an object is its ETag, which every listing has and which depends on the content. Version ids are in listings of
all versions only, which need another right and contain every old version, so they are not used. A read can instead be tied to
the listed ETag (``If-Match``).
"""
# ruff: noqa: D102  the abstract class describes the methods

import hashlib
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from mer_tasks.errors import AccessDenied, ConfigError, MerError, ObjectChanged, ObjectMissing, StoreUnavailable
from mer_tasks.storage.base import CHUNK, LeftOut, ObjectInfo, ObjectStore, check_key
from mer_tasks.storage.local import file_error, write_atomically

logger = logging.getLogger(__name__)

ATTEMPTS = 4
"""How many times a request is sent, and how many times a download is started or continued, before it fails."""
CREDENTIAL_CODES = ("ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "TokenRefreshRequired")
"""Codes of errors of credentials, which a server may send with HTTP 400."""
DEFAULT_REGION = "us-east-1"
"""Default region of S3; a request that creates a bucket must not name it."""
STORE_FULL_CODES = ("QuotaExceeded", "XMinioStorageFull")
TRANSIENT_CODES = (
    "RequestTimeout",
    "RequestTimeoutException",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "OperationAborted",
)
"""Codes of transient errors, whatever their HTTP status is."""


class S3Store(ObjectStore):
    """Object store of the objects of an S3 bucket whose keys begin with a prefix.

    Parameters
    ----------
    bucket : str
        Name of the bucket.
    prefix : str
        Prefix of the keys, without ``/`` at its ends; it may be empty.
    """

    def __init__(self, bucket: str, prefix: str) -> None:
        self.bucket = bucket
        self.prefix = f"{prefix}/" if prefix else ""
        self.url = f"s3://{bucket}/{prefix}".rstrip("/")
        self._client: Any = None

    @property
    def client(self) -> Any:
        """The S3 client of boto3, which is created at its first use."""
        if self._client is None:
            from boto3.session import Session
            from botocore.config import Config as BotoConfig

            options = BotoConfig(
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                connect_timeout=5,
                read_timeout=60,
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            )
            with self._errors(""):
                self._client = Session().client("s3", config=options)
        return self._client

    @contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        """Translate errors of botocore that the block raises."""
        from botocore import exceptions as boto

        try:
            yield
        except boto.ClientError as error:
            raise self._client_error(self.uri(key), error) from None
        except (boto.NoCredentialsError, boto.PartialCredentialsError) as error:
            raise AccessDenied(f"{self.uri(key)}: {error}; expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY") from None
        except (boto.ConnectionError, boto.HTTPClientError, boto.IncompleteReadError) as error:
            raise StoreUnavailable(f"{self.uri(key)}: {_line(error)}") from None
        except (ValueError, boto.BotoCoreError) as error:
            expected = f"expected a bucket's name, not {self.bucket!r}, or other AWS_* variables"
            raise ConfigError(f"{self.uri(key)}: {_line(error)}; {expected}") from None

    def _client_error(self, uri: str, error: Any) -> MerError:
        """Translate an error response of the server; `uri` names the object in the message."""
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code == "NoSuchBucket":
            return ObjectMissing(f"{uri}: no bucket {self.bucket!r}")
        if code == "NoSuchKey" or (status == 404 and error.operation_name == "HeadObject"):
            return ObjectMissing(f"{uri}: no such object")
        if code in STORE_FULL_CODES or status == 507:
            return StoreUnavailable(f"{uri}: the store is full ({code})")
        not_s3 = f"{uri}: HTTP {status} from {self.client.meta.endpoint_url}, expected an S3 server (AWS_ENDPOINT_URL_S3)"
        if status == 412:
            return ObjectChanged(f"{uri}: written while it was read, expected one ETag from its listing to its last byte")
        if code in TRANSIENT_CODES or status >= 500 or status in (408, 409, 429):
            # botocore reports a response that is not XML as an error 500 without a code
            return StoreUnavailable(f"{uri}: HTTP {status} ({code})" if code.isalpha() else not_s3)
        if status in (401, 403) or code in CREDENTIAL_CODES:
            refused = f"{error.operation_name} refused ({code})"
            return AccessDenied(f"{uri}: {refused}; expected credentials with rights on {self.bucket!r}")
        if status == 404 or not code.isalpha():
            return ConfigError(not_s3)
        message = _line(error.response.get("Error", {}).get("Message", ""))
        return ConfigError(f"{uri}: {code} (HTTP {status}): {message}; expected another bucket, key or AWS_DEFAULT_REGION")

    def _object(self, key: str) -> dict[str, str]:
        """Return the parameters of a request that name the bucket and the object."""
        return {"Bucket": self.bucket, "Key": self.prefix + check_key(key)}

    def make_bucket(self) -> None:
        """Create the bucket if it does not exist; raise an error if it exists and the credentials may not list it."""
        try:
            with self._errors(""):
                self.client.list_objects_v2(Bucket=self.bucket, MaxKeys=1)
        except ObjectMissing:
            region = self.client.meta.region_name
            location = {} if region == DEFAULT_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            with self._errors(""):
                self.client.create_bucket(Bucket=self.bucket, **location)

    def put(self, key: str, data: bytes) -> None:
        with self._errors(key):
            self.client.put_object(**self._object(key), Body=data)

    def put_file(self, key: str, path: Path) -> None:
        with self._errors(key), open(path, "rb") as body:
            self.client.upload_fileobj(body, **self._object(key))

    def chunks(self, key: str, version: str | None = None) -> Iterator[bytes]:
        received = 0
        options = {} if version is None else {"IfMatch": f'"{version}"'}
        for attempts_left in reversed(range(ATTEMPTS)):
            with self._errors(key):
                response = self.client.get_object(**self._object(key), **options)
            try:
                with self._errors(key), closing(response["Body"]) as body:
                    for chunk in body.iter_chunks(CHUNK):
                        received += len(chunk)
                        yield chunk
                return
            except StoreUnavailable as error:
                if not attempts_left:
                    raise
                logger.warning("%s; the download continues after %d bytes", error, received)
                options = {"IfMatch": response["ETag"], **({"Range": f"bytes={received}-"} if received else {})}

    def exists(self, key: str) -> bool:
        try:
            with self._errors(key):
                self.client.head_object(**self._object(key))
        except ObjectMissing:
            return False
        return True

    def list(self, prefix: str = "", left_out: LeftOut | None = None) -> Iterator[ObjectInfo]:
        left_out = left_out or LeftOut()
        with self._errors(prefix):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix + prefix)
            for page in pages:
                for item in page.get("Contents", ()):
                    key = item["Key"][len(self.prefix) :]
                    if _is_key(key, left_out):
                        yield ObjectInfo(key, item["Size"], item["ETag"].strip('"'), item["LastModified"].timestamp())

    def delete(self, key: str) -> None:
        with self._errors(key):
            self.client.delete_object(**self._object(key))

    def fetch(self, key: str, scratch: Path) -> Path:
        name = hashlib.sha256(self.uri(check_key(key)).encode()).hexdigest()
        target = scratch / name[:2] / f"{name}{PurePosixPath(key).suffix}"
        if not target.exists():
            try:
                with write_atomically(target) as temporary, open(temporary, "wb") as copy:
                    for chunk in self.chunks(key):
                        copy.write(chunk)
            except OSError as error:
                raise file_error(str(target), error) from None
        return target


def _is_key(key: str, left_out: LeftOut) -> bool:
    """Return whether an object of the bucket has a valid key.

    Keys such as ``rock/`` are not valid: web consoles create such objects to show a folder. Any other invalid key is counted
    as ``bad_key``.
    """
    try:
        return bool(check_key(key))
    except ConfigError:
        if not key.endswith("/") and key:
            left_out.add("bad_key", key)
        return False


def _line(error: object) -> str:
    """Write an error in one line."""
    return " ".join(str(error).split())
