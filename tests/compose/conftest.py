"""Start the containers once for all tests of this folder.

Only ``make test-compose`` runs these tests. It builds the images, and sets MER_TEST_COMPOSE to the command that reads
docker-compose.yaml.
"""

import logging
import time
from collections.abc import Iterator

import pytest

from tests.compose.project import COMPOSE, Project, Training

logger = logging.getLogger(__name__)


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    if not COMPOSE:
        pytest.skip("containers: only make test-compose starts them")
    containers = Project(tmp_path_factory.mktemp("compose"))
    with containers.api:
        try:
            begin = time.monotonic()
            containers("up", "-d", "--scale", "worker=2", "--scale", "scheduler=2")
            logger.info("up after %.0f s", time.monotonic() - begin)
            containers.run("python", "-m", "mer_tasks", "demo-music", "--tracks-per-genre", "8", "--seconds", "15")
            yield containers
        finally:
            containers("down", "--volumes", "--timeout", "10")


@pytest.fixture(scope="session")
def trained(project: Project) -> Training:
    """A run without any disturbance."""
    training = Training(project, "unharmed")
    training.succeeded()
    return training
