"""Repeated cross-validation: which candidate model is best on tracks that it has not seen, and how certain is the answer?

A run takes every track of the landing zone (or of the chosen genres) through the first stages of `mer_train`. It then draws
folds, and evaluates each candidate in each fold of each repeat. It keeps no model, and changes nothing in `mer_train`.

- `folds` draws the folds. No artist and no recording is in two parts of a fold, and a repeat tests each labelled track once.
  With `leave_one_genre_out`, there is also a fold for each genre, whose models never hear that genre.
- `trial` runs once for each repeat, fold and candidate: `repeats` × `folds` × candidates tasks, and `repeats` × genres ×
  candidates more if genres are left out. Each task waits for a slot of the pool `gpu` and goes to the queue `gpu`. The number
  of slots decides how many trials run at the same time. A trial fits a network by the stages `balance`, `train` and
  `thresholds`, as a run of `mer_train` does.
- `crossval` computes each candidate's metrics with their 95 % intervals, and the difference from the first candidate with its
  95 % interval. The results are in `crossval/crossval.json` of the run and in the view `mer.crossvals`.
- A task that is cleared or retried does not repeat trials that have finished.
"""

from airflow.sdk import DAG, TriggerRule, task_group
from mer_common.form import params
from mer_common.operators import RETRIES, Discover, Folds, Stage

from mer_tasks.runs.crossval_config import OMITTED, CrossvalConfig

with DAG(
    dag_id="mer_crossval",
    description="Compares models by repeated cross-validation",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    tags=["mer"],
    params=params(CrossvalConfig, without=OMITTED),
    default_args={"owner": "mer", "kind": CrossvalConfig, **RETRIES},
) as dag:
    discover = Discover(task_id="discover")

    @task_group(prefix_group_id=False)
    def shards(shard: dict[str, str]) -> None:
        """Run the stages of a shard, one after the other."""
        reformat = Stage(task_id="reformat", shard=shard)
        features = Stage(task_id="features", shard=shard)
        reformat >> features >> Stage(task_id="embed", shard=shard)

    @task_group(prefix_group_id=False)
    def trials(shard: dict[str, str]) -> None:
        """Evaluate one candidate in one fold."""
        Stage(task_id="trial", shard=shard, pool="gpu", queue="gpu")

    labels = Stage(task_id="labels")
    # folds also runs after a skipped embed
    folds = Folds(task_id="folds", trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
    crossval = Stage(task_id="crossval")

    discover >> labels
    [shards.expand(shard=discover.output), labels] >> folds
    dag.get_task("features") >> folds >> trials.expand(shard=folds.output) >> crossval
