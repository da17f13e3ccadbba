"""Settings of the local stack: its state folder, its generated secrets, and the environment of its processes.

In: a checkout, and what the user may choose (port, object store, landing zone). Out: paths and environment variables. Only
:meth:`StackSettings.secrets` and :meth:`StackSettings.make_folders` write.
"""

import base64
import json
import os
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mer_tasks.config import CHECKOUT
from mer_tasks.errors import ConfigError
from mer_tasks.label_set import LabelSet
from mer_tasks.machine import cores
from mer_tasks.storage.label_files import read_label_set

HOST = "127.0.0.1"
PORT = 8080
USER = "admin"
ROLES = ("mer_owner", "mer_writer", "mer_reader")
FOREIGN_PREFIXES = ("AIRFLOW__", "AIRFLOW_HOME", "AIRFLOW_CONFIG", "PG", "PYTHON")
"""Variables of the caller with these prefixes are removed: they configure another Airflow or Postgres, or Python itself."""
HUGE_PAGES = "glibc.malloc.hugetlb=1"
"""Setting that makes glibc use large memory pages. Training frees and allocates its arrays at every step; with small pages, the
kernel spent a third of the CPU time on that. Large pages raised the speed from 15 to 28 segments a second (`seed-cnn`, two
cores)."""
MOST_TASKS = 16
"""Limit of parallel tasks on machines with many cores, because each idle task slot is a process."""
PARSE_SECONDS = 30
"""Time until a changed or new DAG file is noticed. Reading all DAG files takes a second of CPU time, even if none changed."""
HEARTBEAT_SECONDS = 1
"""Time between two heartbeats of a task. The process that watches a task may take as long to notice that the task has ended.
Until then the task's slot is not free, and a skipped task still counts as running. Airflow's default is 5 s."""
FAILED_HEARTBEATS = 15
"""Number of heartbeats in a row that may fail: as many seconds without an answer as Airflow's defaults allow (5 s, 3 times)."""


def file_url(path_or_url: str) -> str:
    """Convert a path to a URL; a URL is returned unchanged.

    Examples
    --------
    >>> file_url("/data/my music")
    'file:///data/my%20music'
    >>> file_url("s3://bucket/prefix")
    's3://bucket/prefix'
    """
    return path_or_url if re.match(r"\w+://|(file|s3):", path_or_url) else Path(path_or_url).expanduser().resolve().as_uri()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its user can read; the file is replaced in one step, so it is never incomplete."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    unfinished.replace(path)


