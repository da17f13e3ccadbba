"""Which model is best, and how sure is that? Candidates side by side, judged on tracks that they have not seen.

A run takes every track of the landing zone (or of the chosen genres) through the first stages of `mer_train`, draws folds, and
has each candidate judged in each fold of each repeat. No model is kept, nothing of `mer_train` changes.

- `folds` draws them: no artist and no recording is in two parts of a fold, and each labelled track is tested once in a repeat.
- `trial` runs once for each repeat, fold and candidate: `repeats` × `folds` × candidates tasks. Each waits for a slot of the
  pool `gpu` and goes to the queue `gpu`; as many run side by side as the pool has slots. A network is fitted there by the
  stages `balance`, `train` and `thresholds`, as a run of `mer_train` would fit it.
- `crossval` judges them all: each metric with its 95 % interval, and the difference to the first candidate with its own, in
  `crossval/crossval.json` of the run and in the view `mer.crossvals`.
- A cleared or retried task does not repeat trials that are done.
"""

from airflow.sdk import DAG, task_group
from mer_common.form import params
from mer_common.operators import RETRIES, Discover, Folds, Stage

from mer_tasks.runs.crossval_config import OMITTED, CrossvalConfig

with DAG(
    dag_id="mer_crossval",
    description="Models side by side, by repeated cross-validation",
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
        """Both stages of a shard, one after the other."""
        Stage(task_id="reformat", shard=shard) >> Stage(task_id="features", shard=shard)

    @task_group(prefix_group_id=False)
    def trials(shard: dict[str, str]) -> None:
        """A candidate in a fold."""
        Stage(task_id="trial", shard=shard, pool="gpu", queue="gpu")

    labels = Stage(task_id="labels")
    folds = Folds(task_id="folds")
    crossval = Stage(task_id="crossval")

    discover >> labels
    [shards.expand(shard=discover.output), labels] >> folds >> trials.expand(shard=folds.output) >> crossval
