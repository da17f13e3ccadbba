"""Predictions for every track: the champion scores what it has not scored yet, annotated or not.

- Runs by itself at the end of each run of `mer_train`, and daily; one at a time. `MER_WATCH=off`: only by hand.
- `discover` lists the landing zone, and divides the tracks that have no prediction by the present champion into shards: new
  audio, a file that was replaced, and everything after a promotion. Without a champion it fails, and says so in one line.
- `reformat`, `features` and `predict` run once for each shard; a shard's stages follow each other. Only audio that no run has
  read yet is decoded.
- `drift` says how far features and predictions have moved from what the champion was trained on; people are told
  (`MER_NOTIFIER`) if it is far.
- `publish` makes these predictions the served ones. It runs also if there was nothing to score, and marks tracks that are gone;
  their last predictions stay.
- A model whose file is missing, or is not the one that was promoted, is refused; what is published stays.
- Failures are retried as in `mer_train`.
"""

from airflow.sdk import DAG, TriggerRule, task_group
from mer_airflow.notify import failed
from mer_common.assets import corpus, on
from mer_common.form import params
from mer_common.operators import RETRIES, Discover, Drift, Stage

from mer_tasks.config import Config, deciding

FORM = {*deciding("corpus", "drift")} - {"reject_budget"}
"""Fields that mean something here; all else is the champion's."""

with DAG(
    dag_id="mer_predict",
    description="Emotions of tracks that the champion has not heard yet, to SQL",
    doc_md=__doc__,
    schedule=on(corpus, "0 5 * * *"),
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
        """The stages of a shard, one after the other."""
        (
            Stage(task_id="reformat", shard=shard)
            >> Stage(task_id="features", shard=shard)
            >> Stage(task_id="predict", shard=shard)
        )

    # without anything to score too
    drift = Drift(task_id="drift", trigger_rule=TriggerRule.NONE_FAILED)
    publish = Stage(task_id="publish", trigger_rule=TriggerRule.NONE_FAILED)

    shards.expand(shard=discover.output) >> drift >> publish
