"""Celery workers that share the object store, Postgres and the code, and no disk.

In the middle of a run, one is switched off, and another takes its place that has other code, and goes again.
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
from mer_tasks.runs.pipeline import FAN_OUT
from mer_tasks.storage.factory import open_store
from tests.support.celery_workers import CeleryServices, Cluster, Json, redis, wait_for
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
    generate(open_store(settings.landing_url), tracks_per_genre=8, seconds=6)
    with redis(folder) as broker:
        services = CeleryServices(settings, broker)
        try:
            services.start(keep=True)
            yield Cluster(services, folder)
        finally:
            services.stop()


class Trained:
    """What that run came to.

    Attributes
    ----------
    cluster : Cluster
    tasks : list of dict
        Task instances of the run.
    lost : tuple
        Task and map index of what ran where it was switched off.
    refused : dict
        Logs of the worker with other code.
    log : str
        Of `train`, on the worker that has been there all the time.
    alone : str
        URL of the database of a run in one process, on the same music.
    said : str
        What that run said.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        first, second = cluster.start("w1", "default"), cluster.start("w2", "default,gpu")
        other = cluster.start("w3", "nothing", self._changed())
        cluster.wait_for_workers("w1", "w2", "w3")
        cluster.run("mer_train", RUN, PARAMS)
        self.lost = name(cluster.freeze_in("mer_train", RUN, "features", first))
        first.kill()
        second.serve("default", False)
        other.serve("default")
        wait_for(lambda: "::group::Post Execute" in "".join(other.logs().values()), "task that is over on w3")
        other.serve("default", False)
        other.stop()
        self.refused = other.logs()
        second.serve("default")
        alone = self._one_process()
        try:
            self.tasks = cluster.wait_for_run("mer_train", RUN)
            # its predictions are all that is waited for: the report takes as long as all before it
            wait_for(lambda: alone.poll() is not None or rows(self.alone, PREDICTIONS, ALONE), "predictions of one process")
        finally:
            alone.kill()
            self.said = alone.communicate()[0]
        self.log = second.logs()["train", -1]

    def _changed(self) -> Path:
        """A checkout whose code is a little different."""
        folder = self.cluster.folder / "changed"
        for part in ("dags", "mer_tasks", "plugins", "sql"):
            shutil.copytree(CHECKOUT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        with (folder / "mer_tasks" / "features.py").open("a") as module:
            module.write("# as another version would have it\n")
        return folder

    def _one_process(self) -> subprocess.Popen[str]:
        """The whole chain, with a store and a database of its own."""
        services, folder = self.cluster.services, self.cluster.folder / ALONE
        urls = bootstrap(services.postgres.url(), ALONE, services.settings.secrets().roles)
        self.alone = urls["mer_reader"]
        places = {
            "MER_STORE_URL": (folder / "store").as_uri(),
            "MER_LANDING_URL": services.settings.landing_url,
            "MER_DATABASE_URL": urls["mer_writer"],
            "MER_SCRATCH_DIR": f"{folder}/scratch",
        }
        given = {f"MER_{name.upper()}": str(value) for name, value in PARAMS.items()}
        return subprocess.Popen(
            [sys.executable, "-m", "mer_tasks", "train", "--run-id", ALONE],
            cwd=CHECKOUT,
            env={**os.environ, **places, **given},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture(scope="module")
def trained(cluster: Cluster) -> Trained:
    return Trained(cluster)


def test_both_workers_did_shards(trained: Trained) -> None:
    assert {task["hostname"] for task in trained.tasks if task["task_id"] in FAN_OUT} == {"w1", "w2"}


def test_a_worker_that_is_killed_or_has_other_code_costs_its_tasks_a_try_and_nothing_else(trained: Trained) -> None:
    tries = {name(task): (task["try_number"], task["state"]) for task in trained.tasks if task["state"] != "skipped"}
    spent = [trained.lost, *trained.refused]
    assert tries == {task: (1 + spent.count(task), "success") for task in tries}


def test_a_worker_with_other_code_refuses_tasks_and_names_both_codes(trained: Trained) -> None:
    assert trained.refused
    for log in trained.refused.values():
        found = REFUSED.search(log)
        assert found, log
        assert found[1] == found[3] == __version__
        assert found[2] != found[4]


def test_workers_share_nothing_but_the_object_store_and_postgres(trained: Trained, bucket: Bucket) -> None:
    # the disk of w1 is gone since the middle of the run; of that of w2, nobody has been told
    services = trained.cluster.services
    store = open_store(f"{bucket.url}/store")
    documents = {found.key: store.get(found.key) for found in store.list() if found.key.endswith(".json")}
    airflow = services.postgres.url("airflow", "airflow", services.settings.secrets().airflow_database)
    documents |= {key: value.encode() for key, value in rows(airflow, "SELECT task_id || map_index, value::text FROM xcom")}
    assert {"features0", f"runs/{RUN}/train/manifest.json"} <= documents.keys()
    folder = os.fsencode(trained.cluster.folder)
    assert [name for name, content in documents.items() if folder in content] == []


def test_predictions_are_those_of_one_process(trained: Trained) -> None:
    many = rows(trained.cluster.services.database_url("mer_reader"), PREDICTIONS, RUN)
    one = rows(trained.alone, PREDICTIONS, ALONE)
    assert len(one) == 32 * 9, trained.said
    assert [row[:2] for row in many] == [row[:2] for row in one]
    np.testing.assert_allclose([row[2] for row in many], [row[2] for row in one], rtol=0, atol=1e-5)


def test_a_task_for_a_gpu_runs_on_the_cpu_of_its_worker_and_says_so(trained: Trained) -> None:
    assert [task["hostname"] for task in trained.tasks if task["queue"] == "gpu" and task["state"] == "success"] == ["w2"]
    assert "no GPU: training on CPU" in trained.log
