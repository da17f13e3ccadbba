"""A run on Celery workers that share only the object store, Postgres and the code, not a disk.

In the middle of the run one worker is killed. A worker with other code takes its place for a while, and is then stopped.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mer_tasks import __version__
from mer_tasks.database.migrations import bootstrap
from mer_tasks.generated_music.dataset import generate
from mer_tasks.local_stack.settings import CHECKOUT, StackSettings
from mer_tasks.storage import open_store
from tests.support.celery_workers import CeleryServices, Cluster, Json, redis, wait_for
from tests.support.label_sets import EMOTIFY
from tests.support.ports import free_port
from tests.support.postgres import rows
from tests.support.s3_servers import REAL, Bucket, endpoint_of, fresh_bucket

pytestmark = [
    pytest.mark.processes,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server on the PATH"),
]

RUN, ALONE = "workers", "alone"
PARAMS = {"epochs": 2, "preset": "small-cnn", "shard_size": 8, "compare_balance": False, "canary": 0}
PREDICTIONS = "SELECT track_id, emotion, probability FROM mer.predictions WHERE run_id = %s ORDER BY track_id, emotion"
REFUSED = re.compile(r"worker w3 has code (\S+) (\w{12}), the scheduler (\S+) (\w{12}): ")


def name(task: Json) -> tuple[str, int]:
    return task["task_id"], task["map_index"]


@pytest.fixture(scope="module")
def bucket(request: pytest.FixtureRequest) -> Iterator[Bucket]:
    kind = "real" if REAL in os.environ else "moto"
    with pytest.MonkeyPatch.context() as patch, fresh_bucket(kind, endpoint_of(kind, request), patch) as bucket:
        yield bucket


@pytest.fixture(scope="module")
def cluster(bucket: Bucket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("celery")
    settings = StackSettings(folder / "state", free_port(), store=f"{bucket.url}/store", watch=False)
    generate(open_store(settings.landing_url), EMOTIFY, tracks_per_genre=8, seconds=6)
    with redis(folder) as broker:
        services = CeleryServices(settings, broker)
        try:
            services.start(keep=True)
            yield Cluster(services, folder)
        finally:
            services.stop()


class DisturbedRun:
    """A run whose workers are disturbed, and a run in a single process on the same music to compare it with.

    Attributes
    ----------
    cluster : Cluster
    tasks : list of dict
        Task instances of the disturbed run.
    lost : tuple
        Task id and map index of the task that ran on the killed worker.
    refused : dict
        Logs of the worker with other code, by task id and map index.
    log : str
        Log of `train`, on the worker that ran all the time.
    single_process_url : str
        URL of the database of the run in a single process.
    single_process_output : str
        Output of the run in a single process.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        first, second = cluster.start("w1", "default"), cluster.start("w2", "default,gpu")
        other = cluster.start("w3", "nothing", self._changed_checkout())
        cluster.wait_for_workers("w1", "w2", "w3")
        cluster.run("mer_train", RUN, PARAMS)
        self.lost = name(cluster.freeze_in("mer_train", RUN, "features", first))
        first.kill()
        second.serve("default", False)
        other.serve("default")
        wait_for(lambda: "::group::Post Execute" in "".join(other.logs().values()), "task that has ended on w3")
        other.serve("default", False)
        other.stop()
        self.refused = other.logs()
        second.serve("default")
        process = self._start_single_process()
        try:
            self.tasks = cluster.wait_for_run("mer_train", RUN)
            # waits only for the predictions: the report would take as long as all stages before it
            wait_for(
                lambda: process.poll() is not None or rows(self.single_process_url, PREDICTIONS, ALONE),
                "predictions of the single process",
            )
        finally:
            process.kill()
            self.single_process_output = process.communicate()[0]
        self.log = second.logs()["train", -1]

    def _changed_checkout(self) -> Path:
        """Make a copy of the checkout whose code differs by a comment."""
        folder = self.cluster.folder / "changed"
        for part in ("dags", "mer_tasks", "plugins", "sql"):
            shutil.copytree(CHECKOUT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        with (folder / "mer_tasks" / "stages" / "features.py").open("a") as module:
            module.write("# as another version would have it\n")
        return folder

    def _start_single_process(self) -> subprocess.Popen[str]:
        """Start all stages in a single process, with its own store and database."""
        services = self.cluster.services
        folder = self.cluster.folder / ALONE
        urls = bootstrap(services.postgres.url(), ALONE, services.settings.secrets().roles)
        self.single_process_url = urls["mer_reader"]
        urls_and_folders = {
            "MER_STORE_URL": (folder / "store").as_uri(),
            "MER_LANDING_URL": services.settings.landing_url,
            "MER_DATABASE_URL": urls["mer_writer"],
            "MER_SCRATCH_DIR": f"{folder}/scratch",
        }
        params = {f"MER_{name.upper()}": str(value) for name, value in PARAMS.items()}
        return subprocess.Popen(
            [sys.executable, "-m", "mer_tasks", "train", "--run-id", ALONE],
            cwd=CHECKOUT,
            env={**os.environ, **urls_and_folders, **params},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture(scope="module")
def disturbed_run(cluster: Cluster) -> DisturbedRun:
    return DisturbedRun(cluster)


def test_both_workers_processed_shards(disturbed_run: DisturbedRun) -> None:
    assert {task["hostname"] for task in disturbed_run.tasks if task["task_id"] in ("reformat", "features")} == {"w1", "w2"}


def test_a_killed_worker_and_a_worker_with_other_code_cost_their_tasks_only_one_try(disturbed_run: DisturbedRun) -> None:
    tries = {name(task): (task["try_number"], task["state"]) for task in disturbed_run.tasks if task["state"] != "skipped"}
    spent = [disturbed_run.lost, *disturbed_run.refused]
    assert tries == {task: (1 + spent.count(task), "success") for task in tries}


def test_a_worker_with_other_code_refuses_tasks_and_names_both_codes(disturbed_run: DisturbedRun) -> None:
    assert disturbed_run.refused
    for log in disturbed_run.refused.values():
        match = REFUSED.search(log)
        assert match, log
        assert match[1] == match[3] == __version__
        assert match[2] != match[4]


def test_workers_share_only_the_object_store_and_postgres(disturbed_run: DisturbedRun, bucket: Bucket) -> None:
    # the disk of w1 has been gone since the middle of the run, and no document names a path on the disk of w2
    services = disturbed_run.cluster.services
    store = open_store(f"{bucket.url}/store")
    documents = {info.key: store.get(info.key) for info in store.list() if info.key.endswith(".json")}
    airflow = services.postgres.url("airflow", "airflow", services.settings.secrets().airflow_database)
    documents |= {key: value.encode() for key, value in rows(airflow, "SELECT task_id || map_index, value::text FROM xcom")}
    assert {"features0", f"runs/{RUN}/train/manifest.json"} <= documents.keys()
    folder = os.fsencode(disturbed_run.cluster.folder)
    assert [name for name, content in documents.items() if folder in content] == []


def test_predictions_equal_those_of_a_single_process(disturbed_run: DisturbedRun) -> None:
    predictions = rows(disturbed_run.cluster.services.database_url("mer_reader"), PREDICTIONS, RUN)
    expected = rows(disturbed_run.single_process_url, PREDICTIONS, ALONE)
    assert len(expected) == 32 * 9, disturbed_run.single_process_output
    assert [row[:2] for row in predictions] == [row[:2] for row in expected]
    np.testing.assert_allclose([row[2] for row in predictions], [row[2] for row in expected], rtol=0, atol=1e-5)


def test_a_gpu_task_on_a_worker_without_gpu_runs_on_the_cpu_and_logs_it(disturbed_run: DisturbedRun) -> None:
    assert [task["hostname"] for task in disturbed_run.tasks if task["queue"] == "gpu" and task["state"] == "success"] == ["w2"]
    assert "no GPU: training on CPU" in disturbed_run.log
