"""The DAG, run by Airflow: its own scheduling, mapping, params, XCom and tries, one task after the other in this process."""

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
from mer_tasks.emotions import EMOTIONS
from mer_tasks.local_stack.embedded_postgres import EmbeddedPostgres
from mer_tasks.runs.pipeline import FAN_OUT, STAGES, TRAINING
from mer_tasks.runs.run import safe_name
from mer_tasks.storage.local import FileStore
from tests.support.audio_files import encoded, music

DAG = str(Path(__file__).resolve().parents[2] / "dags" / "mer_train.py")
PREDICT = DAG.replace("mer_train", "mer_predict")
SHARDS = ["classical 1/2", "classical 2/2", "hip {{ 'hop' }} 1/2", "hip {{ 'hop' }} 2/2"]
"""A folder's name is a text, whatever a template would make of it."""
CHECKS = ("comparison", "canary")
TASKS = (*(stage for stage in STAGES if stage != "predict"), "due", "approval", "announce")
"""Of `mer_train`."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
QUICK = {"epochs": 1, "preset": "small-cnn", "shard_size": 10}

pytestmark = [
    # of Airflow's own, about the library that reads .airflowignore
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
    # of the API server that Airflow runs inside this process
    pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient`"),
    # of Keras, whose variables do not know NumPy 2's argument yet
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
]


def land(store: FileStore) -> None:
    """Two genres of 16 noisy tones, whose listeners answer at random."""
    rng = np.random.default_rng(0)
    rows = [f"track id, genre, {', '.join(EMOTIONS)}"]
    for track in range(32):
        genre = SHARDS[track // 16 * 2].partition(" 1")[0]
        store.put(f"landing/{genre}/{track}.wav", encoded(music(6.5, seed=track)))
        votes = (rng.random((5, len(EMOTIONS))) < rng.uniform(0, 0.8, len(EMOTIONS))).astype(int)
        rows += [f"{track}, {genre}, {', '.join(map(str, row))}" for row in votes]
    store.put("landing/annotations/listeners.csv", "\n".join(rows).encode())


class Finished:
    """What Airflow remembers of a run."""

    def __init__(self, run: Any) -> None:
        self.state, self.run_id = str(run.state), run.run_id
        self.tasks = sorted(run.get_task_instances(), key=lambda task: (task.task_id, task.map_index))
        with create_session() as session:
            found = session.query(XComModel).filter(XComModel.run_id == run.run_id).all()
        self.xcoms = {(found.task_id, found.map_index, found.key): found.value for found in found}

    def of(self, task_id: str, field: str) -> list[Any]:
        return [getattr(task, field) for task in self.tasks if task.task_id == task_id]


def start(hasty: bool = False, **params: Any) -> Finished:
    """Runs a DAG loaded for this once: a param keeps the value that it was last given. If `hasty`, with one retry, at once."""
    dag = runpy.run_path(DAG)["dag"]
    dag.deadline = []  # which a run in one process does not store, and then looks for
    for task in dag.tasks if hasty else ():
        task.retries, task.retry_delay = 1, timedelta(0)
    return Finished(dag.test(run_conf={**QUICK, **params}))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> FileStore:
    return FileStore(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def place(metadata: None, store: FileStore, postgres: EmbeddedPostgres) -> Iterator[str]:
    """The platform's environment, as whoever runs it sets it; gives the database's URL."""
    url = bootstrap(postgres.url(), "mer_dags", dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "secret"))[
        "mer_writer"
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MER_STORE_URL", store.url)
        patch.setenv("MER_SCRATCH_DIR", str(store.root / "scratch"))
        patch.setenv("MER_DATABASE_URL", url)
        for name in THREADS:
            patch.setenv(name, "2")
        yield url


@pytest.fixture(scope="module")
def trained(place: str, store: FileStore) -> Finished:
    land(store)
    return start()


@pytest.fixture(scope="module")
def evaluated(trained: Finished) -> Finished:
    return start(mode="eval")


def test_a_training_run_goes_through_every_stage_but_the_checks(trained: Finished) -> None:
    expected = {**dict.fromkeys(TASKS, "success"), **dict.fromkeys((*CHECKS, "approval"), "skipped")}
    assert {task.task_id: task.state for task in trained.tasks} == expected
    assert trained.state == "success"


def test_each_stage_leaves_its_documents_below_its_own_name(trained: Finished, store: FileStore) -> None:
    prefix = f"runs/{safe_name(trained.run_id)}/"
    folders = {info.key.removeprefix(prefix).partition("/")[0] for info in store.list(prefix)}
    assert folders == {task.task_id for task in trained.tasks if task.state == "success"} - {"due", "announce"}


@pytest.mark.heavy
def test_a_run_with_its_checks_is_published_after_them(evaluated: Finished, place: str) -> None:
    run = start(canary=1, compare_balance=True)
    assert {task.task_id: task.state for task in run.tasks} == {**dict.fromkeys(TASKS, "success"), "approval": "skipped"}
    assert run.xcoms["canary", -1, "return_value"]["counters"]["permutations"] == 1
    with psycopg2.connect(place.replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT run_id, count(*), bool_and(inside) FROM mer.canaries GROUP BY run_id")
        assert cursor.fetchall() == [
            (safe_name(run.run_id), run.xcoms["canary", -1, "return_value"]["counters"]["metrics"], True)
        ]
        cursor.execute("SELECT run_id, count(DISTINCT balance) FROM mer.comparisons GROUP BY run_id")
        assert cursor.fetchall() == [(safe_name(run.run_id), 4)]
    connection.close()


@pytest.mark.heavy
def test_a_run_whose_canary_goes_off_is_not_published(trained: Finished, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mer_tasks.evaluation.permutation_test.limit", lambda chances, risk: 1e-9)
    run = start(canary=1)
    assert (run.of("canary", "state"), run.of("canary", "try_number")) == (["failed"], [1])
    assert run.of("publish", "state") == run.of("promote", "state") == ["upstream_failed"]
    assert run.of("report", "state") == ["success"]
    assert run.xcoms["report", -1, "return_value"]["missing"] == ["canary", "publish", "challenge", "promote"]
    assert run.state == "failed"


def test_every_run_ends_with_an_event_of_the_corpus_and_a_failed_one_too(
    trained: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MER_LANDING_URL", (tmp_path / "nothing").as_uri())
    failed = start()
    assert (failed.state, failed.of("announce", "state")) == ("failed", ["success"])
    with create_session() as session:
        told = {(event.source_run_id, event.asset.name) for event in session.query(AssetEvent)}
    assert {(trained.run_id, "corpus"), (failed.run_id, "corpus")} <= told


@pytest.mark.heavy
def test_the_champion_scores_what_it_has_not_scored_yet(trained: Finished, place: str) -> None:
    with psycopg2.connect(place.replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        # what has learnt from noise was not promoted
        cursor.execute(
            "INSERT INTO mer.champion (run_no, model_sha256, promotion_no) SELECT run_no, model_sha256, promotion_no"
            " FROM mer.promotion ORDER BY promotion_no LIMIT 1 ON CONFLICT DO NOTHING"
        )
    connection.close()
    first, again = (Finished(runpy.run_path(PREDICT)["dag"].test(run_conf={"shard_size": 10})) for _ in range(2))
    assert (first.state, again.state) == ("success", "success")
    assert again.of("publish", "state") == again.of("drift", "state") == ["success"]
    assert {*again.of("predict", "state"), *again.of("reformat", "state")} == {"skipped"}
    with psycopg2.connect(place.replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT track_id) FROM mer.current_predictions WHERE by_champion")
        assert cursor.fetchone() == (32,)
    connection.close()


def test_mapped_tasks_bear_the_names_of_their_shards(trained: Finished) -> None:
    for stage in FAN_OUT:
        assert trained.of(stage, "rendered_map_index") == SHARDS


def test_the_fan_out_works_in_one_thread_each(trained: Finished) -> None:
    assert [os.environ[name] for name in THREADS] == ["1", "1"]


def test_an_evaluation_skips_training_and_goes_on(evaluated: Finished) -> None:
    expected = {task: "skipped" if task in (*TRAINING, "approval") else "success" for task in TASKS}
    assert {task.task_id: task.state for task in evaluated.tasks} == expected
    assert evaluated.state == "success"


def test_both_runs_are_published(trained: Finished, evaluated: Finished, place: str) -> None:
    with psycopg2.connect(place.replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        names = [safe_name(run.run_id) for run in (trained, evaluated)]
        cursor.execute("SELECT run_id, mode, model_run_id FROM mer.run WHERE run_id = ANY(%s) ORDER BY run_no", [names])
        assert cursor.fetchall() == [(names[0], "train", names[0]), (names[1], "eval", names[0])]
    connection.close()


def test_params_reach_the_stages(trained: Finished, store: FileStore, place: str) -> None:
    with psycopg2.connect(place.replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT config FROM mer.run WHERE run_id = %s", [safe_name(trained.run_id)])
        (config,) = cursor.fetchone()
    connection.close()
    assert QUICK.items() <= config.items()


def test_xcom_has_manifests_and_nothing_large(trained: Finished, store: FileStore) -> None:
    for stage in (stage for stage in STAGES if stage not in (*CHECKS, "predict")):
        manifests = [value for (task_id, _, key), value in trained.xcoms.items() if task_id == stage]
        assert len(manifests) == {"discover": 2, **dict.fromkeys(FAN_OUT, len(SHARDS))}.get(stage, 1)
    assert max(len(json.dumps(value)) for value in trained.xcoms.values()) < 4096
    name = safe_name(trained.run_id)
    stored = json.loads(store.get(f"runs/{name}/split/manifest.json"))
    assert trained.xcoms["split", -1, "return_value"] == stored
    discovered = json.loads(store.get(f"runs/{name}/discover/manifest.json"))
    assert trained.xcoms["discover", -1, "manifest"] == discovered
    assert trained.xcoms["discover", -1, "return_value"] == discovered["shards"]


@pytest.fixture
def connect(metadata: None) -> Iterator[Callable[..., None]]:
    """Stores connections in Airflow's database, as its UI does."""
    made = []

    def make(conn_id: str, **fields: Any) -> None:
        with create_session() as session:
            session.add(Connection(conn_id=conn_id, **fields))
        made.append(conn_id)

    yield make
    with create_session() as session:
        session.query(Connection).filter(Connection.conn_id.in_(made)).delete()


