"""Which emotions does each track induce? From landed audio and listeners' annotations to predictions in Postgres.

A run takes every track of the landing zone (or of the chosen genres) through the stages below. **mode train** fits a new model,
and lets it become the champion if it is better; **mode eval** loads a stored one, skips `balance` and `train`, and evaluates on
the same test tracks.

- Runs by itself when the landing zone has changed and settled, and weekly; one at a time. What changes during a run is for the
  next. `due` skips the rest of a run that a change has started if nothing annotated is new. `MER_WATCH=off`: only by hand.
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
- `challenge` compares the new model with the champion, and `promote` decides by its numbers. With `approval=human`, `approval`
  asks a person where the numbers leave it open: the champion stays if nobody answers within `approval_hours`.
- `announce` ends every run, whatever has happened in it: `mer_predict` then scores what the champion has not scored.
- People are told (`MER_NOTIFIER`; by default a line in the log) of drift, of a run that fails, of one that takes an hour longer
  than ten earlier ones did on average (`MER_WATCH_OVERDUE_MINUTES`), and that somebody is asked.
- `report` comes last, whatever became of the others: of a run that failed after `discover` it shows how far it got. It
  decides nothing, and a run whose report fails has not failed.

Everything of a run lies under `runs/<run id>/<stage>/` in the object store; XCom has only keys and counters.
"""

from datetime import timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, AsyncCallback, DeadlineAlert, DeadlineReference, TriggerRule, task_group
from mer_airflow.notify import failed, late
from mer_common.approval import Approval
from mer_common.assets import SETTINGS, corpus, landing, on
from mer_common.form import params
from mer_common.operators import RETRIES, Discover, Drift, Due, Report, Stage

with DAG(
    dag_id="mer_train",
    description="Music emotion recognition, from a bucket of audio to SQL",
    doc_md=__doc__,
    schedule=on(landing, "0 3 * * 0"),
    catchup=False,
    max_active_runs=1,
    tags=["mer"],
    params=params(),
    default_args={"owner": "mer", **RETRIES},
    on_failure_callback=failed,
    deadline=DeadlineAlert(
        reference=DeadlineReference.AVERAGE_RUNTIME(max_runs=10, min_runs=3),
        interval=timedelta(minutes=SETTINGS.watch_overdue_minutes),
        callback=AsyncCallback(late),
    ),
) as dag:
    discover = Discover(task_id="discover")

    @task_group(prefix_group_id=False)
    def shards(shard: dict[str, str]) -> None:
        """Both stages of a shard, one after the other."""
        Stage(task_id="reformat", shard=shard) >> Stage(task_id="features", shard=shard)

    labels = Stage(task_id="labels")
    due = Due(task_id="due")
    split = Stage(task_id="split")
    balance = Stage(task_id="balance")
    train = Stage(task_id="train", pool="gpu", queue="gpu")
    # mode eval skips train, but nothing goes on without a split
    thresholds = Stage(task_id="thresholds", trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    evaluate = Stage(task_id="evaluate")
    comparison = Stage(task_id="comparison", pool="gpu", queue="gpu")
    canary = Stage(task_id="canary", pool="gpu", queue="gpu")
    drift = Drift(task_id="drift")
    # without a comparison or a canary too, but not without metrics
    publish = Stage(task_id="publish", trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    challenge = Stage(task_id="challenge")
    approval = Approval(task_id="approval")
    # whether or not somebody was asked
    promote = Stage(task_id="promote", trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    # teardowns run whatever happened, and do not hide that it did
    report = Report(task_id="report").as_teardown()
    announce = EmptyOperator(task_id="announce", outlets=[corpus]).as_teardown()

    discover >> labels >> due
    scored = shards.expand(shard=discover.output)
    due >> scored >> split >> balance >> train >> thresholds >> evaluate >> [canary, drift] >> publish
    split >> thresholds
    evaluate >> publish
    thresholds >> comparison >> publish
    publish >> challenge >> approval >> promote >> [report, announce]
    challenge >> promote
