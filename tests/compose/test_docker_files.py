"""The files of docker/ and docker-compose.yaml, as far as they can be tried without containers."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg2
import pytest
import yaml
from cryptography.fernet import Fernet

from mer_tasks.config import CHECKOUT

DOCKER = CHECKOUT / "docker"
SPEC = spec_from_file_location("healthy", DOCKER / "healthy.py")
healthy = module_from_spec(SPEC)
SPEC.loader.exec_module(healthy)
COMPOSE = (CHECKOUT / "docker-compose.yaml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
REQUIRED = set(re.findall(r"\$\{(\w+):\?", COMPOSE))
DATED = re.compile(r"^[\w/-]+:\d+(\.\d+)+$")
"""An image by its exact version."""


def make_env(file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([DOCKER / "make-env", file], capture_output=True, text=True, check=False)


def settings(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines() if not line.startswith("#"))


class TestMakeEnv:
    def test_every_secret_that_the_compose_file_requires_is_made_and_no_other(self, tmp_path: Path) -> None:
        assert make_env(tmp_path / ".env").returncode == 0
        made = settings(tmp_path / ".env")
        assert made.keys() == REQUIRED
        assert len(set(made.values())) == len(made)
        assert all(re.fullmatch(r"[\w-]{12,}=?", value) for value in made.values())
        Fernet(made["AIRFLOW_FERNET_KEY"])

    def test_nobody_else_may_read_them(self, tmp_path: Path) -> None:
        make_env(tmp_path / ".env")
        assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
        assert [path.name for path in tmp_path.iterdir()] == [".env"]

    def test_those_that_are_there_are_left_as_they_are(self, tmp_path: Path) -> None:
        make_env(tmp_path / ".env")
        before = (tmp_path / ".env").read_bytes()
        again = make_env(tmp_path / ".env")
        assert again.returncode == 1
        assert again.stderr.startswith(f"error: {tmp_path}/.env exists and is left as it is")
        assert (tmp_path / ".env").read_bytes() == before

    def test_those_that_somebody_else_makes_meanwhile_are_left_as_they_are(self, tmp_path: Path, monkeypatch) -> None:
        meanwhile = tmp_path / "bin" / "base64"
        meanwhile.parent.mkdir()
        meanwhile.write_text(f"#!/bin/sh\necho theirs > {tmp_path}/.env\nPATH=${{PATH#*:}} exec base64\n")
        meanwhile.chmod(0o755)
        monkeypatch.setenv("PATH", str(meanwhile.parent), prepend=os.pathsep)
        done = make_env(tmp_path / ".env")
        assert done.returncode == 1
        assert "exists" in done.stderr
        assert (tmp_path / ".env").read_text() == "theirs\n"
        assert sorted(path.name for path in tmp_path.iterdir()) == [".env", "bin"]


class TestCompose:
    def test_nothing_but_the_pages_is_published_and_that_on_this_machine_only(self) -> None:
        assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
            "api-server": ["127.0.0.1:${PORT:-8080}:8080"]
        }

    @pytest.mark.parametrize("name", SERVICES)
    def test_a_service_comes_back_has_a_limit_and_says_how_it_is(self, name: str) -> None:
        service = SERVICES[name]
        assert service["mem_limit"]
        assert service["read_only"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert service["restart"] == ("no" if name == "init" else "unless-stopped")
        assert ("healthcheck" in service) == (name != "init")
        assert service["image"].startswith("mer-batch-platform:${MER_IMAGE_TAG:-local}") or DATED.match(service["image"])

    def test_a_component_waits_for_what_it_uses_and_for_the_job_that_readies_it(self) -> None:
        ready = {**dict.fromkeys(("postgres", "redis", "s3"), "service_healthy"), "init": "service_completed_successfully"}
        for name in SERVICES.keys() - {"postgres", "redis", "s3", "init"}:
            waits = {other: how["condition"] for other, how in SERVICES[name]["depends_on"].items()}
            assert waits.items() >= ready.items(), name

    def test_only_the_worker_with_a_gpu_requires_one(self) -> None:
        required = {
            name: service["environment"].get("MER_GPU") for name, service in SERVICES.items() if "environment" in service
        }
        assert {name: value for name, value in required.items() if value} == {"worker-gpu": "${MER_GPU:-require}"}

    def test_every_volume_with_a_name_is_declared(self) -> None:
        used = [volume for service in SERVICES.values() for volume in service.get("volumes", ()) if ":" in volume]
        assert {volume.partition(":")[0] for volume in used} == set(yaml.safe_load(COMPOSE)["volumes"])

    def test_no_password_stands_in_it(self) -> None:
        for name, value in re.findall(r"(\w*(?:PASSWORD|SECRET|KEY|CLI_AUTH)): (\S+)", COMPOSE):
            assert value.startswith("${"), f"{name}: {value}"
        for password in re.findall(r"://[^:\s]*:([^@\s]+)@", COMPOSE):
            assert re.fullmatch(r"\$\{\w+:\?[^}]*\}", password), password

    def test_every_command_is_one_that_the_entrypoint_knows(self) -> None:
        known = set(re.findall(r"[\w-]+(?=[^(\n]*\)$)", (DOCKER / "entrypoint").read_text(), re.MULTILINE))
        ours = {name: service["command"] for name, service in SERVICES.items() if service["image"].startswith("mer-")}
        assert {command[0] for name, command in ours.items() if name != "init"} <= known

    def test_every_health_check_of_ours_is_of_that_component(self) -> None:
        for name, service in SERVICES.items():
            if service["image"].startswith("mer-") and name != "init":
                assert service["healthcheck"]["test"] == ["CMD", "python", "docker/healthy.py", name]


AIRFLOW = """#!/bin/sh
echo "$*"
ls "$AIRFLOW_HOME"
umask
"""


class TestEntrypoint:
    @pytest.fixture
    def home(self, tmp_path: Path) -> Path:
        """An AIRFLOW_HOME to be, beside an airflow that says how it was called and what is there."""
        program = tmp_path / "airflow"
        program.write_text(AIRFLOW)
        program.chmod(0o755)
        (tmp_path / "built").mkdir()
        (tmp_path / "built" / "compiled").touch()
        return tmp_path / "var" / "home"

    def said(self, home: Path, *command: str, **variables: str) -> list[str]:
        environment = {
            "PATH": f"{home.parents[1]}:{os.environ['PATH']}",
            "AIRFLOW_HOME": str(home),
            "NUMBA_CACHE_BUILT": str(home.parents[1] / "built"),
            "NUMBA_CACHE_DIR": str(home.parent / "numba"),
            **variables,
        }
        done = subprocess.run([DOCKER / "entrypoint", *command], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    @pytest.mark.parametrize("component", ["scheduler", "dag-processor", "triggerer"])
    def test_a_component_is_started_by_its_name(self, home: Path, component: str) -> None:
        assert self.said(home, component) == [component, "0077"]

    @pytest.mark.parametrize(
        ("profiles", "queues"), [(None, "default,gpu"), ("", "default,gpu"), ("gpus", "default,gpu"), ("a,gpu,b", "default")]
    )
    def test_workers_take_the_queue_gpu_unless_a_worker_of_its_own_does(self, home: Path, profiles, queues: str) -> None:
        variables = {} if profiles is None else {"COMPOSE_PROFILES": profiles}
        assert self.said(home, "worker", **variables)[0] == f"celery worker --queues {queues}"
        assert self.said(home, "worker-gpu", **variables)[0] == "celery worker --queues gpu"

    def test_what_a_killed_container_left_does_not_stop_the_next(self, home: Path) -> None:
        home.mkdir(parents=True)
        for name in ("airflow-worker.pid", "airflow.cfg"):
            (home / name).touch()
        assert self.said(home, "worker")[1:] == ["airflow.cfg", "0077"]

    def test_the_pages_get_the_password_of_the_environment(self, home: Path) -> None:
        assert self.said(home, "api-server", AIRFLOW_ADMIN_PASSWORD='pass"word\\1')[:2] == ["api-server", "passwords.json"]
        assert json.loads((home / "passwords.json").read_text()) == {"admin": 'pass"word\\1'}
        assert (home / "passwords.json").stat().st_mode & 0o777 == 0o600
        with pytest.raises(AssertionError, match="AIRFLOW_ADMIN_PASSWORD"):
            self.said(home, "api-server")

    def test_a_worker_begins_with_what_was_compiled_when_the_image_was_built(self, home: Path) -> None:
        kept = home.parent / "numba"
        self.said(home, "worker")
        assert [path.name for path in kept.iterdir()] == ["compiled"]
        (kept / "compiled").rename(kept / "compiled here")
        self.said(home, "worker")
        assert [path.name for path in kept.iterdir()] == ["compiled here"]

    def test_any_other_command_runs_as_it_is(self, home: Path) -> None:
        assert self.said(home, "echo", "a b", "*") == ["a b *"]


def test_a_host_has_the_name_that_airflow_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(socket.AF_INET, socket.SOCK_DGRAM, 17, canonical, ("10.0.0.1", 0)) for canonical in ("", "w1.example", "w2")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
    assert healthy.host() == "w1.example"
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers[:1])
    assert healthy.host() == socket.gethostname()


class TestHealthy:
    @pytest.fixture
    def jobs(self, postgres, monkeypatch) -> Iterator[Any]:
        """A cursor on a database that has Airflow's table of jobs, as far as it is read."""
        url = postgres.create_database("airflow_jobs", "airflow_jobs", "x y%")
        monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", url)
        connection = psycopg2.connect(url.replace("+psycopg2", ""))
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("DROP TABLE IF EXISTS job")
        cursor.execute("CREATE TABLE job (job_type text, hostname text, state text, latest_heartbeat timestamptz)")
        yield cursor
        connection.close()

    def beat(self, jobs: Any, kind: str, seconds: int, state: str = "running", host: str | None = None) -> None:
        values = [kind, host or healthy.host(), state, seconds]
        jobs.execute("INSERT INTO job VALUES (%s, %s, %s, now() - make_interval(secs => %s))", values)

    @pytest.mark.parametrize("component", healthy.JOBS)
    def test_a_job_is_well_while_its_newest_heartbeat_is_young(self, jobs: Any, component: str) -> None:
        kind = healthy.JOBS[component]
        assert healthy.main(component) == f"no running {kind} of host {healthy.host()} in Airflow's database"
        self.beat(jobs, kind, 300)
        assert re.fullmatch(r"last heartbeat 30\d s ago, expected less than 60", healthy.main(component) or "")
        self.beat(jobs, kind, 5)
        assert healthy.main(component) is None

    def test_a_job_of_another_host_or_kind_or_one_that_has_ended_does_not_count(self, jobs: Any) -> None:
        self.beat(jobs, "SchedulerJob", 5, host="elsewhere")
        self.beat(jobs, "SchedulerJob", 5, state="failed")
        self.beat(jobs, "TriggererJob", 5)
        assert (healthy.main("scheduler") or "").startswith("no running SchedulerJob")

    def test_a_database_that_is_away_is_one_line(self, monkeypatch) -> None:
        monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "postgresql+psycopg2://a:secret@127.0.0.1:1/airflow")
        said = healthy.main("triggerer") or ""
        assert said.startswith("OperationalError: ")
        assert "\n" not in said
        assert "secret" not in said

    def test_the_api_server_is_well_while_it_answers(self, monkeypatch) -> None:
        class Answer(BaseHTTPRequestHandler):
            status = 200

            def do_GET(self) -> None:
                assert self.path == "/api/v2/version"
                self.send_response(self.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        with HTTPServer(("127.0.0.1", 0), Answer) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            here = f"127.0.0.1:{server.server_port}"
            monkeypatch.setattr(
                healthy,
                "urlopen",
                lambda url, timeout: urlopen(url.replace("127.0.0.1:8080", here), timeout=timeout),  # noqa: S310
            )
            assert healthy.main("api-server") is None
            Answer.status = 503
            assert (healthy.main("api-server") or "").startswith("HTTPError: HTTP Error 503")
            server.shutdown()
        assert "refused" in (healthy.main("api-server") or "")

    def test_a_worker_whose_broker_is_away_is_not_well(self, monkeypatch) -> None:
        monkeypatch.setenv("AIRFLOW__CELERY__BROKER_URL", "redis://:secret@127.0.0.1:1/0")
        said = healthy.main("worker-gpu") or ""
        assert "refused" in said
        assert "secret" not in said

    def test_as_a_command_it_ends_with_1_and_the_line(self) -> None:
        variables = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql://a@127.0.0.1:1/b"}
        done = subprocess.run(
            [sys.executable, DOCKER / "healthy.py", "scheduler"], env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1
