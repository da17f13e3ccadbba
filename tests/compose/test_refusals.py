"""Each mistake in the setup gives a one-line error from the tool that detects it."""

from pathlib import Path

import pytest

from tests.compose.project import SECONDS, Project

pytestmark = pytest.mark.timeout(SECONDS)


def test_nothing_starts_without_passwords(project: Project, tmp_path: Path) -> None:
    empty = tmp_path / "env"
    empty.touch()
    assert "make compose-env makes .env" in project.failing("up", "-d", file=empty)


def test_the_error_names_a_port_in_use(project: Project) -> None:
    output = project.failing("run", "--rm", "-T", "--no-deps", "--service-ports", "api-server", "true")
    assert str(project.port) in output
    assert "already" in output


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("AWS_ENDPOINT_URL", "http://s3:9", 'Could not connect to the endpoint URL: "http://s3:9/mer'),
        ("AWS_ENDPOINT_URL", "http://api-server:8080", "expected an S3 server"),
        ("AWS_SECRET_ACCESS_KEY", "of-another-env", "expected credentials with rights on 'mer'"),
        ("MER_ADMIN_URL", "postgresql://postgres:of-another-env@postgres/postgres", "expected a role with a valid password"),
    ],
)
def test_the_init_job_ends_with_a_one_line_error(project: Project, variable: str, value: str, line: str) -> None:
    output = project.failing(*project.in_new_container(service="init", **{variable: value}))
    (error,) = (each for each in output.splitlines() if each.startswith("error: "))
    assert line in error
    assert "Traceback" not in output


def test_a_gpu_worker_without_a_gpu_does_not_start(project: Project) -> None:
    if "nvidia" in project.docker("info", "--format", "{{json .Runtimes}}"):
        pytest.skip("there may be a GPU here")
    project.docker("tag", "mer-batch-platform:test", "mer-batch-platform:test-gpu")
    try:
        output = project.failing("--profile", "gpu", *project.in_new_container("true", service="worker-gpu"))
    finally:
        project.docker("rmi", "mer-batch-platform:test-gpu")
    assert 'could not select device driver "nvidia"' in output
