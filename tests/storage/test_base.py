"""Object stores in folders: failures of the file system. ``test_base_contract.py`` tests what every store must do."""

import errno
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mer_tasks.errors import AccessDenied, ConfigError, ObjectChanged, ObjectMissing, StoreUnavailable
from mer_tasks.storage import open_store
from mer_tasks.storage.base import MAX_NAMES, LeftOut
from mer_tasks.storage.local import TEMPORARY, FileStore, file_error
from tests.support.small_disk import on_a_small_disk

NOBODY = 65534


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "store")


def files(store: FileStore) -> list[str]:
    """Return every file below the store's folder, whether the store lists it or not."""
    return sorted(str(path.relative_to(store.root)) for path in store.root.rglob("*") if path.is_file())


def folder_at(url: str) -> Path:
    opened = open_store(url)
    assert isinstance(opened, FileStore)
    return opened.root


@pytest.mark.parametrize("url", ["file:///a%20b/ü", "file:///a b/ü/", "FILE://localhost/a b/%C3%BC", "file:////a%20b//./ü"])
def test_a_url_may_be_percent_encoded(url: str) -> None:
    assert folder_at(url) == Path("/a b/ü")
    assert open_store(url).url == "file:///a%20b/%C3%BC"


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("file:///data/music#1", "/data/music#1"),
        ("file:///data/a?b=c&d;e", "/data/a?b=c&d;e"),
        ("file:///data/100%25", "/data/100%"),
        ("file:///data/50%2520off", "/data/50%20off"),
        ("file:///data/music%231", "/data/music#1"),
        ("file:///data/ two  spaces ", "/data/ two  spaces "),
        ("file:///C:/music", "/C:/music"),
        ("file:///data/Café", "/data/Café"),
    ],
)
def test_a_character_of_a_file_url_means_itself_except_a_percent_escape(url: str, folder: str) -> None:
    assert folder_at(url) == Path(folder)
    assert folder_at(open_store(url).url) == Path(folder)


NAMES = st.one_of(st.text(), st.binary().map(os.fsdecode)).map(lambda name: name.replace("/", "").replace("\0", ""))


@given(st.lists(NAMES.filter(lambda name: name not in ("", ".", "..")), min_size=1))
def test_the_url_of_any_folder_opens_that_folder(names: list[str]) -> None:
    folder = Path("/", *names)
    assert os.fsencode(folder_at(FileStore(folder).url)) == os.fsencode(folder)


@given(st.lists(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="/"), min_size=1)))
def test_the_url_of_any_prefix_opens_that_prefix(parts: list[str]) -> None:
    url = "/".join(["s3://bucket", *(part for part in parts if part not in (".", ".."))])
    assert open_store(url).url == url
    assert open_store(f"{url}/").url == url


@pytest.mark.parametrize(
    "url",
    [
        *("", "/tmp/store", "store", "C:\\music", "file:", "file://", "file://store", "file://nas/music", "file:store"),
        *("file:/tmp/store", " file:///a", "s3://", "s3:///a", "s3:/bucket", "s3:bucket", "http://h/b", "s3:///"),
        *("file:///a\nb", "file:///a\tb", "s3://b/a\0", "s3://b/a\u2028"),
    ],
)
def test_a_url_that_names_no_store_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^object store .*expected file:///absolute/folder or s3://bucket/prefix$"):
        open_store(url)


@pytest.mark.parametrize("url", ["file:///100% music", "file:///100%", "file:///a%2", "file:///%zz/b"])
def test_a_percent_sign_that_is_no_escape_is_refused_with_the_way_to_write_it(url: str) -> None:
    with pytest.raises(ConfigError, match=r"expected %25 for each % of a folder's name$"):
        open_store(url)


def test_a_folder_with_an_escape_in_its_name_is_refused_with_the_way_to_write_it(tmp_path: Path) -> None:
    (tmp_path / "a%20b").mkdir()
    with pytest.raises(ConfigError, match=r"no folder '.*/a b', but '.*/a%20b'; expected %25 for each % of a folder's name$"):
        open_store(f"file://{tmp_path}/a%20b")
    (tmp_path / "a b").mkdir()
    assert folder_at(f"file://{tmp_path}/a%20b") == tmp_path / "a b"
    assert folder_at(f"file://{tmp_path}/a%2520b") == tmp_path / "a%20b"


@pytest.mark.parametrize("url", ["file:///", "file:////", "file:///a/../etc", "file:///a/%2e%2e/etc", "file:///a%00b"])
def test_a_folder_that_may_be_another_than_it_seems_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"expected a folder below /, without zero bytes and '\.\.' parts$"):
        open_store(url)


@pytest.mark.parametrize("url", ["s3://b//a", "s3://b/a//", "s3://b/a//c", "s3://b/../a", "s3://b/./a", "s3://b//"])
def test_a_prefix_that_may_be_another_than_it_seems_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"expected a prefix without empty, '\.' or '\.\.' parts$"):
        open_store(url)


