"""Run the unchanged docker-compose.yaml on stand-in images: two workers and two schedulers give the results of one process."""

import pytest

from mer_tasks.local_stack.container_setup import ROLE_URLS
from tests.compose.project import PARAMS, SECONDS, Project, Training, compare

pytestmark = pytest.mark.timeout(2 * SECONDS)

SCHEDULERS = """
SELECT count(DISTINCT hostname) FROM job
WHERE job_type = 'SchedulerJob' AND state = 'running' AND latest_heartbeat > now() - interval '30 seconds'
"""


def test_both_workers_processed_shards(trained: Training) -> None:
    hosts = {task["hostname"] for task in trained.tasks() if task["task_id"] in ("reformat", "features")}
    assert len(hosts) == 2, hosts


def test_two_schedulers_share_a_run_and_each_task_runs_once(trained: Training) -> None:
    assert trained.project.airflow_rows(SCHEDULERS) == [["2"]]
    assert not trained.retried()
    logs = [trained.project.docker("logs", container) for container in trained.project.containers("scheduler")]
    assert all("unharmed" in log for log in logs), "a scheduler has queued nothing"


def test_training_without_a_gpu_worker_runs_on_a_cpu_and_logs_it(trained: Training) -> None:
    assert [task["queue"] for task in trained.tasks() if task["task_id"] == "train"] == ["gpu"]
    assert "training on CPU" in trained.log("train")


def test_the_init_job_can_run_again(project: Project) -> None:
    project.run(service="init")


@pytest.mark.usefixtures("trained")
def test_predictions_equal_those_of_a_single_process(project: Project) -> None:
    # the single process has its own store and database, so it reuses nothing that the two workers made
    own = {"MER_STORE_URL": "s3://mer/one"}
    for role, variable in ROLE_URLS.items():
        password = project.secrets[f"{role.upper()}_PASSWORD"]
        own[variable] = f"postgresql+psycopg2://{role}:{password}@postgres:5432/one"
    project.run(service="init", **own)
    options = [f"--{name.replace('_', '-')}={value}" for name, value in PARAMS.items()]
    project.run("python", "-m", "mer_tasks", "train", "--run-id", "one-process", *options, **own)
    compare(project.predictions("unharmed"), project.predictions("one-process", **own))
