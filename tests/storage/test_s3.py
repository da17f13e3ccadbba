"""Object stores on moto's server and on a real S3 server: URLs, buckets, listings and outages."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from mer_tasks.errors import ConfigError, ObjectChanged, ObjectMissing, StoreUnavailable
from mer_tasks.storage import open_store
from mer_tasks.storage.base import LeftOut
from mer_tasks.storage.s3 import S3Store
from tests.support.s3_servers import BIG, Bucket, endpoint_of


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
