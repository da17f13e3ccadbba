"""What is wrong is said in a line, by the tool that meets it."""

from pathlib import Path

import pytest

from tests.compose.project import SECONDS, Project

pytestmark = pytest.mark.timeout(SECONDS)


def test_without_passwords_nothing_starts(project: Project, tmp_path: Path) -> None:
    nothing = tmp_path / "env"
    nothing.touch()
    assert "make compose-env makes .env" in project.refused("up", "-d", file=nothing)


def test_a_taken_port_is_named(project: Project) -> None:
    said = project.refused("run", "--rm", "-T", "--no-deps", "--service-ports", "api-server", "true")
    assert str(project.port) in said
    assert "already" in said


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("AWS_ENDPOINT_URL", "http://s3:9", 'Could not connect to the endpoint URL: "http://s3:9/mer'),
        ("AWS_ENDPOINT_URL", "http://api-server:8080", "expected an S3 server"),
        ("AWS_SECRET_ACCESS_KEY", "of-another-env", "expected credentials with rights on 'mer'"),
        ("MER_ADMIN_URL", "postgresql://postgres:of-another-env@postgres/postgres", "expected a role with a right password"),
    ],
)
def test_the_job_that_readies_everything_ends_with_a_line(project: Project, variable: str, value: str, line: str) -> None:
    said = project.refused(*project.alone(service="init", **{variable: value}))
    (error,) = (each for each in said.splitlines() if each.startswith("error: "))
    assert line in error
    assert "Traceback" not in said


def test_a_gpu_worker_without_a_gpu_does_not_start(project: Project) -> None:
    if "nvidia" in project.docker("info", "--format", "{{json .Runtimes}}"):
        pytest.skip("there may be a GPU here")
    project.docker("tag", "mer-batch-platform:test", "mer-batch-platform:test-gpu")
    try:
        said = project.refused("--profile", "gpu", *project.alone("true", service="worker-gpu"))
    finally:
        project.docker("rmi", "mer-batch-platform:test-gpu")
    assert 'could not select device driver "nvidia"' in said
