"""Object store on local disk (``file:///folder``): each object is a file below one folder.

A file is first written under a temporary name in the folder of its final name, and then renamed.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from mer_tasks.errors import AccessDenied, ConfigError, MerError, ObjectMissing, StoreUnavailable
from mer_tasks.storage.base import CHUNK, ObjectInfo, ObjectStore, check_key

TEMPORARY = ".mer-tmp-"
"""Prefix of a file that is still being written; listings leave such files out."""


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

    def chunks(self, key: str) -> Iterator[bytes]:
        with self._errors(key), open(self._path(key), "rb") as source:
            while chunk := source.read(CHUNK):
                yield chunk

    def get(self, key: str) -> bytes:
        with self._errors(key):
            return self._path(key).read_bytes()

    def exists(self, key: str) -> bool:
        with self._errors(key):
            return self._path(key).is_file()

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        folder, _, start = prefix.rpartition("/")
        yield from self._walk(self.root / PurePosixPath(folder), f"{folder}/" if folder else "", start)

    def _walk(self, folder: Path, above: str, start: str = "") -> Iterator[ObjectInfo]:
        """List the files below `folder`, whose key is `above`; on the first level only names that begin with `start`."""
        with self._errors(above):
            if not folder.is_dir():
                return
            with os.scandir(folder) as scan:
                entries = [(e.name + "/" if e.is_dir() else e.name, e) for e in scan if e.name.startswith(start)]
        for name, entry in sorted(entries, key=lambda pair: os.fsencode(pair[0])):
            if name.startswith(TEMPORARY):
                continue
            if name.endswith("/"):
                yield from self._walk(Path(entry.path), above + name)
            else:
                info = self._info(above + name, entry)
                if info is not None:
                    yield info

    def _info(self, key: str, entry: "os.DirEntry[str]") -> ObjectInfo | None:
        """Read size and version of a file; None if the file was deleted after its folder was listed.

        A broken symbolic link is listed with size and version of the link itself.
        """
        for follow in (True, False):
            with self._errors(key), suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=follow)
                version = f"{status.st_ino}-{status.st_size}-{status.st_mtime_ns}"
                return ObjectInfo(key, status.st_size, version, status.st_mtime)
        return None

    def delete(self, key: str) -> None:
        with suppress(ObjectMissing), self._errors(key):
            self._path(key).unlink()

    def fetch(self, key: str, scratch: Path) -> Path:
        if not self.exists(key):
            raise ObjectMissing(f"{self.uri(key)}: no such object")
        return self._path(key)
