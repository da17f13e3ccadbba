"""Postgres is unavailable, at the start or during publishing: the error says so, and no part of a run stays in the database."""

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
from tests.support.published_runs import TRACKS, complete_run

COUNT_ROWS = (
    "SELECT (SELECT count(*) FROM mer.run), (SELECT count(*) FROM mer.track), (SELECT count(*) FROM mer.prediction),"
    " (SELECT count(*) FROM mer.split), (SELECT count(*) FROM mer.content_part)"
)


def row_counts(url: str) -> tuple[int, ...]:
    """Count the published runs, tracks, predictions, tracks of the split, and hashes with a part."""
    with transaction(url) as cursor:
        cursor.execute(COUNT_ROWS)
        return cursor.fetchone()


PUBLISHED = (1, len(TRACKS), 9 * len(TRACKS), len(TRACKS), 2 * (len(TRACKS) - 4))
"""Counts after publishing. The part of each labelled track is stored under two hashes."""
NOTHING = (0, 0, 0, 0, 0)


@pytest.fixture
def server(tmp_path_factory):
    """A server that a test may stop, and its URL for the role mer_writer."""
    embedded = EmbeddedPostgres(tmp_path_factory.mktemp("pg"))
    embedded.start()
    try:
        yield embedded, bootstrap(embedded.url())["mer_writer"]
    finally:
        embedded.stop()


@contextmanager
def lock_held(url: str):
    """Hold the lock that publishing needs within its transaction.

    Yields a function that waits until publishing waits for the lock, and a cursor.
    """
    connection = psycopg2.connect(url.replace("+psycopg2", ""))
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SELECT pg_advisory_lock(%s)", [served_predictions.LOCK])

    def wait_for_publisher() -> int:
        """Wait until publishing waits for the lock, and return the process id of its backend in the server."""
        for _ in range(600):
            cursor.execute("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            if row := cursor.fetchone():
                return row[0]
            time.sleep(0.05)
        raise AssertionError("no backend waits for the lock")

    try:
        yield wait_for_publisher, cursor
    finally:
        connection.close()


@contextmanager
def publishing(run):
    """Publish a run in a thread; yields a list that gets the error, or None, when publishing ends."""
    errors: list[BaseException | None] = []

    def publish_and_catch() -> None:
        try:
            publish(run)
            errors.append(None)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=publish_and_catch)
    thread.start()
    try:
        yield errors
    finally:
        thread.join(timeout=60)


def test_a_server_that_is_unavailable_at_the_start_is_reported(tmp_path, server):
    embedded, url = server
    run = complete_run(tmp_path, url)
    embedded.stop()
    with pytest.raises(DatabaseUnavailable, match=r"mer_writer:.*@/mer.*(No such file|refused)") as caught:
        publish(run)
    assert run.config.database_url.get_secret_value() not in str(caught.value)
    embedded.start()
    assert row_counts(url) == NOTHING
    publish(run)
    assert row_counts(url) == PUBLISHED


def test_a_connection_that_is_cut_during_publishing_leaves_nothing(tmp_path, database_url, postgres):
    run = complete_run(tmp_path, database_url)
    with lock_held(postgres.url("mer_test")) as (wait_for_publisher, cursor), publishing(run) as errors:
        cursor.execute("SELECT pg_terminate_backend(%s)", [wait_for_publisher()])
    assert isinstance(errors[0], DatabaseUnavailable), errors
    assert row_counts(database_url) == NOTHING
    publish(run)
    assert row_counts(database_url) == PUBLISHED


def test_a_server_that_stops_during_publishing_leaves_nothing(tmp_path, server):
    embedded, url = server
    run = complete_run(tmp_path, url)
    with lock_held(embedded.url("mer")) as (wait_for_publisher, _), publishing(run) as errors:
        wait_for_publisher()
        embedded.stop()
    assert isinstance(errors[0], DatabaseUnavailable), errors
    embedded.start()
    assert row_counts(url) == NOTHING


def test_a_server_that_crashes_during_publishing_leaves_nothing(tmp_path, server):
    embedded, url = server
    run = complete_run(tmp_path, url)
    with lock_held(embedded.url("mer")) as (wait_for_publisher, _), publishing(run) as errors:
        os.kill(wait_for_publisher(), signal.SIGKILL)
    assert isinstance(errors[0], DatabaseUnavailable), errors
    for _ in range(600):  # the server recovers without help
        try:
            assert row_counts(url) == NOTHING
            break
        except DatabaseUnavailable:
            time.sleep(0.05)
    publish(run)
    assert row_counts(url) == PUBLISHED


def test_a_publisher_that_is_killed_leaves_nothing(tmp_path, database_url, postgres):
    run = complete_run(tmp_path, database_url)
    code = (
        "import sys; from mer_tasks.config import Config; from mer_tasks.runs.run import Run;"
        "from mer_tasks.stages.publish import publish;"
        "publish(Run(Config.load({'store_url': sys.argv[1], 'database_url': sys.argv[2]}), 'r1'))"
    )
    with lock_held(postgres.url("mer_test")) as (wait_for_publisher, _):
        process = subprocess.Popen([sys.executable, "-c", code, run.config.store_url, database_url])
        wait_for_publisher()
        process.kill()
        process.wait()
    assert row_counts(database_url) == NOTHING
    publish(run)
    assert row_counts(database_url) == PUBLISHED


def test_a_second_publishing_that_is_cut_does_not_change_the_first(tmp_path, database_url, postgres):
    run = complete_run(tmp_path, database_url)
    publish(run)
    with lock_held(postgres.url("mer_test")) as (wait_for_publisher, cursor), publishing(run) as errors:
        cursor.execute("SELECT pg_terminate_backend(%s)", [wait_for_publisher()])
    assert isinstance(errors[0], DatabaseUnavailable), errors
    assert row_counts(database_url) == PUBLISHED


def test_a_lock_timeout_is_a_transient_error(tmp_path, database_url, postgres, monkeypatch):
    monkeypatch.setattr(served_predictions, "LOCK_WAIT", "100ms")
    run = complete_run(tmp_path, database_url)
    with lock_held(postgres.url("mer_test")), pytest.raises(DatabaseUnavailable, match="lock timeout"):
        publish(run)
    assert row_counts(database_url) == NOTHING


def test_a_wrong_password_is_refused_and_not_shown(tmp_path, database_url):
    run = complete_run(tmp_path, database_url)
    wrong = complete_run(tmp_path, database_url.replace("for tests", "swordfish"), "r2", fresh_split=True)
    with pytest.raises(AccessDenied, match="password authentication failed") as caught:
        publish(wrong)
    assert "swordfish" not in str(caught.value)
    assert row_counts(database_url) == NOTHING
    publish(run)


def test_a_reader_may_not_publish(tmp_path, database):
    run = complete_run(tmp_path, database["mer_reader"], fresh_split=True)
    with pytest.raises(AccessDenied, match="permission denied"):
        publish(run)
    assert row_counts(database["mer_writer"]) == NOTHING


def test_a_server_that_never_answers_is_unavailable(tmp_path):
    """The port is open, but no Postgres listens there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"postgresql://me:secret@127.0.0.1:{listener.getsockname()[1]}/mer?connect_timeout=2"
        run = complete_run(tmp_path, url, fresh_split=True)
        with pytest.raises(DatabaseUnavailable, match="timeout expired"):
            publish(run)
