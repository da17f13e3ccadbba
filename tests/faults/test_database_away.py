"""Postgres away, at start and in the middle: the error says so, and nothing half-written is left."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import psycopg2
import pytest

from mer_tasks.database.connection import transaction
from mer_tasks.database.migrations import bootstrap
from mer_tasks.errors import AccessDenied, DatabaseUnavailable
from mer_tasks.local_stack.embedded_postgres import EmbeddedPostgres
from mer_tasks.publishing import served_predictions
from mer_tasks.stages.publish import publish
from tests.support.published_runs import TRACKS, finished

PUBLISHED = (
    "SELECT (SELECT count(*) FROM mer.run), (SELECT count(*) FROM mer.track), (SELECT count(*) FROM mer.prediction),"
    " (SELECT count(*) FROM mer.split), (SELECT count(*) FROM mer.content_part)"
)


def published(url: str) -> tuple[int, ...]:
    with transaction(url) as cursor:
        cursor.execute(PUBLISHED)
        return cursor.fetchone()


WHOLE = (1, len(TRACKS), 9 * len(TRACKS), len(TRACKS), 2 * (len(TRACKS) - 4))
"""Parts are kept of labelled tracks, each under two hashes."""
NOTHING = (0, 0, 0, 0, 0)


@pytest.fixture
def server(tmp_path_factory):
    """A server that a test may stop; (server, URL as mer_writer)."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("pg"))
    server.start()
    try:
        yield server, bootstrap(server.url())["mer_writer"]
    finally:
        server.stop()


@contextmanager
def paused(url: str):
    """Holds the lock that publishing waits for, in the middle of its transaction; gives a function that waits until it does."""
    connection = psycopg2.connect(url.replace("+psycopg2", ""))
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SELECT pg_advisory_lock(%s)", [served_predictions.LOCK])

    def waiting() -> int:
        """Process id of the server's backend that waits."""
        for _ in range(600):
            cursor.execute("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            if found := cursor.fetchone():
                return found[0]
            time.sleep(0.05)
        raise AssertionError("nobody waits for the lock")

    try:
        yield waiting, cursor
    finally:
        connection.close()


@contextmanager
def publishing(run):
    """Publishes in a thread; gives a list that has its error at the end."""
    caught: list[BaseException | None] = []

    def work() -> None:
        try:
            publish(run)
            caught.append(None)
        except BaseException as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield caught
    finally:
        thread.join(timeout=60)


def test_away_at_start(tmp_path, server):
    embedded, url = server
    run = finished(tmp_path, url)
    embedded.stop()
    with pytest.raises(DatabaseUnavailable, match=r"mer_writer:.*@/mer.*(No such file|refused)") as caught:
        publish(run)
    assert run.config.database_url.get_secret_value() not in str(caught.value)
    embedded.start()
    assert published(url) == NOTHING
    publish(run)
    assert published(url) == WHOLE


def test_a_connection_that_is_cut_in_the_middle(tmp_path, database_url, postgres):
    run = finished(tmp_path, database_url)
    with paused(postgres.url("mer_test")) as (waiting, cursor), publishing(run) as caught:
        cursor.execute("SELECT pg_terminate_backend(%s)", [waiting()])
    assert isinstance(caught[0], DatabaseUnavailable), caught
    assert published(database_url) == NOTHING
    publish(run)
    assert published(database_url) == WHOLE


def test_a_server_that_stops_in_the_middle(tmp_path, server):
    embedded, url = server
    run = finished(tmp_path, url)
    with paused(embedded.url("mer")) as (waiting, _), publishing(run) as caught:
        waiting()
        embedded.stop()
    assert isinstance(caught[0], DatabaseUnavailable), caught
    embedded.start()
    assert published(url) == NOTHING


def test_a_server_that_crashes_in_the_middle(tmp_path, server):
    embedded, url = server
    run = finished(tmp_path, url)
    with paused(embedded.url("mer")) as (waiting, _), publishing(run) as caught:
        os.kill(waiting(), signal.SIGKILL)
    assert isinstance(caught[0], DatabaseUnavailable), caught
    for _ in range(600):  # it recovers by itself
        try:
            assert published(url) == NOTHING
            break
        except DatabaseUnavailable:
            time.sleep(0.05)
    publish(run)
    assert published(url) == WHOLE


def test_a_publisher_that_is_killed_in_the_middle(tmp_path, database_url, postgres):
    run = finished(tmp_path, database_url)
    code = (
        "import sys; from mer_tasks.config import Config; from mer_tasks.runs.run import Run;"
        "from mer_tasks.stages.publish import publish;"
        "publish(Run(Config.load({'store_url': sys.argv[1], 'database_url': sys.argv[2]}), 'r1'))"
    )
    with paused(postgres.url("mer_test")) as (waiting, _):
        process = subprocess.Popen([sys.executable, "-c", code, run.config.store_url, database_url])
        waiting()
        process.kill()
        process.wait()
    assert published(database_url) == NOTHING
    publish(run)
    assert published(database_url) == WHOLE


def test_a_second_try_that_is_cut_leaves_the_first(tmp_path, database_url, postgres):
    run = finished(tmp_path, database_url)
    publish(run)
    with paused(postgres.url("mer_test")) as (waiting, cursor), publishing(run) as caught:
        cursor.execute("SELECT pg_terminate_backend(%s)", [waiting()])
    assert isinstance(caught[0], DatabaseUnavailable), caught
    assert published(database_url) == WHOLE


def test_a_lock_that_another_holds_too_long_is_weather(tmp_path, database_url, postgres, monkeypatch):
    monkeypatch.setattr(served_predictions, "LOCK_WAIT", "100ms")
    run = finished(tmp_path, database_url)
    with paused(postgres.url("mer_test")), pytest.raises(DatabaseUnavailable, match="lock timeout"):
        publish(run)
    assert published(database_url) == NOTHING


def test_a_wrong_password(tmp_path, database_url):
    run = finished(tmp_path, database_url)
    wrong = finished(tmp_path, database_url.replace("for tests", "swordfish"), "r2", fresh_split=True)
    with pytest.raises(AccessDenied, match="password authentication failed") as caught:
        publish(wrong)
    assert "swordfish" not in str(caught.value)
    assert published(database_url) == NOTHING
    publish(run)


def test_the_rights_of_a_reader(tmp_path, database):
    run = finished(tmp_path, database["mer_reader"], fresh_split=True)
    with pytest.raises(AccessDenied, match="permission denied"):
        publish(run)
    assert published(database["mer_writer"]) == NOTHING


def test_a_server_that_never_answers(tmp_path):
    """A port that is open, and nobody who speaks Postgres behind it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"postgresql://me:secret@127.0.0.1:{listener.getsockname()[1]}/mer?connect_timeout=2"
        run = finished(tmp_path, url, fresh_split=True)
        with pytest.raises(DatabaseUnavailable, match="timeout expired"):
            publish(run)
