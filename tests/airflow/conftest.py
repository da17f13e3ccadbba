"""Airflow for these tests: its home and metadata database are made in a temporary folder before Airflow is imported."""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

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
