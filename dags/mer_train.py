"""Which emotions does each track induce? From landed audio and listeners' annotations to predictions in Postgres.

A run takes every track of the landing zone (or of the chosen genres) through the stages below. **mode train** fits a new model;
**mode eval** loads a stored one, skips `balance` and `train`, and evaluates on the same test tracks.

- `reformat` and `features` run once for each shard, which is a genre or a part of one; a shard's features start when it is
  reformatted. Audio that has not changed since an earlier run is neither decoded nor analysed again.
- A file that cannot be used is set aside with a reason and counted; the run fails when a genre loses more than
  `reject_budget`.
- A failure that the same input would repeat is not tried again, and its log ends with one line that says what was met, what
  was expected and where. Anything else (a store or a database that is away, a worker that died) is tried again up to three
  times, after 15 to 30 seconds first and twice as long each time.
- `train`, `comparison` and `canary` wait for a slot of the pool `gpu` and go to the queue `gpu`.
- `comparison` is skipped unless `compare_balance` asks for it.
- `canary` is skipped unless its param says how often the chain is to be tried on permuted labels. A run whose canary goes off
  fails, and is not published.
- `report` comes last, whatever became of the others: of a run that failed it shows how far it got. It decides nothing, and a
  run whose report fails has not failed.

Everything of a run lies under `runs/<run id>/<stage>/` in the object store; XCom has only keys and counters.
"""

from airflow.sdk import DAG, TriggerRule, task_group
from mer_common.form import params
from mer_common.operators import RETRIES, Discover, Stage

with DAG(
    dag_id="mer_train",
    description="Music emotion recognition, from a bucket of audio to SQL",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    tags=["mer"],
    params=params(),
    default_args={"owner": "mer", **RETRIES},
) as dag:
    discover = Discover(task_id="discover")

    @task_group(prefix_group_id=False)
    def shards(shard: dict[str, str]) -> None:
        """Both stages of a shard, one after the other."""
        Stage(task_id="reformat", shard=shard) >> Stage(task_id="features", shard=shard)

    labels = Stage(task_id="labels")
    split = Stage(task_id="split")
    balance = Stage(task_id="balance")
    train = Stage(task_id="train", pool="gpu", queue="gpu")
    # mode eval skips train, but nothing goes on without a split
    thresholds = Stage(task_id="thresholds", trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    evaluate = Stage(task_id="evaluate")
    comparison = Stage(task_id="comparison", pool="gpu", queue="gpu")
    canary = Stage(task_id="canary", pool="gpu", queue="gpu")
    # without a comparison or a canary too, but not without metrics
    publish = Stage(task_id="publish", trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    # a teardown runs after failures too, and does not count for the state of the run
    report = Stage(task_id="report").as_teardown()

    discover >> labels
    [shards.expand(shard=discover.output), labels] >> split >> balance >> train >> thresholds >> evaluate >> canary >> publish
    split >> thresholds
    evaluate >> publish
    thresholds >> comparison >> publish >> report
