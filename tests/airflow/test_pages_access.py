"""Who may read the MER pages, and how they answer wrong requests and a database that cannot be read."""

import httpx
import pytest

from mer_tasks.database.connection import transaction
from tests.support.served_pages import message_line

pytestmark = [
    # Airflow imports svcs, which imports Starlette's test client
    pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient` is deprecated"),
    # Airflow reads .airflowignore by a class of pathspec that has a new name
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
]


def addresses():
    """List every address of the pages with its HTTP methods."""
    from mer_airflow.pages import STATIC_FILES, app

    return [(route.path.lstrip("/").format(name=next(iter(STATIC_FILES))), route.methods) for route in app.routes]


def test_every_address_refuses_a_request_without_a_session(server):
    with httpx.Client(base_url=server.url) as stranger:
        assert len(addresses()) == 8
        for path, methods in addresses():
            assert methods == {"GET"}
            response = stranger.get(path)
            assert response.status_code == 401
            assert "Not signed in" in message_line(response, 401)
            assert "<nav" not in response.text
        for path in ("docs", "redoc", "openapi.json"):
            assert stranger.get(path).status_code == 404


def test_a_forged_session_is_refused(server):
    with httpx.Client(base_url=server.url, cookies={"_token": server.token("admin")[:-6] + "forged"}) as stranger:
        for path, _ in addresses():
            assert stranger.get(path).status_code == 403


def test_a_user_who_may_not_see_the_dag_is_refused(server):
    with httpx.Client(base_url=server.url, cookies={"_token": server.token(None)}) as stranger:
        for path, _ in addresses():
            assert "mer_train" in message_line(stranger.get(path), 403)


def test_every_address_only_allows_reading(browser):
    for path, _ in addresses():
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert browser.request(method, path).status_code == 405


def test_every_answer_has_a_strict_content_security_policy(browser):
    for path in ("", "tracks", "look/pages.js", "track?id=none", "no-such-page"):
        headers = browser.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        *("?after=nonsense", "tracks?after=nonsense", "decisions?after=nonsense", "tracks?emotion=joy"),
        *("tracks?positive=true", "tracks?positive=perhaps", "track", "track?id=%00", "run?id=%00", "report?run=%00"),
        *("run?id=", "report?run=", f"run?id={'x' * 251}"),
    ],
)
def test_a_wrong_query_is_answered_by_a_message_of_one_line(browser, path):
    assert message_line(browser.get(path), 400)


def test_the_message_about_a_wrong_database_url_has_no_password(browser, platform, monkeypatch):
    monkeypatch.delenv("MER_READER_URL")
    assert "MER_READER_URL" in message_line(browser.get(""), 503)
    monkeypatch.setenv("MER_READER_URL", "nonsense")
    assert "nonsense" in message_line(browser.get("tracks"), 503)
    reader = platform.urls["mer_reader"]
    monkeypatch.setenv("MER_READER_URL", reader.replace("mer_pages", "postgres"))
    assert "expected a migrated database" in message_line(browser.get(""), 500)
    monkeypatch.setenv("MER_READER_URL", reader.replace("mer_pages", "no_such_database"))
    assert message_line(browser.get(""), 500)
    monkeypatch.setenv("MER_READER_URL", "postgresql+psycopg2://mer_reader:secret@127.0.0.1:1/mer")
    assert "secret" not in message_line(browser.get(""), 503)


def test_the_message_about_missing_database_rights_says_so(browser, platform):
    with transaction(platform.urls["mer_owner"]) as cursor:
        cursor.execute("REVOKE SELECT ON mer.promotions FROM mer_reader")
    try:
        assert "permission denied" in message_line(browser.get("decisions"), 500)
    finally:
        with transaction(platform.urls["mer_owner"]) as cursor:
            cursor.execute("GRANT SELECT ON mer.promotions TO mer_reader")
