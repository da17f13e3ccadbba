"""Make what the containers of ``docker-compose.yaml`` need: ``python -m mer_tasks.local_stack.container_setup``.

In: the environment that the containers have, and ``MER_ADMIN_URL`` and ``MER_OWNER_URL`` besides: Postgres as a superuser and
as mer_owner. Out: Airflow's database and that of the platform, with their roles, passwords and newest schemas; the bucket of
each place; the pool ``gpu``. Whatever is there stays as it is, so a second call changes nothing.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Mapping

from mer_tasks.database.connection import database_url, errors
from mer_tasks.database.migrations import ROLES, bootstrap
from mer_tasks.errors import ConfigError, MerError, WorkerLost
from mer_tasks.local_stack.embedded_postgres import create_database
from mer_tasks.local_stack.services import GPU_POOL, tail
from mer_tasks.storage.factory import open_store
from mer_tasks.storage.s3 import S3Store

AIRFLOW_URL = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
ROLE_URLS = dict(zip(ROLES, ("MER_OWNER_URL", "MER_DATABASE_URL", "MER_READER_URL"), strict=True))
"""Variable with the URL of each role."""
PLACES = ("MER_STORE_URL", "MER_LANDING_URL")
"""Variables with a URL that may be in a bucket; without the second, the landing zone is in the store."""

logger = logging.getLogger("mer_tasks.local_stack.container_setup")


def login(environment: Mapping[str, str], variable: str) -> tuple[str, str, str]:
    """Role, password and database of the URL in a variable.

    Raises
    ------
    ConfigError
        If there is none, or one of the three is not in it.
    """
    url = database_url(environment.get(variable, ""))
    if not (url.username and url.password and url.database):
        raise ConfigError(f"{variable}: expected a URL with a role, its password and a database")
    return url.username, url.password, url.database


def make_databases(environment: Mapping[str, str]) -> None:
    """Make both databases and their roles, and bring schema ``mer`` up to date.

    Raises
    ------
    ConfigError
        If a URL is wrong, or names another role than it has to.
    IntegrityError
        If the schema is newer than this version.
    AccessDenied, DatabaseUnavailable
    """
    admin_url = environment.get("MER_ADMIN_URL", "")
    passwords, databases = {}, set()
    for role, variable in ROLE_URLS.items():
        name, passwords[role], database = login(environment, variable)
        if name != role:
            raise ConfigError(f"{variable}: role {name!r}, expected {role!r}")
        databases.add(database)
    if len(databases) != 1:
        raise ConfigError(f"{', '.join(ROLE_URLS.values())}: databases {', '.join(sorted(databases))}, expected one")
    owner, password, database = login(environment, AIRFLOW_URL)
    database_url(admin_url)
    with errors(admin_url):
        create_database(admin_url, database, owner, password)
    bootstrap(admin_url, databases.pop(), passwords)


def make_buckets(environment: Mapping[str, str]) -> None:
    """Make the bucket of each place that is in one; raises AccessDenied, ConfigError or StoreUnavailable."""
    for variable in PLACES:
        url = environment.get(variable)
        store = open_store(url) if url else None
        if isinstance(store, S3Store):
            store.make_bucket()


def airflow(*arguments: str, expected: tuple[int, ...] = (0,)) -> int:
    """Exit code of one of Airflow's commands; raises :class:`WorkerLost` with its last words unless it is `expected`."""
    done = subprocess.run(["airflow", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode not in expected:
        raise WorkerLost(f"airflow {' '.join(arguments)} ended with {done.returncode}: {tail(done.stdout)}")
    return done.returncode


def initialise(environment: Mapping[str, str]) -> None:
    """Make all of it; Airflow's own commands find their settings in this process's environment."""
    logger.info("databases, roles and schema mer")
    make_databases(environment)
    logger.info("buckets")
    make_buckets(environment)
    logger.info("Airflow's schema")
    airflow("db", "migrate")
    name, slots, description = GPU_POOL
    if airflow("pools", "get", name, expected=(0, 1)):
        logger.info("pool %s", name)
        airflow("pools", "set", name, str(slots), description)


def main() -> None:
    """Command line: exit code 1 and one line if something is wrong."""
    logging.basicConfig(format="%(message)s")
    logging.getLogger("mer_tasks").setLevel(logging.INFO)
    try:
        initialise(os.environ)
    except MerError as error:
        sys.exit(f"error: {error}")
    logger.info("ready")


if __name__ == "__main__":
    main()