@dataclass(frozen=True)
class Secrets:
    """Passwords and keys of the stack; generated once and stored, because the stored data need them after a restart."""

    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    airflow_database: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    jwt: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    session: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    fernet: str = field(default_factory=lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    roles: dict[str, str] = field(default_factory=lambda: {role: secrets.token_urlsafe(24) for role in ROLES})


@dataclass(frozen=True)
class StackSettings:
    """Settings of one local stack.

    Attributes
    ----------
    state : Path
        Folder for all data of the stack.
    port : int
        Port of the user interface and the REST API, on the loopback interface.
    dags : Path
        Folder of the DAG files.
    store : str, optional
        URL of the object store; by default a folder in `state`.
    landing : str, optional
        URL of the landing zone; by default one with generated music.
    watch : bool
        Whether DAGs have their schedules (new files in the landing zone, fixed times). If it is True, the caller's
        ``MER_WATCH`` may still turn the schedules off.
    labels : str, optional
        URL of the label set's file; by default the nine emotions of Emotify.
    """

    state: Path = CHECKOUT / ".mer"
    port: int = PORT
    dags: Path = CHECKOUT / "dags"
    store: str | None = None
    landing: str | None = None
    watch: bool = True
    labels: str | None = None

    @property
    def url(self) -> str:
        """URL of the user interface and the REST API."""
        return f"http://{HOST}:{self.port}"

    @property
    def store_url(self) -> str:
        """URL of the object store."""
        return self.store or (self.state / "store").as_uri()

    @property
    def landing_url(self) -> str:
        """URL of the landing zone."""
        return self.landing or (f"{self.store.rstrip('/')}/landing" if self.store else (self.state / "landing").as_uri())

    @property
    def folders(self) -> dict[str, Path]:
        """Folders that must exist before the stack starts."""
        names = ("airflow", "logs", "run", "scratch", "tmp", "plugins")
        return {name: self.state / name for name in names}

    def make_folders(self) -> None:
        """Make the state folder, which only its user may enter, and the folders in it."""
        try:
            self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.state.chmod(0o700)
            for folder in self.folders.values():
                folder.mkdir(exist_ok=True)
        except OSError as error:
            raise ConfigError(f"{self.state}: {error.strerror}; expected a folder that can be written") from None

    def label_set(self) -> LabelSet:
        """Read and check the label set; see :func:`mer_tasks.storage.label_files.read_label_set`."""
        return read_label_set(self.labels)

    def secrets(self) -> Secrets:
        """Read the stack's secrets; the first call generates and stores them."""
        path = self.state / "secrets.json"
        if not path.exists():
            write_private(path, json.dumps(asdict(Secrets())))
        return Secrets(**json.loads(path.read_text()))

    def environment(
        self, outer: Mapping[str, str], secret: Secrets, airflow_url: str, urls: Mapping[str, str]
    ) -> dict[str, str]:
        """Make the environment variables of Airflow's processes and of the tasks that they start.

        Parameters
        ----------
        outer : mapping of str to str
            Variables of the caller. Those with one of ``FOREIGN_PREFIXES`` are removed; object store credentials and ``MER_*``
            stay.
        secret : Secrets
            Passwords and keys of the stack.
        airflow_url : str
            SQLAlchemy URL of Airflow's metadata database, for psycopg2.
        urls : mapping of str to str
            URL of the database ``mer`` for each role.
        """
        inherited = {name: value for name, value in outer.items() if not name.startswith(FOREIGN_PREFIXES)}
        options = self._airflow_options(secret, airflow_url)
        return {
            **inherited,
            **{f"AIRFLOW__{name.upper().replace('.', '__')}": str(value) for name, value in options.items()},
            "AIRFLOW_HOME": str(self.folders["airflow"]),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), inherited.get("PATH", os.defpath)]),
            "PYTHONPATH": str(CHECKOUT),
            "PYTHONUNBUFFERED": "1",
            "GLIBC_TUNABLES": inherited.get("GLIBC_TUNABLES", HUGE_PAGES),
            "SPT_NOENV": "1",  # otherwise a process that changes its title overwrites the mark in its environment
            "NO_PROXY": ",".join(filter(None, [inherited.get("NO_PROXY", inherited.get("no_proxy", "")), HOST, "localhost"])),
            "TF_CPP_MIN_LOG_LEVEL": inherited.get("TF_CPP_MIN_LOG_LEVEL", "2"),
            "TMPDIR": str(self.folders["tmp"]),
            "MER_WATCH": inherited.get("MER_WATCH", "on") if self.watch else "off",
            # a relative path means the caller's working directory, and Airflow's processes have others
            "MER_ENCODER": file_url(inherited["MER_ENCODER"]) if inherited.get("MER_ENCODER") else "",
            **self.places(urls),
        }

    def places(self, urls: Mapping[str, str]) -> dict[str, str]:
        """Make the variables with which stages and users find store, landing zone, label set and database (`urls`, by role)."""
        return {
            "MER_STORE_URL": self.store_url,
            "MER_LANDING_URL": self.landing_url,
            "MER_LABELS": self.labels or "",
            "MER_DATABASE_URL": urls["mer_writer"],
            "MER_READER_URL": urls["mer_reader"],
            "MER_SCRATCH_DIR": str(self.folders["scratch"]),
        }

    def _airflow_options(self, secret: Secrets, airflow_url: str) -> dict[str, Any]:
        """Make Airflow's configuration; the keys have the form ``section.option``."""
        logs = self.folders["logs"]
        plugins = CHECKOUT / "plugins"
        return {
            "core.executor": "LocalExecutor",
            "core.parallelism": min(max(2, cores()), MOST_TASKS),
            "core.dags_folder": self.dags,
            "core.plugins_folder": plugins if plugins.is_dir() else self.folders["plugins"],
            "core.load_examples": False,
            "core.dags_are_paused_at_creation": False,
            "core.fernet_key": secret.fernet,
            "core.simple_auth_manager_users": f"{USER}:admin",
            "core.simple_auth_manager_passwords_file": self.passwords,
            "core.execution_api_server_url": f"{self.url}/execution/",
            "database.sql_alchemy_conn": airflow_url,
            "database.sql_alchemy_conn_async": airflow_url.replace("+psycopg2", "+asyncpg"),
            "api.host": HOST,
            "api.port": self.port,
            "api.base_url": self.url,
            "api.secret_key": secret.session,
            "api_auth.jwt_secret": secret.jwt,
            "dag_processor.parsing_processes": 1,
            "dag_processor.min_file_process_interval": PARSE_SECONDS,
            "dag_processor.refresh_interval": PARSE_SECONDS,
            "scheduler.scheduler_idle_sleep_time": 0.25,
            "scheduler.orphaned_tasks_check_interval": 30,
            "workers.min_heartbeat_interval": HEARTBEAT_SECONDS,
            "workers.max_failed_heartbeats": FAILED_HEARTBEATS,
            "logging.base_log_folder": logs / "tasks",
            "logging.dag_processor_child_process_log_directory": logs / "dags",
            "logging.colored_console_log": False,
        }

    @property
    def passwords(self) -> Path:
        """File with the password of Airflow's user."""
        return self.folders["airflow"] / "passwords.json"

    @property
    def password_shown(self) -> Path:
        """Marker file that exists if the password has been shown to the user."""
        return self.folders["airflow"] / "password-shown"
