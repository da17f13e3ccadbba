"""Stores and databases of released versions, as ``tests/golden/make_release.py`` has written them; unpack and restore them."""

import io
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from mer_tasks.config import Config
from mer_tasks.database.migrations import bootstrap
from mer_tasks.local_stack.embedded_postgres import EmbeddedPostgres, create_database
from mer_tasks.storage.local import FileStore
from tests.support.postgres import PASSWORDS

FOLDER = Path(__file__).parents[1] / "golden"
ARCHIVE, DUMP = "store.tar.xz", "database.sql"
VERSIONS = sorted(path.parent.name for path in FOLDER.glob(f"*/{DUMP}"))
"""Versions whose store and database are here."""
STORE_URL = "file:///store"
"""Placeholder for the URL of the store in the dump."""
FIRST, SECOND, PREDICTED = "first", "second", "predicted"
"""Runs of each version: two of mode train, whose models became champion one after the other, and one of mode predict."""
NEW_TRACK = "new"
"""Track that only run ``predicted`` has; it has no annotations."""
APPLIED = re.compile(r"^INSERT INTO mer\.migration VALUES\s+(.*?);$", re.MULTILINE | re.DOTALL)
"""Rows of the migrations in a dump."""
ROW = re.compile(r"\((\d+), '([^']+)', '([0-9a-f]{64})',")


def dump(version: str) -> str:
    """Read the dump of a version's database, with the placeholder of the store's URL."""
    return (FOLDER / version / DUMP).read_text(encoding="utf-8")


def applied_migrations(version: str) -> dict[int, tuple[str, str]]:
    """Name and sha256 of each migration of a version, by its number."""
    (rows,) = APPLIED.findall(dump(version))
    return {int(number): (name, sha256) for number, name, sha256 in ROW.findall(rows)}


@dataclass(frozen=True)
class Release:
    """Restored store and database of a version: folder of the test, and URLs of the database by role."""

    version: str
    folder: Path
    urls: dict[str, str]

    @property
    def store_url(self) -> str:
        return (self.folder / "store").as_uri()

    def config(self, **params: Any) -> Config:
        """Make a configuration with the addresses of the release."""
        addresses = {
            "store_url": self.store_url,
            "scratch_dir": self.folder / "scratch",
            "database_url": self.urls["mer_writer"],
        }
        return Config.load({**addresses, **params})


def unpack(version: str, folder: Path) -> None:
    """Unpack the store of a version into ``folder/store``."""
    store = FileStore(folder / "store")
    with tarfile.open(FOLDER / version / ARCHIVE) as archive:
        for member in archive:
            file = archive.extractfile(member)
            assert file is not None, f"{member.name}: expected files only"
            store.put(member.name, file.read())


def pack(store: FileStore, keys: list[str], archive: Path) -> None:
    """Write objects of a store to an archive; none of them may contain the URL of the store."""
    with tarfile.open(archive, "w:xz", preset=9) as file:
        for key in sorted(keys):
            data = store.get(key)
            assert store.url.encode() not in data, f"{key}: has the URL of the store, expected an object that can be moved"
            member = tarfile.TarInfo(key)
            member.size = len(data)
            file.addfile(member, io.BytesIO(data))


def restore(version: str, folder: Path, postgres: EmbeddedPostgres, name: str) -> Release:
    """Restore a version's store into `folder`, and its database as `name` on the server; then apply all later migrations."""
    unpack(version, folder)
    create_database(postgres.url(), name, "mer_owner", PASSWORDS["mer_owner"])
    connection = psycopg2.connect(postgres.url(name, "mer_owner", PASSWORDS["mer_owner"]).replace("+psycopg2", ""))
    with connection, connection.cursor() as cursor:
        cursor.execute(dump(version).replace(STORE_URL, (folder / "store").as_uri()))
    connection.close()
    return Release(version, folder, bootstrap(postgres.url(), name, PASSWORDS))
