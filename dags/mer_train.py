"""Music emotion recognition, from audio and listeners' annotations to SQL: which labels does each track have?

The labels are those of the label set (`MER_LABELS`), by default nine emotions.

A run takes every track of the landing zone (or of the chosen genres) through the stages below. In **mode train** it fits a new
model, which becomes the champion if it is better. In **mode eval** it loads a stored model, skips `balance` and `train`, and
evaluates on the same test tracks.

- This DAG runs when the landing zone has changed and the change has settled, and once a week; only one run at a time. The next
  run handles what changes during a run. With `MER_WATCH=off` the DAG runs only when a person triggers it.
- `due` skips the rest of a run that a change of the landing zone has started, if no annotated track and no annotation is new.
- `reformat`, `features` and `embed` run once for each shard, which is a genre or a part of a genre. The features of a shard
  start when that shard is reformatted. Audio that has not changed since an earlier run is not decoded or analysed again.
- `embed` is skipped unless an encoder is set (`MER_ENCODER`).
- A file that cannot be used is rejected with a reason and counted. The run fails if a genre loses more than `reject_budget`.
- A failure that the same input would cause again is not retried. Its log ends with one line that names the value, the
  expectation and the place. Any other failure (an object store or database that does not answer, a worker that died) is retried
  up to three times. The first pause is 15 to 30 seconds, and each later pause is twice as long.
- `train`, `comparison` and `canary` wait for a slot of the pool `gpu` and go to the queue `gpu`.
- `comparison` is skipped unless `compare_balance` is on.
- `canary` is a permutation test: it repeats the training on permuted labels as often as its param says, and is skipped for 0.
  If a metric is better or worse than chance explains, the run fails and is not published.
- `challenge` compares the new model with the champion, and `promote` decides by the result. With `approval=human`, `approval`
  asks a person if the result leaves the decision open. If nobody answers within `approval_hours`, the champion stays.
- `announce` ends every run, even a failed one. It starts `mer_predict`, in which the champion scores the tracks that it has not
  scored yet.
- People are notified (`MER_NOTIFIER`; by default by a line in the log) of drift, of a failed run, and of a question that waits
  for an answer. They are also notified of a run that takes an hour longer (`MER_WATCH_OVERDUE_MINUTES`) than the average of the
  last ten runs.
- `report` runs last, even after a failure; for a run that failed after `discover` it shows which stages finished. It decides
  nothing, and a failed report does not make the run a failed one.

All documents of a run are under `runs/<run id>/<stage>/` in the object store. XCom contains only keys and counters.
"""

from datetime import timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, AsyncCallback, DeadlineAlert, DeadlineReference, TriggerRule, task_group
from mer_airflow.notify import failed, late
from mer_common.approval import Approval
from mer_common.assets import SETTINGS, asset_or_time_schedule, corpus, landing
from mer_common.form import params
from mer_common.operators import RETRIES, Discover, Drift, Due, Report, Stage

with DAG(
    dag_id="mer_train",
    description="Music emotion recognition: from a bucket of audio to predictions in SQL",
    doc_md=__doc__,
    schedule=asset_or_time_schedule(landing, "0 3 * * 0"),
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
        """Run the stages of a shard, one after the other."""
        reformat = Stage(task_id="reformat", shard=shard)
        features = Stage(task_id="features", shard=shard)
        reformat >> features >> Stage(task_id="embed", shard=shard)

    labels = Stage(task_id="labels")
    due = Due(task_id="due")
    # split also runs after a skipped embed, but not without features
    split = Stage(task_id="split", trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    balance = Stage(task_id="balance")
    train = Stage(task_id="train", pool="gpu", queue="gpu")
    # thresholds also runs after a skipped train (mode eval), but not without a split
    thresholds = Stage(task_id="thresholds", trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    evaluate = Stage(task_id="evaluate")
    comparison = Stage(task_id="comparison", pool="gpu", queue="gpu")
    canary = Stage(task_id="canary", pool="gpu", queue="gpu")
    drift = Drift(task_id="drift")
    # publish also runs after a skipped comparison or canary, but not without metrics
    publish = Stage(task_id="publish", trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    challenge = Stage(task_id="challenge")
    approval = Approval(task_id="approval")
    # promote also runs after a skipped approval
    promote = Stage(task_id="promote", trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    # teardown tasks run even after a failure, and do not hide the failure of the run
    report = Report(task_id="report").as_teardown()
    announce = EmptyOperator(task_id="announce", outlets=[corpus]).as_teardown()

    discover >> labels >> due
    scored = shards.expand(shard=discover.output)
    due >> scored >> split
    dag.get_task("features") >> split >> balance >> train >> thresholds >> evaluate >> [canary, drift] >> publish
    split >> thresholds
    evaluate >> publish
    thresholds >> comparison >> publish
    publish >> challenge >> approval >> promote >> [report, announce]
    challenge >> promote
