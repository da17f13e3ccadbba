"""Airflow's REST API, as much of it as the local stack needs. Nothing of Airflow is imported.

Every failure leaves here as one of the errors of :mod:`mer_tasks.errors`.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from mer_tasks.errors import AccessDenied, ConfigError, ObjectMissing, PermanentError, TransientError

PAGE = 100
"""Airflow gives at most so many rows in one answer."""
TIMEOUT_SECONDS = 20

Json = dict[str, Any]


class AirflowApi:
    """One Airflow, as one of its users; a ``with`` block gives back its connections.

    Parameters
    ----------
    url : str
        Of the api-server, such as ``http://127.0.0.1:8080``.
    user, password : str
        Exchanged for a token when first needed.
    """

    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url
        self._login = {"username": user, "password": password}
        # proxies of the environment are not for the loopback interface
        self._client = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False)

    def __enter__(self) -> "AirflowApi":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def health(self) -> Json | None:
        """What Airflow says of its four components; None if nobody answers as Airflow does."""
        try:
            answer = self._client.get("/api/v2/monitor/health", timeout=5)
            found = answer.json() if answer.status_code == httpx.codes.OK else None
        except (httpx.HTTPError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def make_pool(self, name: str, slots: int, description: str) -> None:
        """Make a pool; one that exists is left as its users have set it."""
        body = {"name": name, "slots": slots, "description": description, "include_deferred": False}
        self._ask("POST", "pools", json=body, expected=(httpx.codes.CREATED, httpx.codes.CONFLICT))

    def wait_for_dag(self, dag: str, seconds: float) -> None:
        """Wait until Airflow has parsed `dag`, and unpause it.

        Raises
        ------
        PermanentError
            If a DAG file cannot be imported, or the DAG does not appear in time.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                self._ask("PATCH", f"dags/{dag}", json={"is_paused": False})
                return
            except ObjectMissing:
                broken = self._ask("GET", "importErrors")["import_errors"]
                if broken:
                    raise PermanentError(f"{broken[0]['filename']}: {broken[0]['stack_trace'].strip()}") from None
                if time.monotonic() > deadline:
                    raise PermanentError(f"no DAG {dag!r} after {seconds:g} s: expected it in the DAG folder") from None
                time.sleep(0.5)

    def trigger(self, dag: str, run: str, conf: Mapping[str, Any]) -> None:
        """Start the run `run` of `dag`; raises :class:`ConfigError` if Airflow refuses its parameters."""
        self._ask("POST", f"dags/{dag}/dagRuns", json={"dag_run_id": run, "logical_date": None, "conf": dict(conf)})

    def run_state(self, dag: str, run: str) -> str:
        """``queued``, ``running``, ``success`` or ``failed``."""
        return str(self._ask("GET", f"dags/{dag}/dagRuns/{run}")["state"])

    def runs(self, dag: str) -> list[Json]:
        """Every run of `dag`, oldest first."""
        return list(self._pages(f"dags/{dag}/dagRuns", "dag_runs"))

    def fail_run(self, dag: str, run: str) -> None:
        """Mark a run failed: Airflow then ends its tasks."""
        self._ask("PATCH", f"dags/{dag}/dagRuns/{run}", json={"state": "failed"})

    def task_instances(self, dag: str, run: str) -> list[Json]:
        """Every task instance of a run, those of mapped tasks one by one."""
        return list(self._pages(f"dags/{dag}/dagRuns/{run}/taskInstances", "task_instances"))

    def log(self, dag: str, run: str, task: Mapping[str, Any]) -> list[Json]:
        """Events in the log of the latest try of a task instance, oldest first."""
        place = f"dags/{dag}/dagRuns/{run}/taskInstances/{task['task_id']}/logs/{max(1, task['try_number'])}"
        found = self._ask("GET", place, params={"map_index": task["map_index"], "full_content": True})["content"]
        return [event if isinstance(event, dict) else {"event": str(event)} for event in found]

    def _pages(self, place: str, name: str) -> Iterator[Json]:
        offset, total = 0, 1
        while offset < total:
            answer = self._ask("GET", place, params={"limit": PAGE, "offset": offset})
            yield from answer[name]
            offset, total = offset + PAGE, answer["total_entries"]

    def _ask(self, method: str, place: str, *, expected: tuple[int, ...] = (200, 201), **content: Any) -> Json:
        if "Authorization" not in self._client.headers:
            token = self._send("POST", "/auth/token", (201,), json=self._login)["access_token"]
            self._client.headers["Authorization"] = f"Bearer {token}"
        return self._send(method, f"/api/v2/{place}", expected, **content)

    def _send(self, method: str, path: str, expected: tuple[int, ...], **content: Any) -> Json:
        try:
            answer = self._client.request(method, path, **content)
        except httpx.HTTPError as error:
            raise TransientError(f"{self.url}{path}: {error or type(error).__name__}; expected Airflow to answer") from None
        if answer.status_code in expected:
            found: Json = answer.json()
            return found
        message = f"{self.url}{path}: HTTP {answer.status_code}: {' '.join(answer.text.split())[:500]}"
        if answer.status_code in (401, 403):
            raise AccessDenied(message)
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise ObjectMissing(message)
        raise TransientError(message) if answer.is_server_error else ConfigError(message)
