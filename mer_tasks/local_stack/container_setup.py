"""Set-up job of the containers: ``python -m mer_tasks.local_stack.container_setup`` makes what they need before they start.

In: the environment of the containers, and in addition the URLs of Postgres as superuser (``MER_ADMIN_URL``) and as mer_owner
(``MER_OWNER_URL``). Out: the databases of Airflow and of the platform, with roles, passwords and newest schemas; the buckets of
the object store and the landing zone; the pool ``gpu``. Things that exist already stay, so a second call changes nothing.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Mapping

from mer_tasks.database.connection import database_url, errors
from mer_tasks.database.label_rows import check_label_set_at_start
from mer_tasks.database.migrations import ROLES, bootstrap
from mer_tasks.errors import ConfigError, MerError, WorkerLost
from mer_tasks.label_set import LabelSet
from mer_tasks.local_stack.embedded_postgres import create_database
from mer_tasks.local_stack.services import GPU_POOL, tail
from mer_tasks.storage import open_store
from mer_tasks.storage.label_files import read_label_set
from mer_tasks.storage.s3 import S3Store

AIRFLOW_URL = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
ROLE_URLS = dict(zip(ROLES, ("MER_OWNER_URL", "MER_DATABASE_URL", "MER_READER_URL"), strict=True))
"""Environment variable that has the database URL of each role."""
PLACES = ("MER_STORE_URL", "MER_LANDING_URL")
"""Variables whose URL may be in a bucket. Without ``MER_LANDING_URL``, the landing zone is a prefix of the object store."""

logger = logging.getLogger("mer_tasks.local_stack.container_setup")


def login(environment: Mapping[str, str], variable: str) -> tuple[str, str, str]:
    """Read role, password and database from the URL in an environment variable.

    Raises
    ------
    ConfigError
        If the variable has no URL, or the URL lacks one of the three.

    Examples
    --------
    >>> login({"MER_OWNER_URL": "postgresql+psycopg2://mer_owner:secret@db/mer"}, "MER_OWNER_URL")
    ('mer_owner', 'secret', 'mer')
    """
    url = database_url(environment.get(variable, ""))
    if not (url.username and url.password and url.database):
        raise ConfigError(f"{variable}: expected a URL with a role, its password and a database")
    return url.username, url.password, url.database


def make_databases(environment: Mapping[str, str], label_set: LabelSet) -> None:
    """Make both databases and their roles, and bring schema ``mer`` up to date.

    Raises
    ------
    ConfigError
        If a URL is wrong, or has another role than its variable requires, or the database belongs to another label set.
    IntegrityError
        If the schema is newer than this version of the code.
    AccessDenied, DatabaseUnavailable
        If Postgres refuses the login, or does not answer.
    """
    admin_url = environment.get("MER_ADMIN_URL", "")
    passwords = {}
    databases = set()
    for role, variable in ROLE_URLS.items():
        name, passwords[role], database = login(environment, variable)
        if name != role:
            raise ConfigError(f"{variable}: role {name!r}, expected {role!r}")
        databases.add(database)
    if len(databases) != 1:
        raise ConfigError(f"{', '.join(ROLE_URLS.values())}: databases {', '.join(sorted(databases))}, expected one database")
    owner, password, database = login(environment, AIRFLOW_URL)
    database_url(admin_url)
    with errors(admin_url):
        create_database(admin_url, database, owner, password)
    urls = bootstrap(admin_url, databases.pop(), passwords, label_set)
    if newer := check_label_set_at_start(urls["mer_reader"], label_set):
        logger.warning(newer)


def make_buckets(environment: Mapping[str, str]) -> None:
    """Make the bucket of each URL in ``PLACES`` that is in S3; raises AccessDenied, ConfigError or StoreUnavailable."""
    for variable in PLACES:
        url = environment.get(variable)
        store = open_store(url) if url else None
        if isinstance(store, S3Store):
            store.make_bucket()


def airflow(*arguments: str, expected: tuple[int, ...] = (0,)) -> int:
    """Run a command of Airflow, and return its exit code.

    Raises
    ------
    WorkerLost
        If the exit code is not `expected`; the message has the last lines of the output.
    """
    process = subprocess.run(["airflow", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if process.returncode not in expected:
        raise WorkerLost(f"airflow {' '.join(arguments)} ended with exit code {process.returncode}: {tail(process.stdout)}")
    return process.returncode


def initialise(environment: Mapping[str, str]) -> None:
    """Make databases, buckets, Airflow's schema and the pool; Airflow's commands take their settings from `os.environ`.

    The label set is read first, so that a wrong file is named before anything is made.
    """
    label_set = read_label_set(environment.get("MER_LABELS"))
    logger.info("making databases, roles and schema mer for label set %s", label_set)
    make_databases(environment, label_set)
    logger.info("making buckets")
    make_buckets(environment)
    logger.info("migrating Airflow's database")
    airflow("db", "migrate")
    name, slots, description = GPU_POOL
    if airflow("pools", "get", name, expected=(0, 1)):
        logger.info("making pool %s", name)
        airflow("pools", "set", name, str(slots), description)


def main() -> None:
    """Command line; an error ends it with one line and exit code 1."""
    logging.basicConfig(format="%(message)s")
    logging.getLogger("mer_tasks").setLevel(logging.INFO)
    try:
        initialise(os.environ)
    except MerError as error:
        sys.exit(f"error: {error}")
    logger.info("ready")


if __name__ == "__main__":
    main()
