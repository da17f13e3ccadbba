"""Object store on local disk (``file:///folder``): each object is a file below one folder.

A file is first written under a temporary name in the folder of its final name, and then renamed.

Symbolic links are followed, but never round in a circle. Pipes, sockets and devices are neither listed nor opened for reading,
because a process that reads a pipe may wait forever.
"""

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from mer_tasks.errors import AccessDenied, ConfigError, MerError, ObjectChanged, ObjectMissing, StoreUnavailable
from mer_tasks.storage.base import CHUNK, LeftOut, ObjectInfo, ObjectStore, check_key

TEMPORARY = ".mer-tmp-"
"""Prefix of a file that is still being written; listings leave such files out."""
Identity = tuple[int, int]
"""Device and inode of a folder, which are the same on every path that leads to it."""


def file_error(uri: str, error: OSError) -> MerError:
    """Translate an error of the file system into an error of the platform; `uri` names the object in its message."""
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return AccessDenied(f"{uri}: {error.strerror}, expected a readable and writable file")
    if error.errno in (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL):
        return ConfigError(f"{uri}: {error.strerror}, expected a name that this file system can hold")
    disk_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return StoreUnavailable(f"{uri}: {'the disk is full' if disk_full else error.strerror or error}")


@contextmanager
def write_atomically(target: Path) -> Iterator[Path]:
    """Yield a temporary file beside `target`; rename it to `target` if the block succeeds, and delete it if the block fails."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=TEMPORARY, dir=target.parent)
    os.close(handle)
    try:
        yield Path(name)
        with open(name, "rb") as written:
            os.fsync(written.fileno())
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class FileStore(ObjectStore):
    """Object store whose objects are files below one folder.

    Parameters
    ----------
    root : Path
        The folder, as an absolute path. The first write creates it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.url = root.as_uri()

    def _path(self, key: str) -> Path:
        return self.root / PurePosixPath(check_key(key))

    @contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        """Translate errors of the file system that the block raises."""
        try:
            yield
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise ObjectMissing(f"{self.uri(key)}: no such object") from None
        except OSError as error:
            raise file_error(self.uri(key), error) from None

    @contextmanager
    def _temporary(self, key: str) -> Iterator[Path]:
        """Yield a temporary file that becomes the file of `key` if the block succeeds (:func:`write_atomically`)."""
        target = self._path(key)
        try:
            with write_atomically(target) as temporary:
                yield temporary
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise ConfigError(f"{self.uri(key)}: a file where a folder should be, or a folder where a file should be") from None
        except OSError as error:
            raise file_error(self.uri(key), error) from None

    def put(self, key: str, data: bytes) -> None:
        with self._temporary(key) as temporary:
            temporary.write_bytes(data)

    def put_file(self, key: str, path: Path) -> None:
        with self._temporary(key) as temporary:
            shutil.copyfile(path, temporary)

    @contextmanager
    def _open(self, key: str) -> Iterator[BinaryIO]:
        """Open a file for reading. What is no file, such as a pipe or a folder, counts as missing."""
        with self._errors(key), open(self._path(key), "rb", opener=_open_at_once) as source:
            if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                raise FileNotFoundError
            yield source

    def chunks(self, key: str, version: str | None = None) -> Iterator[bytes]:
        with self._open(key) as source:
            self._check_version(key, source, version)
            while chunk := source.read(CHUNK):
                yield chunk
            self._check_version(key, source, version)

    def _check_version(self, key: str, source: BinaryIO, version: str | None) -> None:
        found = _version(os.fstat(source.fileno()))
        if version not in (None, found):
            raise ObjectChanged(f"{self.uri(key)}: version {found}, expected {version} as it was listed")

    def get(self, key: str) -> bytes:
        with self._open(key) as source:
            return source.read()

    def exists(self, key: str) -> bool:
        with self._errors(key):
            return self._path(key).is_file()

    def list(self, prefix: str = "", left_out: LeftOut | None = None) -> Iterator[ObjectInfo]:
        folder, _, start = prefix.rpartition("/")
        path, above = self.root, frozenset[Identity]()
        with self._errors(prefix), suppress(FileNotFoundError, NotADirectoryError):
            for part in PurePosixPath(folder).parts:
                above |= {_identity(os.stat(path))}
                path /= part
        yield from self._walk(path, f"{folder}/" if folder else "", above, left_out or LeftOut(), start)

    def _walk(
        self, folder: Path, key: str, above: frozenset[Identity], left_out: LeftOut, start: str = ""
    ) -> Iterator[ObjectInfo]:
        """List the files below `folder`, whose key is `key`; on the first level only names that begin with `start`.

        A folder that is in itself, because a link leads back, is one of the folders `above` it.
        """
        with self._errors(key):
            try:
                identity = _identity(os.stat(folder))
                with os.scandir(folder) as scan:
                    found = [entry for entry in scan if entry.name.startswith(start)]
            except (FileNotFoundError, NotADirectoryError):
                return
            if identity in above:
                left_out.add("loop", key)
                return
            entries = sorted(found, key=lambda entry: os.fsencode(entry.name))
            kept = [entry for entry in entries if not self._leaves_out(entry, key + entry.name, left_out)]
            named = [(entry.name + "/" if _is_folder(entry) else entry.name, entry) for entry in kept]
        for name, entry in sorted(named, key=lambda pair: os.fsencode(pair[0])):
            if name.endswith("/"):
                yield from self._walk(Path(entry.path), key + name, above | {identity}, left_out)
            else:
                info = self._info(key + name, entry, left_out)
                if info is not None:
                    yield info

    def _leaves_out(self, entry: "os.DirEntry[str]", key: str, left_out: LeftOut) -> bool:
        """Return whether a listing leaves out an entry of a folder, with all that is below it."""
        return entry.name.startswith(TEMPORARY)

    def _info(self, key: str, entry: "os.DirEntry[str]", left_out: LeftOut) -> ObjectInfo | None:
        """Read size and version of a file; None if it is no file, or was deleted after its folder was listed.

        A broken symbolic link is listed with size and version of the link itself.
        """
        for follow in (True, False):
            with self._errors(key), suppress(FileNotFoundError):
                try:
                    status = entry.stat(follow_symlinks=follow)
                except OSError as error:
                    if error.errno != errno.ELOOP:
                        raise
                    left_out.add("loop", key)
                    return None
                if not (stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode)):
                    left_out.add("special", key)
                    return None
                return ObjectInfo(key, status.st_size, _version(status), status.st_mtime)
        return None

    def delete(self, key: str) -> None:
        with suppress(ObjectMissing), self._errors(key):
            self._path(key).unlink()

    def fetch(self, key: str, scratch: Path) -> Path:
        if not self.exists(key):
            raise ObjectMissing(f"{self.uri(key)}: no such object")
        return self._path(key)


def _open_at_once(path: str, flags: int) -> int:
    """Open a file; a pipe that nobody writes to is opened without waiting for a writer."""
    return os.open(path, flags | os.O_NONBLOCK)


def _version(status: os.stat_result) -> str:
    """Return the version of a file (:attr:`ObjectInfo.version`)."""
    return f"{status.st_ino}-{status.st_size}-{status.st_mtime_ns}-{status.st_ctime_ns}"


def _identity(status: os.stat_result) -> Identity:
    return status.st_dev, status.st_ino


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    """Return whether an entry is a folder or a link to one; a link to itself is none."""
    try:
        return entry.is_dir()
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        return False
