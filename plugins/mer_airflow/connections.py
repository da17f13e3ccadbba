"""Credentials from Airflow's connections, for the stages that read them from the environment.

A connection that is named (``MER_AWS_CONN_ID``, ``MER_DATABASE_CONN_ID``) wins; else the usual variables; else the connection
``mer_s3`` or ``mer_database``, if there is one. A connection's secrets go into this process's environment and no further;
in logs they are masked.
"""

import os
import re
from typing import Any
from urllib.parse import quote, unquote, urlencode

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.sdk.log import mask_secret

from mer_tasks.errors import ConfigError

EXTRAS = {
    "endpoint_url": "AWS_ENDPOINT_URL_S3",
    "region_name": "AWS_DEFAULT_REGION",
    "aws_session_token": "AWS_SESSION_TOKEN",
}
"""Of a connection of type `aws`, in its extra field."""
PASSWORD = re.compile(r"://[^/?@]*?:([^/?]*)@|[?&]password=([^&]*)")
"""In a URL, well-formed or not, as it stands there."""
_taken: dict[str, str] = {}
"""What this process has got from connections: a process that lives long asks for them again."""


def use_connections() -> None:
    """Set ``AWS_*`` and ``MER_DATABASE_URL`` of this process from connections.

    Raises
    ------
    ConfigError
        If a connection that is named does not exist, or is not of its type.
    """
    use_store_connection()
    _use("MER_DATABASE_CONN_ID", "mer_database", "MER_DATABASE_URL", database_variables)
    passwords = (password for found in PASSWORD.findall(os.environ.get("MER_DATABASE_URL", "")) for password in found)
    for secret in (os.environ.get("AWS_SECRET_ACCESS_KEY"), os.environ.get("AWS_SESSION_TOKEN"), *passwords):
        if secret:
            mask_secret(secret)
            mask_secret(unquote(secret))


def use_store_connection() -> None:
    """The same for ``AWS_*`` alone, where a store is remote."""
    if any(os.environ.get(place, "").startswith("s3://") for place in ("MER_STORE_URL", "MER_LANDING_URL")):
        _use("MER_AWS_CONN_ID", "mer_s3", "AWS_ACCESS_KEY_ID", aws_variables)


def _use(named: str, default: str, variable: str, translate: Any) -> None:
    if named not in os.environ and os.environ.get(variable, _taken.get(variable)) != _taken.get(variable):
        return
    conn_id = os.environ.get(named, default)
    try:
        connection = Connection.get(conn_id)
    except AirflowNotFoundException:
        if named in os.environ:
            raise ConfigError(f"{named}={conn_id!r}: no such connection; expected one that Airflow knows") from None
    else:
        found = translate(connection)
        os.environ.update(found)
        _taken.update(found)


def aws_variables(connection: Connection) -> dict[str, str]:
    """The ``AWS_*`` variables that a connection of type `aws` stands for."""
    _checked(connection, "aws")
    extra = connection.extra_dejson
    found = {
        "AWS_ACCESS_KEY_ID": connection.login or extra.get("aws_access_key_id"),
        "AWS_SECRET_ACCESS_KEY": connection.password or extra.get("aws_secret_access_key"),
        **{variable: extra.get(name) for name, variable in EXTRAS.items()},
    }
    return {variable: value for variable, value in found.items() if value}


def database_variables(connection: Connection) -> dict[str, str]:
    """``MER_DATABASE_URL`` of a connection of type `postgres`; its extra fields become options of libpq."""
    _checked(connection, "postgres")
    user, password = quote(connection.login or "", safe=""), quote(connection.password or "", safe="")
    port = f":{connection.port}" if connection.port else ""
    options = urlencode(connection.extra_dejson)
    place = f"{connection.host or ''}{port}/{quote(connection.schema or '', safe='')}"
    return {"MER_DATABASE_URL": f"postgresql+psycopg2://{user}:{password}@{place}{'?' if options else ''}{options}"}


def _checked(connection: Connection, expected: str) -> None:
    if connection.conn_type != expected:
        raise ConfigError(f"connection {connection.conn_id!r} is of type {connection.conn_type!r}, expected {expected!r}")
