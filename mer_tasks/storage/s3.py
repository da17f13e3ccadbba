"""Objects in a bucket: the :class:`~mer_tasks.storage.base.ObjectStore` of ``s3://bucket/prefix``.

Endpoint, credentials and region come from the usual ``AWS_*`` variables and files. Requests are tried again by botocore; a
download that breaks off goes on where it stopped. What then still fails is one of the errors of :mod:`mer_tasks.errors`:
transient if the server may answer another time, else permanent.
"""
# ruff: noqa: D102  the abstract class describes the methods

import hashlib
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from mer_tasks.errors import AccessDenied, ConfigError, MerError, ObjectMissing, StoreUnavailable
from mer_tasks.storage.base import CHUNK, ObjectInfo, ObjectStore, checked
from mer_tasks.storage.local import replacing, translated

logger = logging.getLogger(__name__)

ATTEMPTS = 4
"""So often is a request sent, and a broken download taken up."""
CREDENTIALS = ("ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "TokenRefreshRequired")
"""Codes that may come with HTTP 400."""
FIRST_REGION = "us-east-1"
"""The one that S3 takes for granted, and must not be told."""
FULL = ("QuotaExceeded", "XMinioStorageFull")
WEATHER = ("RequestTimeout", "RequestTimeoutException", "SlowDown", "Throttling", "ThrottlingException", "OperationAborted")
"""Codes that pass, whatever their HTTP status."""


class S3Store(ObjectStore):
    """Objects whose keys begin with a prefix.

    Parameters
    ----------
    bucket : str
    prefix : str
        Without ``/`` at its ends; may be empty.
    """

    def __init__(self, bucket: str, prefix: str) -> None:
        self.bucket = bucket
        self.prefix = f"{prefix}/" if prefix else ""
        self.url = f"s3://{bucket}/{prefix}".rstrip("/")
        self._client: Any = None

    @property
    def client(self) -> Any:
        """boto3's client, made when it is first needed."""
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
        from botocore import exceptions as boto

        try:
            yield
        except boto.ClientError as error:
            raise self._translated(self.uri(key), error) from None
        except (boto.NoCredentialsError, boto.PartialCredentialsError) as error:
            raise AccessDenied(f"{self.uri(key)}: {error}; expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY") from None
        except (boto.ConnectionError, boto.HTTPClientError, boto.IncompleteReadError) as error:
            raise StoreUnavailable(f"{self.uri(key)}: {_line(error)}") from None
        except (ValueError, boto.BotoCoreError) as error:
            expected = f"expected a bucket's name, not {self.bucket!r}, or other AWS_* variables"
            raise ConfigError(f"{self.uri(key)}: {_line(error)}; {expected}") from None

    def _translated(self, place: str, error: Any) -> MerError:
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code == "NoSuchBucket":
            return ObjectMissing(f"{place}: no bucket {self.bucket!r}")
        if code == "NoSuchKey" or (status == 404 and error.operation_name == "HeadObject"):
            return ObjectMissing(f"{place}: no such object")
        if code in FULL or status == 507:
            return StoreUnavailable(f"{place}: the store is full ({code})")
        stranger = f"{place}: HTTP {status} from {self.client.meta.endpoint_url}, expected an S3 server (AWS_ENDPOINT_URL_S3)"
        if code in WEATHER or status >= 500 or status in (408, 409, 412, 429):
            # botocore takes a page that is no XML for a 500 without a code
            return StoreUnavailable(f"{place}: HTTP {status} ({code})" if code.isalpha() else stranger)
        if status in (401, 403) or code in CREDENTIALS:
            refused = f"{error.operation_name} refused ({code})"
            return AccessDenied(f"{place}: {refused}; expected credentials with rights on {self.bucket!r}")
        if status == 404 or not code.isalpha():
            return ConfigError(stranger)
        message = _line(error.response.get("Error", {}).get("Message", ""))
        return ConfigError(f"{place}: {code} (HTTP {status}): {message}; expected another bucket, key or AWS_DEFAULT_REGION")

    def _object(self, key: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self.prefix + checked(key)}

    def make_bucket(self) -> None:
        """Make the bucket, if it is not there; raises an error if it is and may not be listed."""
        try:
            with self._errors(""):
                self.client.list_objects_v2(Bucket=self.bucket, MaxKeys=1)
        except ObjectMissing:
            region = self.client.meta.region_name
            elsewhere = {} if region == FIRST_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            with self._errors(""):
                self.client.create_bucket(Bucket=self.bucket, **elsewhere)

    def put(self, key: str, data: bytes) -> None:
        with self._errors(key):
            self.client.put_object(**self._object(key), Body=data)

    def put_file(self, key: str, path: Path) -> None:
        with self._errors(key), open(path, "rb") as body:
            self.client.upload_fileobj(body, **self._object(key))

    def chunks(self, key: str) -> Iterator[bytes]:
        done = 0
        resumed: dict[str, str] = {}
        for left in reversed(range(ATTEMPTS)):
            with self._errors(key):
                answer = self.client.get_object(**self._object(key), **resumed)
            try:
                with self._errors(key), closing(answer["Body"]) as body:
                    for chunk in body.iter_chunks(CHUNK):
                        done += len(chunk)
                        yield chunk
                return
            except StoreUnavailable as error:
                if not left:
                    raise
                logger.warning("%s; goes on after %d bytes", error, done)
                resumed = {"IfMatch": answer["ETag"], **({"Range": f"bytes={done}-"} if done else {})}

    def exists(self, key: str) -> bool:
        try:
            with self._errors(key):
                self.client.head_object(**self._object(key))
        except ObjectMissing:
            return False
        return True

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        with self._errors(prefix):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix + prefix)
            for page in pages:
                for item in page.get("Contents", ()):
                    key = item["Key"][len(self.prefix) :]
                    if _is_key(key):
                        yield ObjectInfo(key, item["Size"], item["ETag"].strip('"'), item["LastModified"].timestamp())

    def delete(self, key: str) -> None:
        with self._errors(key):
            self.client.delete_object(**self._object(key))

    def fetch(self, key: str, scratch: Path) -> Path:
        name = hashlib.sha256(self.uri(checked(key)).encode()).hexdigest()
        target = scratch / name[:2] / f"{name}{PurePosixPath(key).suffix}"
        if not target.exists():
            try:
                with replacing(target) as temporary, open(temporary, "wb") as copy:
                    for chunk in self.chunks(key):
                        copy.write(chunk)
            except OSError as error:
                raise translated(str(target), error) from None
        return target


def _is_key(key: str) -> bool:
    """False for what consoles make to show a folder, ``rock/``, and for names that no file can have."""
    try:
        return bool(checked(key))
    except ConfigError:
        if not key.endswith("/") and key:
            logger.warning("object %r is left out: expected a key without empty, '.' or '..' parts", key)
        return False


def _line(error: object) -> str:
    return " ".join(str(error).split())
