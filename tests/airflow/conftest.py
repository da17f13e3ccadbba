"""An Airflow of its own for these tests: home and metadata database in a temporary folder, before Airflow is imported."""

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
sys.path.append(str(DAGS))  # as Airflow does with a bundle of DAG files
sys.path.append(str(DAGS.parent / "plugins"))  # and with its folder of plugins


@pytest.fixture(scope="session")
def metadata():
    """Airflow's metadata database, empty."""
    from airflow.utils.db import initdb

    initdb()
