"""Airflow for these tests: its home and metadata database are made in a temporary folder before Airflow is imported.

The fixtures for tests of the MER pages make a server with a database and a store.
"""

import atexit
import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import httpx
import psycopg2
import pytest

from mer_tasks.database.migrations import bootstrap
from tests.support.served_pages import PASSWORD

DAGS = Path(__file__).resolve().parents[2] / "dags"
HOME = Path(tempfile.mkdtemp(prefix="mer-airflow-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
(HOME / "airflow.cfg").write_text(f"""
[core]
dags_folder = {DAGS}
plugins_folder = {DAGS.parent / "plugins"}
load_examples = False
[database]
sql_alchemy_conn = sqlite:///{HOME}/airflow.db
""")
os.environ["AIRFLOW_HOME"] = str(HOME)
sys.path.append(str(DAGS))  # as Airflow does for a bundle of DAG files
sys.path.append(str(DAGS.parent / "plugins"))  # as Airflow does for its folder of plugins


@pytest.fixture(scope="session")
def metadata():
    """Make Airflow's metadata database, which is empty."""
    from airflow.utils.db import initdb

    initdb()


@pytest.fixture(scope="module")
def platform(postgres, tmp_path_factory):
    """Folder of the store, and the URLs of the database by role. It has no runs; a file whose tests need some adds them."""
    folder = tmp_path_factory.mktemp("pages")
    urls = bootstrap(postgres.url(), "mer_pages", dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), PASSWORD))
    yield SimpleNamespace(folder=folder, urls=urls)
    connection = psycopg2.connect(postgres.url().replace("+psycopg2", ""))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("DROP DATABASE mer_pages WITH (FORCE)")
    connection.close()


@pytest.fixture(scope="module")
def server(metadata, platform):
    """An application into which Airflow has loaded the plugin, on a real port; ``token`` makes a token for a role."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW__API_AUTH__JWT_SECRET", "for tests: " * 8)
        patch.setenv("MER_STORE_URL", platform.folder.as_uri())
        patch.setenv("MER_SCRATCH_DIR", str(platform.folder / "scratch"))
        patch.setenv("MER_READER_URL", platform.urls["mer_reader"])
        import uvicorn
        from airflow.api_fastapi.app import create_auth_manager, init_plugins
        from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
        from fastapi import FastAPI

        manager = create_auth_manager()
        airflow = FastAPI()
        init_plugins(airflow)
        served = uvicorn.Server(uvicorn.Config(airflow, port=0, log_level="warning", ws="none"))
        thread = threading.Thread(target=served.run)
        thread.start()
        while not served.started and thread.is_alive():
            time.sleep(0.01)
        port = served.servers[0].sockets[0].getsockname()[1]

        def token(role):
            return manager.generate_jwt(SimpleAuthManagerUser(username="somebody", role=role))

        yield SimpleNamespace(url=f"http://127.0.0.1:{port}/mer/", token=token)
        served.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def browser(server):
    """HTTP client of a signed-in user who may only see DAGs."""
    with httpx.Client(base_url=server.url, cookies={"_token": server.token("viewer")}, timeout=60) as client:
        yield client