def test_an_address_is_one_line_whatever_the_key_is(store: FileStore) -> None:
    assert store.uri("a\n\x1b[31m\u2028b/ü") == f"{store.url}/a\\n\\x1b[31m\\u2028b/ü"


def test_opening_a_store_creates_no_folder(store: FileStore) -> None:
    assert list(store.list()) == []
    assert not store.exists("a")
    assert not store.root.exists()


def test_a_write_that_fails_does_not_change_the_old_content(store: FileStore, tmp_path: Path) -> None:
    store.put("a", b"before")
    with pytest.raises(StoreUnavailable, match="/a: No such file or directory"):
        store.put_file("a", tmp_path / "nowhere")
    with pytest.raises(TypeError):
        store.put("a", "text")  # type: ignore[arg-type]
    assert store.get("a") == b"before"
    assert files(store) == ["a"]


def test_a_write_that_is_killed_does_not_change_the_old_content(store: FileStore) -> None:
    store.put("a", b"before")
    code = """
import os, signal, sys
from pathlib import Path
from mer_tasks.storage.local import FileStore
os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
FileStore(Path(sys.argv[1])).put("a", b"after")
"""
    completed = subprocess.run([sys.executable, "-c", code, str(store.root)], check=False)
    assert completed.returncode == -9
    assert len(files(store)) == 2
    assert [info.key for info in store.list()] == ["a"]
    assert store.get("a") == b"before"


def test_files_that_are_still_being_written_are_not_listed(store: FileStore) -> None:
    store.put("a/b", b"x")
    (store.root / "a" / f"{TEMPORARY}xyz").write_bytes(b"half")
    assert [info.key for info in store.list()] == ["a/b"]
    assert [info.key for info in store.list("a/")] == ["a/b"]


def test_other_users_can_read_written_files(store: FileStore) -> None:
    store.put("a", b"x")
    assert (store.root / "a").stat().st_mode & 0o777 == 0o644


def test_a_file_that_is_changed_in_place_gets_another_version(store: FileStore) -> None:
    store.put("a", b"one")
    (before,) = store.list()
    path = store.root / "a"
    path.write_bytes(b"two")
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    (after,) = store.list()
    assert before.version != after.version
    assert list(store.list()) == [after]


def test_a_file_whose_times_and_size_are_restored_gets_another_version(store: FileStore) -> None:
    store.put("a", b"one")
    (before,) = store.list()
    path = store.root / "a"
    times = path.stat()
    time.sleep(0.05)  # file systems write the time of a change by a clock that ticks every few milliseconds
    with path.open("r+b") as file:
        file.write(b"two")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    (after,) = store.list()
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (times.st_ino, times.st_mtime_ns)
    assert before.version != after.version


def test_a_file_that_is_written_between_two_pieces_is_refused(store: FileStore) -> None:
    store.put("a", b"x" * 3_000_000)
    (listed,) = store.list()
    pieces = store.chunks("a", listed.version)
    next(pieces)
    with (store.root / "a").open("ab") as file:
        file.write(b"y")
    with pytest.raises(ObjectChanged, match=rf"/a: version .*, expected {listed.version} as it was listed$"):
        list(pieces)


def test_links_that_lead_round_in_a_circle_are_left_out_and_counted(store: FileStore) -> None:
    for key in ("rock/1", "pop/2", "x/y/3"):
        store.put(key, b"")
    (store.root / "rock" / "up").symlink_to("..")
    (store.root / "rock" / "self").symlink_to("self")
    (store.root / "rock" / "here").symlink_to(".")
    (store.root / "x" / "to pop").symlink_to("../pop")
    (store.root / "pop" / "to x").symlink_to("../x")
    left_out = LeftOut()
    keys = [info.key for info in store.list(left_out=left_out)]
    assert keys == ["pop/2", "pop/to x/y/3", "rock/1", "x/to pop/2", "x/y/3"]
    assert left_out.counts == {"loop": 5}
    assert left_out.named("loop") == "'pop/to x/to pop/', 'rock/here/', 'rock/self', 'rock/up/', 'x/to pop/to x/'"
    assert [info.key for info in store.list("rock/")] == ["rock/1"]


def test_only_some_names_are_kept_of_what_is_left_out() -> None:
    left_out = LeftOut()
    for number in range(1000):
        left_out.add("loop", f"a\n{number}")
    assert left_out.counts["loop"] == 1000
    assert len(left_out.names["loop"]) == MAX_NAMES
    assert left_out.named("loop").endswith("'a\\n4' and 995 more")


def test_pipes_and_sockets_are_neither_listed_nor_read(store: FileStore, tmp_path: Path) -> None:
    store.put("a", b"x")
    os.mkfifo(store.root / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(store.root / "socket"))
    (store.root / "link").symlink_to("/dev/null")
    left_out = LeftOut()
    assert [info.key for info in store.list(left_out=left_out)] == ["a"]
    assert left_out.named("special") == "'link', 'pipe', 'socket'"
    for key in ("pipe", "link"):
        with pytest.raises(ObjectMissing, match=f"/{key}: no such object$"):
            store.get(key)
        with pytest.raises(ObjectMissing, match=f"/{key}: no such object$"):
            list(store.chunks(key))
        with pytest.raises(ObjectMissing, match=f"/{key}: no such object$"):
            store.fetch(key, tmp_path)


