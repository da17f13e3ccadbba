"""Where the local stack keeps its state, its generated secrets, and the environment that its processes get.

In: a checkout, and what the caller may choose (port, object store, landing zone). Out: paths and variables; only
:meth:`StackSettings.secrets` writes, once.
"""

import base64
import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mer_tasks.config import CHECKOUT
from mer_tasks.errors import ConfigError
from mer_tasks.machine import cores

HOST = "127.0.0.1"
PORT = 8080
USER = "admin"
ROLES = ("mer_owner", "mer_writer", "mer_reader")
FOREIGN = ("AIRFLOW__", "AIRFLOW_HOME", "AIRFLOW_CONFIG", "PG", "PYTHON")
"""Beginnings of variables that would lead the stack's processes elsewhere, or keep Python from writing bytecode."""
HUGE_PAGES = "glibc.malloc.hugetlb=1"
"""Lets glibc ask for large pages. Training gives its arrays back and fetches them anew at every step, and with small pages the
kernel spent a third of the CPU time on that: 15 segments a second became 28 (`seed-cnn`, two cores)."""
MOST_TASKS = 16
"""However many cores: each waiting task slot is a process."""


def file_url(place: str) -> str:
    """URL of `place`, which is a URL already or a path."""
    return place if "://" in place else Path(place).expanduser().resolve().as_uri()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its user can read, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    unfinished.replace(path)


@dataclass(frozen=True)
class Secrets:
    """Generated once, and kept, so that a restart knows them: the data lie encrypted by, and locked with them."""

    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    airflow_database: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    jwt: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    session: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    fernet: str = field(default_factory=lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    roles: dict[str, str] = field(default_factory=lambda: {role: secrets.token_urlsafe(24) for role in ROLES})


@dataclass(frozen=True)
class StackSettings:
    """One local stack.

    Attributes
    ----------
    state : Path
        Folder of everything that the stack keeps.
    port : int
        Of the user interface and the REST API, on the loopback interface.
    dags : Path
        Folder of the DAG files.
    store : str, optional
        URL of the object store; without it, a folder of the state.
    landing : str, optional
        URL of the landing zone; without it, one with generated music.
    watch : bool
        Whether DAGs run by themselves, on what lands and by the clock, unless the caller's ``MER_WATCH`` says otherwise.
    """

    state: Path = CHECKOUT / ".mer"
    port: int = PORT
    dags: Path = CHECKOUT / "dags"
    store: str | None = None
    landing: str | None = None
    watch: bool = True

    @property
    def url(self) -> str:
        """Of the user interface and the REST API."""
        return f"http://{HOST}:{self.port}"

    @property
    def store_url(self) -> str:
        """Of the object store."""
        return self.store or (self.state / "store").as_uri()

    @property
    def landing_url(self) -> str:
        """Of the landing zone."""
        return self.landing or (f"{self.store.rstrip('/')}/landing" if self.store else (self.state / "landing").as_uri())

    @property
    def folders(self) -> dict[str, Path]:
        """Folders that must exist before anything starts."""
        names = ("airflow", "logs", "run", "scratch", "tmp", "plugins")
        return {name: self.state / name for name in names}

    def make_folders(self) -> None:
        """Make the state folder, for its user only, and the folders in it."""
        try:
            self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.state.chmod(0o700)
            for folder in self.folders.values():
                folder.mkdir(exist_ok=True)
        except OSError as error:
            raise ConfigError(f"{self.state}: {error.strerror}; expected a folder that can be written") from None

    def secrets(self) -> Secrets:
        """The stack's secrets, made at the first call."""
        path = self.state / "secrets.json"
        if not path.exists():
            write_private(path, json.dumps(asdict(Secrets())))
        return Secrets(**json.loads(path.read_text()))

    def environment(
        self, outer: Mapping[str, str], secret: Secrets, airflow_url: str, urls: Mapping[str, str]
    ) -> dict[str, str]:
        """Variables of Airflow's processes and of the tasks that they start.

        Parameters
        ----------
        outer : mapping of str to str
            Variables of the caller. Object store credentials and ``MER_*`` pass through, foreign settings of Airflow do not.
        secret : Secrets
        airflow_url : str
            SQLAlchemy URL of Airflow's metadata, for psycopg2.
        urls : mapping of str to str
            Those of ``mer``, by role.
        """
        kept = {name: value for name, value in outer.items() if not name.startswith(FOREIGN)}
        options = self._airflow_options(secret, airflow_url)
        return {
            **kept,
            **{f"AIRFLOW__{name.upper().replace('.', '__')}": str(value) for name, value in options.items()},
            "AIRFLOW_HOME": str(self.folders["airflow"]),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)]),
            "PYTHONPATH": str(CHECKOUT),
            "PYTHONUNBUFFERED": "1",
            "GLIBC_TUNABLES": kept.get("GLIBC_TUNABLES", HUGE_PAGES),
            "SPT_NOENV": "1",  # a process that changes its title would otherwise overwrite the mark by which it is found
            "NO_PROXY": ",".join(filter(None, [kept.get("NO_PROXY", kept.get("no_proxy", "")), HOST, "localhost"])),
            "TF_CPP_MIN_LOG_LEVEL": kept.get("TF_CPP_MIN_LOG_LEVEL", "2"),
            "TMPDIR": str(self.folders["tmp"]),
            "MER_WATCH": kept.get("MER_WATCH", "on") if self.watch else "off",
            **self.places(urls),
        }

    def places(self, urls: Mapping[str, str]) -> dict[str, str]:
        """Variables by which stages, and people who ask the database, find their places; `urls` of ``mer`` by role."""
        return {
            "MER_STORE_URL": self.store_url,
            "MER_LANDING_URL": self.landing_url,
            "MER_DATABASE_URL": urls["mer_writer"],
            "MER_READER_URL": urls["mer_reader"],
            "MER_SCRATCH_DIR": str(self.folders["scratch"]),
        }

    def _airflow_options(self, secret: Secrets, airflow_url: str) -> dict[str, Any]:
        """Airflow's configuration, by section and option."""
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
            "dag_processor.min_file_process_interval": 10,
            "dag_processor.refresh_interval": 10,
            "scheduler.scheduler_idle_sleep_time": 0.25,
            "scheduler.orphaned_tasks_check_interval": 30,
            "logging.base_log_folder": logs / "tasks",
            "logging.dag_processor_child_process_log_directory": logs / "dags",
            "logging.colored_console_log": False,
        }

    @property
    def passwords(self) -> Path:
        """File in which Airflow looks up its user's password."""
        return self.folders["airflow"] / "passwords.json"

    @property
    def password_shown(self) -> Path:
        """File whose presence says that its user has been told."""
        return self.folders["airflow"] / "password-shown"
