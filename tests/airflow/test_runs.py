"""The DAGs `mer_train` and `mer_predict`, run by Airflow in this process, one task after the other.

Scheduling, mapping, params, XCom and retries are Airflow's own.
"""

import json
import os
import runpy
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg2
import pytest
from airflow.models.asset import AssetEvent
from airflow.models.connection import Connection
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from moto.server import ThreadedMotoServer
from sqlalchemy.engine import make_url

from mer_tasks.database.migrations import bootstrap
from mer_tasks.local_stack.embedded_postgres import EmbeddedPostgres
from mer_tasks.runs.pipeline import FAN_OUT, STAGES, TRAINING
from mer_tasks.runs.run import safe_name
from mer_tasks.storage.local import FileStore
from tests.support.audio_files import encoded, music
from tests.support.label_sets import EMOTIFY

DAG = str(Path(__file__).resolve().parents[2] / "dags" / "mer_train.py")
PREDICT = DAG.replace("mer_train", "mer_predict")
SHARDS = ["classical 1/2", "classical 2/2", "hip {{ 'hop' }} 1/2", "hip {{ 'hop' }} 2/2"]
"""Names of shards; the name of a genre's folder is shown as it is, even if it looks like a template."""
CHECKS = ("comparison", "canary")
TASKS = (*(stage for stage in STAGES if stage != "predict"), "due", "approval", "announce")
"""Tasks of `mer_train`."""
SKIPPED = ("embed", "approval")
"""Tasks that are skipped in a run without an encoder and without a question."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
QUICK = {"epochs": 1, "shard_size": 10}

pytestmark = [
    # a warning of Airflow's own, about the library that reads .airflowignore
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
    # a warning of the API server that Airflow runs inside this process
    pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient`"),
    # a warning about Keras, whose variables do not support the argument of NumPy 2 yet
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]


def fill_landing_zone(store: FileStore) -> None:
    """Write two genres of 16 noisy tones each, and annotations by listeners who answer at random."""
    rng = np.random.default_rng(0)
    rows = [f"track id, genre, {', '.join(EMOTIFY.ids)}"]
    for track in range(32):
        genre = SHARDS[track // 16 * 2].partition(" 1")[0]
        store.put(f"landing/{genre}/{track}.wav", encoded(music(6.5, seed=track)))
        votes = (rng.random((5, len(EMOTIFY.ids))) < rng.uniform(0, 0.8, len(EMOTIFY.ids))).astype(int)
        rows += [f"{track}, {genre}, {', '.join(map(str, row))}" for row in votes]
    store.put("landing/annotations/listeners.csv", "\n".join(rows).encode())


class FinishedRun:
    """State, task instances and XComs of a run, as they are in Airflow's database after its end."""

    def __init__(self, run: Any) -> None:
        self.state = str(run.state)
        self.run_id = run.run_id
        self.tasks = sorted(run.get_task_instances(), key=lambda task: (task.task_id, task.map_index))
        with create_session() as session:
            xcoms = session.query(XComModel).filter(XComModel.run_id == run.run_id).all()
        self.xcoms = {(xcom.task_id, xcom.map_index, xcom.key): xcom.value for xcom in xcoms}

    def field_values(self, task_id: str, field: str) -> list[Any]:
        """Values of a field in all task instances of a task."""
        return [getattr(task, field) for task in self.tasks if task.task_id == task_id]


