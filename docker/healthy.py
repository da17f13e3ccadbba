"""Whether the component of this container works: exit code 0, or 1 and a line that says why not.

Cheaper than Airflow's own commands, which import Airflow for some seconds at each call. The scheduler, the DAG processor and
the triggerer are asked for in the database, where each writes its heartbeat under the name of its host; a Celery worker is
asked itself.
"""

import os
import socket
import sys
from urllib.request import urlopen

JOBS = {"scheduler": "SchedulerJob", "dag-processor": "DagProcessorJob", "triggerer": "TriggererJob"}
HEARTBEAT_SECONDS = 60
"""Older ones are not a sign of life."""
ANSWER_SECONDS = 10


def api_server() -> str | None:
    """What is wrong with the API server, if anything."""
    with urlopen("http://127.0.0.1:8080/api/v2/version", timeout=ANSWER_SECONDS) as answer:
        return None if answer.status == 200 else f"HTTP {answer.status}, expected 200"


def host() -> str:
    """Name of this host as Airflow writes it: the canonical one, where :func:`socket.getfqdn` may know another."""
    name = socket.gethostname()
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM, flags=socket.AI_CANONNAME)
    except OSError:
        return name
    return next((canonical for *_, canonical, _ in found if canonical), name)


def job(kind: str) -> str | None:
    """What is wrong with the job of this host, if anything."""
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
    """What is wrong with the Celery worker of this host, if anything."""
    from celery import Celery

    name = f"celery@{socket.gethostname()}"
    broker = Celery(broker=os.environ["AIRFLOW__CELERY__BROKER_URL"], broker_connection_timeout=ANSWER_SECONDS)
    answers = broker.control.inspect(destination=[name], timeout=ANSWER_SECONDS).ping()
    return None if answers else f"{name} does not answer"


def main(component: str) -> str | None:
    """What is wrong, in a line, if anything."""
    try:
        if component == "api-server":
            return api_server()
        return worker() if component.startswith("worker") else job(JOBS[component])
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
