"""What nothing needs any more goes: blobs of no published run, bulky artifacts of old runs, and runs that were never published.

- Runs by itself weekly, away from the other DAGs' hours. `MER_WATCH=off`: only by hand.
- Nothing goes that a published row points at: every prediction can still be explained and made again.
- `dry_run` deletes nothing, and says what would go: in `housekeeping/report.json` of the run, and in the task's log.
"""

from airflow.sdk import DAG
from mer_airflow.notify import failed
from mer_common.assets import clock
from mer_common.form import params
from mer_common.operators import RETRIES, Stage

from mer_tasks.stages.housekeeping import OMITTED, HousekeepingConfig

with DAG(
    dag_id="mer_housekeeping",
    description="Removes from the object store what nothing needs any more",
    doc_md=__doc__,
    schedule=clock("0 1 * * 6"),
    catchup=False,
    max_active_runs=1,
    tags=["mer"],
    params=params(HousekeepingConfig, without=OMITTED),
    default_args={"owner": "mer", "kind": HousekeepingConfig, **RETRIES},
    on_failure_callback=failed,
) as dag:
    Stage(task_id="housekeeping")
