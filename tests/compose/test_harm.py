"""What is killed or stopped in the midst of a run costs time, and at most its own tasks' tries; never a result."""

import logging
import re
import time

import pytest

from tests.compose.project import SECONDS, TRIES, Project, Training, compare

logger = logging.getLogger(__name__)

pytestmark = pytest.mark.timeout(2 * SECONDS)

NOTICED_SECONDS = 60
"""So long after a service is back, what its absence has done may still come out."""


def killed_in_features(training: Training) -> set[tuple[str, int]]:
    """Kill a worker by SIGKILL, and start it again; which tasks it had."""
    while True:
        host = training.running("features")[0]["hostname"]
        training.project.docker("pause", host)  # so that what it runs now is what it runs when it is killed
        had = [task for task in training.tasks() if task["state"] == "running" and task["hostname"] == host]
        if any(task["task_id"] == "features" for task in had):
            training.project.docker("kill", host)
            training.project.docker("start", host)
            killed = {(task["task_id"], task["map_index"]) for task in had}
            logger.info("killed %s with %s", host, killed)
            return killed
        training.project.docker("unpause", host)


def killed_in_train(training: Training) -> None:
    """Kill all processes of the worker that trains by SIGKILL, after an epoch; Docker starts it again."""
    host = training.running("train")[0]["hostname"]
    while "epoch 2:" not in training.log("train"):  # an epoch is kept after it is said, so the first one has been
        time.sleep(0.5)
    logger.info("killing %s, which trains", host)
    training.project.docker("exec", "--detach", host, "sh", "-c", "kill -KILL -1")


def test_a_killed_worker_costs_only_its_tasks_and_training_goes_on(trained: Training, project: Project) -> None:
    training = Training(project, "killed")
    had = killed_in_features(training)
    killed_in_train(training)
    training.succeeded()
    assert training.retried() == had | {("train", -1)}
    assert re.search(r"going on after epoch [1-9]", training.log("train"))
    compare(project.predictions("killed"), project.predictions(trained.run_id))


def test_services_that_are_away_for_half_a_minute_cost_only_time(trained: Training, project: Project) -> None:
    training, outages = Training(project, "outages"), []
    for service, stage in (("s3", "reformat"), ("redis", "features"), ("postgres", "train")):
        training.running(stage)
        since = time.time()
        with project.away(service):
            pass
        outages.append((since, time.time() + NOTICED_SECONDS))
    training.succeeded()
    for task, index, number, start, end in project.airflow_rows(TRIES.format("outages")):
        hit = [(since, until) for since, until in outages if float(end) > since and float(start or end) < until]
        assert hit, f"try {number} of {task} {index} ended at {end}, away: {outages}"
    compare(project.predictions("outages"), project.predictions(trained.run_id))