def run_dag(one_quick_retry: bool = False, **params: Any) -> FinishedRun:
    """Run `mer_train` to its end; with `one_quick_retry`, each task has one retry without a pause.

    The DAG file is loaded for each run, because a param of a loaded DAG keeps the value of the run before.
    """
    dag = runpy.run_path(DAG)["dag"]
    dag.deadline = []  # Airflow would look for the deadline of this run, which a run in one process does not store
    for task in dag.tasks if one_quick_retry else ():
        task.retries = 1
        task.retry_delay = timedelta(0)
    return FinishedRun(dag.test(run_conf={**QUICK, **params}))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FileStore:
    return FileStore(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def platform_url(metadata: None, store: FileStore, postgres: EmbeddedPostgres) -> Iterator[str]:
    """Set the platform's environment; yields the URL of the database."""
    passwords = dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "secret")
    url = bootstrap(postgres.url(), "mer_dags", passwords)["mer_writer"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MER_STORE_URL", store.url)
        patch.setenv("MER_SCRATCH_DIR", str(store.root / "scratch"))
        patch.setenv("MER_DATABASE_URL", url)
        for name in THREADS:
            patch.setenv(name, "2")
        yield url


@pytest.fixture(scope="module")
def training_run(platform_url: str, store: FileStore) -> FinishedRun:
    fill_landing_zone(store)
    return run_dag()


@pytest.fixture(scope="module")
def evaluation_run(training_run: FinishedRun) -> FinishedRun:
    return run_dag(mode="eval")


def test_a_training_run_goes_through_every_stage_except_the_checks(training_run: FinishedRun) -> None:
    expected = {**dict.fromkeys(TASKS, "success"), **dict.fromkeys((*CHECKS, *SKIPPED), "skipped")}
    assert {task.task_id: task.state for task in training_run.tasks} == expected
    assert training_run.state == "success"


def test_the_documents_of_each_stage_are_below_its_own_prefix(training_run: FinishedRun, store: FileStore) -> None:
    prefix = f"runs/{safe_name(training_run.run_id)}/"
    folders = {info.key.removeprefix(prefix).partition("/")[0] for info in store.list(prefix)}
    assert folders == {task.task_id for task in training_run.tasks if task.state == "success"} - {"due", "announce"}


@pytest.mark.heavy
def test_a_run_with_both_checks_publishes_their_results(evaluation_run: FinishedRun, platform_url: str) -> None:
    run = run_dag(canary=1, compare_balance=True)
    assert {task.task_id: task.state for task in run.tasks} == {
        **dict.fromkeys(TASKS, "success"),
        **dict.fromkeys(SKIPPED, "skipped"),
    }
    assert run.xcoms["canary", -1, "return_value"]["counters"]["permutations"] == 1
    with psycopg2.connect(platform_url.replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT run_id, count(*), bool_and(inside) FROM mer.canaries GROUP BY run_id")
        assert cursor.fetchall() == [
            (safe_name(run.run_id), run.xcoms["canary", -1, "return_value"]["counters"]["metrics"], True)
        ]
        cursor.execute("SELECT run_id, count(DISTINCT balance) FROM mer.comparisons GROUP BY run_id")
        assert cursor.fetchall() == [(safe_name(run.run_id), 4)]
    connection.close()


@pytest.mark.heavy
def test_a_run_whose_canary_fails_is_not_published(training_run: FinishedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mer_tasks.evaluation.permutation_test.distance_limit", lambda distributions, risk: 1e-9)
    run = run_dag(canary=1)
    assert (run.field_values("canary", "state"), run.field_values("canary", "try_number")) == (["failed"], [1])
    assert run.field_values("publish", "state") == run.field_values("promote", "state") == ["upstream_failed"]
    assert run.field_values("report", "state") == ["success"]
    assert run.xcoms["report", -1, "return_value"]["missing"] == ["canary", "publish", "challenge", "promote"]
    assert run.state == "failed"


def test_successful_and_failed_runs_end_with_an_event_of_the_asset_corpus(
    training_run: FinishedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MER_LANDING_URL", (tmp_path / "nothing").as_uri())
    failed = run_dag()
    assert (failed.state, failed.field_values("announce", "state")) == ("failed", ["success"])
    with create_session() as session:
        events = {(event.source_run_id, event.asset.name) for event in session.query(AssetEvent)}
    assert {(training_run.run_id, "corpus"), (failed.run_id, "corpus")} <= events


@pytest.mark.heavy
def test_the_champion_scores_only_tracks_that_it_has_not_scored_yet(training_run: FinishedRun, platform_url: str) -> None:
    with psycopg2.connect(platform_url.replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        # the model has learnt from noise and was not promoted, so the test makes it the champion
        cursor.execute(
            "INSERT INTO mer.champion (run_no, model_sha256, promotion_no) SELECT run_no, model_sha256, promotion_no"
            " FROM mer.promotion ORDER BY promotion_no LIMIT 1 ON CONFLICT DO NOTHING"
        )
    connection.close()
    first, second = (FinishedRun(runpy.run_path(PREDICT)["dag"].test(run_conf={"shard_size": 10})) for _ in range(2))
    assert (first.state, second.state) == ("success", "success")
    assert second.field_values("publish", "state") == second.field_values("drift", "state") == ["success"]
    assert {*second.field_values("predict", "state"), *second.field_values("reformat", "state")} == {"skipped"}
    with psycopg2.connect(platform_url.replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT track_id) FROM mer.current_predictions WHERE by_champion")
        assert cursor.fetchone() == (32,)
    connection.close()


def test_mapped_tasks_have_the_names_of_their_shards(training_run: FinishedRun) -> None:
    for stage in ("reformat", "features"):
        assert training_run.field_values(stage, "rendered_map_index") == SHARDS


def test_each_mapped_task_uses_one_thread(training_run: FinishedRun) -> None:
    assert [os.environ[name] for name in THREADS] == ["1", "1"]


def test_an_evaluation_run_skips_training_and_finishes_the_other_stages(evaluation_run: FinishedRun) -> None:
    expected = {task: "skipped" if task in (*TRAINING, *SKIPPED) else "success" for task in TASKS}
    assert {task.task_id: task.state for task in evaluation_run.tasks} == expected
    assert evaluation_run.state == "success"


def test_training_and_evaluation_runs_are_published(
    training_run: FinishedRun, evaluation_run: FinishedRun, platform_url: str
) -> None:
    with psycopg2.connect(platform_url.replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        names = [safe_name(run.run_id) for run in (training_run, evaluation_run)]
        cursor.execute("SELECT run_id, mode, model_run_id FROM mer.run WHERE run_id = ANY(%s) ORDER BY run_no", [names])
        assert cursor.fetchall() == [(names[0], "train", names[0]), (names[1], "eval", names[0])]
    connection.close()


def test_the_published_configuration_has_the_params(training_run: FinishedRun, store: FileStore, platform_url: str) -> None:
    with psycopg2.connect(platform_url.replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT config FROM mer.run WHERE run_id = %s", [safe_name(training_run.run_id)])
        (config,) = cursor.fetchone()
    connection.close()
    assert QUICK.items() <= config.items()


def test_xcom_has_manifests_and_nothing_large(training_run: FinishedRun, store: FileStore) -> None:
    for stage in (stage for stage in STAGES if stage not in (*CHECKS, *SKIPPED, "predict")):
        manifests = [value for (task_id, _, key), value in training_run.xcoms.items() if task_id == stage]
        assert len(manifests) == {"discover": 3, **dict.fromkeys(FAN_OUT, len(SHARDS))}.get(stage, 1)
    assert max(len(json.dumps(value)) for value in training_run.xcoms.values()) < 4096
    name = safe_name(training_run.run_id)
    stored = json.loads(store.get(f"runs/{name}/split/manifest.json"))
    assert training_run.xcoms["split", -1, "return_value"] == stored
    discovered = json.loads(store.get(f"runs/{name}/discover/manifest.json"))
    assert training_run.xcoms["discover", -1, "manifest"] == discovered
    assert training_run.xcoms["discover", -1, "return_value"] == discovered["shards"]


@pytest.fixture
def add_connection(metadata: None) -> Iterator[Callable[..., None]]:
    """Yields a function that stores connections in Airflow's database, as Airflow's user interface does."""
    conn_ids = []

    def add(conn_id: str, **fields: Any) -> None:
        with create_session() as session:
            session.add(Connection(conn_id=conn_id, **fields))
        conn_ids.append(conn_id)

    yield add
    with create_session() as session:
        session.query(Connection).filter(Connection.conn_id.in_(conn_ids)).delete()


def last_line(capfd: pytest.CaptureFixture[str]) -> str:
    """Last line in the log of the first task that failed, without the marks of foldable groups."""
    log = capfd.readouterr().out.partition("new_state=failed")[0]
    return [line for line in log.splitlines() if "[task]" in line and "::" not in line][-1]


def test_a_permanent_error_is_not_retried_and_fails_the_run(
    platform_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MER_LANDING_URL", (tmp_path / "nothing").as_uri())
    run = run_dag()
    assert run.state == "failed"
    assert (run.field_values("discover", "state"), run.field_values("discover", "try_number")) == (["failed"], [1])
    assert run.field_values("report", "state") == ["skipped"]
    others = {task.state for task in run.tasks if task.task_id not in ("discover", "report", "announce")}
    assert others == {"upstream_failed"}
    last = last_line(capfd)
    assert "action=fail" in last
    assert "CorpusError: " in last


def test_a_transient_error_is_retried(platform_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MER_DATABASE_URL", f"postgresql+psycopg2://me@/mer?host={tmp_path}")
    run = run_dag(one_quick_retry=True, mode="eval")
    assert (run.field_values("discover", "state"), run.field_values("discover", "try_number")) == (["failed"], [2])
    assert (run.field_values("report", "state"), run.field_values("report", "try_number")) == (["skipped"], [1])
    assert run.state == "failed"


def test_a_task_takes_the_database_from_a_connection(
    platform_url: str, add_connection: Callable[..., None], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    url = make_url(platform_url)
    account = {"login": url.username, "password": url.password, "schema": url.database}
    add_connection("mer_database", conn_type="postgres", extra=json.dumps(dict(url.query)), **account)
    monkeypatch.delenv("MER_DATABASE_URL")
    assert run_dag(mode="eval", model_run="nobody").field_values("discover", "try_number") == [1]
    assert "ConfigError: model_run='nobody': no such published run" in last_line(capfd)


def test_a_task_takes_the_object_store_from_a_connection(
    platform_url: str, add_connection: Callable[..., None], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        extra = {"endpoint_url": f"http://{host}:{port}", "region_name": "us-east-1"}
        add_connection("mer_s3", conn_type="aws", login="a key", password="a secret", extra=json.dumps(extra))
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION"):
            monkeypatch.setenv(name, "")  # so that monkeypatch undoes what the task sets
            monkeypatch.delenv(name)
        monkeypatch.setenv("MER_LANDING_URL", "s3://no-such-bucket/landing")
        assert run_dag().field_values("discover", "try_number") == [1]
    finally:
        server.stop()
    assert "no bucket 'no-such-bucket'" in last_line(capfd)
