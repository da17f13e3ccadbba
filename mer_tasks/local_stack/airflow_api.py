"""Client of Airflow's REST API, with the requests that the local stack needs. It does not import Airflow.

Every failure is raised as one of the errors in :mod:`mer_tasks.errors`.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from mer_tasks.errors import AccessDenied, ConfigError, ObjectMissing, PermanentError, TransientError

PAGE_ROWS = 100
"""Largest number of rows that Airflow returns in one answer."""
TIMEOUT_SECONDS = 20

Json = dict[str, Any]


class AirflowApi:
    """Client of one Airflow, as one of its users; use it in a ``with`` block, which closes its connections.

    Parameters
    ----------
    url : str
        URL of the API server, such as ``http://127.0.0.1:8080``.
    user, password : str
        Login, which the first request exchanges for a token.
    """

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url
        self._login = {"username": user, "password": password}
        # trust_env=False: the environment's proxies cannot reach the loopback interface
        self._client = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False)

    def __enter__(self) -> "AirflowApi":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def health(self) -> Json | None:
        """Request the health report on Airflow's four components; returns None if no Airflow answers."""
        try:
            answer = self._client.get("/api/v2/monitor/health", timeout=5)
            report = answer.json() if answer.status_code == httpx.codes.OK else None
        except (httpx.HTTPError, ValueError):
            return None
        return report if isinstance(report, dict) else None

    def make_pool(self, name: str, slots: int, description: str) -> None:
        """Make a pool; a pool that exists already is not changed, because users may have set its slots."""
        body = {"name": name, "slots": slots, "description": description, "include_deferred": False}
        self._request("POST", "pools", json=body, expected=(httpx.codes.CREATED, httpx.codes.CONFLICT))

    def wait_for_dag(self, dag: str, seconds: float) -> None:
        """Wait until Airflow has parsed `dag`, then unpause it.

        Raises
        ------
        PermanentError
            If a DAG file cannot be imported, or the DAG does not appear within `seconds`.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                self._request("PATCH", f"dags/{dag}", json={"is_paused": False})
                return
            except ObjectMissing:
                errors = self._request("GET", "importErrors")["import_errors"]
                if errors:
                    raise PermanentError(f"{errors[0]['filename']}: {errors[0]['stack_trace'].strip()}") from None
                if time.monotonic() > deadline:
                    raise PermanentError(f"no DAG {dag!r} after {seconds:g} s: expected it in the DAG folder") from None
                time.sleep(0.5)

    def trigger(self, dag: str, run: str, conf: Mapping[str, Any]) -> None:
        """Start the run `run` of `dag`; raises :class:`ConfigError` if Airflow refuses its parameters."""
        self._request("POST", f"dags/{dag}/dagRuns", json={"dag_run_id": run, "logical_date": None, "conf": dict(conf)})

    def run_state(self, dag: str, run: str) -> str:
        """Request the state of a run: ``queued``, ``running``, ``success`` or ``failed``."""
        return str(self._request("GET", f"dags/{dag}/dagRuns/{run}")["state"])

    def runs(self, dag: str) -> list[Json]:
        """List all runs of `dag`, oldest first."""
        return list(self._all_rows(f"dags/{dag}/dagRuns", "dag_runs"))

    def fail_run(self, dag: str, run: str) -> None:
        """Mark a run as failed; Airflow then ends its tasks."""
        self._request("PATCH", f"dags/{dag}/dagRuns/{run}", json={"state": "failed"})

    def task_instances(self, dag: str, run: str) -> list[Json]:
        """List all task instances of a run; each instance of a mapped task is a row of its own."""
        return list(self._all_rows(f"dags/{dag}/dagRuns/{run}/taskInstances", "task_instances"))

    def log(self, dag: str, run: str, task: Mapping[str, Any]) -> list[Json]:
        """List the events in the log of a task instance's latest try, oldest first."""
        path = f"dags/{dag}/dagRuns/{run}/taskInstances/{task['task_id']}/logs/{max(1, task['try_number'])}"
        events = self._request("GET", path, params={"map_index": task["map_index"], "full_content": True})["content"]
        return [event if isinstance(event, dict) else {"event": str(event)} for event in events]

    def _all_rows(self, path: str, name: str) -> Iterator[Json]:
        """Yield the rows of all pages of a list; `name` is the field of an answer that has them."""
        offset, total = 0, 1
        while offset < total:
            answer = self._request("GET", path, params={"limit": PAGE_ROWS, "offset": offset})
            yield from answer[name]
            offset += PAGE_ROWS
            total = answer["total_entries"]

    def _request(self, method: str, path: str, *, expected: tuple[int, ...] = (200, 201), **content: Any) -> Json:
        """Send a request to the API, after logging in if there is no token yet; `expected` are the good statuses."""
        if "Authorization" not in self._client.headers:
            token = self._send("POST", "/auth/token", (201,), json=self._login)["access_token"]
            self._client.headers["Authorization"] = f"Bearer {token}"
        return self._send(method, f"/api/v2/{path}", expected, **content)

    def _send(self, method: str, path: str, expected: tuple[int, ...], **content: Any) -> Json:
        """Send one HTTP request, and turn a failure into one of the platform's errors."""
        try:
            answer = self._client.request(method, path, **content)
        except httpx.HTTPError as error:
            raise TransientError(f"{self.url}{path}: {error or type(error).__name__}; expected Airflow to answer") from None
        if answer.status_code in expected:
            body: Json = answer.json()
            return body
        message = f"{self.url}{path}: HTTP {answer.status_code}: {' '.join(answer.text.split())[:500]}"
        if answer.status_code in (401, 403):
            raise AccessDenied(message)
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise ObjectMissing(message)
        raise TransientError(message) if answer.is_server_error else ConfigError(message)
