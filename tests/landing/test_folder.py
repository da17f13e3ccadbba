"""A landing zone in a folder: nothing outside of it is listed, read or written."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mer_tasks.errors import AccessDenied
from mer_tasks.landing.folder import LandingFolder, open_landing
from mer_tasks.storage.base import LeftOut, ObjectStore
from mer_tasks.storage.s3 import S3Store


@pytest.fixture
def landing(tmp_path: Path) -> ObjectStore:
    """A landing zone with one track; beside it lies a folder with a secret file."""
    (tmp_path / "landing zone" / "rock").mkdir(parents=True)
    (tmp_path / "landing zone" / "rock" / "1.mp3").write_bytes(b"music")
    (tmp_path / "landing zone 2").mkdir()
    (tmp_path / "landing zone 2" / "secret.mp3").write_bytes(b"secret")
    return open_landing((tmp_path / "landing zone").as_uri())


def test_links_that_lead_out_of_the_landing_zone_are_left_out(landing: LandingFolder) -> None:
    os.symlink("../../landing zone 2/secret.mp3", landing.root / "rock" / "2.mp3")
    os.symlink(landing.root.with_name("landing zone 2"), landing.root / "pop")
    os.symlink("/etc/hostname", landing.root / "rock" / "3.mp3")
    os.symlink("../../not mounted/4.mp3", landing.root / "rock" / "4.mp3")
    os.symlink("2.mp3", landing.root / "rock" / "5.mp3")  # a link to a link
    left_out = LeftOut()
    assert [info.key for info in landing.list(left_out=left_out)] == ["rock/1.mp3"]
    assert left_out.counts == {"outside": 5}
    assert left_out.names["outside"][0] == "pop"


@pytest.mark.parametrize(
    "use",
    [
        lambda landing: landing.get("pop/secret.mp3"),
        lambda landing: list(landing.chunks("pop/secret.mp3")),
        lambda landing: landing.exists("pop/secret.mp3"),
        lambda landing: landing.fetch("pop/secret.mp3", Path()),
        lambda landing: landing.put("pop/secret.mp3", b"overwritten"),
        lambda landing: landing.delete("pop/secret.mp3"),
    ],
    ids=["get", "chunks", "exists", "fetch", "put", "delete"],
)
def test_a_key_that_leads_out_of_the_landing_zone_is_refused(
    landing: LandingFolder, use: Callable[[LandingFolder], object]
) -> None:
    outside = landing.root.with_name("landing zone 2")
    os.symlink(outside, landing.root / "pop")
    with pytest.raises(
        AccessDenied, match=r"/pop/secret.mp3: a link that leads out of the landing zone, expected a file in it$"
    ):
        use(landing)
    assert (outside / "secret.mp3").read_bytes() == b"secret"


def test_a_file_that_becomes_a_link_after_its_listing_is_not_followed(landing: LandingFolder) -> None:
    (listed,) = landing.list()
    (landing.root / listed.key).unlink()
    os.symlink("/etc/hostname", landing.root / listed.key)
    with pytest.raises(AccessDenied, match="leads out"):
        landing.get(listed.key)


def test_links_within_the_landing_zone_are_followed_and_it_may_be_a_link_itself(landing: LandingFolder, tmp_path: Path) -> None:
    (landing.root / ".pool").mkdir()
    (landing.root / ".pool" / "ab12").write_bytes(b"more music")
    os.symlink("../.pool/ab12", landing.root / "rock" / "2.mp3")
    os.symlink(landing.root / "rock", landing.root / "pop")
    os.symlink(landing.root, tmp_path / "link")
    for zone in (landing, open_landing(f"file://{tmp_path}/link")):
        assert [info.key for info in zone.list()] == ["pop/1.mp3", "pop/2.mp3", "rock/1.mp3", "rock/2.mp3"]
        assert zone.get("rock/2.mp3") == b"more music"


def test_a_broken_link_within_the_landing_zone_is_listed_so_that_it_is_rejected_and_named(landing: LandingFolder) -> None:
    os.symlink("nowhere", landing.root / "rock" / "2.mp3")
    assert [info.key for info in landing.list()] == ["rock/1.mp3", "rock/2.mp3"]


@pytest.fixture
def closed_folders() -> Iterator[LandingFolder]:
    """A landing zone with system folders that cannot be listed; the test does not run as root."""
    folder = Path(tempfile.mkdtemp(prefix="mer-landing-"))
    for name in ("rock", "lost+found", ".Trash-0"):
        (folder / name).mkdir()
    (folder / "rock" / "1.mp3").touch()
    for name in ("lost+found", ".Trash-0"):
        (folder / name).chmod(0o000)
    folder.chmod(0o755)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # permissions do not restrict root
    yield LandingFolder(folder)
    os.seteuid(user)
    shutil.rmtree(folder)


def test_hidden_folders_and_those_of_systems_are_counted_and_not_entered(closed_folders: LandingFolder) -> None:
    left_out = LeftOut()
    assert [info.key for info in closed_folders.list(left_out=left_out)] == ["rock/1.mp3"]
    assert left_out.names == {"hidden": [".Trash-0/"], "system": ["lost+found/"]}


def test_a_landing_zone_in_a_bucket_is_opened_as_a_bucket() -> None:
    assert isinstance(open_landing("s3://bucket/landing"), S3Store)
