"""Housekeeping of the object store: deletes data that is no longer needed.

It deletes blobs that no published run uses, large artifacts of old runs, and runs that were never published.

- This DAG runs once a week, at another hour than the other DAGs. With `MER_WATCH=off` it runs only when a person triggers it.
- It deletes nothing that a published row in the database refers to: every published prediction can still be explained and
  reproduced.
- With `dry_run` it deletes nothing, and lists what it would delete in `housekeeping/report.json` of the run and in the task's
  log.
"""

from airflow.sdk import DAG
from mer_airflow.notify import failed
from mer_common.assets import time_schedule
from mer_common.form import params
from mer_common.operators import RETRIES, Stage

from mer_tasks.runs.housekeeping_config import OMITTED, HousekeepingConfig

with DAG(
    dag_id="mer_housekeeping",
    description="Deletes data that is no longer needed from the object store",
    doc_md=__doc__,
    schedule=time_schedule("0 1 * * 6"),
    catchup=False,
    max_active_runs=1,
    tags=["mer"],
    params=params(HousekeepingConfig, without=OMITTED),
    default_args={"owner": "mer", "kind": HousekeepingConfig, **RETRIES},
    on_failure_callback=failed,
) as dag:
    Stage(task_id="housekeeping")
