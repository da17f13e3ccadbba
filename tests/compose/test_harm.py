"""Killed workers and stopped services during a run cost time and at most one try of their tasks, but change no result."""

import logging
import re
import time

import pytest

from tests.compose.project import SECONDS, TRIES, Project, Training, compare

logger = logging.getLogger(__name__)

pytestmark = pytest.mark.timeout(2 * SECONDS)

NOTICED_SECONDS = 60
"""For so many seconds after a service is back, tasks may still fail because of its outage."""


def kill_worker_in_features(training: Training) -> set[tuple[str, int]]:
    """Kill a worker by SIGKILL while it runs `features`, start it again, and return the tasks that ran on it."""
    while True:
        host = training.running("features")[0]["hostname"]
        training.project.docker("pause", host)  # so that the worker has the same tasks when it is killed
        on_host = [task for task in training.tasks() if task["state"] == "running" and task["hostname"] == host]
        if any(task["task_id"] == "features" for task in on_host):
            training.project.docker("kill", host)
            training.project.docker("start", host)
            killed = {(task["task_id"], task["map_index"]) for task in on_host}
            logger.info("killed %s with %s", host, killed)
            return killed
        training.project.docker("unpause", host)


def kill_worker_in_train(training: Training) -> None:
    """Kill all processes of the worker that trains by SIGKILL, after an epoch; Docker starts it again."""
    host = training.running("train")[0]["hostname"]
    while "epoch 2:" not in training.log("train"):  # an epoch is logged before it is stored, so epoch 1 is stored now
        time.sleep(0.5)
    logger.info("killing %s, which trains", host)
    training.project.docker("exec", "--detach", host, "sh", "-c", "kill -KILL -1")


def test_a_killed_worker_costs_one_try_of_its_tasks_and_training_resumes(trained: Training, project: Project) -> None:
    training = Training(project, "killed")
    killed = kill_worker_in_features(training)
    kill_worker_in_train(training)
    training.succeeded()
    assert training.retried() == killed | {("train", -1)}
    assert re.search(r"training resumes after epoch [1-9]", training.log("train"))
    compare(project.predictions("killed"), project.predictions(trained.run_id))


def test_an_outage_of_a_service_for_half_a_minute_costs_only_time(trained: Training, project: Project) -> None:
    training = Training(project, "outages")
    outages = []
    for service, stage in (("s3", "reformat"), ("redis", "features"), ("postgres", "train")):
        training.running(stage)
        since = time.time()
        with project.stopped(service):
            pass
        outages.append((since, time.time() + NOTICED_SECONDS))
    training.succeeded()
    for task, index, number, start, end in project.airflow_rows(TRIES.format("outages")):
        during = [(since, until) for since, until in outages if float(end) > since and float(start or end) < until]
        assert during, f"try {number} of {task} {index} ended at {end}, outages: {outages}"
    compare(project.predictions("outages"), project.predictions(trained.run_id))
