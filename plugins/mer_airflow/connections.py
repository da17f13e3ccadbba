"""Airflow connections: copy their credentials into environment variables, from which the stages read them.

The order of precedence is: a connection whose id is in ``MER_AWS_CONN_ID`` or ``MER_DATABASE_CONN_ID``; the usual environment
variables; the connection ``mer_s3`` or ``mer_database``, if it exists. The secrets of a connection go into the environment of
this process only, and Airflow masks them in logs.
"""

import os
import re
from collections.abc import Callable
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
"""Environment variable for each key that the extra field of a connection of type `aws` may have."""
PASSWORD = re.compile(r"://[^/?@]*?:([^/?]*)@|[?&]password=([^&]*)")
"""Matches the password in a URL as it is written there, even if the URL is malformed."""
_set_from_connections: dict[str, str] = {}
"""Variables that this process has set from connections. A long-lived process may overwrite these, and only these."""


def use_connections() -> None:
    """Set ``AWS_*`` and ``MER_DATABASE_URL`` of this process from Airflow connections, and mask their secrets in logs.

    Raises
    ------
    ConfigError
        If a named connection does not exist, or a connection has the wrong type.
    """
    use_store_connection()
    _set_variables("MER_DATABASE_CONN_ID", "mer_database", "MER_DATABASE_URL", database_variables)
    passwords = (password for groups in PASSWORD.findall(os.environ.get("MER_DATABASE_URL", "")) for password in groups)
    for secret in (os.environ.get("AWS_SECRET_ACCESS_KEY"), os.environ.get("AWS_SESSION_TOKEN"), *passwords):
        if secret:
            mask_secret(secret)
            mask_secret(unquote(secret))


def use_store_connection() -> None:
    """Set only the ``AWS_*`` variables from a connection, if the object store or the landing zone is in S3."""
    if any(os.environ.get(variable, "").startswith("s3://") for variable in ("MER_STORE_URL", "MER_LANDING_URL")):
        _set_variables("MER_AWS_CONN_ID", "mer_s3", "AWS_ACCESS_KEY_ID", aws_variables)


def _set_variables(
    id_variable: str, default_id: str, main_variable: str, translate: Callable[[Connection], dict[str, str]]
) -> None:
    """Set environment variables from one connection, unless the user has set `main_variable` and named no connection."""
    from_connection = _set_from_connections.get(main_variable)
    if id_variable not in os.environ and os.environ.get(main_variable, from_connection) != from_connection:
        return
    conn_id = os.environ.get(id_variable, default_id)
    try:
        connection = Connection.get(conn_id)
    except AirflowNotFoundException:
        if id_variable in os.environ:
            raise ConfigError(f"{id_variable}={conn_id!r}: no such connection; expected one that Airflow knows") from None
    else:
        variables = translate(connection)
        os.environ.update(variables)
        _set_from_connections.update(variables)


def aws_variables(connection: Connection) -> dict[str, str]:
    """Translate a connection of type `aws` into ``AWS_*`` variables."""
    _check_type(connection, "aws")
    extra = connection.extra_dejson
    variables = {
        "AWS_ACCESS_KEY_ID": connection.login or extra.get("aws_access_key_id"),
        "AWS_SECRET_ACCESS_KEY": connection.password or extra.get("aws_secret_access_key"),
        **{variable: extra.get(name) for name, variable in EXTRAS.items()},
    }
    return {variable: value for variable, value in variables.items() if value}


def database_variables(connection: Connection) -> dict[str, str]:
    """Translate a connection of type `postgres` into ``MER_DATABASE_URL``; its extra fields become options of libpq."""
    _check_type(connection, "postgres")
    user = quote(connection.login or "", safe="")
    password = quote(connection.password or "", safe="")
    port = f":{connection.port}" if connection.port else ""
    database = quote(connection.schema or "", safe="")
    options = urlencode(connection.extra_dejson)
    address = f"{connection.host or ''}{port}/{database}"
    return {"MER_DATABASE_URL": f"postgresql+psycopg2://{user}:{password}@{address}{'?' if options else ''}{options}"}


def _check_type(connection: Connection, expected: str) -> None:
    if connection.conn_type != expected:
        raise ConfigError(f"connection {connection.conn_id!r} is of type {connection.conn_type!r}, expected {expected!r}")
