"""The DAG `mer_crossval`, run by Airflow with its own scheduling, mapping, params and XCom, one task after the other."""

import json
import runpy
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from mer_tasks.database.migrations import bootstrap
from mer_tasks.local_stack.embedded_postgres import EmbeddedPostgres
from mer_tasks.runs.run import safe_name
from mer_tasks.storage.local import FileStore
from tests.airflow.test_runs import FinishedRun, fill_landing_zone, pytestmark  # noqa: F401  filters of warnings

DAG = str(Path(__file__).resolve().parents[2] / "dags" / "mer_crossval.py")
CANDIDATES = ["statistics+epochs=1", "extra-trees"]
TASKS = {"discover": 1, "reformat": 4, "features": 4, "embed": 1, "labels": 1, "folds": 1, "trial": 4, "crossval": 1}


@pytest.fixture(scope="module")
def places(
    metadata: None, tmp_path_factory: pytest.TempPathFactory, postgres: EmbeddedPostgres
) -> Iterator[tuple[FileStore, str]]:
    """Set the platform's environment; yields the object store and the URL of the database."""
    store = FileStore(tmp_path_factory.mktemp("store"))
    roles = dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "secret")
    url = bootstrap(postgres.url(), "mer_crossval", roles)["mer_writer"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MER_STORE_URL", store.url)
        patch.setenv("MER_SCRATCH_DIR", str(store.root / "scratch"))
        patch.setenv("MER_DATABASE_URL", url)
        patch.setenv("MER_MODE", "eval")  # has no effect in this DAG
        yield store, url


@pytest.fixture(scope="module")
def crossval_run(places: tuple[FileStore, str]) -> FinishedRun:
    fill_landing_zone(places[0])
    conf = {"folds": 2, "repeats": 1, "candidates": CANDIDATES, "shard_size": 10, "group_by": "track"}
    return FinishedRun(runpy.run_path(DAG)["dag"].test(run_conf=conf))


def test_every_task_of_a_cross_validation_succeeds(crossval_run: FinishedRun) -> None:
    assert [(task.task_id, task.state) for task in crossval_run.tasks] == [
        (task_id, "skipped" if task_id == "embed" else "success") for task_id in sorted(TASKS) for _ in range(TASKS[task_id])
    ]
    assert crossval_run.state == "success"


def test_the_name_of_a_trial_has_candidate_repeat_and_fold(crossval_run: FinishedRun) -> None:
    expected = [f"{name}, repeat 1, fold {fold}" for fold in (1, 2) for name in CANDIDATES]
    assert crossval_run.field_values("trial", "rendered_map_index") == expected


def test_trials_use_the_pool_and_queue_of_the_gpu(crossval_run: FinishedRun) -> None:
    assert set(crossval_run.field_values("trial", "pool")) == set(crossval_run.field_values("trial", "queue")) == {"gpu"}
    assert set(crossval_run.field_values("crossval", "pool")) == {"default_pool"}


def test_xcom_has_manifests_and_nothing_large(crossval_run: FinishedRun, places: tuple[FileStore, str]) -> None:
    folds = json.loads(places[0].get(f"runs/{safe_name(crossval_run.run_id)}/folds/manifest.json"))
    assert crossval_run.xcoms["folds", -1, "return_value"] == folds["trials"]
    assert max(len(json.dumps(value)) for value in crossval_run.xcoms.values()) < 4096


def test_the_results_are_published(crossval_run: FinishedRun, places: tuple[FileStore, str]) -> None:
    with psycopg2.connect(places[1].replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT run_id, place, candidate, folds, repeats, tracks FROM mer.crossvals ORDER BY place")
        name = safe_name(crossval_run.run_id)
        assert cursor.fetchall() == [(name, 1, CANDIDATES[0], 2, 1, 32), (name, 2, CANDIDATES[1], 2, 1, 32)]
    connection.close()
