"""Health check of a container: exit code 0 if its component works, otherwise 1 and a line with the reason.

This check is cheaper than Airflow's own commands, which take some seconds to import Airflow at each call. For the scheduler,
the DAG processor and the triggerer, it reads the heartbeat that each writes to the database under the name of its host. To a
Celery worker it sends a request.
"""

import os
import socket
import sys
from urllib.request import urlopen

JOBS = {"scheduler": "SchedulerJob", "dag-processor": "DagProcessorJob", "triggerer": "TriggererJob"}
HEARTBEAT_SECONDS = 60
"""Largest age of a heartbeat of a healthy component."""
ANSWER_SECONDS = 10


def api_server() -> str | None:
    """Check the API server; returns None or the problem."""
    with urlopen("http://127.0.0.1:8080/api/v2/version", timeout=ANSWER_SECONDS) as answer:
        return None if answer.status == 200 else f"HTTP {answer.status}, expected 200"


def host() -> str:
    """Canonical name of this host, which Airflow writes to its database; :func:`socket.getfqdn` may return another name."""
    name = socket.gethostname()
    try:
        addresses = socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM, flags=socket.AI_CANONNAME)
    except OSError:
        return name
    return next((canonical for *_, canonical, _ in addresses if canonical), name)


def job(kind: str) -> str | None:
    """Check the heartbeat of this host's job of one kind; returns None or the problem."""
    import psycopg2

    url = os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("+psycopg2", "")
    connection = psycopg2.connect(url, connect_timeout=ANSWER_SECONDS)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXTRACT(EPOCH FROM now() - max(latest_heartbeat)) FROM job"
                " WHERE job_type = %s AND hostname = %s AND state = 'running'",
                [kind, host()],
            )
            (age,) = cursor.fetchone()
    finally:
        connection.close()
    if age is None:
        return f"no running {kind} of host {host()} in Airflow's database"
    return None if age < HEARTBEAT_SECONDS else f"last heartbeat {age:.0f} s ago, expected less than {HEARTBEAT_SECONDS}"


def worker() -> str | None:
    """Check the Celery worker of this host; returns None or the problem."""
    from celery import Celery

    name = f"celery@{socket.gethostname()}"
    broker = Celery(broker=os.environ["AIRFLOW__CELERY__BROKER_URL"], broker_connection_timeout=ANSWER_SECONDS)
    answers = broker.control.inspect(destination=[name], timeout=ANSWER_SECONDS).ping()
    return None if answers else f"{name} does not answer"


def main(component: str) -> str | None:
    """Check a component by its name; returns None or the problem in one line."""
    try:
        if component == "api-server":
            return api_server()
        return worker() if component.startswith("worker") else job(JOBS[component])
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
