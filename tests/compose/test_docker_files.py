"""Test the files of docker/ and docker-compose.yaml as far as this is possible without containers."""

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
from mer_tasks.label_set import DEFAULT

DOCKER = CHECKOUT / "docker"
SPEC = spec_from_file_location("healthy", DOCKER / "healthy.py")
healthy = module_from_spec(SPEC)
SPEC.loader.exec_module(healthy)
COMPOSE = (CHECKOUT / "docker-compose.yaml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
REQUIRED = set(re.findall(r"\$\{(\w+):\?", COMPOSE))
EXACT_VERSION = re.compile(r"^[\w/-]+:\d+(\.\d+)+(-pg\d+)?$")
"""Name of an image with its exact version; that of pgvector also has the version of Postgres."""


def make_env(file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([DOCKER / "make-env", file], capture_output=True, text=True, check=False)


def settings(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines() if not line.startswith("#"))


class TestMakeEnv:
    def test_it_makes_exactly_the_secrets_that_the_compose_file_requires(self, tmp_path: Path) -> None:
        assert make_env(tmp_path / ".env").returncode == 0
        secrets = settings(tmp_path / ".env")
        assert secrets.keys() == REQUIRED
        assert len(set(secrets.values())) == len(secrets)
        assert all(re.fullmatch(r"[\w-]{12,}=?", value) for value in secrets.values())
        Fernet(secrets["AIRFLOW_FERNET_KEY"])

    def test_only_the_owner_may_read_the_secrets(self, tmp_path: Path) -> None:
        make_env(tmp_path / ".env")
        assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
        assert [path.name for path in tmp_path.iterdir()] == [".env"]

    def test_existing_secrets_are_not_changed(self, tmp_path: Path) -> None:
        make_env(tmp_path / ".env")
        before = (tmp_path / ".env").read_bytes()
        again = make_env(tmp_path / ".env")
        assert again.returncode == 1
        assert again.stderr.startswith(f"error: {tmp_path}/.env exists and is not changed")
        assert (tmp_path / ".env").read_bytes() == before

    def test_secrets_that_another_process_writes_meanwhile_are_not_changed(self, tmp_path: Path, monkeypatch) -> None:
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
    def test_only_the_port_of_the_pages_is_published_and_only_on_this_machine(self) -> None:
        assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
            "api-server": ["127.0.0.1:${PORT:-8080}:8080"]
        }

    @pytest.mark.parametrize("name", SERVICES)
    def test_a_service_restarts_and_has_a_memory_limit_and_a_health_check(self, name: str) -> None:
        service = SERVICES[name]
        assert service["mem_limit"]
        assert service["read_only"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert service["restart"] == ("no" if name == "init" else "unless-stopped")
        assert ("healthcheck" in service) == (name != "init")
        assert service["image"].startswith("mer-batch-platform:${MER_IMAGE_TAG:-local}") or EXACT_VERSION.match(
            service["image"]
        )

    def test_a_component_waits_for_its_services_and_for_the_init_job(self) -> None:
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
        named = {volume.partition(":")[0] for volume in used if not volume.startswith("$")}
        assert named == set(yaml.safe_load(COMPOSE)["volumes"])

    def test_every_container_of_the_platform_reads_the_label_set_from_a_file_of_this_machine(self) -> None:
        for name, service in SERVICES.items():
            if service["image"].startswith("mer-"):
                (mount,) = [volume for volume in service["volumes"] if volume.startswith("${LABELS:-")]
                default, target, mode = re.fullmatch(r"\$\{LABELS:-([^}]+)\}:([^:]+):(\w+)", mount).groups()
                assert (CHECKOUT / default, mode) == (DEFAULT, "ro"), name
                assert service["environment"]["MER_LABELS"] == f"${{MER_LABELS:-{target}}}", name

    def test_the_compose_file_contains_no_password(self) -> None:
        for name, value in re.findall(r"(\w*(?:PASSWORD|SECRET|KEY|CLI_AUTH)): (\S+)", COMPOSE):
            assert value.startswith("${"), f"{name}: {value}"
        for password in re.findall(r"://[^:\s]*:([^@\s]+)@", COMPOSE):
            assert re.fullmatch(r"\$\{\w+:\?[^}]*\}", password), password

    def test_the_entrypoint_supports_every_command(self) -> None:
        supported = set(re.findall(r"[\w-]+(?=[^(\n]*\)$)", (DOCKER / "entrypoint").read_text(), re.MULTILINE))
        ours = {name: service["command"] for name, service in SERVICES.items() if service["image"].startswith("mer-")}
        assert {command[0] for name, command in ours.items() if name != "init"} <= supported

    def test_the_health_check_of_each_component_names_that_component(self) -> None:
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
        """Path of a future AIRFLOW_HOME, with a fake airflow on the PATH that prints its arguments and the files in it."""
        program = tmp_path / "airflow"
        program.write_text(AIRFLOW)
        program.chmod(0o755)
        (tmp_path / "built").mkdir()
        (tmp_path / "built" / "compiled").touch()
        return tmp_path / "var" / "home"

    def output_of(self, home: Path, *command: str, **variables: str) -> list[str]:
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
        assert self.output_of(home, component) == [component, "0077"]

    @pytest.mark.parametrize(
        ("profiles", "queues"), [(None, "default,gpu"), ("", "default,gpu"), ("gpus", "default,gpu"), ("a,gpu,b", "default")]
    )
    def test_workers_serve_the_gpu_queue_unless_there_is_a_gpu_worker(self, home: Path, profiles, queues: str) -> None:
        variables = {} if profiles is None else {"COMPOSE_PROFILES": profiles}
        assert self.output_of(home, "worker", **variables)[0] == f"celery worker --queues {queues}"
        assert self.output_of(home, "worker-gpu", **variables)[0] == "celery worker --queues gpu"

    def test_the_pid_file_of_a_killed_container_does_not_prevent_the_next_start(self, home: Path) -> None:
        home.mkdir(parents=True)
        for name in ("airflow-worker.pid", "airflow.cfg"):
            (home / name).touch()
        assert self.output_of(home, "worker")[1:] == ["airflow.cfg", "0077"]

    def test_the_pages_use_the_password_of_the_environment(self, home: Path) -> None:
        assert self.output_of(home, "api-server", AIRFLOW_ADMIN_PASSWORD='pass"word\\1')[:2] == ["api-server", "passwords.json"]
        assert json.loads((home / "passwords.json").read_text()) == {"admin": 'pass"word\\1'}
        assert (home / "passwords.json").stat().st_mode & 0o777 == 0o600
        with pytest.raises(AssertionError, match="AIRFLOW_ADMIN_PASSWORD"):
            self.output_of(home, "api-server")

    def test_a_worker_starts_with_the_numba_cache_that_was_compiled_for_the_image(self, home: Path) -> None:
        cache = home.parent / "numba"
        self.output_of(home, "worker")
        assert [path.name for path in cache.iterdir()] == ["compiled"]
        (cache / "compiled").rename(cache / "compiled here")
        self.output_of(home, "worker")
        assert [path.name for path in cache.iterdir()] == ["compiled here"]

    def test_any_other_command_runs_unchanged(self, home: Path) -> None:
        assert self.output_of(home, "echo", "a b", "*") == ["a b *"]


def test_the_host_name_is_the_one_that_airflow_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(socket.AF_INET, socket.SOCK_DGRAM, 17, canonical, ("10.0.0.1", 0)) for canonical in ("", "w1.example", "w2")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
    assert healthy.host() == "w1.example"
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers[:1])
    assert healthy.host() == socket.gethostname()


class TestHealthy:
    @pytest.fixture
    def jobs(self, postgres, monkeypatch) -> Iterator[Any]:
        """A cursor on a database with the columns of Airflow's job table that the health check reads."""
        url = postgres.create_database("airflow_jobs", "airflow_jobs", "x y%")
        monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", url)
        connection = psycopg2.connect(url.replace("+psycopg2", ""))
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("DROP TABLE IF EXISTS job")
        cursor.execute("CREATE TABLE job (job_type text, hostname text, state text, latest_heartbeat timestamptz)")
        yield cursor
        connection.close()

    def add_heartbeat(self, jobs: Any, kind: str, seconds: int, state: str = "running", host: str | None = None) -> None:
        values = [kind, host or healthy.host(), state, seconds]
        jobs.execute("INSERT INTO job VALUES (%s, %s, %s, now() - make_interval(secs => %s))", values)

    @pytest.mark.parametrize("component", healthy.JOBS)
    def test_a_job_is_healthy_while_its_newest_heartbeat_is_recent(self, jobs: Any, component: str) -> None:
        kind = healthy.JOBS[component]
        assert healthy.main(component) == f"no running {kind} of host {healthy.host()} in Airflow's database"
        self.add_heartbeat(jobs, kind, 300)
        assert re.fullmatch(r"last heartbeat 30\d s ago, expected less than 60", healthy.main(component) or "")
        self.add_heartbeat(jobs, kind, 5)
        assert healthy.main(component) is None

    def test_jobs_of_another_host_or_kind_and_ended_jobs_do_not_count(self, jobs: Any) -> None:
        self.add_heartbeat(jobs, "SchedulerJob", 5, host="elsewhere")
        self.add_heartbeat(jobs, "SchedulerJob", 5, state="failed")
        self.add_heartbeat(jobs, "TriggererJob", 5)
        assert (healthy.main("scheduler") or "").startswith("no running SchedulerJob")

    def test_an_unreachable_database_gives_a_one_line_error(self, monkeypatch) -> None:
        monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "postgresql+psycopg2://a:secret@127.0.0.1:1/airflow")
        problem = healthy.main("triggerer") or ""
        assert problem.startswith("OperationalError: ")
        assert "\n" not in problem
        assert "secret" not in problem

    def test_the_api_server_is_healthy_while_it_answers(self, monkeypatch) -> None:
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
            address = f"127.0.0.1:{server.server_port}"
            monkeypatch.setattr(
                healthy,
                "urlopen",
                lambda url, timeout: urlopen(url.replace("127.0.0.1:8080", address), timeout=timeout),  # noqa: S310
            )
            assert healthy.main("api-server") is None
            Answer.status = 503
            assert (healthy.main("api-server") or "").startswith("HTTPError: HTTP Error 503")
            server.shutdown()
        assert "refused" in (healthy.main("api-server") or "")

    def test_a_worker_is_unhealthy_if_its_broker_is_unreachable(self, monkeypatch) -> None:
        monkeypatch.setenv("AIRFLOW__CELERY__BROKER_URL", "redis://:secret@127.0.0.1:1/0")
        problem = healthy.main("worker-gpu") or ""
        assert "refused" in problem
        assert "secret" not in problem

    def test_the_command_prints_one_line_and_exits_with_1(self) -> None:
        variables = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql://a@127.0.0.1:1/b"}
        done = subprocess.run(
            [sys.executable, DOCKER / "healthy.py", "scheduler"], env=variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1