def test_fetch_returns_the_file_itself(store: FileStore, tmp_path: Path) -> None:
    store.put("a/b", b"x")
    assert store.fetch("a/b", tmp_path / "scratch") == store.root / "a" / "b"


def test_a_link_is_followed_and_a_broken_link_is_listed_but_cannot_be_read(store: FileStore, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "deep").mkdir(parents=True)
    (tmp_path / "elsewhere" / "deep" / "1").write_bytes(b"1")
    store.root.mkdir()
    (store.root / "folder").symlink_to(tmp_path / "elsewhere")
    (store.root / "lost").symlink_to("nowhere")
    assert [info.key for info in store.list()] == ["folder/deep/1", "lost"]
    assert store.get("folder/deep/1") == b"1"
    with pytest.raises(ObjectMissing, match="lost: no such object"):
        store.get("lost")


def test_names_that_are_not_unicode_are_listed_and_read(store: FileStore) -> None:
    store.put("z", b"")
    with open(os.fsencode(store.root) + b"/caf\xe9", "wb") as file:
        file.write(b"x")
    assert [info.key for info in store.list()] == ["caf\udce9", "z"]
    assert store.get("caf\udce9") == b"x"


@pytest.mark.parametrize("key", ["file/below", "folder"])
def test_a_key_that_collides_with_a_file_or_a_folder_is_refused(store: FileStore, key: str) -> None:
    store.put("file", b"x")
    store.put("folder/file", b"x")
    with pytest.raises(ConfigError, match=f"{key}: a file where a folder should be, or a folder where a file should be"):
        store.put(key, b"y")
    assert files(store) == ["file", "folder/file"]


def test_a_name_that_is_too_long_is_refused(store: FileStore) -> None:
    with pytest.raises(ConfigError, match="File name too long, expected a name that this file system can hold"):
        store.put("x" * 300, b"")


@pytest.fixture
def forbidden() -> Iterator[FileStore]:
    """A store with an unreadable file, a read-only folder and an unreadable folder; the test does not run as root."""
    folder = Path(tempfile.mkdtemp(prefix="mer-store-"))
    store = FileStore(folder)
    for key in ("secret/a", "locked/a", "hidden/a"):
        store.put(key, b"x")
    (folder / "secret" / "a").chmod(0o000)
    (folder / "locked").chmod(0o555)
    (folder / "hidden").chmod(0o000)
    folder.chmod(0o755)
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)  # permissions do not restrict root
    yield store
    os.seteuid(user)
    for name in ("locked", "hidden"):
        (folder / name).chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("key", "use"),
    [
        ("secret/a", lambda store: store.get("secret/a")),
        ("locked/a", lambda store: store.put("locked/a", b"y")),
        ("locked/b/c", lambda store: store.put("locked/b/c", b"y")),
        ("locked/a", lambda store: store.delete("locked/a")),
        ("hidden/a", lambda store: store.get("hidden/a")),
        ("hidden/a", lambda store: store.exists("hidden/a")),
        ("hidden/", lambda store: list(store.list())),
    ],
    ids=["get", "replace", "make a folder", "delete", "get below", "exists below", "list"],
)
def test_an_error_names_the_forbidden_object(forbidden: FileStore, key: str, use: Callable[[FileStore], object]) -> None:
    with pytest.raises(AccessDenied, match=f"/{key}: Permission denied, expected a readable and writable file$"):
        use(forbidden)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_and_a_used_up_quota_are_transient_errors(number: int) -> None:
    assert str(file_error("file:///a", OSError(number, "x"))) == "file:///a: the disk is full"
    assert isinstance(file_error("file:///a", OSError(number, "x")), StoreUnavailable)


def test_a_write_to_a_full_disk_does_not_change_the_old_content(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from mer_tasks.errors import StoreUnavailable
from mer_tasks.storage.local import FileStore
store = FileStore(Path(sys.argv[1]))
big = b"x" * 300_000
store.put("a", b"before")
for write in (lambda: store.put("a", big), lambda: store.put_file("b", Path(sys.argv[2]))):
    try:
        write()
        print("written")
    except StoreUnavailable as error:
        print(error)
print(store.get("a").decode(), len(list(store.root.rglob("*"))))
store.put("a", b"x" * 100_000)
print(len(store.get("a")))
"""
    (tmp_path / "source").write_bytes(b"x" * 300_000)
    printed = on_a_small_disk(tmp_path / "disk", 256, code, str(tmp_path / "source")).splitlines()
    url = (tmp_path / "disk").as_uri()
    assert printed == [f"{url}/a: the disk is full", f"{url}/b: the disk is full", "before 1", "100000"]