def last_line(capfd: pytest.CaptureFixture[str]) -> str:
    """Of the log of the first task that failed, without the marks that fold it."""
    log = capfd.readouterr().out.partition("new_state=failed")[0]
    return [line for line in log.splitlines() if "[task]" in line and "::" not in line][-1]


def test_a_permanent_error_ends_the_run_at_its_first_try(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MER_LANDING_URL", (tmp_path / "nothing").as_uri())
    run = start()
    assert run.state == "failed"
    assert (run.of("discover", "state"), run.of("discover", "try_number")) == (["failed"], [1])
    assert run.of("report", "state") == ["skipped"]
    others = {task.state for task in run.tasks if task.task_id not in ("discover", "report", "announce")}
    assert others == {"upstream_failed"}
    last = last_line(capfd)
    assert "action=fail" in last
    assert "CorpusError: " in last


def test_a_transient_error_is_tried_again(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MER_DATABASE_URL", f"postgresql+psycopg2://me@/mer?host={tmp_path}")
    run = start(hasty=True, mode="eval")
    assert (run.of("discover", "state"), run.of("discover", "try_number")) == (["failed"], [2])
    assert (run.of("report", "state"), run.of("report", "try_number")) == (["skipped"], [1])
    assert run.state == "failed"


def test_the_database_may_be_a_connection(
    place: str, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    url = make_url(place)
    account = {"login": url.username, "password": url.password, "schema": url.database}
    connect("mer_database", conn_type="postgres", extra=json.dumps(dict(url.query)), **account)
    monkeypatch.delenv("MER_DATABASE_URL")
    assert start(mode="eval", model_run="nobody").of("discover", "try_number") == [1]
    assert "ConfigError: model_run='nobody': no such published run" in last_line(capfd)


def test_the_store_may_be_a_connection(
    place: str, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        extra = {"endpoint_url": f"http://{host}:{port}", "region_name": "us-east-1"}
        connect("mer_s3", conn_type="aws", login="a key", password="a secret", extra=json.dumps(extra))
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL_S3", "AWS_DEFAULT_REGION"):
            monkeypatch.setenv(name, "")  # so that what the task sets is undone
            monkeypatch.delenv(name)
        monkeypatch.setenv("MER_LANDING_URL", "s3://no-such-bucket/landing")
        assert start().of("discover", "try_number") == [1]
    finally:
        server.stop()
    assert "no bucket 'no-such-bucket'" in last_line(capfd)
