"""Predictions for new tracks: the champion model scores every track that it has not scored yet, annotated or not.

- This DAG runs at the end of each run of `mer_train`, and once a day; only one run at a time. With `MER_WATCH=off` it runs only
  when a person triggers it.
- `discover` lists the landing zone, and divides all tracks without a prediction by the current champion into shards: new audio,
  replaced files, and after a promotion every track. Without a champion, `discover` fails with one line that says so.
- `reformat`, `features`, `embed` and `predict` run once for each shard, one after the other. Only audio that no earlier run has
  read is decoded. `embed` is skipped if the champion has no encoder.
- `drift` measures how far features and predictions have moved from the champion's training data. If they have moved far, people
  are notified (`MER_NOTIFIER`).
- `publish` makes these predictions the served ones. It also runs if there was nothing to score. It marks tracks whose files are
  no longer in the landing zone, and keeps their last predictions.
- A model file that is missing, or differs from the promoted one, is refused, and the published predictions stay.
- Failures are retried as in `mer_train`.
"""

from airflow.sdk import DAG, TriggerRule, task_group
from mer_airflow.notify import failed
from mer_common.assets import asset_or_time_schedule, corpus
from mer_common.form import params
from mer_common.operators import RETRIES, Discover, Drift, Stage

from mer_tasks.config import Config, deciding

FORM = {*deciding("corpus", "drift")} - {"reject_budget"}
"""Fields of the configuration that this DAG uses; the champion's run decides all others."""

with DAG(
    dag_id="mer_predict",
    description="The champion predicts the labels of new tracks and publishes them to SQL",
    doc_md=__doc__,
    schedule=asset_or_time_schedule(corpus, "0 5 * * *"),
    catchup=False,
    max_active_runs=1,
    tags=["mer"],
    params=params(without=Config.model_fields.keys() - FORM),
    default_args={"owner": "mer", "mode": "predict", **RETRIES},
    on_failure_callback=failed,
) as dag:
    discover = Discover(task_id="discover")

    @task_group(prefix_group_id=False)
    def shards(shard: dict[str, str]) -> None:
        """Run the stages of a shard, one after the other."""
        reformat = Stage(task_id="reformat", shard=shard)
        features = Stage(task_id="features", shard=shard)
        # predict also runs after a skipped embed; a rule that asks for a success would wait for the features of all shards
        predict = Stage(task_id="predict", shard=shard, trigger_rule=TriggerRule.NONE_FAILED)
        reformat >> features >> Stage(task_id="embed", shard=shard) >> predict
        features >> predict

    # these two also run if there was nothing to score, when the mapped tasks are skipped
    drift = Drift(task_id="drift", trigger_rule=TriggerRule.NONE_FAILED)
    publish = Stage(task_id="publish", trigger_rule=TriggerRule.NONE_FAILED)

    shards.expand(shard=discover.output) >> drift >> publish
