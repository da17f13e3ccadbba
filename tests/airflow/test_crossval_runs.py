"""DAG `mer_crossval`, run by Airflow: its own scheduling, mapping, params and XCom, one task after the other."""

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
from tests.airflow.test_runs import Finished, land, pytestmark  # noqa: F401  filters of warnings

DAG = str(Path(__file__).resolve().parents[2] / "dags" / "mer_crossval.py")
CANDIDATES = ["small-cnn+epochs=1", "extra-trees"]
TASKS = {"discover": 1, "reformat": 4, "features": 4, "labels": 1, "folds": 1, "trial": 4, "crossval": 1}


@pytest.fixture(scope="module")
def place(
    metadata: None, tmp_path_factory: pytest.TempPathFactory, postgres: EmbeddedPostgres
) -> Iterator[tuple[FileStore, str]]:
    """The platform's environment, as whoever runs it sets it; gives the store and the database's URL."""
    store = FileStore(tmp_path_factory.mktemp("store"))
    roles = dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "secret")
    url = bootstrap(postgres.url(), "mer_crossval", roles)["mer_writer"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MER_STORE_URL", store.url)
        patch.setenv("MER_SCRATCH_DIR", str(store.root / "scratch"))
        patch.setenv("MER_DATABASE_URL", url)
        patch.setenv("MER_MODE", "eval")  # means nothing here
        yield store, url


@pytest.fixture(scope="module")
def judged(place: tuple[FileStore, str]) -> Finished:
    land(place[0])
    conf = {"folds": 2, "repeats": 1, "candidates": CANDIDATES, "shard_size": 10, "group_by": "track"}
    return Finished(runpy.run_path(DAG)["dag"].test(run_conf=conf))


def test_a_crossval_goes_through_every_task(judged: Finished) -> None:
    assert [(task.task_id, task.state) for task in judged.tasks] == [
        (task_id, "success") for task_id in sorted(TASKS) for _ in range(TASKS[task_id])
    ]
    assert judged.state == "success"


def test_trials_bear_the_names_of_what_they_try(judged: Finished) -> None:
    expected = [f"{name}, repeat 1, fold {fold}" for fold in (1, 2) for name in CANDIDATES]
    assert judged.of("trial", "rendered_map_index") == expected


def test_trials_wait_for_the_gpu(judged: Finished) -> None:
    assert set(judged.of("trial", "pool")) == set(judged.of("trial", "queue")) == {"gpu"}
    assert set(judged.of("crossval", "pool")) == {"default_pool"}


def test_xcom_has_manifests_and_nothing_large(judged: Finished, place: tuple[FileStore, str]) -> None:
    folds = json.loads(place[0].get(f"runs/{safe_name(judged.run_id)}/folds/manifest.json"))
    assert judged.xcoms["folds", -1, "return_value"] == folds["trials"]
    assert max(len(json.dumps(value)) for value in judged.xcoms.values()) < 4096


def test_what_was_found_is_published(judged: Finished, place: tuple[FileStore, str]) -> None:
    with psycopg2.connect(place[1].replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT run_id, place, candidate, folds, repeats, tracks FROM mer.crossvals ORDER BY place")
        name = safe_name(judged.run_id)
        assert cursor.fetchall() == [(name, 1, CANDIDATES[0], 2, 1, 32), (name, 2, CANDIDATES[1], 2, 1, 32)]
    connection.close()
